"""A gRPC server on grpclib as it is, for tests of the client. See conftest.py for what it can be told."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter

from grpclib import GRPCError, Status
from grpclib.const import Cardinality, Handler
from grpclib.encoding.base import CodecBase
from grpclib.server import Server, Stream
from string_value import body_of, text_of

runs: Counter[str] = Counter()
held: list[asyncio.Event] = []
sent = 0


class Raw(CodecBase):
    """Bytes in, bytes out."""

    __content_subtype__ = "proto"

    def encode(self, message: bytes, message_type: object) -> bytes:
        return message

    def decode(self, data: bytes, message_type: object) -> bytes:
        return data


class Echo:
    async def unary(self, stream: Stream[bytes, bytes]) -> None:
        body = await stream.recv_message()
        assert body is not None
        text = text_of(body)
        if text == "held":
            body = body_of(str(len(held)))
        elif text == "sent":
            body = body_of(str(sent))
        elif text.startswith("runs "):
            body = body_of(str(runs[text[5:]]))
        else:
            runs[text] += 1
        if text.startswith("hold "):
            go_on = asyncio.Event()
            held.append(go_on)
            await go_on.wait()
        if text.startswith("status "):
            _, code, message = text.split(" ")
            raise GRPCError(Status(int(code)), message)
        await stream.send_message(body)

    async def stream(self, stream: Stream[bytes, bytes]) -> None:
        global sent
        count, size = map(int, text_of(await stream.recv_message() or b"").split())
        message = body_of("x" * size)
        for _ in range(count):
            sent += 1
            await stream.send_message(message)

    def __mapping__(self) -> dict[str, Handler]:
        return {
            "/test.v1.Echo/Unary": Handler(self.unary, Cardinality.UNARY_UNARY, bytes, bytes),
            "/test.v1.Echo/Safe": Handler(self.unary, Cardinality.UNARY_UNARY, bytes, bytes),
            "/test.v1.Echo/Stream": Handler(self.stream, Cardinality.UNARY_STREAM, bytes, bytes),
        }


def context(tls: dict[str, str] | None) -> ssl.SSLContext | None:
    if tls is None:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls["ca"])
    made.load_cert_chain(tls["cert"], tls["key"])
    made.set_alpn_protocols(["h2"])
    made.verify_mode = ssl.CERT_REQUIRED if tls.get("mutual") else ssl.CERT_NONE
    return made


async def main() -> None:
    options = json.loads(sys.argv[1])
    server = Server([Echo()], codec=Raw())
    await server.start("127.0.0.1", options.get("port", 0), ssl=context(options.get("tls")))
    assert server._server is not None
    print(json.dumps({"port": server._server.sockets[0].getsockname()[1]}), flush=True)
    loop = asyncio.get_running_loop()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if line == "release":
            for go_on in held:
                go_on.set()
            held.clear()
        print(json.dumps({"done": line}), flush=True)
    server.close()


asyncio.run(main())
