"""Errors on stderr, and the exit codes that tell of them."""

from __future__ import annotations

import json

import pytest

from remora import errors
from remora.commands import exits
from remora.commands.declarations import Command, Option
from remora.commands.hints import for_shell
from remora.commands.report import report
from remora_api.commands import PROGRAM


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RunFailed("failed"), exits.NEGATIVE),
        (errors.WaitFailed("failed"), exits.NEGATIVE),
        (errors.InvalidArgument("wrong"), exits.USAGE),
        (errors.ValuesError("wrong"), exits.USAGE),
        (errors.ConfigError("wrong"), exits.USAGE),
        (errors.ValidationError("wrong"), exits.USAGE),
        (errors.NotFound("none"), exits.NOT_FOUND),
        (errors.Unauthenticated("who"), exits.NOT_ALLOWED),
        (errors.PermissionDenied("no"), exits.NOT_ALLOWED),
        (errors.LoginDenied("no"), exits.NOT_ALLOWED),
        (errors.AlreadyExists("there"), exits.WRONG_STATE),
        (errors.FailedPrecondition("no"), exits.WRONG_STATE),
        (errors.RunNotDone("runs"), exits.WRONG_STATE),
        (errors.OutputsNotReady("runs"), exits.WRONG_STATE),
        (errors.Unavailable("gone"), exits.UNAVAILABLE),
        (errors.DeadlineExceeded("late"), exits.TOO_LATE),
        (errors.WaitTimeout("late"), exits.TOO_LATE),
        (errors.LoginTimeout("late"), exits.TOO_LATE),
        (errors.Internal("broken"), exits.FAILED),
        (errors.Unknown("what"), exits.FAILED),
        (errors.UploadError("gone"), exits.FAILED),
    ],
)
def test_the_exit_code(error: errors.RemoraError, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(error, "table") == code
    assert error.message in capsys.readouterr().err


ERROR = errors.NotFound(
    "no run\nof that name\x1b[2J",
    method="a.B/C",
    endpoint="https://host:443",
    request_id="id-1",
    hint="pass project=, or set it once with remora.init(project=...) or FLYTE_TASK_PROJECT",
)


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    report(ERROR, "table")
    assert capsys.readouterr().err.splitlines() == [
        "error: NOT_FOUND: no run",
        r"  of that name\x1b[2J",
        "  call: a.B/C at https://host:443, request id id-1",
        "  hint: give --project, or set it once with FLYTE_TASK_PROJECT",
    ]


def test_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    report(ERROR, "json")
    assert json.loads(capsys.readouterr().err)["error"] == {
        "type": "NotFound",
        "message": "no run\nof that name\x1b[2J",
        "exit_code": 3,
        "hint": "give --project, or set it once with FLYTE_TASK_PROJECT",
        "status": "NOT_FOUND",
        "method": "a.B/C",
        "endpoint": "https://host:443",
        "request_id": "id-1",
    }


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("write http:// or pass insecure=True for plaintext", "write http:// or give --insecure for plaintext"),
        ("pass a larger timeout= if the call may take longer", "give a larger --timeout if the call may take longer"),
        (
            "correct the file, or name another one with config_file=",
            "correct the file, or name another one with --config",
        ),
        ("choose another name, or on_existing='return'", "choose another name, or --on-existing return"),
        (
            "log in from a terminal, pass auth= or metadata=, or set FLYTE_API_KEY",
            "log in from a terminal, or set FLYTE_AUTH_TYPE or FLYTE_API_KEY",
        ),
        ("known: a=b, ca_cert_file=", "known: a=b, ca_cert_file="),
        ("Task.listall() shows what is there", "`remora task list` shows what is there"),
        ("Task.nothing() shows what is there", "Task.nothing() shows what is there"),
    ],
)
def test_hints_have_options_and_commands(hint: str, words: str) -> None:
    command = Command("create", "Creates.", parameters=(Option("on_existing", "What then."),))
    assert for_shell(hint, command, PROGRAM, "remora") == words
