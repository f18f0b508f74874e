"""What a watch makes of streams that end early, are lost, fall silent or are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from remora.errors import (
    Cancelled,
    DeadlineExceeded,
    Internal,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    RpcError,
    Unavailable,
    Unimplemented,
    WaitTimeout,
)
from remora.flyte.deadline import Deadline
from remora.flyte.states import Policy, states
from remora.flyte.watch import states_until
from remora_api.flyteidl2 import common, workflow

FAST = Policy(idle=5.0, first_delay=0.0, largest_delay=0.0, failures=3, poll=0.0)
RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")


def details(phase: str, attempts: int = 1) -> workflow.ActionDetails:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase], attempts=attempts)
    return workflow.ActionDetails(id=ACTION, status=status)


def update(phase: str, attempts: int = 1) -> workflow.WatchActionDetailsResponse:
    return workflow.WatchActionDetailsResponse(details=details(phase, attempts))


def read(phase: str) -> workflow.GetActionDetailsResponse:
    return workflow.GetActionDetailsResponse(details=details(phase))


async def phases(client: Any, policy: Policy = FAST) -> list[str]:
    seen = []
    async for item in states(client, ACTION, policy=policy):
        assert item.status is not None
        seen.append(item.status.phase.name)
    return seen


def streams(client: Any, answers: Any, *each: Iterable[Any]) -> None:
    client.answers["WatchActionDetails"] = answers(*each)


async def test_ends_with_the_terminal_state_even_if_the_stream_goes_on(client: Any, answers: Any) -> None:
    streams(client, answers, [update("QUEUED"), update("RUNNING"), update("SUCCEEDED"), asyncio.Event()])
    assert await phases(client) == ["QUEUED", "RUNNING", "SUCCEEDED"]
    assert client.names() == ["WatchActionDetails"]
    assert client.streams[0].closed


@pytest.mark.parametrize("phase", ["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "RECOVERED"])
async def test_every_terminal_phase_ends_it(client: Any, answers: Any, phase: str) -> None:
    streams(client, answers, [update(phase), update("RUNNING")])
    assert await phases(client) == [phase]


async def test_paused_and_unknown_phases_do_not_end_it(client: Any, answers: Any) -> None:
    strange = workflow.ActionDetails(id=ACTION, status=workflow.ActionStatus(phase=common.ActionPhase(42)))
    unknown = workflow.WatchActionDetailsResponse(details=strange)
    streams(client, answers, [update("PAUSED"), unknown, update("FAILED")])
    assert await phases(client) == ["PAUSED", "UNRECOGNIZED_42", "FAILED"]


@pytest.mark.parametrize(
    "error", [Unavailable("lost"), Internal("RST_STREAM"), Cancelled("proxy"), DeadlineExceeded(""), None]
)
async def test_a_dropped_stream_is_replaced_without_repeats_or_gaps(client: Any, answers: Any, error: Any) -> None:
    def dropped(*items: Any) -> list[Any]:
        return [*items, error] if error is not None else list(items)

    # Each new subscription starts with the whole current state: the same one, or one that was missed meanwhile.
    streams(
        client,
        answers,
        dropped(update("QUEUED"), update("RUNNING")),
        dropped(update("RUNNING")),
        dropped(update("RUNNING", attempts=2)),
        [update("RUNNING", attempts=2), update("SUCCEEDED", attempts=2)],
    )
    assert await phases(client) == ["QUEUED", "RUNNING", "RUNNING", "SUCCEEDED"]
    assert all(stream.closed for stream in client.streams)


async def test_a_run_that_ends_while_the_stream_is_away_is_not_missed(client: Any, answers: Any) -> None:
    streams(client, answers, [update("RUNNING"), Unavailable("lost")], [update("SUCCEEDED")])
    assert await phases(client) == ["RUNNING", "SUCCEEDED"]


@pytest.mark.parametrize("error", [NotFound("no such run"), PermissionDenied("no"), InvalidArgument("no")])
async def test_a_refusal_is_an_error_at_once(client: Any, answers: Any, error: RpcError) -> None:
    streams(client, answers, [error])
    with pytest.raises(type(error)):
        await phases(client)
    assert client.names() == ["WatchActionDetails"]


async def test_lost_streams_in_a_row_are_counted_anew_after_a_message(client: Any, answers: Any) -> None:
    lost = [Unavailable("lost")]
    once = [update("RUNNING"), Unavailable("lost")]
    streams(client, answers, lost, lost, lost, once, lost, lost, [update("SUCCEEDED")])
    client.answers["GetActionDetails"] = lambda request: Unavailable("lost")
    assert await phases(client) == ["RUNNING", "SUCCEEDED"]
    assert client.names().count("WatchActionDetails") == 7


async def test_plain_reads_take_over_when_streams_do_not_get_through(client: Any, answers: Any) -> None:
    streams(client, answers, [Unavailable("lost")])
    client.answers["GetActionDetails"] = answers(
        read("QUEUED"), read("QUEUED"), read("INITIALIZING"), Unavailable("busy"), read("RUNNING"), read("SUCCEEDED")
    )
    assert await phases(client) == ["QUEUED", "INITIALIZING", "RUNNING", "SUCCEEDED"]
    assert client.names().count("WatchActionDetails") == FAST.failures + 1


async def test_an_end_is_noticed_while_streams_do_not_get_through(client: Any, answers: Any) -> None:
    streams(client, answers, [update("RUNNING"), Unavailable("lost")], [Unavailable("lost")])
    client.answers["GetActionDetails"] = answers(read("SUCCEEDED"))
    assert await phases(client) == ["RUNNING", "SUCCEEDED"]
    assert client.names() == ["WatchActionDetails", "WatchActionDetails", "GetActionDetails"]


async def test_the_error_is_passed_on_when_plain_reads_fail_as_well(client: Any, answers: Any) -> None:
    streams(client, answers, [Unavailable("lost")])
    client.answers["GetActionDetails"] = answers(Unavailable("down"))
    with pytest.raises(Unavailable, match="down"):
        await phases(client)
    assert client.names().count("WatchActionDetails") == FAST.failures + 1


async def test_streams_that_end_without_a_message_give_way_to_plain_reads(client: Any, answers: Any) -> None:
    streams(client, answers, [])
    client.answers["GetActionDetails"] = answers(read("RUNNING"), read("FAILED"))
    assert await phases(client) == ["RUNNING", "FAILED"]


async def test_a_server_without_the_watch_is_polled(client: Any, answers: Any) -> None:
    streams(client, answers, [Unimplemented("no such method")])
    client.answers["GetActionDetails"] = answers(read("RUNNING"), read("RUNNING"), read("ABORTED"))
    assert await phases(client) == ["RUNNING", "ABORTED"]
    assert client.names() == ["WatchActionDetails"] + ["GetActionDetails"] * 3


async def test_a_silent_stream_is_checked_and_its_pending_read_left_alone(client: Any, answers: Any) -> None:
    go_on = asyncio.Event()

    def quiet_read(request: Any) -> workflow.GetActionDetailsResponse:
        if client.names().count("GetActionDetails") == 2:
            go_on.set()
        return read("RUNNING")

    streams(client, answers, [update("RUNNING"), go_on, update("SUCCEEDED")])
    client.answers["GetActionDetails"] = quiet_read
    assert await phases(client, Policy(idle=0.01)) == ["RUNNING", "SUCCEEDED"]
    assert client.names().count("WatchActionDetails") == 1
    assert client.names().count("GetActionDetails") >= 2
    assert client.streams[0].cancelled_reads == 0


async def test_a_dead_stream_is_left_when_a_read_shows_that_it_is_behind(client: Any, answers: Any) -> None:
    dead = [update("QUEUED"), asyncio.Event()]
    streams(client, answers, dead, [update("RUNNING"), update("SUCCEEDED")])
    client.answers["GetActionDetails"] = answers(read("RUNNING"))
    assert await phases(client, Policy(idle=0.01, first_delay=0.0)) == ["QUEUED", "RUNNING", "SUCCEEDED"]
    assert client.streams[0].closed


async def test_a_dead_stream_does_not_hide_the_end(client: Any, answers: Any) -> None:
    streams(client, answers, [update("RUNNING"), asyncio.Event()])
    client.answers["GetActionDetails"] = answers(read("SUCCEEDED"))
    assert await phases(client, Policy(idle=0.01)) == ["RUNNING", "SUCCEEDED"]


async def test_a_read_that_someone_else_cancels_is_a_lost_stream_and_not_the_end(client: Any, answers: Any) -> None:
    streams(client, answers, [update("RUNNING"), asyncio.CancelledError()], [update("SUCCEEDED")])
    assert await phases(client) == ["RUNNING", "SUCCEEDED"]


async def test_leaving_early_closes_the_stream(client: Any, answers: Any) -> None:
    streams(client, answers, [update("QUEUED"), asyncio.Event()])
    source = states(client, ACTION, policy=FAST)
    async for _ in source:
        break
    await source.aclose()
    assert client.streams[0].closed


async def test_cancellation_passes_through_and_closes_the_stream(client: Any, answers: Any) -> None:
    streams(client, answers, [update("QUEUED"), asyncio.Event()])
    task = asyncio.create_task(phases(client))
    await client.opened.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.streams[0].closed


async def test_too_late_tells_the_last_phase(client: Any, answers: Any) -> None:
    streams(client, answers, [update("QUEUED"), update("RUNNING"), asyncio.Event()])
    seen: list[workflow.ActionDetails] = []

    async def watch() -> None:
        async for item in states_until(client, ACTION, Deadline(0.05), FAST):
            seen.append(item)  # noqa: PERF401 (what came before the error is wanted)

    with pytest.raises(WaitTimeout, match="r1 did not get there in time; it is running") as caught:
        await watch()
    assert len(seen) == 2
    assert caught.value.phase == "running"
    assert caught.value.run == "r1"
    assert isinstance(caught.value, TimeoutError)
    assert client.streams[0].closed


def test_pauses_between_attempts_are_random_and_bounded() -> None:
    policy = Policy()
    pauses = [policy.delay(attempt) for attempt in range(1, 100) for _ in range(20)]
    assert max(pauses) <= policy.largest_delay
    assert max(policy.delay(1) for _ in range(200)) <= policy.first_delay
    assert min(pauses) < 1.0
    assert len(set(pauses)) > 100
