"""A gRPC server on grpcio, for tests of the client. It runs in an environment of its own; see conftest.py."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter

import grpc
from string_value import body_of, text_of

runs: Counter[str] = Counter()
held: list[asyncio.Event] = []
sent = 0


async def unary(body: bytes, context: grpc.aio.ServicerContext) -> bytes:
    text = text_of(body)
    if text == "held":
        return body_of(str(len(held)))
    if text == "sent":
        return body_of(str(sent))
    if text.startswith("runs "):
        return body_of(str(runs[text[5:]]))
    runs[text] += 1
    if text.startswith("hold"):
        go_on = asyncio.Event()
        held.append(go_on)
        await go_on.wait()
    if text.startswith("status "):
        _, code, message = text.split(" ")
        known = next(status for status in grpc.StatusCode if status.value[0] == int(code))
        await context.abort(known, message)
    if text.startswith("gzip"):
        context.set_compression(grpc.Compression.Gzip)
    return body


async def stream(body: bytes, context: grpc.aio.ServicerContext) -> None:
    global sent
    count, size = map(int, text_of(body).split())
    message = body_of("x" * size)
    for _ in range(count):
        sent += 1
        await context.write(message)


class Services(grpc.GenericRpcHandler):
    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        if details.method.endswith("/Stream"):
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


def credentials(tls: dict[str, str]) -> grpc.ServerCredentials:
    def read(name: str) -> bytes:
        with open(tls[name], "rb") as file:
            return file.read()

    return grpc.ssl_server_credentials(
        [(read("key"), read("cert"))], read("ca"), require_client_auth=bool(tls.get("mutual"))
    )


async def started(options: dict[str, object], port: int) -> tuple[grpc.aio.Server, int]:
    settings = [
        ("grpc.max_receive_message_length", -1),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_concurrent_streams", options.get("streams", 1000)),
        ("grpc.so_reuseport", 1),
    ]
    server = grpc.aio.server(options=settings)
    server.add_generic_rpc_handlers((Services(),))
    address = f"127.0.0.1:{port}"
    tls = options.get("tls")
    port = server.add_secure_port(address, credentials(tls)) if tls else server.add_insecure_port(address)
    await server.start()
    return server, port


async def main() -> None:
    options = json.loads(sys.argv[1])
    server, port = await started(options, options.get("port", 0))
    print(json.dumps({"port": port}), flush=True)
    loop = asyncio.get_running_loop()
    stopping = set()
    while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if line == "release":
            for go_on in held:
                go_on.set()
            held.clear()
        elif line in ("goaway", "abort"):
            grace = 60 if line == "goaway" else None
            stopping.add(asyncio.ensure_future(server.stop(grace)))
            server, _ = await started(options, port)
        print(json.dumps({"done": line}), flush=True)
    await server.stop(None)


asyncio.run(main())
