"""Waiting for a state, by polling and over a stream."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from remora import resume, waiting
from remora.errors import NotFound, Unavailable, ValidationError, WaitFailed, WaitTimeout

pytestmark = pytest.mark.usefixtures("depot_client")


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "FIRST_DELAY", 0.001)


@pytest.fixture
def states(depot_messages: Any) -> Any:
    return depot_messages.JobState


def test_polling(depot: Any, depot_service: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.WAITING, states.WAITING, states.DONE]
    job = depot.Job.wait("j")
    assert (type(job), job.state) == (depot.Job, states.DONE)
    assert len(depot_service.requests) == 3


async def test_polling_in_async_form(depot: Any, depot_service: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.WAITING, states.DONE]
    assert (await depot.Job.wait.aio("j", poll_interval=0)).state == states.DONE


def test_a_failed_state(depot: Any, depot_service: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.WAITING, states.BROKEN]
    with pytest.raises(WaitFailed, match=r"Job.wait\(\) ended in BROKEN: smoke") as caught:
        depot.Job.wait("j")
    assert caught.value.state == "BROKEN"
    assert caught.value.details.job.id == "j"


def test_a_state_that_does_not_come(depot: Any, depot_service: Any, states: Any) -> None:
    depot_service.jobs["over"] = [states.DONE]
    depot.Job.wait_over("over")  # the connection stands before the clock starts
    depot_service.jobs["j"] = [states.WAITING]
    with pytest.raises(WaitTimeout, match=r"Job.wait\(\) took longer than 2 s; it is WAITING") as caught:
        depot.Job.wait("j", timeout=2, poll_interval=0.2)
    assert caught.value.phase == "WAITING"


def test_what_ends_a_poll_at_once(depot: Any, depot_service: Any, states: Any) -> None:
    with pytest.raises(NotFound):
        depot.Job.wait("nothing")
    with pytest.raises(ValidationError, match="poll_interval must not be negative"):
        depot.Job.wait("j", poll_interval=-1)


def test_a_function_says_when(depot: Any, depot_service: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.WAITING, states.BROKEN]
    assert depot.Job.wait_over("j") is None


def test_over_a_stream(depot: Any, depot_service: Any, depot_messages: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.WAITING, states.DONE]
    depot_service.refuse = 3
    job = depot.Job(depot_messages.Job(id="j"))
    assert job.wait_watching() is job
    assert job.state == states.DONE


def test_a_failed_state_of_a_stream(depot: Any, depot_service: Any, depot_messages: Any, states: Any) -> None:
    depot_service.jobs["j"] = [states.BROKEN]
    with pytest.raises(depot.JobBroken, match=r"Job.wait_watching\(\) ended in BROKEN"):
        depot.Job(depot_messages.Job(id="j")).wait_watching()


async def test_a_stream_that_stays_silent(depot: Any, depot_service: Any, depot_messages: Any) -> None:
    depot_service.jobs["j"] = []
    with pytest.raises(WaitTimeout, match="nothing was heard of it"):
        await depot.Job(depot_messages.Job(id="j")).wait_watching.aio(timeout=0.2)


def test_an_outage_that_lasts(
    depot: Any, depot_service: Any, depot_messages: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "GIVE_UP", 0.05)
    depot_service.error = Unavailable("away")
    with pytest.raises(Unavailable, match="away"):
        depot.Job.wait("j")
    with pytest.raises(Unavailable, match="away"):
        depot.Job(depot_messages.Job(id="j")).wait_watching()


def test_parameters(depot: Any, depot_messages: Any) -> None:
    parameters = inspect.signature(depot.Job.wait.__call__).parameters
    assert (parameters["timeout"].default, parameters["poll_interval"].default) == (30.0, 0.01)
    watching = inspect.signature(depot.Job(depot_messages.Job()).wait_watching.__call__).parameters
    assert list(watching) == ["request", "timeout"]
