"""Finding and reading the config file."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest

from remora.errors import ConfigError


def project(name: str) -> str:
    return f"task:\n  project: {name}\n"


def test_the_first_file_in_the_order_wins(places: Any) -> None:
    places.write("work/.git/HEAD", "")
    inner = places.work / "a" / "b"
    inner.mkdir(parents=True)
    places.work, root = inner, places.work
    union = places.write("named/union.yaml", project("uctl"))
    flyte = places.write("named/flyte.yaml", project("flytectl"))
    environ = {"UCTL_CONFIG": str(union), "FLYTECTL_CONFIG": str(flyte)}

    def found() -> str:
        name: str = places.load(environ, endpoint="h").project
        return name

    places.write("home/.flyte/config.yaml", project("home flyte"))
    places.write("home/.union/config.yaml", project("home union"))
    assert found() == "uctl"
    del environ["UCTL_CONFIG"]
    assert found() == "flytectl"
    del environ["FLYTECTL_CONFIG"]
    assert found() == "home union"
    (places.home / ".union" / "config.yaml").unlink()
    assert found() == "home flyte"
    environ["UCTL_CONFIG"] = str(union)
    (root / ".flyte").mkdir()
    (root / ".flyte" / "config.yaml").write_text(project("git root"))
    assert found() == "git root"
    (inner / ".flyte").mkdir()
    (inner / ".flyte" / "config.yaml").write_text(project("dot flyte"))
    assert found() == "dot flyte"
    (inner / "config.yaml").write_text(project("here"))
    assert found() == "here"


def test_the_choice_follows_the_working_directory(places: Any) -> None:
    places.write("work/.flyte/config.yaml", project("one"))
    places.write("other/.flyte/config.yaml", project("two"))
    assert places.load(endpoint="h").project == "one"
    places.work = places.home.parent / "other"
    assert places.load(endpoint="h").project == "two"


def test_without_a_git_root_no_folder_above_is_looked_at(places: Any) -> None:
    inner = places.work / "a"
    inner.mkdir()
    places.write("work/.flyte/config.yaml", project("above"))
    places.work = inner
    assert places.load(endpoint="h").project == ""


@pytest.mark.parametrize("text", ["model:\n  lr: 0.1\n", "{broken: [yaml", "", "administrator: x\n"])
def test_a_config_yaml_of_someone_else_is_passed_over(places: Any, text: str) -> None:
    places.write("work/config.yaml", text)
    places.write("home/.flyte/config.yaml", project("mine"))
    assert places.load(endpoint="h").project == "mine"


def test_a_named_file(places: Any) -> None:
    places.write("work/sub/mine.yaml", project("mine"))
    places.write("work/config.yaml", project("here"))
    assert places.load(endpoint="h", config_file="sub/mine.yaml").project == "mine"
    assert places.load(endpoint="h", config_file=places.work / "sub" / "mine.yaml").project == "mine"
    assert places.load(endpoint="h", config_file=False).project == ""


@pytest.mark.parametrize(
    ("environ", "config_file", "who"),
    [
        ({}, "gone.yaml", "config_file"),
        ({"UCTL_CONFIG": "gone.yaml"}, None, r"\$UCTL_CONFIG"),
        ({}, ".", "config_file"),
    ],
)
def test_a_named_file_that_is_not_there(
    places: Any, environ: dict[str, str], config_file: str | None, who: str
) -> None:
    with pytest.raises(ConfigError, match=f"{who} names .*, which is not a file"):
        places.load(environ, endpoint="h", config_file=config_file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task:\n  project: [a\n", r":3:1: "),
        ("task:\n\tproject: a\n", r":2:1: "),
        ("- a\n- b\n", r":1: a config file must be a mapping"),
        ("just text\n", r":1: a config file must be a mapping"),
        ("task: {project: !!python/object:os.system x}\n", r":1:17: "),
        ("a: 1\n---\nb: 2\n", r":2:1: "),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_told_with_its_line(places: Any, text: str, message: str) -> None:
    path = places.write("home/.flyte/config.yaml", text)
    with pytest.raises(ConfigError, match=f"{path}{message}"):
        places.load(endpoint="h")


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n", "---\n", "admin:\ntask: text\n"])
def test_a_file_that_says_nothing(places: Any, text: str) -> None:
    places.write("home/.flyte/config.yaml", text)
    assert places.load(endpoint="h").project == ""


def test_a_file_that_cannot_be_read(places: Any) -> None:
    path = places.write("home/.flyte/config.yaml", "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        places.load(endpoint="h")
    if os.name == "posix" and os.geteuid() != 0:
        path.chmod(0)
        with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
            places.load(endpoint="h")


def test_pyyaml_is_needed_only_when_there_is_a_file(places: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    places.write("work/config.yaml", "model:\n  lr: 0.1\n")
    assert places.load(endpoint="h").endpoint.host == "h"
    path = places.write("home/.flyte/config.yaml", project("p"))
    with pytest.raises(ConfigError, match=f"{path} cannot be read, because PyYAML is not installed") as caught:
        places.load(endpoint="h")
    assert "pip install 'remora[yaml]'" in str(caught.value.hint)
    assert places.load(endpoint="h", config_file=False).endpoint.host == "h"


def test_a_real_flytectl_file(places: Any) -> None:
    secret = places.write("home/secret", "s3cr3t\n")
    path = places.write(
        "home/.flyte/config.yaml",
        "admin:\n"
        "  # For GRPC endpoints you might want to use dns:///flyte.myexample.com\n"
        "  endpoint: dns:///flyte.example.com\n"
        "  authType: Pkce\n"
        f"  clientSecretLocation: {secret}\n"
        "  insecure: false\n"
        "  unknownKey: {deep: 1}\n"
        "logger:\n"
        "  show-source: true\n"
        "  level: 0\n"
        "task:\n"
        "  domain: development\n",
    )
    config = places.load()
    assert (config.endpoint.host, config.domain, config.auth_type) == (
        "flyte.example.com",
        "development",
        "ClientSecret",
    )
    assert config.client_secret.reveal() == "s3cr3t"
    lines = config.explain()
    assert lines["auth_type"].note == f"file {path}:4 is overruled by client_secret"
    assert lines["client_secret"] == (
        "client_secret",
        "<redacted>",
        f"file {secret}, named by file {path}:5",
        "",
    )
    unused = {line.name: line for line in lines.unused}
    assert unused["admin.unknownKey.deep"].note == "not a setting of this client"
    assert set(unused) == {"admin.unknownKey.deep", "logger.show-source", "logger.level"}
    assert "s3cr3t" not in str(lines) + repr(config) + str(tuple(config)) + str(lines.to_dict())


def test_the_explanation_as_text_and_as_data(places: Any) -> None:
    config = places.load({"FLYTE_TASK_DOMAIN": "d"}, endpoint="http://h:1", project="p")
    text = str(config.explain())
    assert "endpoint                http://h:1  argument" in text
    assert "domain                  d           environment variable FLYTE_TASK_DOMAIN" in text
    assert "org                     -           not set" in text
    data = config.explain().to_dict()
    assert data["project"] == {"value": "p", "source": "argument", "note": ""}
    assert [line.name for line in config.explain()][:2] == ["endpoint", "insecure"]
    with pytest.raises(KeyError):
        config.explain()["nothing"]
    assert repr(config) == "Config(endpoint='http://h:1', insecure='true', project='p', domain='d', auth_type='Pkce')"


@pytest.mark.parametrize(
    ("key", "meant"),
    [("endpont", "endpoint"), ("clientID", "clientId"), ("authtype", "authType"), ("timeout", ""), ("other", "")],
)
def test_a_key_that_is_nearly_right_is_told(places: Any, key: str, meant: str) -> None:
    places.write("home/.flyte/config.yaml", f"admin:\n  endpoint: flyte.example.com\n  {key}: x\n")
    (unused,) = places.load().explain().unused
    told = f"; did you mean admin.{meant}?" if meant else ""
    assert unused.note == f"not a setting of this client{told}"


def test_a_misspelt_endpoint_is_named_where_there_is_none(places: Any) -> None:
    path = places.write("home/.flyte/config.yaml", "admin:\n  endpont: flyte.example.com\n")
    with pytest.raises(ConfigError, match="no endpoint") as caught:
        places.load()
    assert caught.value.hint == f"{path}:2 has 'admin.endpont'; did you mean 'admin.endpoint'?"
