"""Phases of an action."""

from __future__ import annotations

from remora_api.flyteidl2.common import ActionPhase

# After one of these nothing more happens to an action.
TERMINAL = frozenset(
    {
        ActionPhase.SUCCEEDED,
        ActionPhase.FAILED,
        ActionPhase.ABORTED,
        ActionPhase.TIMED_OUT,
        ActionPhase.RECOVERED,
    }
)
SUCCESSFUL = frozenset({ActionPhase.SUCCEEDED, ActionPhase.RECOVERED})


def is_terminal(phase: int) -> bool:
    """Tell whether the phase is a last one."""
    return phase in TERMINAL


def may_replace(old: int, new: int) -> bool:
    """Tell whether an update from outside may change one phase to another.

    Phases only grow, so that a late message cannot bring an action back; but a failed action may be tried again, and a
    paused one may end in any way. Everything else is ignored without an error.
    """
    if old <= new or old in (ActionPhase.FAILED, ActionPhase.TIMED_OUT):
        return True
    return old == ActionPhase.PAUSED and is_terminal(new)
