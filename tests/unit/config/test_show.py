"""`remora config show`, and what docs/settings.md says about settings."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from remora.channel import grpc_options
from remora.channel.security import Certificates
from remora.cli import main
from remora.config import load_config
from remora.config.settings import SETTINGS
from remora.errors import ConfigWarning

DOCS = Path(__file__).resolve().parents[3] / "docs" / "settings.md"
SECRET = "hunter2hunter2"


@pytest.fixture
def here(places: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The places of a user as those of this process, with an empty environment."""
    import os

    for name in list(os.environ):
        if name.startswith(("FLYTE", "UNION", "UCTL")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(places.home))
    monkeypatch.chdir(places.work)
    return places


def test_a_table(here: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = here.write(
        "home/.flyte/config.yaml", "admin:\n  endpoint: h\n  clientId: c\n  clientSecretEnvVar: MINE\n  other: x\n"
    )
    monkeypatch.setenv("MINE", SECRET)
    monkeypatch.setenv("FLYTE_TASK_PROJECT", "p")
    monkeypatch.setenv("https_proxy", f"http://me:{SECRET}@proxy:1")
    assert main(["config", "show"]) == 0
    lines = [re.split(r" {2,}", line) for line in capsys.readouterr().out.splitlines()]
    assert ["endpoint", "https://h:443", f"file {path}:2"] in lines
    assert ["project", "p", "environment variable FLYTE_TASK_PROJECT"] in lines
    assert ["domain", "-", "not set"] in lines
    assert ["client_secret", "<redacted>", f"environment variable MINE, named by file {path}:4"] in lines
    assert ["http_proxy_url", "http://<redacted>@proxy:1", "environment variable https_proxy"] in lines
    assert ["admin.other", "(set)", f"file {path}:5; not a setting of this client"] in lines


def test_json(here: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    key = b64encode(f"h:c:{SECRET}:acme".encode()).decode()
    monkeypatch.setenv("FLYTE_API_KEY", key)
    assert main(["config", "show", "--json"]) == 0
    out = capsys.readouterr().out
    assert SECRET not in out
    assert key not in out
    data = json.loads(out)
    assert list(data) == [setting.name for setting in SETTINGS]
    assert data["org"] == {
        "value": "acme",
        "source": "api_key (environment variable FLYTE_API_KEY)",
        "note": "",
        "about": "organization of requests",
        "key": "task.org",
        "variables": ["FLYTE_TASK_ORG"],
    }
    assert data["api_key"]["value"] == data["client_secret"]["value"] == "<redacted>"


def test_without_an_endpoint_the_rest_is_shown(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    here.write("home/.flyte/config.yaml", "task: {project: p}\n")
    assert main(["config", "show"]) == 1
    shown = capsys.readouterr()
    assert re.search(r"project +p +file ", shown.out)
    assert "no endpoint is set" in shown.err


def test_which_file(here: Any, capsys: pytest.CaptureFixture[str]) -> None:
    here.write("work/config.yaml", "admin: {endpoint: h, command: [tool]}\n")
    with pytest.warns(ConfigWarning, match="may not run commands"):
        assert main(["config", "show"]) == 0
    assert re.search(r"command +- +not set; admin.command of .* may not run commands", capsys.readouterr().out)
    assert main(["config", "show", "--config-file", "config.yaml"]) == 0
    assert re.search(r"command +tool +file ", capsys.readouterr().out)
    assert main(["config", "show", "--no-config-file"]) == 1
    assert "tool" not in capsys.readouterr().out


def test_a_setting_that_cannot_be_used(
    here: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FLYTE_ADMIN_INSECURE", "perhaps")
    assert main(["config", "show"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("remora config show: the environment variable FLYTE_ADMIN_INSECURE must be true or")


def test_certificates_that_a_program_gives_are_named(places: Any) -> None:
    certificates = Certificates(certificate_chain=b"PEM", private_key=SECRET.encode())
    config = load_config({"endpoint": "h"}, certificates=certificates, config_file=False, environ={})
    assert config.explain()["private_key"] == ("private_key", "(given)", "argument", "")
    assert SECRET not in f"{config.explain()} {config!r} {config.security!r}"


def rows(heading: str) -> list[list[str]]:
    section = DOCS.read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [
        [re.sub(r"`", "", cell).strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]


def test_the_docs_have_every_setting() -> None:
    assert rows("Every setting") == [
        [setting.name, setting.key or "-", ", ".join(setting.variables) or "-", setting.about] for setting in SETTINGS
    ]


def test_the_docs_have_every_grpc_option() -> None:
    known = [*grpc_options._OPTIONS, *grpc_options._PING_FLOORS, *grpc_options._NEEDS_NOTHING]
    assert [row[0] for row in rows("gRPC options")] == known
