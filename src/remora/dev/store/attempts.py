"""Attempts of an action, put together from its events."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from remora.dev.clock import nanoseconds, timestamp
from remora.dev.phases import is_terminal
from remora_api.flyteidl2.workflow import ActionAttempt, ActionEvent, PhaseTransition


def attempts(events: Iterable[ActionEvent]) -> list[ActionAttempt]:
    """Merge the events of an action, attempt by attempt."""
    ordered = sorted(events, key=lambda event: event.attempt)
    return [_attempt(number, list(group)) for number, group in groupby(ordered, key=lambda event: event.attempt)]


def _reported(event: ActionEvent) -> int:
    moment = event.reported_time or event.updated_time
    return 0 if moment is None else nanoseconds(moment)


def _updated(event: ActionEvent) -> int:
    moment = event.updated_time or event.reported_time
    return 0 if moment is None else nanoseconds(moment)


def _attempt(number: int, events: list[ActionEvent]) -> ActionAttempt:
    # The phase decides between events that were reported at the same moment.
    events.sort(key=lambda event: (_reported(event), int(event.phase), event.version))
    last = next((event for event in reversed(events) if is_terminal(event.phase)), events[-1])
    attempt = ActionAttempt(
        attempt=number,
        phase=last.phase,
        start_time=timestamp(_updated(events[0])),
        phase_transitions=_transitions(events),
        cache_status=last.cache_status,
        outputs=last.outputs,
        error_info=last.error_info,
        cluster=last.cluster,
        cache_metadata=last.cache_metadata,
    )
    if is_terminal(last.phase):
        attempt.end_time = last.end_time or timestamp(_updated(last))
    for event in events:
        attempt.cluster_events.extend(event.cluster_events)
        if event.log_info:
            attempt.log_info = event.log_info
        if event.log_context is not None:
            attempt.log_context = event.log_context
            attempt.logs_available = True
        if attempt.outputs is None:
            attempt.outputs = event.outputs
    return attempt


def _transitions(events: list[ActionEvent]) -> list[PhaseTransition]:
    found: list[PhaseTransition] = []
    seen: set[int] = set()
    for event in events:
        if event.phase in seen:
            continue
        seen.add(event.phase)
        moment = timestamp(_updated(event))
        if found:
            found[-1].end_time = moment
        found.append(PhaseTransition(phase=event.phase, start_time=moment))
        if is_terminal(event.phase):
            found[-1].end_time = moment
    return found
