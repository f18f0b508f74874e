"""A fake server answers, streams, fails, waits and breaks off as it is told, over a real connection."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from remora import errors
from remora.channel.options import RetryPolicy
from remora.testing import FakeServer

ONCE = RetryPolicy(attempts=1)


async def test_an_answer_and_what_was_received(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    latest = fake.on(api.TelemetryBase.latest).answer(api.Sample(sensor="boiler/3"), trailers={"x-cost": "3"})
    stub = api.TelemetryStub(fake.client())
    sample = await stub.latest(api.Query(sensor_prefix="boiler"), timeout=30, metadata={"x-tenant": "acme"})
    assert sample == api.Sample(sensor="boiler/3")
    (call,) = latest.calls
    assert call.request == api.Query(sensor_prefix="boiler")
    assert call.metadata["x-tenant"] == "acme"
    assert 0 < call.deadline <= 30
    assert not (await call.until_over()).cancelled
    assert latest.requests == [call.request]


async def test_each_answer_is_for_one_call_and_the_last_one_for_the_rest(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    latest = fake.on(api.TelemetryBase.latest)
    latest.fail(errors.Unavailable("try again")).answer(api.Sample(sensor="a")).answer(api.Sample(sensor="b"))
    stub = api.TelemetryStub(fake.client(retry=RetryPolicy(initial=0.001, maximum=0.002)))
    # The proto says that the method has no side effects, so the client tries again by itself.
    assert [(await stub.latest(api.Query())).sensor for _ in range(3)] == ["a", "b", "b"]
    assert len(latest.calls) == 4


@pytest.mark.parametrize("kind", ["plain", "asynchronous"])
async def test_an_answer_made_of_the_request(api: Any, fake_server: Any, kind: str) -> None:
    def plain(query: Any) -> Any:
        if not query.sensor_prefix:
            raise errors.InvalidArgument("which sensor?")
        return api.Sample(sensor=query.sensor_prefix + "/1")

    async def asynchronous(query: Any) -> Any:
        await asyncio.sleep(0)
        return plain(query)

    fake = fake_server(api.TelemetryBase)
    fake.on(api.TelemetryBase.latest).answer_with(plain if kind == "plain" else asynchronous)
    stub = api.TelemetryStub(fake.client())
    assert (await stub.latest(api.Query(sensor_prefix="b"))).sensor == "b/1"
    with pytest.raises(errors.InvalidArgument, match=re.escape("which sensor?")):
        await stub.latest(api.Query())


async def test_streams_end_as_they_are_told(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    one, two = api.Sample(sensor="1"), api.Sample(sensor="2")
    follow = fake.on(api.TelemetryBase.follow)
    follow.stream(one, two).stream(one, error=errors.Aborted("enough")).stream(one, drop=True).stream(one, hold=True)
    stub = api.TelemetryStub(fake.client(retry=ONCE))

    async def read() -> list[Any]:
        seen.clear()
        async for sample in stub.follow(api.Query()):
            seen.append(sample)  # noqa: PERF401 - what came before an error counts
        return seen

    seen: list[Any] = []
    assert await read() == [one, two]
    with pytest.raises(errors.Aborted, match="enough"):
        await read()
    assert seen == [one]
    with pytest.raises(errors.Unavailable):
        await read()
    assert seen == [one]
    async with stub.follow(api.Query()) as held:
        assert await held.__anext__() == one
    assert (await follow.calls[3].until_over()).cancelled


async def test_a_stream_made_of_the_request(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    fake.on(api.TelemetryBase.follow).stream_with(lambda query: [api.Sample(sensor=c) for c in query.sensor_prefix])
    stub = api.TelemetryStub(fake.client())
    assert [sample.sensor async for sample in stub.follow(api.Query(sensor_prefix="xyz"))] == ["x", "y", "z"]


async def test_clients_that_stream(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    record = fake.on(api.TelemetryBase.record).answer_with(lambda samples: api.Summary(samples=len(samples)))
    exchange = fake.on(api.TelemetryBase.exchange).answer_each(lambda sample: api.Summary(samples=int(sample.sensor)))
    stub = api.TelemetryStub(fake.client())
    samples = [api.Sample(sensor="1"), api.Sample(sensor="2")]
    assert await stub.record(samples) == api.Summary(samples=2)
    assert record.calls[0].requests == samples
    with pytest.raises(AssertionError, match="2 request messages"):
        _ = record.calls[0].request
    assert [summary.samples async for summary in stub.exchange(samples)] == [1, 2]
    assert exchange.calls[0].requests == samples


async def test_both_sides_stream_at_once(api: Any, fake_server: Any) -> None:
    """Each answer depends on the request before, and the next request on the answer."""

    async def total(samples: Any) -> Any:
        count = 0
        async for sample in samples:
            if sample.sensor == "stop":
                raise errors.Aborted("stopped")
            count += int(sample.sensor)
            yield api.Summary(samples=count)

    fake = fake_server(api.TelemetryBase)
    exchange = fake.on(api.TelemetryBase.exchange).stream_with(total)
    stub = api.TelemetryStub(fake.client())
    answers: asyncio.Queue[str] = asyncio.Queue()

    async def samples() -> Any:
        yield api.Sample(sensor="1")
        while True:
            yield api.Sample(sensor=await answers.get())

    seen = []

    async def read() -> None:
        async for summary in stub.exchange(samples()):
            seen.append(summary.samples)
            answers.put_nowait("2" if summary.samples < 4 else "stop")

    with pytest.raises(errors.Aborted, match="stopped"):
        await read()
    assert seen == [1, 3, 5]
    assert [sample.sensor for sample in exchange.calls[0].requests] == ["1", "2", "2", "stop"]
    assert exchange.calls[0].path == "/telemetry.v1.Telemetry/Exchange"


async def test_a_stream_whose_messages_are_made_one_by_one(api: Any, fake_server: Any) -> None:
    more = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def follow(query: Any) -> Any:
        yield api.Sample(sensor="1")
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(more.wait(), loop))
        yield api.Sample(sensor="2")

    fake = fake_server(api.TelemetryBase)
    fake.on(api.TelemetryBase.follow).stream_with(follow)
    async with api.TelemetryStub(fake.client()).follow(api.Query()) as samples:
        assert (await samples.__anext__()).sensor == "1"
        more.set()
        assert [sample.sensor async for sample in samples] == ["2"]


async def test_a_server_for_several_tests_forgets(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    latest = fake.on(api.TelemetryBase.latest).answer(api.Sample(sensor="a"))
    stub = api.TelemetryStub(fake.client(retry=ONCE))
    await stub.latest(api.Query())
    fake.reset()
    assert latest.calls == []
    with pytest.raises(errors.Unimplemented):
        await stub.latest(api.Query())
    assert fake.on(api.TelemetryBase.latest) is latest


async def test_a_slow_server_and_a_client_with_no_patience(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    latest = fake.on(api.TelemetryBase.latest).answer(api.Sample(), delay=60)
    with pytest.raises(errors.DeadlineExceeded):
        await api.TelemetryStub(fake.client()).latest(api.Query(), timeout=0.05)
    (call,) = await latest.until_called()
    assert (await call.until_over()).cancelled


async def test_a_connection_that_breaks(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    fake.on(api.TelemetryBase.record).drop().answer(api.Summary(samples=1))
    stub = api.TelemetryStub(fake.client(retry=ONCE))
    with pytest.raises(errors.Unavailable):
        await stub.record([api.Sample()])
    assert (await stub.record([api.Sample()])).samples == 1


def test_blocking_programs_can_use_it(api: Any) -> None:
    from remora.dual import run_sync

    with FakeServer(api.TelemetryBase) as fake:
        fake.on(api.TelemetryBase.latest).answer(api.Sample(sensor="s"))
        stub = api.TelemetryStub(fake.client())
        assert run_sync(stub.latest(api.Query()), "latest").sensor == "s"
        (call,) = fake.on(api.TelemetryBase.latest).wait_for_calls()
        assert not call.wait_until_over().cancelled
        url = fake.url
    assert url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="not running"):
        _ = fake.url


async def test_what_was_not_told_answers_unimplemented_and_says_what_to_do(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    with pytest.raises(errors.Unimplemented, match=r"has no answer for telemetry.v1.Telemetry/Latest.*on\(\.\.\.\)"):
        await api.TelemetryStub(fake.client()).latest(api.Query(sensor_prefix="x"))
    assert fake.on(api.TelemetryBase.latest).requests == [api.Query(sensor_prefix="x")]


async def test_a_function_that_fails_fails_the_test(api: Any) -> None:
    with pytest.raises(ZeroDivisionError), FakeServer(api.TelemetryBase) as fake:  # noqa: PT012 - it comes at the end
        fake.on(api.TelemetryBase.latest).answer_with(lambda query: 1 // 0)
        with pytest.raises(errors.Internal):
            await api.TelemetryStub(fake.client(retry=ONCE)).latest(api.Query())


def test_mistakes_of_the_test_are_told_at_once(api: Any) -> None:
    fake = FakeServer(api.TelemetryBase)
    with pytest.raises(TypeError, match="Latest answers with Sample, not Query"):
        fake.on(api.TelemetryBase.latest).answer(api.Query())
    with pytest.raises(TypeError, match="Follow streams Sample, not Query"):
        fake.on(api.TelemetryBase.follow).stream(api.Query())
    with pytest.raises(ValueError, match="one of error, drop and hold"):
        fake.on(api.TelemetryBase.follow).stream(drop=True, hold=True)
    with pytest.raises(LookupError, match=r"has no method TelemetryStub\.latest; it serves TelemetryBase"):
        fake.on(api.TelemetryStub.latest)
    with pytest.raises(TypeError, match="generated server bases such as LibraryBase"):
        FakeServer(api.Sample)
    with pytest.raises(AssertionError, match=r"0 of 1 calls of telemetry\.v1\.Telemetry/Latest"):
        fake.on(api.TelemetryBase.latest).wait_for_calls(1, timeout=0.01)


def test_users_of_the_flagship_have_it_too(fake_server: Any) -> None:
    from remora import Project
    from remora_api.flyteidl2 import project

    fake = fake_server(project.ProjectServiceBase)
    get = fake.on(project.ProjectServiceBase.get_project)
    get.answer(project.GetProjectResponse(project=project.Project(id="demo", name="Demo")))
    with fake.client(org="acme"):
        assert Project.get("demo").name == "Demo"
    assert get.requests == [project.GetProjectRequest(id="demo", org="acme")]


def test_each_package_has_a_server_of_all_its_services_as_a_fixture(fake_remora_api: Any) -> None:
    from remora import Project
    from remora_api import testing
    from remora_api.flyteidl2 import project, workflow

    assert type(fake_remora_api) is testing.FakeServer
    assert workflow.RunServiceBase in testing.SERVICES
    fake_remora_api.on(workflow.RunServiceBase.abort_run).answer(workflow.AbortRunResponse())
    fake_remora_api.on(project.ProjectServiceBase.get_project).answer(
        project.GetProjectResponse(project=project.Project(name="Demo"))
    )
    with fake_remora_api.client():
        assert Project.get("demo").name == "Demo"


def test_the_module_of_a_package_needs_no_pytest() -> None:
    program = (
        "import sys\n"
        "from remora_api.testing import FakeServer, fake_remora_api\n"
        "assert 'pytest' not in sys.modules\n"
        "with FakeServer() as server: print(server.url.rpartition(':')[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("http://127.0.0.1\n", "")


def test_a_proto_package_may_be_called_testing(tmp_path: Path) -> None:
    from remora_codegen.config import Settings
    from remora_codegen.generate import render

    proto = 'syntax = "proto3"; package testing; message M {} service S { rpc Do(M) returns (M); }'
    (tmp_path / "a.proto").write_text(proto)
    tree = render(Settings(protos=tmp_path, package="a_api"))
    assert {"a_api/testing/__init__.py", "a_api/testing_.py"} <= tree.keys()


async def test_a_client_that_keeps_its_side_open_gets_its_answers(api: Any, fake_server: Any) -> None:
    fake = fake_server(api.TelemetryBase)
    exchange = fake.on(api.TelemetryBase.exchange).stream(api.Summary(samples=1), hold=True)
    exchange.stream(api.Summary(samples=2))
    stub = api.TelemetryStub(fake.client())
    answered = asyncio.Event()

    async def samples() -> Any:
        yield api.Sample(sensor="1")
        await answered.wait()
        yield api.Sample(sensor="2")

    async with stub.exchange(samples()) as summaries:
        assert (await summaries.__anext__()).samples == 1
    assert exchange.calls[0].requests == [api.Sample(sensor="1")]
    assert (await exchange.calls[0].until_over()).cancelled
    async with stub.exchange(samples()) as summaries:
        assert (await summaries.__anext__()).samples == 2
        answered.set()
        assert [summary async for summary in summaries] == []
    assert exchange.calls[1].requests == [api.Sample(sensor="1"), api.Sample(sensor="2")]
