from __future__ import annotations

from remora.dev.clock import timestamp
from remora.dev.phases import is_terminal, may_replace
from remora.dev.store.attempts import attempts
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.core import LogContext
from remora_api.flyteidl2.task import OutputReferences
from remora_api.flyteidl2.workflow import ActionEvent, ErrorInfo


def event(attempt: int, phase: ActionPhase, second: int, **fields: object) -> ActionEvent:
    moment = timestamp(second * 10**9)
    return ActionEvent(attempt=attempt, phase=phase, updated_time=moment, **fields)  # type: ignore[arg-type]


def test_no_events_no_attempts() -> None:
    assert attempts([]) == []


def test_events_become_attempts() -> None:
    first, second = attempts(
        [
            event(2, ActionPhase.SUCCEEDED, 9, outputs=OutputReferences(output_uri="u")),
            event(1, ActionPhase.QUEUED, 1),
            event(1, ActionPhase.RUNNING, 3, log_context=LogContext(primary_pod_name="p")),
            event(1, ActionPhase.FAILED, 4, error_info=ErrorInfo(message="no")),
            event(2, ActionPhase.RUNNING, 6),
        ]
    )
    assert (first.attempt, first.phase) == (1, ActionPhase.FAILED)
    assert first.start_time == timestamp(10**9)
    assert first.end_time == timestamp(4 * 10**9)
    assert first.error_info == ErrorInfo(message="no")
    assert first.logs_available
    assert [(step.phase.name, step.start_time, step.end_time) for step in first.phase_transitions] == [
        ("QUEUED", timestamp(10**9), timestamp(3 * 10**9)),
        ("RUNNING", timestamp(3 * 10**9), timestamp(4 * 10**9)),
        ("FAILED", timestamp(4 * 10**9), timestamp(4 * 10**9)),
    ]
    assert (second.attempt, second.phase, second.logs_available) == (2, ActionPhase.SUCCEEDED, False)
    assert second.outputs == OutputReferences(output_uri="u")


def test_a_running_attempt_has_no_end() -> None:
    (attempt,) = attempts([event(1, ActionPhase.RUNNING, 3), event(1, ActionPhase.QUEUED, 1)])
    assert attempt.phase == ActionPhase.RUNNING
    assert attempt.end_time is None
    assert attempt.phase_transitions[-1].end_time is None


def test_a_late_event_does_not_bring_an_attempt_back() -> None:
    (attempt,) = attempts([event(1, ActionPhase.SUCCEEDED, 3), event(1, ActionPhase.RUNNING, 4)])
    assert attempt.phase == ActionPhase.SUCCEEDED


def test_terminal_phases() -> None:
    assert {phase.name for phase in ActionPhase if is_terminal(phase)} == {
        "SUCCEEDED",
        "FAILED",
        "ABORTED",
        "TIMED_OUT",
        "RECOVERED",
    }


def test_which_phase_may_follow_which() -> None:
    assert may_replace(ActionPhase.QUEUED, ActionPhase.RUNNING)
    assert may_replace(ActionPhase.RUNNING, ActionPhase.RUNNING)
    assert not may_replace(ActionPhase.RUNNING, ActionPhase.QUEUED)
    assert not may_replace(ActionPhase.SUCCEEDED, ActionPhase.RUNNING)
    assert not may_replace(ActionPhase.ABORTED, ActionPhase.SUCCEEDED)
    assert may_replace(ActionPhase.FAILED, ActionPhase.QUEUED)
    assert may_replace(ActionPhase.TIMED_OUT, ActionPhase.RUNNING)
    assert may_replace(ActionPhase.PAUSED, ActionPhase.SUCCEEDED)
    assert not may_replace(ActionPhase.PAUSED, ActionPhase.RUNNING)
