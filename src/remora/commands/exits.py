"""Exit codes of commands, which scripts rely on. docs/command-line.md has the table."""

from __future__ import annotations

from remora import errors

OK = 0
NEGATIVE = 1
USAGE = 2
NOT_FOUND = 3
NOT_ALLOWED = 4
WRONG_STATE = 5
UNAVAILABLE = 6
TOO_LATE = 7
FAILED = 8
INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""
NO_READER = 141
"""128 and the number of SIGPIPE."""

# The first that fits counts.
_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (TimeoutError, TOO_LATE),
    (errors.RunFailed, NEGATIVE),
    (errors.WaitFailed, NEGATIVE),
    (errors.NotFound, NOT_FOUND),
    (errors.Unauthenticated, NOT_ALLOWED),
    (errors.PermissionDenied, NOT_ALLOWED),
    (errors.AuthError, NOT_ALLOWED),
    (errors.AlreadyExists, WRONG_STATE),
    (errors.FailedPrecondition, WRONG_STATE),
    (errors.Aborted, WRONG_STATE),
    (errors.RunError, WRONG_STATE),
    (errors.Unavailable, UNAVAILABLE),
    (errors.ResourceExhausted, UNAVAILABLE),
    (errors.ConfigError, USAGE),
    (errors.InvalidArgument, USAGE),
    (errors.OutOfRange, USAGE),
    (errors.ValidationError, USAGE),
    (errors.ValuesError, USAGE),
    (errors.EncodeError, USAGE),
    (errors.JsonError, USAGE),
)


def exit_code(error: BaseException) -> int:
    """The exit code that tells of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)
