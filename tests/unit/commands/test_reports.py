"""Errors on stderr, and the exit codes that tell of them."""

from __future__ import annotations

import json

import pytest

from remora import errors
from remora.commands import exits
from remora.commands.report import report


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
