"""What entities tell without a call."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from remora import Action, ActionDetails, ActionPhase, Run, RunDetails
from remora_api.flyteidl2 import common, workflow
from remora_api.google import protobuf

NOON = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)


def stamp(seconds: float) -> protobuf.Timestamp:
    return protobuf.Timestamp.from_datetime(NOON + timedelta(seconds=seconds))


def transition(phase: str, start: float, end: float | None) -> workflow.PhaseTransition:
    return workflow.PhaseTransition(
        phase=common.ActionPhase[phase],
        start_time=stamp(start),
        end_time=None if end is None else stamp(end),
    )


def test_what_a_server_leaves_out_is_none_and_not_1970() -> None:
    for entity in (Run(workflow.Run()), Action(workflow.Action()), RunDetails(workflow.RunDetails())):
        assert entity.phase is ActionPhase.UNSPECIFIED
        assert entity.start_time is None
        assert entity.end_time is None
        assert entity.runtime == timedelta(0)
        assert not entity.done()
    details = ActionDetails(workflow.ActionDetails())
    assert details.error_message == ""
    assert details.get_phase_transitions() == []
    assert details.phase_durations == {}
    assert not details.logs_available()
    assert RunDetails(workflow.RunDetails()).get_phase_transitions() == []


def test_times_are_aware_and_the_runtime_is_between_them() -> None:
    status = workflow.ActionStatus(phase=common.ActionPhase.SUCCEEDED, start_time=stamp(0), end_time=stamp(90.5))
    run = Run(workflow.Run(action=workflow.Action(status=status)))
    assert run.start_time == NOON
    assert run.start_time is not None
    assert run.start_time.tzinfo is timezone.utc
    assert run.runtime == timedelta(seconds=90.5)


def test_the_runtime_of_a_running_action_goes_up_to_now() -> None:
    began = datetime.now(timezone.utc) - timedelta(seconds=5)
    status = workflow.ActionStatus(phase=common.ActionPhase.RUNNING, start_time=protobuf.Timestamp.from_datetime(began))
    assert timedelta(seconds=5) <= Action(workflow.Action(status=status)).runtime < timedelta(seconds=60)


def test_a_finished_action_without_an_end_uses_the_duration_that_the_server_gives() -> None:
    status = workflow.ActionStatus(phase=common.ActionPhase.FAILED, start_time=stamp(0), duration_ms=1500)
    assert Action(workflow.Action(status=status)).runtime == timedelta(seconds=1.5)


def test_attempts_are_found_by_number_and_not_by_place() -> None:
    attempts = [
        workflow.ActionAttempt(attempt=3, logs_available=False, phase_transitions=[transition("RUNNING", 0, None)]),
        workflow.ActionAttempt(attempt=1, logs_available=True, phase_transitions=[transition("QUEUED", 0, 1)]),
    ]
    details = ActionDetails(workflow.ActionDetails(attempts=attempts))
    assert not details.logs_available()
    assert details.logs_available(1)
    assert not details.logs_available(2)
    assert [item.phase for item in details.get_phase_transitions(1)] == ["queued"]
    (last,) = details.get_phase_transitions()
    assert (last.phase, last.start_time, last.end_time) == ("running", NOON, None)
    assert last.duration > timedelta(0)


def test_time_in_a_phase_that_came_twice_is_added_up() -> None:
    transitions = [
        transition("QUEUED", 0, 1),
        transition("WAITING_FOR_RESOURCES", 1, 3),
        transition("INITIALIZING", 3, 3.5),
        transition("RUNNING", 4, 10),
        transition("PAUSED", 10, 11),
        transition("RUNNING", 11, 12),
    ]
    attempt = workflow.ActionAttempt(attempt=1, phase_transitions=transitions)
    details = ActionDetails(workflow.ActionDetails(attempts=[attempt]))
    assert details.phase_durations["running"] == timedelta(seconds=7)  # type: ignore[index]  # a phase is its text
    assert details.running_time == timedelta(seconds=7)
    assert details.queued_time == timedelta(seconds=1)
    assert details.waiting_for_resources_time == timedelta(seconds=2)
    assert details.initializing_time == timedelta(seconds=0.5)
    assert ActionDetails(workflow.ActionDetails()).queued_time is None


def test_the_reason_of_a_failure_may_be_with_the_last_attempt() -> None:
    failed = workflow.ActionStatus(phase=common.ActionPhase.FAILED)
    attempts = [
        workflow.ActionAttempt(attempt=1, error_info=workflow.ErrorInfo(message="first")),
        workflow.ActionAttempt(attempt=2, error_info=workflow.ErrorInfo(message="second")),
    ]
    assert ActionDetails(workflow.ActionDetails(status=failed, attempts=attempts)).error_message == "second"
    running = workflow.ActionStatus(phase=common.ActionPhase.RUNNING)
    assert ActionDetails(workflow.ActionDetails(status=running, attempts=attempts)).error_message == ""
