"""Following logs: every line once, until the end, through whatever happens to the stream."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import Any

import pytest

from remora.errors import InvalidArgument, NotFound, PermissionDenied, Unavailable, WaitTimeout
from remora.flyte.log_line import LogLine
from remora.flyte.replay import Replay
from remora.flyte.tail import TailPolicy, tail
from remora_api.entities import Action, Run
from remora_api.flyteidl2 import common, dataproxy, workflow
from remora_api.flyteidl2.logs import dataplane
from remora_api.google import protobuf

FAST = TailPolicy(idle=5.0, first_delay=0.0, largest_delay=0.0, failures=2, poll=0.0, missing=3)
RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")


def line(second: int, message: str, pod: str = "", originator: int = 1) -> dataplane.LogLine:
    stamp = protobuf.Timestamp(seconds=second) if second else None
    return dataplane.LogLine(
        timestamp=stamp,
        message=message,
        short_pod_name=pod,
        originator=dataplane.LogLineOriginator(originator),
    )


def batch(*lines: dataplane.LogLine) -> dataproxy.TailLogsResponse:
    return dataproxy.TailLogsResponse(logs=[dataproxy.TailLogsResponseLogs(lines=list(lines))])


def details(phase: str, attempts: int = 1, logs: bool = True) -> workflow.ActionDetails:
    status = workflow.ActionStatus(phase=common.ActionPhase[phase], attempts=attempts)
    each = [workflow.ActionAttempt(attempt=number + 1, logs_available=logs) for number in range(attempts)]
    return workflow.ActionDetails(id=ACTION, status=status, attempts=each)


@pytest.fixture
def plane(client: Any, answers: Any) -> Any:
    """Sets the states that reads and watches give, one after the other, and the streams of log lines."""

    def put(states: list[workflow.ActionDetails], *streams: Any) -> Any:
        client.answers["GetActionDetails"] = answers(
            *[workflow.GetActionDetailsResponse(details=item) for item in states]
        )
        client.answers["WatchActionDetails"] = lambda request: [
            workflow.WatchActionDetailsResponse(details=item) for item in states
        ]
        client.answers["TailLogs"] = answers(*streams)
        return client

    return put


async def messages(client: Any, attempt: int | None = None, policy: TailPolicy = FAST) -> list[str]:
    return [found.message async for found in tail(client, ACTION, attempt, policy=policy)]


async def test_the_log_of_a_finished_action_is_read_once(plane: Any) -> None:
    client = plane([details("SUCCEEDED")], [batch(line(1, "a\n")), batch(line(2, "b\n"), line(3, "c"))])
    assert await messages(client) == ["a", "b", "c"]
    assert client.names().count("TailLogs") == 1
    assert all(stream.closed for stream in client.streams)


async def test_lines_are_data(plane: Any) -> None:
    nanos = protobuf.Timestamp(seconds=1_700_000_000, nanos=5_000)
    found = dataplane.LogLine(
        timestamp=nanos, message="x y\r\n", short_pod_name="p", originator=dataplane.LogLineOriginator(2)
    )
    client = plane([details("FAILED", attempts=2)], [batch(found, line(0, "no time", originator=9))])
    lines = [item async for item in tail(client, ACTION, 2, policy=FAST)]
    moment = datetime(2023, 11, 14, 22, 13, 20, 5, tzinfo=timezone.utc)
    assert lines == [
        LogLine("x y", moment, "system", 2, "p"),
        LogLine("no time", None, "unknown", 2, ""),
    ]
    assert client.requests("TailLogs")[0].attempt == 2


async def test_lines_after_a_lost_stream_come_once_and_none_is_missed(plane: Any) -> None:
    first = [batch(line(1, "a"), line(2, "b"), line(2, "b")), Unavailable("lost")]
    # The backend begins again from the start; two more lines have the newest time, one of them an equal text.
    again = [batch(line(1, "a"), line(2, "b")), batch(line(2, "b"), line(2, "b"), line(2, "c"), line(3, "d"))]
    client = plane([details("RUNNING"), details("SUCCEEDED")], first, again, again)
    assert await messages(client) == ["a", "b", "b", "b", "c", "d"]


async def test_pods_do_not_hide_each_others_lines(plane: Any) -> None:
    first = [batch(line(5, "a", "p1"), line(3, "b", "p2")), Unavailable("lost")]
    again = [batch(line(5, "a", "p1"), line(3, "b", "p2"), line(4, "c", "p2"), line(1, "d", "p3"))]
    client = plane([details("RUNNING"), details("SUCCEEDED")], first, again, again)
    assert await messages(client) == ["a", "b", "c", "d"]


async def test_lines_without_a_time_are_told_apart_by_counting(plane: Any) -> None:
    client = plane(
        [details("RUNNING"), details("SUCCEEDED")],
        [batch(line(0, "same"), line(0, "same")), Unavailable("lost")],
        [batch(line(0, "same"), line(0, "same"), line(0, "same"))],
    )
    assert await messages(client) == ["same", "same", "same"]


async def test_a_stream_that_ends_before_the_action_is_taken_up_again(plane: Any) -> None:
    # After the end of the second stream the action turns out to have ended: the third one brings the rest.
    client = plane(
        [details("RUNNING"), details("SUCCEEDED")],
        [batch(line(1, "a"))],
        [batch(line(1, "a"), line(2, "b"))],
        [batch(line(1, "a"), line(2, "b"), line(3, "c"))],
    )
    assert await messages(client) == ["a", "b", "c"]
    assert client.names().count("TailLogs") == 3


async def test_a_stream_that_stays_open_after_the_end_is_left(plane: Any) -> None:
    client = plane([details("RUNNING"), details("SUCCEEDED")], [batch(line(1, "a")), asyncio.Event()])
    assert await messages(client, policy=TailPolicy(idle=0.01)) == ["a"]
    assert client.names().count("TailLogs") == 1


async def test_a_quiet_running_action_keeps_its_stream(plane: Any, client: Any) -> None:
    go_on = asyncio.Event()
    plane([details("RUNNING")], [batch(line(1, "a")), go_on, batch(line(2, "b"))], [batch(line(1, "a"), line(2, "b"))])
    count = 0

    def read(request: Any) -> workflow.GetActionDetailsResponse:
        nonlocal count
        count += 1
        if count == 3:
            go_on.set()
        return workflow.GetActionDetailsResponse(details=details("RUNNING" if count <= 3 else "SUCCEEDED"))

    client.answers["GetActionDetails"] = read
    assert await messages(client, policy=TailPolicy(idle=0.01, first_delay=0.0)) == ["a", "b"]
    assert [stream.cancelled_reads for stream in client.streams][:2] == [0, 0]


async def test_a_log_that_is_not_there_yet_is_waited_for(plane: Any) -> None:
    client = plane(
        [details("RUNNING"), details("RUNNING"), details("SUCCEEDED")],
        [NotFound("no pod")],
        [NotFound("no pod")],
        [batch(line(1, "a"))],
    )
    assert await messages(client) == ["a"]


async def test_a_log_that_never_comes_is_an_error_in_the_end(plane: Any) -> None:
    client = plane([details("RUNNING")], [NotFound("no pod")])
    with pytest.raises(NotFound, match="no pod"):
        await messages(client)
    assert client.names().count("TailLogs") == FAST.missing + 1


async def test_an_action_that_never_started_has_no_lines(plane: Any) -> None:
    client = plane([details("ABORTED", attempts=0)], [NotFound("no pod")])
    assert await messages(client) == []
    assert client.names().count("TailLogs") == 1


async def test_an_action_that_waits_is_watched_until_it_has_a_log(plane: Any) -> None:
    states = [details("QUEUED", logs=False), details("INITIALIZING", logs=False), details("RUNNING", logs=False)]
    client = plane(states, [batch(line(1, "a"))])
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=details("SUCCEEDED"))
    assert await messages(client) == ["a"]
    assert client.names()[:2] == ["WatchActionDetails", "TailLogs"]


async def test_lost_streams_are_bounded_and_refusals_are_not_repeated(plane: Any) -> None:
    client = plane([details("RUNNING")], [Unavailable("lost")])
    with pytest.raises(Unavailable):
        await messages(client)
    assert client.names().count("TailLogs") == FAST.failures + 1
    client = plane([details("RUNNING")], [PermissionDenied("no")])
    client.calls.clear()
    with pytest.raises(PermissionDenied):
        await messages(client)
    assert client.names().count("TailLogs") == 1


async def test_later_attempts_follow_the_latest_one(plane: Any, client: Any) -> None:
    plane([details("RUNNING"), details("RUNNING", attempts=2), details("SUCCEEDED", attempts=2)], [])
    client.answers["TailLogs"] = lambda request: [batch(line(1, f"attempt {request.attempt}"))]
    lines = [item async for item in tail(client, ACTION, None, policy=FAST)]
    assert [(item.message, item.attempt) for item in lines] == [("attempt 1", 1), ("attempt 2", 2)]


async def test_one_attempt_can_be_chosen(plane: Any, client: Any) -> None:
    plane([details("SUCCEEDED", attempts=3)], [])
    client.answers["TailLogs"] = lambda request: [batch(line(1, f"attempt {request.attempt}"))]
    assert await messages(client, attempt=2) == ["attempt 2"]
    with pytest.raises(NotFound, match="r1 has no attempt 4; its latest is 3"):
        await messages(client, attempt=4)


def entities(client: Any) -> list[Action | Run]:
    action = workflow.Action(id=ACTION)
    return [Action(action, client=client), Run(workflow.Run(action=action), client=client)]


@pytest.mark.parametrize("kind", [0, 1])
async def test_lines_as_text(plane: Any, kind: int) -> None:
    client = plane(
        [details("SUCCEEDED")],
        [
            batch(
                line(1, "mine\n"),
                line(2, "theirs", originator=2),
                line(3, "[flyte] noise"),
                line(4, "[flyte] flyte.errors: told", originator=2),
            )
        ],
    )
    entity = entities(client)[kind]
    assert [text async for text in entity.get_logs.aio()] == [
        "mine\n",
        "theirs\n",
        "[flyte] noise\n",
        "[flyte] flyte.errors: told\n",
    ]
    kept = [text async for text in entity.get_logs.aio(filter_system=True)]
    assert kept == ["mine\n", "[flyte] flyte.errors: told\n"]
    stamped = [text async for text in entity.get_logs.aio(show_ts=True)]
    moment = datetime.fromtimestamp(1, timezone.utc).astimezone().isoformat(timespec="milliseconds")
    assert stamped[0] == f"{moment} mine\n"
    assert [item.message async for item in entity.logs.aio(filter_system=True)] == [
        "mine",
        "[flyte] flyte.errors: told",
    ]


async def test_limits_and_mistakes(plane: Any) -> None:
    client = plane([details("RUNNING")], [batch(line(1, "a")), asyncio.Event()])
    run = entities(client)[1]
    seen: list[str] = []

    async def follow() -> None:
        async for found in run.logs.aio(timeout=2):
            seen.append(found.message)  # noqa: PERF401 (what came before the error is wanted)

    with pytest.raises(WaitTimeout, match="the log of r1 goes on"):
        await follow()
    assert seen == ["a"]
    with pytest.raises(InvalidArgument, match="attempt must be at least 1, got 0"):
        await run.show_logs.aio(attempt=0)
    with pytest.raises(InvalidArgument, match="max_lines must be at least 1"):
        await run.show_logs.aio(max_lines=0)


async def test_without_following_there_is_what_there_is_now(plane: Any) -> None:
    client = plane([details("RUNNING")], [batch(line(1, "a"), line(2, "b")), asyncio.Event()])
    run = entities(client)[1]
    assert [found.message async for found in run.logs.aio(follow=False)] == ["a", "b"]
    assert [text async for text in run.get_logs.aio(follow=False, tail=1)] == ["b\n"]
    assert all(stream.closed for stream in client.streams)
    queued = entities(plane([details("QUEUED", logs=False)], []))[1]
    assert [found.message async for found in queued.logs.aio(follow=False)] == []


async def test_the_tail_of_a_log_and_what_follows(plane: Any) -> None:
    more = asyncio.Event()
    stream = [batch(*(line(number, f"line {number}") for number in range(1, 6))), more, batch(line(6, "line 6"))]
    client = plane([details("RUNNING"), details("RUNNING"), details("SUCCEEDED")], stream)
    seen = []
    async for found in entities(client)[1].logs.aio(tail=2, timeout=60):
        seen.append(found.message)
        if found.message == "line 5":
            more.set()
    assert seen == ["line 4", "line 5", "line 6"]
    finished = entities(plane([details("SUCCEEDED")], stream[:1]))[1]
    assert [found.message async for found in finished.logs.aio(tail=2)] == ["line 4", "line 5"]
    assert [found.message async for found in finished.logs.aio(tail=0)] == []
    with pytest.raises(InvalidArgument, match="tail must not be negative"):
        async for _ in finished.logs.aio(tail=-1):
            pass


async def test_show_logs_prints_the_end_of_a_finished_log(plane: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines = batch(*(line(number, f"line {number}\x1b[31m") for number in range(1, 6)))
    client = plane([details("SUCCEEDED")], [lines])
    run = entities(client)[1]
    await run.show_logs.aio(max_lines=2)
    assert capsys.readouterr().out == "line 4\\x1b[31m\nline 5\\x1b[31m\n"
    await run.show_logs.aio(max_lines=1, raw=True)
    assert capsys.readouterr().out == "line 5\x1b[31m\n"


async def test_show_logs_prints_everything_of_a_running_action(plane: Any, capsys: pytest.CaptureFixture[str]) -> None:
    client = plane(
        [details("RUNNING"), details("SUCCEEDED")], [batch(*(line(number, f"line {number}") for number in range(1, 6)))]
    )
    await entities(client)[0].show_logs.aio(max_lines=1)
    assert capsys.readouterr().out.splitlines() == [f"line {number}" for number in range(1, 6)]


def test_what_is_remembered_does_not_grow_with_the_log() -> None:
    replay = Replay()
    for number in range(1, 10_001):
        assert replay.is_new("pod", (number, 0), f"line {number}")
    replay.restart()
    assert not any(replay.is_new("pod", (number, 0), f"line {number}") for number in range(1, 10_001))
    assert replay.is_new("pod", (10_001, 0), "line 10001")
    assert len(replay._sources["pod"]._at_newest) == 1


def test_lines_that_come_late_are_kept_outside_of_a_replay() -> None:
    replay = Replay()
    assert replay.is_new("pod", (5, 0), "a")
    assert replay.is_new("pod", (4, 0), "late")
    replay.restart()
    assert not replay.is_new("pod", (5, 0), "a")
    assert not replay.is_new("pod", (4, 0), "late")
    assert replay.is_new("pod", (6, 0), "b")
    assert replay.is_new("pod", (5, 5), "late again")
