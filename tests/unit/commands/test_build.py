"""Options of click from declarations: what a command line means to the calls of a command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from remora.commands.declarations import Argument, Call, Command, Entry, Option, Program
from remora.commands.exits import NOT_FOUND, OK, USAGE
from remora.commands.run import run, started_as
from remora_api.flyteidl2 import common

pytest.importorskip("click")

PARAMETERS = (
    Argument("targetType", "With a capital letter."),
    Argument("others", "Several.", many=True, required=False),
    Option("client_id", "Named like an argument of a client."),
    Option("text", "Text.", preset="given"),
    Option("number", "A number.", kind="integer", default="7"),
    Option("limit", "How many.", kind="limit"),
    Option("deep", "A flag.", kind="flag"),
    Option("sure", "A switch.", kind="switch"),
    Option("labels", "Pairs.", flag="--label", kind="pairs", many=True),
    Option("ages", "Lengths.", flag="--age", kind="duration", many=True),
    Option("raw", "Bytes.", kind="bytes"),
    Option("extra", "JSON.", kind="json"),
    Option("where", "A path.", kind="path"),
    Option(
        "phase",
        "A phase.",
        kind="enum",
        choices=("RUNNING", "FAILED"),
        of="remora_api.flyteidl2.common:ActionPhase",
    ),
    Option("run_id", "A message.", kind="message", of="remora_api.flyteidl2.common:RunIdentifier"),
)
COMMAND = Command(
    "call",
    "Calls.",
    calls=(Call("made_up_functions:seen", *(item.name for item in PARAMETERS)),),
    parameters=PARAMETERS,
)
PRESET = Command(
    "preset",
    "With an argument that is there without being given, and an option that is called like a setting.",
    calls=(Call("made_up_functions:seen", "where", "whose"),),
    parameters=(
        Argument("where", "Where.", required=False, preset="here"),
        Option("whose", "Whose.", flag="--tenant"),
    ),
)
NOTHING = Command("nothing", "Gives nothing.", calls=(Call("made_up_functions:none"),), optional=True)
PROGRAM = Program(
    commands="made_up",
    entities="made_up",
    entries=(Entry("call", "Calls."), Entry("nothing", "Gives nothing."), Entry("preset", "Preset.")),
    context=(Entry("tenant", "Whose data it is."),),
)

Call_ = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call_:
    """Runs the command; gives the exit code, what its function was called with, and stderr."""
    found: dict[str, Any] = {}

    def seen(**given: Any) -> None:
        from remora.client import resolve_client

        found.update(given, tenant=resolve_client(None).value("tenant", None, required=False))

    functions = ModuleType("made_up_functions")
    vars(functions).update(seen=seen, none=lambda: None)
    modules = {"made_up_functions": functions, "made_up": ModuleType("made_up")}
    for command in (COMMAND, NOTHING, PRESET):
        modules[f"made_up.{command.name}"] = ModuleType(f"made_up.{command.name}")
        vars(modules[f"made_up.{command.name}"])["ENTRY"] = command
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("FLYTE_ADMIN_ENDPOINT", "http://127.0.0.1:1")

    def run_it(*arguments: str) -> tuple[int, dict[str, Any], str]:
        found.clear()
        code = run(PROGRAM, arguments, name="made-up")
        return code, dict(found), capsys.readouterr().err

    return run_it


def test_what_is_not_given_is_left_to_the_call(call: Call_) -> None:
    assert call("call", "x") == (OK, {"targetType": "x", "text": "given", "tenant": ""}, "")


def test_everything(call: Call_, tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"\x00")
    code, found, err = call(
        *("call", "x", "a", "b", "--client-id", "c", "--text", "t", "--number", "-1", "--limit", "all"),
        *("--deep", "--no-sure", "--label", "a=1", "--label", "b=2", "--age", "90s", "--age", "1"),
        *("--raw", f"@{tmp_path}/raw", "--extra", "[1]", "--where", str(tmp_path), "--phase", "failed"),
        *("--run-id", '{"name": "r"}', "--tenant", "acme"),
    )
    assert (code, err) == (OK, "")
    assert found == {
        "targetType": "x",
        "others": ["a", "b"],
        "client_id": "c",
        "text": "t",
        "number": -1,
        "limit": None,
        "deep": True,
        "sure": False,
        "labels": {"a": "1", "b": "2"},
        "ages": [timedelta(seconds=90), timedelta(seconds=1)],
        "raw": b"\x00",
        "extra": [1],
        "where": tmp_path,
        "phase": common.ActionPhase.FAILED,
        "run_id": common.RunIdentifier(name="r"),
        "tenant": "acme",
    }


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--number", "x", "'x' is not a valid integer"),
        ("--label", "x", "not of the form KEY=VALUE"),
        ("--age", "x", "no length of time"),
        ("--raw", "@/nothing", "No such file"),
        ("--extra", "{", "not JSON"),
        ("--phase", "x", "'x' is not one of 'RUNNING', 'FAILED'"),
        ("--run-id", '{"nam": 1}', "nam"),
        ("--run-id", "{", "JSON"),
        ("--nubmer", "1", "--number"),
    ],
)
def test_what_does_not_fit(option: str, value: str, words: str, call: Call_) -> None:
    code, found, err = call("call", "x", option, value)
    assert (code, found) == (USAGE, {})
    assert words.lower() in err.lower()


def test_presets_and_taken_options(call: Call_) -> None:
    assert call("preset") == (OK, {"where": "here", "tenant": ""}, "")
    assert call("preset", "there", "--tenant", "acme") == (OK, {"where": "there", "whose": "acme", "tenant": ""}, "")


def test_nothing_is_not_found(call: Call_) -> None:
    assert call("nothing") == (NOT_FOUND, {}, "error: NOT_FOUND: made_up_functions:none has found nothing\n")


def test_how_a_program_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/acme"])
    assert started_as(PROGRAM) == "acme"
    monkeypatch.setattr(sys, "argv", ["/lib/acme_api/__main__.py"])
    program = Program(commands="acme_api.commands", entities="acme_api.entities", entries=())
    assert started_as(program) == "python -m acme_api"
