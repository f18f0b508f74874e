from __future__ import annotations

import base64
import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest

import remora
from remora.auth import ClientSecret, DeviceFlow, ExternalCommand, Passthrough, Pkce
from remora.client.login import auth_arguments, credentials_for
from remora.errors import ConfigError, ConfigWarning


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    import os

    for name in list(os.environ):
        if name.startswith(("FLYTE", "UCTL", "UNION")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ClientSecret("id"), "ClientSecret login needs a client_secret"),
        (lambda: ClientSecret("", "hush"), "ClientSecret login needs a client_id"),
        (lambda: ExternalCommand([]), "command must name a program"),
        (lambda: ExternalCommand("cmd --flag"), "command must be a list"),
        (lambda: ExternalCommand(["x"], timeout=0), "timeout must be more than 0 seconds"),
        (lambda: Pkce(login_timeout=float("nan")), "login_timeout must be more than 0 seconds"),
        (lambda: Pkce(scopes="all offline"), r"scopes must be a list of texts.*write \['all', 'offline'\]"),
        (lambda: DeviceFlow(scopes=["a b"]), "'a b' is not a scope"),
        (lambda: Pkce(header_key="token-bin"), "cannot carry a token"),
        (lambda: Pkce(header_key="Content-Type"), "cannot carry a token"),
        (lambda: Pkce(header_key="a:b"), "cannot carry a token"),
        (lambda: remora.Client("h", auth="Basic"), "'Basic', which is no way to log in"),
        (lambda: remora.Client("h", auth=object()), "auth must be a way to log in, not object"),  # type: ignore[arg-type]
        (lambda: remora.Client("h", auth="ExternalCommand"), "needs a command"),
        (lambda: remora.Client("h", auth="ClientSecret"), "needs a client_id"),
        (lambda: remora.Client("h", auth=Pkce(), api_key="x"), r"auth=Pkce\(...\) contradicts api_key"),
        (lambda: remora.Client("h", auth=Pkce(), command=["x"]), r"auth=Pkce\(...\) contradicts command"),
        (lambda: remora.Client("h", auth=Passthrough(), client_secret="hush"), "contradicts client_secret"),
    ],
)
def test_mistakes(make: Callable[[], object], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        make()
    assert "hush" not in str(caught.value)


def test_reprs_show_no_secret() -> None:
    shown = [
        ClientSecret("id", "hush", request_access_token_params={"assertion": "hush"}),
        ExternalCommand(["print", "--secret=hush"], environment={"X": "hush"}),
        Pkce(request_access_token_params={"client_secret": "hush"}, refresh_access_token_params={"x": "hush"}),
        remora.Client("h", client_id="id", client_secret="hush"),
        remora.Client("h", client_id="id", client_secret="hush").config,
    ]
    assert "hush" not in repr(shown)
    assert "id" in repr(shown[0])


def test_a_header_key_is_in_lower_case() -> None:
    assert Pkce(header_key="Flyte-Authorization").header_key == "flyte-authorization"


def test_an_object_says_it_all_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_API_KEY", base64.b64encode(b"other.example.com:c:s:o").decode())
    monkeypatch.setenv("FLYTE_ADMIN_CLIENTID", "other")
    monkeypatch.setenv("FLYTE_AUTH_TYPE", "DeviceFlow")
    client = remora.Client("h", auth=ClientSecret("id", "hush"))
    assert (client.config.auth_type, client.config.client_id) == ("ClientSecret", "id")
    assert client.config.explain()["auth_type"].source == "argument"


def test_arguments_without_an_object_pass_through() -> None:
    method, arguments = auth_arguments("Pkce", None, "id", None, None)
    assert method is None
    assert arguments == {
        "auth_type": "Pkce",
        "api_key": None,
        "client_id": "id",
        "client_secret": None,
        "command": None,
    }


def _never(headers: object) -> Any:
    raise AssertionError


def test_plaintext_to_another_machine_has_no_login_that_nobody_chose() -> None:
    assert credentials_for(remora.Client("http://h.example").config, None, _never) is None
    assert credentials_for(remora.Client("https://h.example").config, None, _never) is not None
    assert credentials_for(remora.Client("http://127.0.0.1").config, None, _never) is not None


def test_a_login_over_plaintext_warns() -> None:
    config = remora.Client("http://h.example", auth="Pkce").config
    with pytest.warns(ConfigWarning, match="sent without encryption"):
        credentials_for(config, None, _never)


def test_api_keys_are_read_from_both_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    key = base64.b64encode(b"dns:///key.example.com:8443:client:se-cret:acme").decode()
    for name in ("UNION_API_KEY", "FLYTE_API_KEY"):
        with monkeypatch.context() as patch:
            patch.setenv(name, key)
            client = remora.Client()
        assert client.endpoint == "https://key.example.com:8443"
        assert (client.config.auth_type, client.config.client_id) == ("ClientSecret", "client")
        assert (client.config.org, "se-cret" in repr(client.config)) == ("acme", False)


@pytest.mark.parametrize("key", ["%%%", "aGk=", "YTpiOmM=", "Ojo6", "/////w=="])
def test_a_malformed_api_key_is_an_error_that_does_not_show_it(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        remora.Client("h", api_key=key)
    shown = "".join(traceback.format_exception(type(caught.value), caught.value, caught.value.__traceback__))
    assert key not in shown


@pytest.mark.parametrize("first", ["ChannelKeywords", "create_channel", "Pkce"])
def test_names_of_the_package_do_not_depend_on_their_order(first: str) -> None:
    script = f"from remora import auth; auth.{first}; print([type(getattr(auth, n)).__name__ for n in auth.__all__])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=200, check=False)
    assert "module" not in done.stdout
    assert done.stdout.count("function") == 3, done.stderr
