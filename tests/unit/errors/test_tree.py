from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from remora import errors
from remora.errors import RemoraError, RpcError, StatusCode, rpc_error

LEAVES = [
    errors.Cancelled,
    errors.Unknown,
    errors.InvalidArgument,
    errors.DeadlineExceeded,
    errors.NotFound,
    errors.AlreadyExists,
    errors.PermissionDenied,
    errors.ResourceExhausted,
    errors.FailedPrecondition,
    errors.Aborted,
    errors.OutOfRange,
    errors.Unimplemented,
    errors.Internal,
    errors.Unavailable,
    errors.DataLoss,
    errors.Unauthenticated,
]


@pytest.mark.parametrize("code", range(1, 17))
def test_each_status_has_its_class(code: int) -> None:
    error = rpc_error(code, "m")
    assert type(error) is LEAVES[code - 1]
    assert error.code == StatusCode(code)
    assert error.code.name.replace("_", "").lower() == type(error).__name__.lower()


@pytest.mark.parametrize("code", [-1, 0, 17, 999])
def test_a_status_outside_the_specification_is_unknown(code: int) -> None:
    error = rpc_error(code, "m")
    assert type(error) is errors.Unknown
    assert error.code is StatusCode.UNKNOWN


def test_the_text_says_method_code_endpoint_request_and_hint() -> None:
    error = rpc_error(
        5, 'project "p" not found', method="a.B/C", endpoint="https://h:443", request_id="r1", hint="create it"
    )
    assert str(error) == (
        'a.B/C: NOT_FOUND: project "p" not found (endpoint https://h:443, request id r1, hint: create it)'
    )
    assert repr(error).startswith("NotFound('a.B/C: NOT_FOUND")
    assert str(errors.NotFound('project "p" not found')) == 'NOT_FOUND: project "p" not found'
    assert str(errors.Aborted()) == "ABORTED"


@pytest.mark.parametrize("operation", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_survive_copy_and_pickle(operation) -> None:  # type: ignore[no-untyped-def]
    error = rpc_error(
        14, "gone", method="a.B/C", endpoint="h", request_id="r", retriable=True, details=b"\x01", hint="x"
    )
    again = operation(error)
    assert type(again) is errors.Unavailable
    assert str(again) == str(error)
    assert (again.retriable, again.details, again.code) == (True, b"\x01", StatusCode.UNAVAILABLE)
    failed = operation(errors.RunFailed("boom", run="r1", phase="FAILED", error_message="OOM"))
    assert (failed.run, failed.phase, failed.error_message) == ("r1", "FAILED", "OOM")


def test_errors_are_also_what_the_standard_library_calls_them() -> None:
    assert issubclass(errors.DeadlineExceeded, TimeoutError)
    assert issubclass(errors.WaitTimeout, TimeoutError)
    for name in ("DecodeError", "EncodeError", "JsonError", "ValuesError", "ValidationError"):
        assert issubclass(getattr(errors, name), ValueError)
    assert issubclass(errors.WouldDeadlock, RuntimeError)
    assert issubclass(errors.SyncInAsyncWarning, UserWarning)


def test_everything_public_is_one_tree() -> None:
    for name in errors.__all__:
        value = getattr(errors, name)
        if isinstance(value, type) and issubclass(value, Exception) and not issubclass(value, Warning):
            assert issubclass(value, RemoraError)
    assert all(issubclass(leaf, RpcError) for leaf in LEAVES)


def test_facts_are_kept() -> None:
    assert errors.UploadError("x", path="f", status=403).status == 403
    assert errors.ValuesError("x", path="a.b").path == "a.b"
    assert errors.JsonError("x", path="a.b").path == "a.b"
    assert errors.ValidationError("x", field="limit").field == "limit"
    timeout = errors.WaitTimeout("x", run="r", phase="RUNNING", details=1, hint="wait longer")
    assert (timeout.run, timeout.phase, timeout.details, timeout.errno) == ("r", "RUNNING", 1, None)
    assert str(timeout) == "x (hint: wait longer)"


def test_naming_an_error_needs_no_transport() -> None:
    code = (
        "import sys, remora.errors as e; e.NotFound('x');"
        "print([m for m in ('grpclib', 'asyncio', 'ssl', 'httpx', 'dataclasses') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
