"""Errors that are not a gRPC status: settings, values, messages, runs, and the sync bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import RemoraError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.transfer.reports import UploadReport


class ConfigError(RemoraError):
    """A setting is missing, malformed or contradicts another one."""


class ApiKeyError(ConfigError):
    """An API key is malformed. The message says how, and never shows the key."""


class AuthError(RemoraError):
    """Credentials could not be obtained.

    Args:
        message: What went wrong.
        error: The provider's code for it, such as "invalid_client" (RFC 6749 section 5.2), or "".
        status: HTTP status of the provider's answer, if there was one.
        hint: What to do about it.
    """

    def __init__(
        self, message: str = "", *, error: str = "", status: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.error = error
        self.status = status


class LoginDenied(AuthError):
    """A person, or the provider's rules, refused the login."""


class LoginTimeout(AuthError, TimeoutError):
    """A login, an answer of the provider or a command that prints a token took too long."""


class ClientClosed(RemoraError):
    """The client was closed before this call."""


class WouldDeadlock(RemoraError, RuntimeError):
    """A blocking call was made on the thread that would have to do its work."""


class PagingError(RemoraError):
    """The server broke the rules of paging: it would never end, or never started."""


class ValidationError(RemoraError, ValueError):
    """An argument or a message breaks a rule that can be checked before it is sent.

    Args:
        message: The rule and the value that breaks it.
        field: Path of the field or name of the argument.
        rule: Name of the broken rule of a message, as buf.validate calls it, such as "string.max_len"; otherwise "".
        hint: What to do about it.
    """

    def __init__(self, message: str = "", *, field: str = "", rule: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.field = field
        self.rule = rule


class DecodeError(RemoraError, ValueError):
    """Bytes that are not a valid message."""


class EncodeError(RemoraError, ValueError):
    """A message that cannot be written, because a field holds a value that its type does not allow."""


class JsonError(RemoraError, ValueError):
    """JSON that is not the canonical form of the message, or a message that has no JSON form.

    Args:
        message: What is wrong.
        path: Path of the offending value inside the document.
        hint: What to do about it.
    """

    def __init__(self, message: str = "", *, path: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class ValuesError(RemoraError, ValueError):
    """A Python value has no literal of the wanted type, or a literal has no Python value.

    Args:
        message: What does not fit.
        path: Where in the inputs or outputs, such as "config.layers[2]".
        hint: What to do about it.
    """

    def __init__(self, message: str = "", *, path: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class TransferError(RemoraError):
    """A file could not be moved to or from the object store.

    Args:
        message: What went wrong.
        path: The local file.
        status: HTTP status of the store's answer, if there was one.
        hint: What to do about it.
    """

    def __init__(
        self, message: str = "", *, path: str = "", status: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.status = status


class UploadError(TransferError):
    """A file could not be uploaded."""


class UploadIncomplete(UploadError):
    """A directory could not be uploaded whole; what has arrived stays in the store.

    Uploading the directory again with `prefix=error.prefix` sends only what is missing.

    Args:
        message: What went wrong.
        path: The local directory.
        prefix: Name of the directory in the store.
        failures: What went wrong with each file that is missing, by its path below the directory.
        report: What has arrived.
        hint: What to do about it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str = "",
        prefix: str = "",
        failures: Mapping[str, RemoraError] | None = None,
        report: UploadReport | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, path=path, hint=hint)
        self.prefix = prefix
        self.failures = dict(failures or {})
        self.report = report


class DownloadError(TransferError):
    """A file could not be downloaded, or what came is not what the store has, or not safe to unpack."""


class RunError(RemoraError):
    """Common base of errors about one run or action.

    Args:
        message: What happened.
        run: Name of the run, or "run/action".
        phase: Phase as last seen, such as "RUNNING".
        details: The details entity of the run or action as last seen, if there is one.
        hint: What to do about it.
    """

    def __init__(
        self, message: str = "", *, run: str = "", phase: str = "", details: object = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.run = run
        self.phase = phase
        self.details = details


class RunFailed(RunError):
    """A run ended in any way but success.

    Args:
        message: What happened.
        run: Name of the run.
        phase: Terminal phase, such as "FAILED", "ABORTED" or "TIMED_OUT".
        error_message: The failure as the backend reports it.
        details: The details entity of the run.
        hint: What to do about it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        run: str = "",
        phase: str = "",
        error_message: str = "",
        details: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, run=run, phase=phase, details=details, hint=hint)
        self.error_message = error_message


class RunNotDone(RunError):
    """The run has not ended yet, and what was asked for exists only afterwards."""


class OutputsNotReady(RunError):
    """The run or action has no outputs yet, or ended without any."""


class WaitTimeout(RunError, TimeoutError):
    """Waiting took longer than the caller allowed; the run itself goes on."""


class WaitFailed(RemoraError):
    """What was waited for ended in a state from which the wanted one is not reached any more.

    Args:
        message: What happened.
        state: The state, such as "FAILED".
        details: The answer that showed it.
        hint: What to do about it.
    """

    def __init__(self, message: str = "", *, state: str = "", details: object = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.state = state
        self.details = details


class SyncInAsyncWarning(UserWarning):
    """A blocking method was called where an event loop is running, so that loop stands still meanwhile."""


class ConfigWarning(UserWarning):
    """A setting works, and is dangerous or was left out for safety."""


class FilterWarning(UserWarning):
    """The backend refuses a filter of a list, so every item is fetched and the filter is applied on this side."""
