"""Argument, then environment, then file, then default."""

from __future__ import annotations

from typing import Any

import pytest

from remora.channel.endpoint import Endpoint
from remora.errors import ConfigError, ConfigWarning

FILE = "admin:\n  endpoint: dns:///file.example.com\n  insecure: true\ntask:\n  project: in-file\n  domain: in-file\n"
ENV = {"FLYTE_ADMIN_ENDPOINT": "env.example.com", "FLYTE_TASK_PROJECT": "in-env"}


def test_the_environment_works_without_a_file(places: Any) -> None:
    config = places.load(ENV)
    assert config.endpoint == Endpoint("env.example.com", 443, "", True)
    assert (config.project, config.domain, config.org) == ("in-env", "", "")


def test_argument_over_environment_over_file_over_default(places: Any) -> None:
    path = places.write("home/.flyte/config.yaml", FILE)
    config = places.load({"FLYTE_TASK_PROJECT": "in-env", "FLYTE_TASK_DOMAIN": "in-env"}, domain="in-argument")
    assert config.endpoint == Endpoint("file.example.com", 80, "", False)
    assert (config.project, config.domain, config.org) == ("in-env", "in-argument", "")
    lines = config.explain()
    assert lines["endpoint"].source == f"file {path}:2"
    assert lines["insecure"] == ("insecure", "true", f"file {path}:3", "")
    assert lines["project"].source == "environment variable FLYTE_TASK_PROJECT"
    assert lines["domain"].source == "argument"
    assert lines["org"] == ("org", "", "not set", "")


def test_empty_values_of_environment_and_file_count_as_not_given_but_an_empty_argument_is_given(places: Any) -> None:
    places.write("home/.flyte/config.yaml", "admin: {endpoint: h, insecure: }\ntask: {project: '', domain: d}\n")
    config = places.load({"FLYTE_TASK_PROJECT": " "}, domain="")
    assert (config.project, config.domain) == ("", "")
    assert config.endpoint.tls


@pytest.mark.parametrize("word", ["1", "true", "TRUE", "yes", "On", " true "])
def test_words_for_true(places: Any, word: str) -> None:
    assert not places.load({**ENV, "FLYTE_ADMIN_INSECURE": word}).endpoint.tls


@pytest.mark.parametrize("word", ["0", "false", "False", "no", "OFF"])
def test_words_for_false(places: Any, word: str) -> None:
    assert places.load({**ENV, "FLYTE_ADMIN_INSECURE": word}).endpoint.tls
    places.write("home/.flyte/config.yaml", f"admin:\n  endpoint: h\n  insecure: '{word}'\n")
    assert places.load().endpoint.tls


@pytest.mark.parametrize("word", ["maybe", "2", "truee", "t"])
def test_other_words_are_refused(places: Any, word: str) -> None:
    with pytest.raises(ConfigError, match="the environment variable FLYTE_ADMIN_INSECURE must be true or false"):
        places.load({**ENV, "FLYTE_ADMIN_INSECURE": word})
    path = places.write("home/.flyte/config.yaml", f"admin:\n  endpoint: h\n  insecure: '{word}'\n")
    with pytest.raises(ConfigError, match=f"{path}:3: admin.insecure must be true or false"):
        places.load()


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("task:\n  project: [a]\n", ":2: task.project must be text, not list"),
        ("task:\n  project: true\n", ":2: task.project must be text, not bool"),
        ("admin:\n  insecure: 1.5\n", ":2: admin.insecure must be true or false"),
    ],
)
def test_values_of_the_wrong_kind(places: Any, yaml: str, message: str) -> None:
    path = places.write("home/.flyte/config.yaml", yaml)
    with pytest.raises(ConfigError) as caught:
        places.load(endpoint="h")
    assert str(caught.value).startswith(f"{path}{message}")


def test_a_number_is_text_where_text_is_wanted(places: Any) -> None:
    places.write("home/.flyte/config.yaml", "task: {project: 42, domain: 0}\n")
    config = places.load(endpoint="h")
    assert (config.project, config.domain) == ("42", "0")


def test_a_name_that_only_looks_local_is_spoken_to_in_tls(places: Any) -> None:
    for host in ("docker.example.com", "host.docker.internal:8090", "localhost.example.com", "mylocalhost"):
        assert places.load(endpoint=host).endpoint.tls


def test_no_endpoint_names_all_three_ways(places: Any) -> None:
    for arguments in ({}, {"endpoint": ""}):
        with pytest.raises(ConfigError, match="no endpoint") as caught:
            places.load(**arguments)
        assert all(way in str(caught.value) for way in ("endpoint=", "FLYTE_ADMIN_ENDPOINT", "admin.endpoint"))


# TLS -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "insecure", "tls"),
    [
        ("h", None, True),
        ("h", True, False),
        ("localhost:8090", None, True),
        ("localhost:8090", True, False),
        ("http://h", None, False),
        ("http://h", True, False),
        ("https://h", False, True),
        ("unix:/s", None, False),
        ("unix:/s", False, False),
    ],
)
def test_scheme_and_insecure(places: Any, endpoint: str, insecure: bool | None, tls: bool) -> None:
    config = places.load(endpoint=endpoint, insecure=insecure)
    assert config.endpoint.tls is tls


@pytest.mark.parametrize(("endpoint", "insecure"), [("https://h", True), ("http://h", False)])
def test_a_contradiction_in_one_place_is_refused(places: Any, endpoint: str, insecure: bool) -> None:
    with pytest.raises(ConfigError, match="contradicts the endpoint"):
        places.load(endpoint=endpoint, insecure=insecure)


def test_the_nearer_of_scheme_and_insecure_wins(places: Any) -> None:
    config = places.load({"FLYTE_ADMIN_INSECURE": "true"}, endpoint="https://h")
    assert config.endpoint.tls
    assert "overruled by the scheme" in config.explain()["insecure"].note
    assert config.explain()["insecure"].value == "false"
    config = places.load({"FLYTE_ADMIN_ENDPOINT": "https://h"}, insecure=True)
    assert config.endpoint == Endpoint("h", 80, "", False)


def test_certificates(places: Any) -> None:
    config = places.load({"FLYTE_ADMIN_INSECURESKIPVERIFY": "yes"}, endpoint="h", ca_cert_file="/ca.pem")
    assert (config.ca_cert_file, config.insecure_skip_verify) == ("/ca.pem", False)
    assert "overruled by ca_cert_file" in config.explain()["insecure_skip_verify"].note
    config = places.load(endpoint="http://h", ca_cert_file="/ca.pem")
    assert "the connection is plaintext" in config.explain()["ca_cert_file"].note
    assert config.security.ca_cert_file == "/ca.pem"  # token requests and signed URLs may need it
    config = places.load({"FLYTE_ADMIN_INSECURE": "true"}, endpoint="h", ca_cert_file="/ca.pem")
    assert not config.endpoint.tls


# A file's settings belong to the file's endpoint ---------------------------------------------------------------------


def test_dangerous_settings_of_a_file_do_not_reach_another_endpoint(places: Any) -> None:
    places.write(
        "home/.flyte/config.yaml", FILE.replace("insecure: true", "insecure: true\n  insecureSkipVerify: true")
    )
    config = places.load(endpoint="other.example.com")
    assert config.endpoint.tls
    assert not config.insecure_skip_verify
    assert "belongs to another endpoint" in config.explain()["insecure"].note
    with pytest.warns(ConfigWarning, match="insecure_skip_verify is on"):
        same = places.load(endpoint="file.example.com")
    assert not same.endpoint.tls


def test_a_trusted_file_without_an_endpoint_speaks_for_any(places: Any) -> None:
    places.write("home/.flyte/config.yaml", "admin: {insecureSkipVerify: true, caCertFilePath: }\n")
    with pytest.warns(ConfigWarning, match="insecure_skip_verify is on"):
        assert places.load(endpoint="h").insecure_skip_verify


@pytest.mark.parametrize("name", ["config.yaml", ".flyte/config.yaml"])
def test_a_file_that_is_merely_found_may_not_weaken_tls_to_another_machine(places: Any, name: str) -> None:
    path = places.write(f"work/{name}", FILE)
    with pytest.warns(ConfigWarning, match="may not weaken TLS") as seen:
        config = places.load()
    assert config.endpoint == Endpoint("file.example.com", 443, "", True)
    assert str(path) in str(seen[0].message)
    assert seen[0].filename.endswith("conftest.py")
    assert "may not weaken TLS" in config.explain()["insecure"].note
    assert not places.load(config_file=path).endpoint.tls  # someone chose it
    assert not places.load({"FLYTECTL_CONFIG": str(path)}, config_file=path).endpoint.tls


def test_a_file_that_is_merely_found_may_use_plaintext_on_this_machine(places: Any) -> None:
    places.write("work/.flyte/config.yaml", "admin: {endpoint: 'localhost:8090', insecure: true}\n")
    assert places.load().endpoint == Endpoint("localhost", 8090, "", False)


def test_connection_settings_of_a_found_file_do_not_reach_an_endpoint_from_elsewhere(places: Any) -> None:
    places.write(
        "work/.flyte/config.yaml",
        "admin: {endpoint: evil.example.com, caCertFilePath: evil.pem, httpProxyURL: 'http://evil'}\n"
        "task: {project: p}\n",
    )
    config = places.load({"FLYTE_ADMIN_ENDPOINT": "mine.example.com"})
    assert (config.ca_cert_file, config.http_proxy_url) == ("", "")
    assert config.project == "p"


def test_a_found_file_may_not_skip_the_check_even_on_this_machine(places: Any) -> None:
    # It would hold for token requests too, and those go elsewhere.
    places.write("work/.flyte/config.yaml", "admin: {endpoint: 'localhost:8090', insecureSkipVerify: true}\n")
    with pytest.warns(ConfigWarning, match="may not weaken TLS"):
        assert not places.load().insecure_skip_verify


def test_what_the_environment_says_about_its_endpoint_does_not_reach_another_one(places: Any) -> None:
    environ = {
        "FLYTE_ADMIN_ENDPOINT": "localhost:8090",
        "FLYTE_ADMIN_INSECURE": "true",
        "FLYTE_ADMIN_CLIENTID": "c",
        "FLYTE_ADMIN_CLIENTSECRETENVVAR": "MINE",
        "MINE": "hunter2",
        "FLYTE_AUTH_COMMAND": "tool",
        "FLYTE_TASK_PROJECT": "p",
    }
    other = places.load(environ, endpoint="other.example.com")
    assert other.endpoint.tls
    assert (other.client_id, other.client_secret, other.command, other.project) == ("", None, (), "p")
    assert other.explain()["insecure"].note.endswith("it belongs to the endpoint of FLYTE_ADMIN_ENDPOINT")
    for endpoint in (None, "localhost:8090", "http://localhost:8090"):
        same = places.load(environ, endpoint=endpoint)
        assert not same.endpoint.tls
        assert same.client_secret.reveal() == "hunter2"
    del environ["FLYTE_ADMIN_ENDPOINT"]  # then it is meant for whatever endpoint there is
    assert places.load(environ, endpoint="other.example.com").client_id == "c"


# Organization, proxy, console ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "org"),
    [
        ("acme.union.ai", "acme"),
        ("demo.hosted.unionai.cloud:443", "demo"),
        ("union.ai", ""),
        ("flyte.example.com", ""),
        ("http://10.0.0.1", ""),
        ("localhost:8090", ""),
        ("acme.union.ai.evil.com", ""),
    ],
)
def test_the_organization_of_a_union_endpoint(places: Any, endpoint: str, org: str) -> None:
    assert places.load(endpoint=endpoint).org == org
    assert places.load(endpoint=endpoint, org="mine").org == "mine"


def test_proxies(places: Any) -> None:
    environ = {"https_proxy": "http://me:hunter2@env:3128"}
    config = places.load(environ, endpoint="h")
    assert config.http_proxy_url == "http://me:hunter2@env:3128"
    assert "hunter2" not in str(config.explain()) + repr(config) + str(config.explain().to_dict())
    assert config.explain()["http_proxy_url"].source == "environment variable https_proxy"
    assert places.load(environ, endpoint="h", trust_env=False).http_proxy_url == ""
    assert places.load(environ, endpoint="h", http_proxy_url="").http_proxy_url == ""
    assert places.load(environ, endpoint="h", http_proxy_url="p:1").http_proxy_url == "p:1"
    assert places.load(environ, endpoint="localhost").http_proxy_url == ""
    with pytest.raises(ConfigError, match=r"the HTTP proxy \(environment variable https_proxy\)"):
        places.load({"https_proxy": "socks5://x"}, endpoint="h")


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"endpoint": "h"}, "https://h"),
        ({"endpoint": "h:8443"}, "https://h:8443"),
        ({"endpoint": "http://h"}, "http://h"),
        ({"endpoint": "http://localhost:8090"}, "http://localhost:8080"),
        ({"endpoint": "http://127.0.0.1:8090"}, "http://127.0.0.1:8080"),
        ({"endpoint": "http://[::1]:9"}, "http://[::1]:9"),
        ({"endpoint": "http://h:8090"}, "http://h:8090"),
        ({"endpoint": "unix:/s"}, ""),
        ({"endpoint": "h", "console_endpoint": "https://console/x/"}, "https://console/x"),
        ({"endpoint": "http://h", "console_endpoint": "console:1"}, "http://console:1"),
    ],
)
def test_console(places: Any, arguments: dict[str, str], url: str) -> None:
    assert places.load(**arguments).console_url == url
