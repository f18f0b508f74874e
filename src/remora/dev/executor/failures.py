"""How an attempt can fail."""

from __future__ import annotations

from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.workflow import ErrorInfo, ErrorInfoKind


class AttemptFailed(Exception):
    """An attempt that cannot go on.

    Args:
        message: What went wrong, for the owner of the task.
        code: What went wrong, for programs.
        kind: Whose fault it is.
        phase: FAILED or TIMED_OUT.
        retry: Whether another attempt may do better.
    """

    def __init__(
        self,
        message: str,
        code: str,
        *,
        kind: ErrorInfoKind = ErrorInfoKind.USER,
        phase: ActionPhase = ActionPhase.FAILED,
        retry: bool = True,
    ) -> None:
        super().__init__(message)
        self.phase = phase
        self.retry = retry
        self.info = ErrorInfo(message=message, kind=kind, code=code)


def interrupted(attempt: int) -> AttemptFailed:
    """The attempt was running when the control plane ended."""
    return AttemptFailed(
        f"the local control plane stopped while attempt {attempt} was running",
        "CONTROL_PLANE_RESTARTED",
        kind=ErrorInfoKind.SYSTEM,
    )


def timed_out(message: str, code: str, *, retry: bool) -> AttemptFailed:
    """A limit of the task was reached."""
    return AttemptFailed(message, code, phase=ActionPhase.TIMED_OUT, retry=retry)


def too_late() -> AttemptFailed:
    """The deadline of the action passed, so no attempt may follow."""
    return timed_out("the action did not end before its deadline", "DEADLINE_EXCEEDED", retry=False)
