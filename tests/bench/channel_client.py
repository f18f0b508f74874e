"""One client of the channel benchmark, in a process of its own: `channel_client.py KIND PORT` prints its figures."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable

PATH = "/test.v1.Echo/Unary"
BODY = b"\n\x10sixteen letters!"
CALLS = 192
ROUNDS = 10

Call = Callable[[], Awaitable[object]]


def remora_call(port: int) -> tuple[Call, Callable[[], None]]:
    from remora.channel import Channel, Method, Shape, parse_endpoint
    from remora_api.google.protobuf import StringValue

    method = Method(PATH, StringValue, StringValue, Shape.UNARY_UNARY)
    channel = Channel(parse_endpoint(f"http://127.0.0.1:{port}").endpoint())
    request = StringValue.parse(BODY)
    return lambda: channel.unary_unary(method, request, timeout=60), channel.close


def grpclib_call(port: int) -> tuple[Call, Callable[[], None]]:
    from grpclib.client import Channel, UnaryUnaryMethod
    from grpclib.encoding.base import CodecBase

    class Raw(CodecBase):
        __content_subtype__ = "proto"

        def encode(self, message: bytes, message_type: object) -> bytes:
            return message

        def decode(self, data: bytes, message_type: object) -> bytes:
            return data

    channel = Channel("127.0.0.1", port, codec=Raw())
    method = UnaryUnaryMethod(channel, PATH, bytes, bytes)
    return lambda: method(BODY, timeout=60), channel.close


def grpcio_call(port: int) -> tuple[Call, Callable[[], None]]:
    import grpc

    method = grpc.aio.insecure_channel(f"127.0.0.1:{port}").unary_unary(PATH)

    async def call() -> object:
        return await method(BODY, timeout=60)

    return call, lambda: None


async def measure(call: Call, at_once: int) -> float:
    """The least CPU microseconds per call of several rounds; wall time tells more of the machine than of a client."""

    async def caller() -> None:
        for _ in range(CALLS // at_once):
            await call()

    best = float("inf")
    for _ in range(ROUNDS):
        used = time.process_time()
        await asyncio.gather(*(caller() for _ in range(at_once)))
        best = min(best, time.process_time() - used)
    return best / (CALLS // at_once * at_once) * 1e6


async def main(kind: str, port: int) -> None:
    call, close = {"remora": remora_call, "grpclib": grpclib_call, "grpcio": grpcio_call}[kind](port)
    await call()
    print(json.dumps([await measure(call, at_once) for at_once in (1, 32)]))
    close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
