"""A control plane that gives URLs, and an object store that throws away what it gets, both as fast as can be.

`python object_sink.py store CERTIFICATE` prints the ports of the store, plain and with TLS; it answers Connect calls of
the control plane too. `python object_sink.py plane STORE_URL` prints the port of the control plane over gRPC.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import sys
import threading
from typing import Any

from remora.channel.server import serve
from remora.channel.service import ServerContext
from remora_api.flyteidl2.dataproxy import (
    CreateUploadLocationRequest,
    CreateUploadLocationResponse,
    DataProxyServiceBase,
)

_BUFFER = 256 * 1024


def location(request: CreateUploadLocationRequest, store: str) -> CreateUploadLocationResponse:
    """Where an upload goes."""
    key = f"{request.filename_root or request.content_md5.hex()}/{request.filename}"
    return CreateUploadLocationResponse(signed_url=f"{store}/put/{key}", native_url=f"s3://bench/{key}")


class DataProxy(DataProxyServiceBase):
    """The one call that uploads make, under its name of today and that of version 1 of the protos."""

    def __init__(self, store: str) -> None:
        self._store = store

    async def create_upload_location(
        self, request: CreateUploadLocationRequest, context: ServerContext
    ) -> CreateUploadLocationResponse:
        """Answer with a URL of the store."""
        return location(request, self._store)

    def __mapping__(self) -> Any:
        """Handlers by path."""
        found = super().__mapping__()
        old = {path.replace("flyteidl2.dataproxy.", "flyteidl.service."): each for path, each in found.items()}
        return {**found, **old}


async def plane(store: str) -> None:
    """Serve the control plane until the process is ended."""
    server = await serve([DataProxy(store)])
    print(server.port, flush=True)
    await asyncio.Event().wait()


class Store:
    """Serves HTTP/1.1 with a thread per connection, so that bodies cost next to nothing."""

    def __init__(self, certificate: str) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._url = ""

    def run(self) -> None:
        """Serve until the process is ended."""
        plain, secure = (socket.create_server(("127.0.0.1", 0), backlog=512) for _ in range(2))
        self._url = f"http://127.0.0.1:{plain.getsockname()[1]}"
        print(plain.getsockname()[1], secure.getsockname()[1], flush=True)
        threading.Thread(target=self._accept, args=(secure, self._tls), daemon=True).start()
        self._accept(plain, None)

    def _accept(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=self._serve, args=(connection, tls), daemon=True).start()

    def _serve(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        try:
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if tls is not None:
                    connection = tls.wrap_socket(connection, server_side=True)
                # The kernel throws a plain body away without copying it.
                flags = 0 if tls is not None else socket.MSG_TRUNC
                head = b""
                while self._request(connection, flags, head):
                    pass
        except OSError:
            pass

    def _request(self, connection: socket.socket, flags: int, head: bytes) -> bool:
        while b"\r\n\r\n" not in head:
            piece = connection.recv(65536)
            if not piece:
                return False
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        if "100-continue" in headers.get("expect", ""):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(headers.get("content-length", "0"))
        answer = b""
        if first.startswith("POST"):
            while len(body) < length:
                body += connection.recv(65536)
            answer = self._connect(first, gzip.decompress(body) if "content-encoding" in headers else body)
        else:
            left, buffer = length - len(body), bytearray(_BUFFER)
            while left > 0:
                read = connection.recv_into(buffer, min(left, _BUFFER), flags)
                if not read:
                    return False
                left -= read
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/proto\r\nContent-Length: {len(answer)}\r\n\r\n".encode()
        connection.sendall(head + answer)
        return True

    def _connect(self, first: str, body: bytes) -> bytes:
        """The answer to a Connect call: a location, or "no other cluster", an empty message."""
        if "CreateUploadLocation" not in first:
            return b""
        return bytes(location(CreateUploadLocationRequest.parse(body), self._url))


if __name__ == "__main__":
    if sys.argv[1] == "store":
        Store(sys.argv[2]).run()
    else:
        asyncio.run(plane(sys.argv[2]))
