"""Calls of one client from several loops, threads and processes."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from remora.dual import run_sync, stream_sync
from remora.errors import ClientClosed, ConfigWarning, DeadlineExceeded, NotFound, RemoraError, RpcError
from remora_api.google.protobuf import StringValue

LOOPS = ["caller", "shared"]


def text(value: str) -> StringValue:
    return StringValue(value=value)


@pytest.mark.parametrize("loop", LOOPS)
def test_the_four_shapes_in_both_forms(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo

    async def requests() -> AsyncIterator[StringValue]:
        queue: asyncio.Queue[str] = asyncio.Queue()  # belongs to the loop of whoever makes the call
        for value in ("a", "b"):
            queue.put_nowait(value)
            yield text(await queue.get())
            await asyncio.sleep(0)

    async def all_shapes() -> list[Any]:
        stream = client.unary_stream(echo.COUNT, text("150"))
        counted = [m.value async for m in stream]
        assert counted == [str(i) for i in range(150)]
        assert stream.initial_metadata == {"x-initial": "one"}
        assert stream.trailing_metadata == {"x-trailing": "two"}
        return [
            (await client.unary_unary(echo.UNARY, text("a"))).value,
            (await client.stream_unary(echo.JOIN, [text("a"), text("b")])).value,
            (await client.stream_unary(echo.JOIN, requests())).value,
            [m.value async for m in client.stream_stream(echo.CHAT, requests())],
        ]

    expected = ["A", "a,b", "a,b", ["A", "B"]]
    assert run_sync(all_shapes(), "all") == expected
    assert asyncio.run(all_shapes()) == expected


@pytest.mark.parametrize(("loop", "connections"), [("caller", 3), ("shared", 1)])
def test_connections(served: Any, make: Any, loop: str, connections: int) -> None:
    client, echo = make(loop=loop), served.echo

    async def twice() -> None:
        for _ in range(2):
            await client.unary_unary(echo.UNARY, text("a"))

    asyncio.run(twice())
    asyncio.run(twice())
    run_sync(twice(), "twice")
    run_sync(twice(), "twice")
    assert len(echo.peers) == 8
    assert len(set(echo.peers)) == connections


@pytest.mark.parametrize("loop", LOOPS)
async def test_errors_and_deadlines(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo
    with pytest.raises(NotFound, match="missing"):
        await client.unary_unary(echo.UNARY, text("missing"))
    with pytest.raises(DeadlineExceeded):
        await client.unary_unary(echo.UNARY, text("wait"), timeout=0.05)
    with pytest.raises(RpcError):
        [m async for m in client.unary_stream(echo.COUNT, text("not a number"))]
    assert (await client.unary_unary(echo.UNARY, text("a"))).value == "A"


@pytest.mark.parametrize("loop", LOOPS)
async def test_cancelling_waits_until_the_call_is_given_up(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo
    task = asyncio.ensure_future(client.unary_unary(echo.UNARY, text("wait")))
    await asyncio.to_thread(echo.waiting.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(echo.cancelled.wait, 10)


@pytest.mark.parametrize("loop", LOOPS)
async def test_leaving_a_stream_early(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo
    async with client.unary_stream(echo.COUNT, text("1000000")) as stream:
        async for message in stream:
            if message.value == "100":
                break
    assert await asyncio.to_thread(echo.cancelled.wait, 10)
    echo.cancelled.clear()
    stream = client.unary_stream(echo.COUNT, text("1000000"))
    await stream.__anext__()
    del stream
    gc.collect()
    await asyncio.sleep(0)
    assert await asyncio.to_thread(echo.cancelled.wait, 10)


@pytest.mark.parametrize("loop", LOOPS)
def test_sixteen_threads(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo
    failures: list[BaseException] = []

    async def calls(name: str) -> None:
        for i in range(5):
            assert (await client.unary_unary(echo.UNARY, text(f"{name} {i}"))).value == f"{name} {i}".upper()

    def work(i: int) -> None:
        try:
            if i % 2:
                asyncio.run(calls(str(i)))
            else:
                run_sync(calls(str(i)), "calls")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert len(echo.peers) == 80


def test_blocking_streams(served: Any, make: Any) -> None:
    client, echo = make(), served.echo

    async def items() -> Any:
        async with client.unary_stream(echo.COUNT, text("1000")) as stream:
            async for message in stream:
                yield message.value

    assert list(stream_sync(items(), "items")) == [str(i) for i in range(1000)]
    with stream_sync(items(), "items") as stream:
        assert next(stream) == "0"


@pytest.mark.parametrize("loop", LOOPS)
def test_a_closed_client_says_so_on_every_loop(served: Any, make: Any, loop: str) -> None:
    client, echo = make(loop=loop), served.echo

    async def call() -> str:
        return str((await client.unary_unary(echo.UNARY, text("a"))).value)

    async def main() -> None:
        assert await call() == "A"
        await client.aclose()
        with pytest.raises(ClientClosed, match="was closed"):
            await call()

    assert run_sync(call(), "call") == "A"
    asyncio.run(main())
    with pytest.raises(ClientClosed):
        run_sync(call(), "call")
    client.close()


def test_closing_ends_calls_in_flight_on_other_loops(served: Any, make: Any) -> None:
    client, echo = make(), served.echo
    failures: list[BaseException] = []

    def work() -> None:
        try:
            run_sync(client.unary_unary(echo.UNARY, text("wait")), "call")
        except RemoraError as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert echo.waiting.wait(10)
    client.close()
    thread.join(10)
    assert len(failures) == 1
    assert "closed" in str(failures[0])


def test_headers_of_every_call(served: Any, make: Any) -> None:
    client, echo = make(metadata={"x-tenant": "t"}), served.echo
    run_sync(client.unary_unary(echo.UNARY, text("a"), metadata={"x-mine": "1"}), "call")
    assert (echo.metadata[-1]["x-tenant"], echo.metadata[-1]["x-mine"]) == ("t", "1")


def test_a_stream_outside_of_a_loop_is_told(served: Any, make: Any) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        make().unary_stream(served.echo.COUNT, text("1"))


def test_a_dropped_client_closes_its_connections(served: Any) -> None:
    from remora.client import Client

    async def main() -> None:
        client = Client(served.url)
        await client.unary_unary(served.echo.UNARY, text("a"))
        assert client._channels is not None
        channel = client._channels.caller()
        protocol = channel._protocol  # type: ignore[attr-defined]
        del client, channel
        gc.collect()
        for _ in range(10):
            await asyncio.sleep(0)
        assert protocol.connection.is_closing()

    asyncio.run(main())


def test_skipping_verification_warns_once_and_at_the_line_that_makes_the_client(served: Any) -> None:
    from remora.client import Client

    with pytest.warns(ConfigWarning, match="insecure_skip_verify is on") as seen:
        client = Client(served.url.replace("http:", "https:"), insecure_skip_verify=True)
    assert [warning.filename for warning in seen] == [__file__]
    with pytest.raises(RpcError):  # a second warning would be an error here
        asyncio.run(client.unary_unary(served.echo.UNARY, text("a")))
    client.close()


def test_a_forked_child_uses_the_client_on_a_connection_of_its_own(served: Any, run_script: Any) -> None:
    done = run_script(
        """
        import os, signal, sys
        from remora.channel.method import Method, Shape
        from remora.client import Client
        from remora.dual import run_sync
        from remora_api.google.protobuf import StringValue
        method = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
        client = Client(sys.argv[1])
        def call(value):
            return run_sync(client.unary_unary(method, StringValue(value=value)), "call").value
        assert call("parent") == "PARENT"
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            assert call("child") == "CHILD"
            client.close()
            os._exit(0)
        status = os.waitpid(child, 0)[1]
        print(status, call("again"))
        """,
        served.url,
    )
    assert (done.stdout, done.stderr) == ("0 AGAIN\n", "")
    assert len(set(served.echo.peers)) == 2


@pytest.mark.parametrize("loop", LOOPS)
def test_a_program_that_never_closes_anything_ends_quietly(served: Any, run_script: Any, loop: str) -> None:
    done = run_script(
        """
        import asyncio, sys
        from remora.channel.method import Method, Shape
        from remora.client import Client
        from remora.dual import run_sync
        from remora_api.google.protobuf import StringValue
        method = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
        client = Client(sys.argv[1], loop=sys.argv[2])
        async def call():
            return (await client.unary_unary(method, StringValue(value="a"))).value
        print(asyncio.run(call()), run_sync(call(), "call"), asyncio.run(call()))
        """,
        served.url,
        loop,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("A A A\n", "", 0)
