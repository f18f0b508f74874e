from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, ClassVar

import pytest

from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint
from remora.channel.method import Method, Shape
from remora.channel.server import RunningServer, serve
from remora.channel.service import ServerBase, ServerContext
from remora.errors import NotFound, RpcError, StatusCode, rpc_error
from remora_api.google.protobuf import StringValue

PATH = "/test.v1.Echo/"


class Echo(ServerBase):
    """Echoes; a request whose text is a command does something else."""

    UNARY = Method(f"{PATH}Unary", StringValue, StringValue, Shape.UNARY_UNARY)
    SAFE = Method(f"{PATH}Safe", StringValue, StringValue, Shape.UNARY_UNARY, idempotent=True)
    COUNT = Method(f"{PATH}Count", StringValue, StringValue, Shape.UNARY_STREAM, idempotent=True)
    JOIN = Method(f"{PATH}Join", StringValue, StringValue, Shape.STREAM_UNARY)
    CHAT = Method(f"{PATH}Chat", StringValue, StringValue, Shape.STREAM_STREAM)
    MISSING = Method(f"{PATH}Missing", StringValue, StringValue, Shape.UNARY_UNARY)

    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {
        "unary": UNARY,
        "safe": SAFE,
        "count": COUNT,
        "join": JOIN,
        "chat": CHAT,
    }

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.contexts: list[ServerContext] = []
        self.fail_next: list[RpcError] = []
        self.pushback: str | None = None
        self.entered = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.go_on = asyncio.Event()

    async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
        self.contexts.append(context)
        self.calls.append(request.value)
        if self.pushback is not None:
            context.trailing_metadata["x-tried"] = str(len(self.calls))
        if self.fail_next:
            raise self.fail_next.pop(0)
        if request.value == "not found":
            raise NotFound('project "p" not found')
        if request.value == "crash":
            raise ValueError("an inner secret")
        if request.value.startswith("status "):
            raise rpc_error(int(request.value[7:]), "as asked: 100 % ü")
        if request.value == "metadata":
            context.initial_metadata["x-initial"] = "one"
            context.trailing_metadata["x-trailing-bin"] = b"\x00\xff"
        if request.value == "wait":
            self.entered.set()
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        return StringValue(value=request.value.upper())

    async def safe(self, request: StringValue, context: ServerContext) -> StringValue:
        return await self.unary(request, context)

    async def count(self, request: StringValue, context: ServerContext) -> AsyncIterator[StringValue]:
        self.contexts.append(context)
        self.calls.append(request.value)
        if self.fail_next:
            raise self.fail_next.pop(0)
        number, _, then = request.value.partition(" then ")
        context.initial_metadata["x-initial"] = "one"
        context.trailing_metadata["x-trailing"] = "two"
        try:
            for i in range(int(number)):
                yield StringValue(value=str(i))
            if then == "wait":
                self.entered.set()
                await self.go_on.wait()
            elif then:
                raise rpc_error(StatusCode[then], "stopped")
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise

    async def join(self, requests: AsyncIterator[StringValue], context: ServerContext) -> StringValue:
        parts = []
        async for request in requests:
            parts.append(request.value)
            if request.value == "enough":
                raise rpc_error(StatusCode.OUT_OF_RANGE, "enough")
            if request.value == "stop":
                break
        return StringValue(value=",".join(parts))

    async def chat(self, requests: AsyncIterator[StringValue], context: ServerContext) -> AsyncIterator[StringValue]:
        try:
            async for request in requests:
                yield StringValue(value=request.value.upper())
        finally:
            self.cancelled.set()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def server(echo: Echo) -> AsyncIterator[RunningServer]:
    async with await serve([echo]) as running:
        yield running


@pytest.fixture
async def channel(server: RunningServer) -> AsyncIterator[Channel]:
    options = ChannelOptions(timeout=20, retry=RetryPolicy(initial=0.001, maximum=0.002))
    made = Channel(parse_endpoint(server.url).endpoint(), options=options)
    yield made
    made.close()


@pytest.fixture
def message() -> type[StringValue]:
    return StringValue
