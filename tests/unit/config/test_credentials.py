"""Who the client is: API keys, client secrets, commands, and the way to log in."""

from __future__ import annotations

import pickle
from base64 import b64encode
from typing import Any

import pytest

from remora.config import Secret
from remora.config.api_key import decode_api_key
from remora.errors import ConfigError, ConfigWarning

SECRET = "hunter2hunter2"


def key(text: str) -> str:
    return b64encode(text.encode()).decode()


KEY = key(f"dns:///acme.example.com:8443:the-client:{SECRET}:acme")


def hidden(config: Any) -> bool:
    shown = f"{config!r} {tuple(config)} {config.explain()} {config.explain().to_dict()} {config.explain().settings}"
    return SECRET not in shown


# API keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "endpoint", "org"),
    [
        (f"h:c:{SECRET}:acme", "h", "acme"),
        (f"h:8443:c:{SECRET}:acme", "h:8443", "acme"),
        (f"dns:///h:8443:c:{SECRET}:None", "dns:///h:8443", ""),
        (f"https://h:c:{SECRET}:", "https://h", ""),
    ],
)
def test_a_key_is_split_from_the_right(text: str, endpoint: str, org: str) -> None:
    for written in (key(text), key(text).rstrip("="), f" {key(text)}\n"):
        assert decode_api_key(written) == (endpoint, "c", Secret(SECRET), org)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!!",
        SECRET,
        key("only:three:parts"),
        key(f":c:{SECRET}:o"),
        key(f"h::{SECRET}:o"),
        key("h:c::o"),
        "/////w==",
    ],
)
def test_a_malformed_key_is_told_and_not_shown(text: str, places: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        decode_api_key(text, "the API key (argument)")
    assert str(caught.value).startswith("the API key (argument) ")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    if text:
        with pytest.raises(ConfigError, match=r"the API key \(environment variable FLYTE_API_KEY\)"):
            places.load({"FLYTE_API_KEY": text})


@pytest.mark.parametrize("variable", ["FLYTE_API_KEY", "UNION_API_KEY", None])
def test_a_key_is_enough(places: Any, variable: str | None) -> None:
    config = places.load({variable: KEY}) if variable else places.load(api_key=KEY)
    assert config.endpoint.url == "https://acme.example.com:8443"
    assert (config.auth_type, config.client_id, config.org) == ("ClientSecret", "the-client", "acme")
    assert config.client_secret.reveal() == SECRET
    assert hidden(config)
    assert KEY not in str(config.explain())
    source = f"api_key ({'argument' if variable is None else f'environment variable {variable}'})"
    assert config.explain()["endpoint"].source == source


def test_a_key_outdoes_a_file(places: Any) -> None:
    places.write(
        "home/.flyte/config.yaml",
        "admin: {endpoint: other.example.com, insecure: true, clientId: x, authType: Pkce, scopes: [a]}\n"
        "task: {org: filed, project: p}\n",
    )
    config = places.load({"FLYTE_API_KEY": KEY})
    assert config.endpoint.url == "https://acme.example.com:8443"
    assert (config.client_id, config.org, config.project, config.scopes) == ("the-client", "acme", "p", ())
    assert config.auth_type == "ClientSecret"


def test_a_key_in_the_environment_stays_away_from_another_endpoint(places: Any) -> None:
    config = places.load({"FLYTE_API_KEY": KEY}, endpoint="http://localhost:8090")
    assert config.endpoint.url == "http://localhost:8090"
    assert (config.client_id, config.client_secret, config.org) == ("", None, "")
    assert config.explain()["api_key"].note.endswith("left out: the key belongs to another endpoint")
    same = places.load({"FLYTE_API_KEY": KEY}, endpoint="acme.example.com:8443")
    assert same.client_secret.reveal() == SECRET


def test_a_key_for_the_given_endpoint_beside_a_variable_for_another_one(places: Any) -> None:
    environ = {"FLYTE_API_KEY": KEY, "FLYTE_ADMIN_ENDPOINT": "localhost", "FLYTE_ADMIN_INSECURE": "true"}
    config = places.load(environ, endpoint="acme.example.com:8443")
    assert config.endpoint.tls
    assert (config.client_id, config.client_secret.reveal()) == ("the-client", SECRET)
    with pytest.raises(ConfigError, match=r"endpoint \(environment .*\) contradicts api_key \(environment"):
        places.load(environ)


@pytest.mark.parametrize(
    ("arguments", "other"),
    [
        ({"client_id": "x"}, "client_id"),
        ({"client_secret": "x"}, "client_secret"),
        ({"command": ["x"]}, "command"),
        ({"auth_type": "DeviceFlow"}, "auth_type"),
    ],
)
def test_a_key_and_other_credentials(places: Any, arguments: dict[str, Any], other: str) -> None:
    with pytest.raises(ConfigError, match=rf"api_key \(argument\) contradicts {other} \(argument\)"):
        places.load(api_key=KEY, **arguments)
    config = places.load({"FLYTE_API_KEY": KEY}, endpoint="h", **arguments)
    assert config.client_secret is None or config.client_secret.reveal() == "x"


def test_a_key_for_another_endpoint_than_the_one_beside_it(places: Any) -> None:
    with pytest.raises(ConfigError, match=r"endpoint \(argument\) contradicts api_key \(argument\)") as caught:
        places.load(endpoint="elsewhere", api_key=KEY)
    assert SECRET not in str(caught.value)


# A client's secret ---------------------------------------------------------------------------------------------------


def test_where_a_secret_comes_from(places: Any) -> None:
    path = places.write("home/secret", f"{SECRET}\n")
    places.write("work/relative", SECRET)
    for environ in (
        {"FLYTE_ADMIN_CLIENTSECRETLOCATION": str(path)},
        {"FLYTE_ADMIN_CLIENTSECRETLOCATION": "~/secret"},
        {"FLYTE_ADMIN_CLIENTSECRETLOCATION": "relative"},
        {"FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE", "MINE": SECRET},
        {"FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE", "MINE": SECRET, "FLYTE_ADMIN_CLIENTSECRETLOCATION": "gone"},
        {"FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE", "FLYTE_ADMIN_CLIENTSECRETLOCATION": str(path)},
    ):
        config = places.load({**environ, "FLYTE_ADMIN_CLIENTID": "c"}, endpoint="h")
        assert config.client_secret.reveal() == SECRET
        assert (config.auth_type, config.client_id) == ("ClientSecret", "c")
        assert hidden(config)
    config = places.load({"FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE"}, endpoint="h", client_secret=SECRET)
    assert config.client_secret.reveal() == SECRET
    assert config.explain()["client_secret"].source == "argument"
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE"}, "the environment variable MINE is not set"),
        ({"FLYTE_ADMIN_CLIENTSECRETLOCATION": "/nowhere"}, "/nowhere, which should hold .* cannot be read: No such"),
        ({"FLYTE_ADMIN_CLIENTSECRETLOCATION": "empty"}, "empty, which should hold the client's secret .* is empty"),
        ({"FLYTE_ADMIN_CLIENTSECRETLOCATION": "binary"}, "binary, which should hold .* is not UTF-8 text"),
    ],
)
def test_a_secret_that_is_not_there(places: Any, environ: dict[str, str], message: str) -> None:
    places.write("work/empty", "\n")
    places.write("work/binary", "").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match=message):
        places.load(environ, endpoint="h")
    assert places.load(environ, endpoint="h", auth_type="Passthrough").client_secret is None


def test_a_secret_of_a_file_does_not_reach_another_endpoint(places: Any) -> None:
    path = places.write("home/secret", SECRET)
    places.write("home/.flyte/config.yaml", f"admin: {{endpoint: mine, clientId: c, clientSecretLocation: {path}}}\n")
    assert places.load().client_secret.reveal() == SECRET
    assert places.load(endpoint="https://mine").client_secret.reveal() == SECRET
    other = places.load(endpoint="other")
    assert (other.client_secret, other.client_id, other.auth_type) == (None, "", "Pkce")
    assert "belongs to another endpoint" in other.explain()["client_secret_location"].note


# The way to log in ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("Pkce", "Pkce"),
        ("pkce", "Pkce"),
        ("device_flow", "DeviceFlow"),
        ("headless", "DeviceFlow"),
        ("client-secret", "ClientSecret"),
        ("app_credential", "ClientSecret"),
        ("external-command", "ExternalCommand"),
        ("custom", "ExternalCommand"),
        ("PASSTHROUGH", "Passthrough"),
    ],
)
def test_words_for_ways_to_log_in(places: Any, word: str, expected: str) -> None:
    assert places.load(endpoint="h", auth_type=word).auth_type == expected
    assert places.load({"FLYTE_AUTH_TYPE": word}, endpoint="h").auth_type == expected
    assert places.load({"FLYTE_ADMIN_AUTHTYPE": word}, endpoint="h").auth_type == expected


def test_a_way_that_nobody_knows(places: Any) -> None:
    with pytest.raises(ConfigError, match="FLYTE_AUTH_TYPE is 'kerberos', which is no way to log in") as caught:
        places.load({"FLYTE_AUTH_TYPE": "kerberos"}, endpoint="h")
    assert "DeviceFlow" in str(caught.value.hint)


def test_what_there_is_to_log_in_with_decides(places: Any) -> None:
    assert places.load(endpoint="h").explain()["auth_type"] == ("auth_type", "Pkce", "default", "")
    config = places.load(endpoint="h", command=["tool", "--password", SECRET])
    assert (config.auth_type, config.command) == ("ExternalCommand", ("tool", "--password", SECRET))
    assert config.explain()["command"].value == "tool (and 2 arguments)"
    assert SECRET not in f"{config!r} {config.explain()} {config.explain().to_dict()}"
    with pytest.raises(ConfigError, match=r"auth_type \(argument\) contradicts client_secret \(argument\)"):
        places.load(endpoint="h", auth_type="Pkce", client_secret="x")
    with pytest.raises(ConfigError, match=r"auth_type \(argument\) contradicts command \(argument\)"):
        places.load(endpoint="h", auth_type="DeviceFlow", command=["x"])
    config = places.load({"FLYTE_AUTH_COMMAND": "tool"}, endpoint="h", auth_type="Pkce")
    assert config.auth_type == "Pkce"
    assert config.explain()["command"].note == "not used: auth_type is Pkce"


def test_newer_names_of_variables_win_and_a_difference_warns(places: Any) -> None:
    environ = {"FLYTE_AUTH_TYPE": "DeviceFlow", "FLYTE_ADMIN_AUTHTYPE": "Pkce"}
    with pytest.warns(ConfigWarning, match="FLYTE_AUTH_TYPE and FLYTE_ADMIN_AUTHTYPE are both set and differ"):
        config = places.load(environ, endpoint="h")
    assert config.auth_type == "DeviceFlow"
    assert config.explain()["auth_type"].note == "FLYTE_ADMIN_AUTHTYPE left out: FLYTE_AUTH_TYPE is set"
    environ["FLYTE_ADMIN_AUTHTYPE"] = "DeviceFlow"
    assert places.load(environ, endpoint="h").auth_type == "DeviceFlow"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tool get --for 'my name'", ("tool", "get", "--for", "my name")),
        ('["tool", "get", "--for", "my name"]', ("tool", "get", "--for", "my name")),
        ("tool", ("tool",)),
        ("tool $HOME; rm *", ("tool", "$HOME;", "rm", "*")),
    ],
)
def test_commands_as_text(places: Any, text: str, words: tuple[str, ...]) -> None:
    assert places.load({"FLYTE_AUTH_COMMAND": text}, endpoint="h").command == words
    assert places.load({"FLYTE_ADMIN_COMMAND": text}, endpoint="h").command == words
    assert places.load({"FLYTE_AUTH_PROXY_COMMAND": text}, endpoint="h").proxy_command == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool 'open", "cannot be split into words"),
        ("['tool']", "starts like a JSON array, and is none"),
        ('["tool", ["x"]]', "item 2 must be text, not list"),
        ('[""]', "names no program"),
    ],
)
def test_commands_that_are_none(places: Any, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=f"the environment variable FLYTE_AUTH_COMMAND.* {message}"):
        places.load({"FLYTE_AUTH_COMMAND": text}, endpoint="h")


@pytest.mark.parametrize("text", ["a,b", "a b", " a, b ", '["a", "b"]'])
def test_scopes_as_text(places: Any, text: str) -> None:
    assert places.load({"FLYTE_ADMIN_SCOPES": text}, endpoint="h").scopes == ("a", "b")


def test_lists_in_a_file(places: Any) -> None:
    places.write(
        "home/.flyte/config.yaml",
        "admin:\n  endpoint: h\n  scopes: [a, b]\n  command: [tool, '1', 2]\n  proxyCommand: tool two\n"
        "  audience: me\n  disableKeyring: yes\n",
    )
    config = places.load()
    assert (config.scopes, config.command, config.proxy_command) == (("a", "b"), ("tool", "1", "2"), ("tool", "two"))
    assert (config.audience, config.disable_keyring) == ("me", True)
    with pytest.raises(ConfigError, match="the argument command must be a list of words, not int"):
        places.load(endpoint="h", command=5)


# A file that is merely found -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["work/config.yaml", "work/.flyte/config.yaml"])
@pytest.mark.parametrize("endpoint", ["evil.example.com", "localhost:8090"])
@pytest.mark.parametrize(
    ("key", "value", "setting"),
    [
        ("command", "[rm, -rf, /]", "command"),
        ("proxyCommand", "[rm, -rf, /]", "proxy_command"),
        ("clientSecretLocation", "~/.ssh/id_rsa", "client_secret_location"),
        ("clientSecretEnvVar", "AWS_SECRET_ACCESS_KEY", "client_secret_env_var"),
    ],
)
def test_a_found_file_runs_nothing_and_reads_no_secret(
    places: Any, name: str, endpoint: str, key: str, value: str, setting: str
) -> None:
    places.write("home/.ssh/id_rsa", SECRET)
    path = places.write(name, f"admin:\n  endpoint: {endpoint}\n  {key}: {value}\n")
    environ = {"AWS_SECRET_ACCESS_KEY": SECRET}
    with pytest.warns(ConfigWarning, match=f"admin.{key} of file .* is left out: a file that is merely found"):
        config = places.load(environ)
    assert (config.command, config.proxy_command, config.client_secret) == ((), (), None)
    assert config.auth_type == "Pkce"
    assert "may not" in config.explain()[setting].note
    trusted = places.load(environ, config_file=path)
    assert trusted.command or trusted.proxy_command or trusted.client_secret
    environ["FLYTECTL_CONFIG"] = str(path)
    path.rename(path.with_name("moved.yaml"))
    environ["FLYTECTL_CONFIG"] = str(path.with_name("moved.yaml"))
    assert places.load(environ).explain()[setting].source.startswith("file ")


def test_a_found_file_may_name_a_client_and_a_way_to_log_in(places: Any) -> None:
    places.write("work/.flyte/config.yaml", "admin: {endpoint: h, clientId: c, authType: DeviceFlow, scopes: [s]}\n")
    config = places.load()
    assert (config.client_id, config.auth_type, config.scopes) == ("c", "DeviceFlow", ("s",))


def test_a_secret_hides_itself() -> None:
    secret = Secret(SECRET)
    assert SECRET not in f"{secret} {secret!r} {[secret]} {secret!s:>3}"
    assert secret == Secret(SECRET)
    assert secret != Secret("other")
    assert secret != SECRET
    assert len({secret, Secret(SECRET)}) == 1
    assert not Secret("")
    assert pickle.loads(pickle.dumps(secret)) == secret
