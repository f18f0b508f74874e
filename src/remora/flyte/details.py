"""What the details of an action tell without asking the server again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from remora.flyte.calls import action_id_of, status_of
from remora.flyte.failure import error_message as message_of
from remora.flyte.phases import ActionPhase, phase_of
from remora_api.flyteidl2 import workflow

if TYPE_CHECKING:
    from remora_api.entities import Action, ActionDetails, Run, RunDetails


@dataclass(frozen=True)
class PhaseTransitionInfo:
    """One phase that an attempt went through.

    Attributes:
        phase: The phase.
        start_time: When it began, aware and in UTC.
        end_time: When the next one began; None while the attempt is still in it.
    """

    phase: ActionPhase
    start_time: datetime
    end_time: datetime | None = None

    @property
    def duration(self) -> timedelta:
        """How long the phase lasted; up to now for the one that has not ended."""
        return (self.end_time or datetime.now(timezone.utc)) - self.start_time


def phase(self: Action | ActionDetails | Run | RunDetails) -> ActionPhase:
    """The phase when this object was last read; `sync()` and `wait()` bring it up to date."""
    status = status_of(self)
    return phase_of(None if status is None else status.phase)


def done(self: Action | ActionDetails | Run | RunDetails) -> bool:
    """Whether it had ended, in any way, when this object was last read. No call is made."""
    return phase(self).is_terminal


def is_running(self: Action | ActionDetails | Run | RunDetails) -> bool:
    """Whether the phase, as last read, is exactly RUNNING."""
    return phase(self) is ActionPhase.RUNNING


def start_time(self: Action | ActionDetails | Run | RunDetails) -> datetime | None:
    """When it was created, in UTC; None if the server did not say."""
    status = status_of(self)
    return None if status is None or status.start_time is None else status.start_time.to_datetime()


def end_time(self: Action | ActionDetails | Run | RunDetails) -> datetime | None:
    """When it ended, in UTC; None while it goes on."""
    status = status_of(self)
    return None if status is None or status.end_time is None else status.end_time.to_datetime()


def runtime(self: Action | ActionDetails | Run | RunDetails) -> timedelta:
    """Time from start to end, or to now while it goes on; zero if it has not started."""
    begin = start_time(self)
    if begin is None:
        return timedelta(0)
    end = end_time(self)
    if end is None and done(self):
        status = status_of(self)
        return timedelta(milliseconds=status.duration_ms) if status is not None and status.duration_ms else timedelta(0)
    return (end or datetime.now(timezone.utc)) - begin


def error_message(self: ActionDetails | RunDetails) -> str:
    """Why it failed or was aborted, as the backend says; empty if it was not or there is nothing to say."""
    details = _details(self)
    return "" if details is None else message_of(details)


def logs_available(self: ActionDetails | RunDetails, attempt: int | None = None) -> bool:
    """Whether the backend says that there are log lines.

    Args:
        self: The run or action.
        attempt: Number of the attempt, counted from 1; None for the latest.
    """
    details = _details(self)
    found = None if details is None else attempt_of(details, attempt)
    return found is not None and found.logs_available


def get_phase_transitions(self: ActionDetails | RunDetails, attempt: int | None = None) -> list[PhaseTransitionInfo]:
    """Phases that an attempt went through, with their times, in order.

    Args:
        self: The run or action.
        attempt: Number of the attempt, counted from 1; None for the latest.

    Returns:
        One entry per phase; empty if the backend recorded none.
    """
    details = _details(self)
    found = None if details is None else attempt_of(details, attempt)
    transitions = []
    for item in () if found is None else found.phase_transitions:
        if item.start_time is not None:
            end = None if item.end_time is None else item.end_time.to_datetime()
            transitions.append(
                PhaseTransitionInfo(ActionPhase.from_protobuf(item.phase), item.start_time.to_datetime(), end)
            )
    return transitions


def phase_durations(self: ActionDetails | RunDetails) -> dict[ActionPhase, timedelta]:
    """Time spent in each phase of the latest attempt; a phase that it was in twice counts both times."""
    durations: dict[ActionPhase, timedelta] = {}
    for item in get_phase_transitions(self):
        durations[item.phase] = durations.get(item.phase, timedelta(0)) + item.duration
    return durations


def queued_time(self: ActionDetails | RunDetails) -> timedelta | None:
    """Time that the latest attempt was queued; None if it was not."""
    return phase_durations(self).get(ActionPhase.QUEUED)


def waiting_for_resources_time(self: ActionDetails | RunDetails) -> timedelta | None:
    """Time that the latest attempt waited for resources; None if it did not."""
    return phase_durations(self).get(ActionPhase.WAITING_FOR_RESOURCES)


def initializing_time(self: ActionDetails | RunDetails) -> timedelta | None:
    """Time that the latest attempt was initializing; None if it was not."""
    return phase_durations(self).get(ActionPhase.INITIALIZING)


def running_time(self: ActionDetails | RunDetails) -> timedelta | None:
    """Time that the latest attempt was running; None if it was not."""
    return phase_durations(self).get(ActionPhase.RUNNING)


def run_name(self: Action | ActionDetails | Run | RunDetails) -> str:
    """Name of the run."""
    run = action_id_of(self).run
    return "" if run is None else run.name


def attempt_of(details: workflow.ActionDetails, number: int | None) -> workflow.ActionAttempt | None:
    """An attempt by its number, not by its place in the list; the latest one for None."""
    if number is None:
        return max(details.attempts, key=lambda item: item.attempt, default=None)
    return next((item for item in details.attempts if item.attempt == number), None)


def _details(entity: ActionDetails | RunDetails) -> workflow.ActionDetails | None:
    pb2 = entity.pb2
    return pb2.action if isinstance(pb2, workflow.RunDetails) else pb2
