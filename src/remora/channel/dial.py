"""Making one connection: directly, through an HTTP proxy, or to a unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .broken import ConnectFailed
from .endpoint import Endpoint

if TYPE_CHECKING:
    from .connection import ClientProtocol
    from .proxy_url import Proxy

_EYEBALLS_DELAY = 0.25
"""Seconds before the next address of a host is tried beside the one before (RFC 8305)."""

_MAX_PROXY_ANSWER = 16 * 1024

# An example URL would be taken for one with a password, and not be shown.
_LOGIN = "the proxy wants a user and a password; they stand before the host in its URL, with an @ behind"


async def dial(
    endpoint: Endpoint,
    factory: Callable[[], ClientProtocol],
    tls: ssl.SSLContext | None,
    proxy: Proxy | None,
    tls_name: str = "",
) -> ClientProtocol:
    """Connect to an endpoint.

    Args:
        endpoint: Where to connect.
        factory: Makes the protocol object.
        tls: TLS settings, or None for plaintext.
        proxy: HTTP proxy to connect through.
        tls_name: Host name that the server's certificate must be for, if not the endpoint's.

    Raises:
        ConnectFailed: There is no connection, for a reason that is told.
    """
    loop = asyncio.get_running_loop()
    name = (tls_name or endpoint.host) if tls is not None else None
    try:
        if endpoint.path:
            _, protocol = await loop.create_unix_connection(factory, endpoint.path)
            return protocol
        if proxy is not None:
            sock = await _through_proxy(loop, proxy, endpoint)
            try:
                _, protocol = await loop.create_connection(factory, sock=sock, ssl=tls, server_hostname=name)
            except BaseException:
                sock.close()
                raise
            return protocol
        options: dict[str, Any] = {}
        if isinstance(loop, asyncio.BaseEventLoop):  # other loops do not know this option
            options["happy_eyeballs_delay"] = _EYEBALLS_DELAY
        host, port = endpoint.host, endpoint.port
        _, protocol = await loop.create_connection(factory, host, port, ssl=tls, server_hostname=name, **options)
        return protocol
    except OSError as error:
        raise explain(error, endpoint) from error


def explain(error: OSError, endpoint: Endpoint) -> ConnectFailed:
    """Say what a failure to connect means, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectFailed(
            f"the server's certificate is not trusted: {error.verify_message}",
            hint="if the server has a certificate of your own authority, pass ca_cert_file=",
            permanent=True,
        )
    if isinstance(error, ssl.SSLError):
        plain = error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
        return ConnectFailed(
            "the endpoint does not speak TLS" if plain else alert(error),
            hint="write http:// or pass insecure=True for a plaintext endpoint" if plain else None,
            permanent=True,
        )
    if isinstance(error, socket.gaierror):
        return ConnectFailed(
            f"the host {endpoint.host!r} cannot be resolved",
            hint="check the spelling of the endpoint and the network",
            permanent=error.errno != socket.EAI_AGAIN,
        )
    if isinstance(error, ConnectionRefusedError):
        return ConnectFailed("connection refused", hint="is the server running there?")
    if endpoint.path and isinstance(error, (FileNotFoundError, PermissionError)):
        return ConnectFailed(f"the socket cannot be opened: {error.strerror}", hint="is the server running there?")
    if isinstance(error, ConnectionError):
        return ConnectFailed(
            "the server closed the connection while it was being made",
            hint="an endpoint that wants plaintext does this when it is spoken to in TLS, and the other way round",
        )
    return ConnectFailed(os.strerror(error.errno) if error.errno else str(error))


def alert(error: ssl.SSLError) -> str:
    """What the server says about TLS, before a connection stands or, in TLS 1.3, right after."""
    reason = error.reason or ""
    if reason.endswith("ALERT_CERTIFICATE_REQUIRED"):
        return f"the server wants a certificate of the client: {_MUTUAL}"
    if reason.endswith("ALERT_HANDSHAKE_FAILURE"):  # all that TLS 1.2 says when a certificate is missing
        return f"the server refused the TLS handshake; perhaps it wants a certificate of the client: {_MUTUAL}"
    if reason.endswith(("ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED")) or "ALERT_CERTIFICATE_" in reason:
        return f"the server does not take the client's certificate ({reason})"
    return f"TLS failed: {reason or error}"


_MUTUAL = "pass certificate_chain= and private_key="


async def _through_proxy(loop: asyncio.AbstractEventLoop, proxy: Proxy, endpoint: Endpoint) -> socket.socket:
    """Open a tunnel with HTTP CONNECT (RFC 9110 section 9.3.6)."""
    where = f"the HTTP proxy {proxy.host}:{proxy.port}"
    try:
        addresses = await loop.getaddrinfo(proxy.host, proxy.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise ConnectFailed(f"the host of {where} cannot be resolved", permanent=True) from error
    sock = await _first_that_connects(loop, addresses, where)
    try:
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        target = f"{host}:{endpoint.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.authorization:
            lines.append(f"Proxy-Authorization: {proxy.authorization}")
        await loop.sock_sendall(sock, ("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        status = await _proxy_status(loop, sock, where)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            raise ConnectFailed(f"{where} closed the connection") from error
        raise
    if not 200 <= status < 300:
        sock.close()
        raise ConnectFailed(
            f"{where} refused to connect to {target} (HTTP {status})",
            hint=_LOGIN if status == 407 else None,
            permanent=status < 500,
        )
    return sock


async def _first_that_connects(loop: asyncio.AbstractEventLoop, addresses: list[Any], where: str) -> socket.socket:
    last: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
        else:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise ConnectFailed(f"{where} cannot be reached: {last.strerror if last is not None else 'no address'}") from last


async def _proxy_status(loop: asyncio.AbstractEventLoop, sock: socket.socket, where: str) -> int:
    """Read the proxy's answer and no byte more: what follows belongs to the tunnel."""
    answer = bytearray()
    while not answer.endswith(b"\r\n\r\n"):
        byte = await loop.sock_recv(sock, 1)
        if not byte or len(answer) > _MAX_PROXY_ANSWER:
            raise ConnectFailed(f"{where} did not answer with HTTP")
        answer += byte
    parts = bytes(answer).split(b" ", 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1][:3].isdigit():
        raise ConnectFailed(f"{where} did not answer with HTTP")
    return int(parts[1][:3])
