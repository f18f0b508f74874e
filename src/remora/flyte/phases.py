"""The phases of an action as a string enum that never fails on a phase it does not know."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.hints import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from remora_api.flyteidl2 import common

_UNKNOWN = re.compile(r"phase_(\d{1,10})")


class ActionPhase(str, enum.Enum):
    """Where an action (or a run, which is its root action) stands.

    Members are strings, so `details.phase == "running"` works, and so does `json.dumps`. The enum is open: a number
    that a newer server sends gives a member named `PHASE_<number>`, equal to others with that number, that is neither
    terminal nor a success.

    `ActionPhase("running")`, `ActionPhase("RUNNING")`, `ActionPhase("ACTION_PHASE_RUNNING")` and
    `ActionPhase("PHASE_RUNNING")` are the same member.
    """

    UNSPECIFIED = "unspecified"
    QUEUED = "queued"
    WAITING_FOR_RESOURCES = "waiting_for_resources"
    INITIALIZING = "initializing"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABORTED = "aborted"
    TIMED_OUT = "timed_out"
    PAUSED = "paused"
    RECOVERED = "recovered"

    # Equal to its value, so it must hash like its value.
    __hash__ = str.__hash__

    # Python versions disagree on how a str-valued enum is formatted; the value is what a person wants to read.
    def __str__(self) -> str:
        return self.value

    def __format__(self, format_spec: str) -> str:
        return format(self.value, format_spec)

    @classmethod
    def _missing_(cls, value: object) -> ActionPhase | None:
        if not isinstance(value, str):
            return None
        name = value.strip().lower()
        if unknown := _UNKNOWN.fullmatch(name):
            return _unknown_phase(int(unknown[1]))
        name = name.removeprefix("action_").removeprefix("phase_")
        return next((member for member in cls if member.value == name), None)

    @classmethod
    def from_protobuf(cls, pb_phase: int) -> ActionPhase:
        """The phase of a number of the enum `flyteidl2.common.ActionPhase`; unknown numbers make a member.

        Args:
            pb_phase: The number, or the enum's member.
        """
        return _NUMBERED.get(pb_phase) or _unknown_phase(int(pb_phase))

    def to_protobuf_name(self) -> str:
        """The name that the proto enum gives to this phase: `ACTION_PHASE_RUNNING`."""
        return f"ACTION_PHASE_{self.name}"

    def to_protobuf_value(self) -> int:
        """The number of this phase on the wire."""
        known = _NUMBERS.get(self)
        return int(self.value.removeprefix("phase_")) if known is None else known

    @property
    def is_terminal(self) -> bool:
        """Whether the action has ended and its phase will not change any more; a paused action has not."""
        return self in _TERMINAL

    @property
    def is_success(self) -> bool:
        """Whether the action ended with outputs: it succeeded, or its outputs were recovered from another run."""
        return self in _SUCCESS


_NUMBERED: dict[int, ActionPhase] = dict(
    enumerate(
        (
            ActionPhase.UNSPECIFIED,
            ActionPhase.QUEUED,
            ActionPhase.WAITING_FOR_RESOURCES,
            ActionPhase.INITIALIZING,
            ActionPhase.RUNNING,
            ActionPhase.SUCCEEDED,
            ActionPhase.FAILED,
            ActionPhase.ABORTED,
            ActionPhase.TIMED_OUT,
            ActionPhase.PAUSED,
            ActionPhase.RECOVERED,
        )
    )
)
_NUMBERS = {phase: number for number, phase in _NUMBERED.items()}
_SUCCESS = frozenset({ActionPhase.SUCCEEDED, ActionPhase.RECOVERED})
_TERMINAL = _SUCCESS | {ActionPhase.FAILED, ActionPhase.ABORTED, ActionPhase.TIMED_OUT}


def _unknown_phase(number: int) -> ActionPhase:
    """A member for a number that this version does not know, equal to every other one with that number.

    It is not remembered: what a server sends must not make the enum grow.
    """
    if number in _NUMBERED:
        return _NUMBERED[number]
    member = str.__new__(ActionPhase, f"phase_{number}")
    member._name_ = f"PHASE_{number}"
    member._value_ = f"phase_{number}"
    return member


def as_phase(value: ActionPhase | str | int, parameter: str) -> ActionPhase:
    """A phase from any accepted spelling: the enum, a name with or without prefix, or a number of the proto enum.

    Raises:
        InvalidArgument: the name is not a phase; the message names `parameter` and the nearest known phase.
        TypeError: `value` is of another type.
    """
    if isinstance(value, ActionPhase):
        return value
    if isinstance(value, str):
        try:
            return ActionPhase(value)
        except ValueError:
            raise InvalidArgument(
                f"{parameter}: {value!r} is not a phase",
                hint=did_you_mean(value.lower(), [phase.value for phase in ActionPhase]),
            ) from None
    if not isinstance(value, bool) and isinstance(value, int):
        return ActionPhase.from_protobuf(value)
    raise TypeError(f"{parameter}: expected a phase name or ActionPhase, got {type(value).__name__}")


def as_phases(
    value: ActionPhase | str | int | Iterable[ActionPhase | str | int], parameter: str
) -> tuple[ActionPhase, ...]:
    """One phase or several as a tuple without repetitions; a lone string is one phase, never its characters."""
    if isinstance(value, (str, int)):
        return (as_phase(value, parameter),)
    phases = tuple(dict.fromkeys(as_phase(item, parameter) for item in value))
    if not phases:
        raise InvalidArgument(f"{parameter} is empty: no phase would match", hint="leave it out to list every phase")
    return phases


def phase_of(status: common.ActionPhase | int | None) -> ActionPhase:
    """The phase of a status field that a server may have left out."""
    return ActionPhase.UNSPECIFIED if status is None else ActionPhase.from_protobuf(status)
