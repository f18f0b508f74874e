"""TLS with certificates that are right, and with all that can be wrong about them."""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import trustme

from remora import errors
from remora.channel import RetryPolicy
from remora.client import Client

Connect = Callable[..., Awaitable[str]]


@pytest.fixture
async def call(methods: Any, text: Any) -> AsyncIterator[Connect]:
    """Makes one call with a client of its own: `await call(url, **settings)`."""
    clients: list[Client] = []

    async def make(url: str, **settings: Any) -> str:
        client = Client(url, config_file=False, timeout=60, retry=RetryPolicy(attempts=1), **settings)
        clients.append(client)
        value: str = (await client.unary_unary(methods["unary"], text("x"))).value
        return value

    yield make
    for client in clients:
        await client.aclose()


async def refused(call: Connect, url: str, message: str, **settings: Any) -> errors.Unavailable:
    with pytest.raises(errors.Unavailable, match=message) as caught:
        await call(url, **settings)
    return caught.value


async def test_the_right_authority(
    start: Any, answer: Any, call: Connect, server_tls: Any, ca_file: str, authority: trustme.CA
) -> None:
    server, _ = await start(answer, server_tls=server_tls())
    context = ssl.create_default_context(cafile=ca_file)
    for settings in (
        {"ca_cert_file": ca_file},
        {"root_certificates": authority.cert_pem.bytes()},
        {"root_certificates": ca_file},
        {"ssl_context": context},
    ):
        for host in ("localhost", "127.0.0.1"):
            assert await call(f"https://{host}:{server.port}", **settings) == "x"
    assert {each.headers[":scheme"] for each in server.calls} == {"https"}


async def test_an_authority_that_nobody_knows(start: Any, answer: Any, call: Connect, server_tls: Any) -> None:
    server, _ = await start(answer, server_tls=server_tls())
    url = f"https://localhost:{server.port}"
    error = await refused(call, url, "certificate is not trusted")
    assert "ca_cert_file" in str(error.hint)
    assert not error.retriable
    await refused(call, url, "certificate is not trusted", root_certificates=trustme.CA().cert_pem.bytes())
    await refused(call, url, "certificate is not trusted", ssl_context=ssl.create_default_context())
    assert server.calls == []


async def test_a_certificate_for_another_host(
    start: Any, answer: Any, call: Connect, server_tls: Any, ca_file: str
) -> None:
    server, _ = await start(answer, server_tls=server_tls("api.example.com"))
    url = f"https://localhost:{server.port}"
    await refused(call, url, "not trusted: Hostname mismatch.*localhost", ca_cert_file=ca_file)
    override = [("grpc.ssl_target_name_override", "api.example.com")]
    assert await call(url, ca_cert_file=ca_file, grpc_options=override) == "x"
    await refused(call, url, "Hostname mismatch.*other", ca_cert_file=ca_file, grpc_options=[(override[0][0], "other")])


async def test_a_certificate_that_has_expired(
    start: Any, answer: Any, call: Connect, server_tls: Any, ca_file: str
) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    server, _ = await start(answer, server_tls=server_tls(not_before=now - 2 * day, not_after=now - day))
    await refused(
        call, f"https://localhost:{server.port}", "not trusted: certificate has expired", ca_cert_file=ca_file
    )


async def test_mutual_tls(
    start: Any, answer: Any, call: Connect, server_tls: Any, ca_file: str, authority: Any, tmp_path: Any
) -> None:
    server, _ = await start(answer, server_tls=server_tls(client_certificates=True))
    url = f"https://localhost:{server.port}"
    mine = authority.issue_cert("me@example.com")
    mine.private_key_and_cert_chain_pem.write_to_path(tmp_path / "mine.pem")
    chain, key = mine.cert_chain_pems[0].bytes(), mine.private_key_pem.bytes()
    loaded = ssl.create_default_context(cafile=ca_file)
    mine.configure_cert(loaded)
    for settings in (
        {"ca_cert_file": ca_file, "certificate_chain": chain, "private_key": key},
        {"ca_cert_file": ca_file, "certificate_chain": tmp_path / "mine.pem", "private_key": tmp_path / "mine.pem"},
        {"ssl_context": loaded},
    ):
        assert await call(url, **settings) == "x"
    await refused(call, url, "UNAVAILABLE", ca_cert_file=ca_file)
    assert len(server.calls) == 3


@pytest.fixture
def strict(server_tls: Any) -> Iterator[Callable[[ssl.TLSVersion], int]]:
    """Starts a server that takes one connection with a client's certificate and tells why it does not like it.

    Servers on asyncio close the connection without a word; this one sends the alerts of RFC 8446 section 6.
    """
    threads: list[threading.Thread] = []
    listening: list[socket.socket] = []

    def begin(version: ssl.TLSVersion) -> int:
        context = server_tls(client_certificates=True)
        context.maximum_version = version
        sock = socket.create_server(("127.0.0.1", 0))
        sock.settimeout(60)
        listening.append(sock)

        def serve() -> None:
            accepted, _ = sock.accept()
            with context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False) as wrapped:
                with contextlib.suppress(ssl.SSLError):
                    wrapped.do_handshake()
                raw = socket.socket(fileno=os.dup(wrapped.fileno()))
            with raw, contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(4096):  # closing with unread data would reset the connection, alert and all
                    pass

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        port: int = sock.getsockname()[1]
        return port

    yield begin
    for thread in threads:
        thread.join()
    for each in listening:
        each.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_mutual_tls_without_a_certificate_and_with_a_foreign_one(
    strict: Any, call: Connect, ca_file: str, version: ssl.TLSVersion
) -> None:
    url = f"https://localhost:{strict(version)}"
    error = await refused(call, url, "wants a certificate of the client", ca_cert_file=ca_file)
    assert "certificate_chain= and private_key=" in str(error)
    foreign = trustme.CA().issue_cert("me@example.com")
    url = f"https://localhost:{strict(version)}"
    await refused(
        call,
        url,
        "the server does not take the client's certificate",
        ca_cert_file=ca_file,
        certificate_chain=foreign.cert_chain_pems[0].bytes(),
        private_key=foreign.private_key_pem.bytes(),
    )


async def test_skipping_the_check(start: Any, answer: Any, methods: Any, text: Any, server_tls: Any) -> None:
    server, _ = await start(answer, server_tls=server_tls("api.example.com"))
    with pytest.warns(errors.ConfigWarning, match="anyone in between can read and change"):
        client = Client(f"https://localhost:{server.port}", config_file=False, insecure_skip_verify=True)
    assert (await client.unary_unary(methods["unary"], text("x"))).value == "x"
    assert client.config.security.h2_context().get_ca_certs() == []
    await client.aclose()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"insecure": True, "ca_cert_file": "x"}, "insecure=True contradicts ca_cert_file"),
        ({"insecure": True, "root_certificates": b"x"}, "insecure=True contradicts root_certificates"),
        ({"insecure": True, "insecure_skip_verify": True}, "insecure=True contradicts insecure_skip_verify"),
        (
            {"insecure": True, "ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},
            "insecure=True contradicts ssl_context",
        ),
        ({"insecure_skip_verify": True, "ca_cert_file": "x"}, "insecure_skip_verify .* contradicts ca_cert_file"),
        (
            {"insecure_skip_verify": True, "root_certificates": b"x"},
            "insecure_skip_verify contradicts root_certificates",
        ),
        ({"ca_cert_file": "x", "root_certificates": b"x"}, "ca_cert_file contradicts root_certificates"),
        (
            {"ca_cert_file": "x", "ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)},
            "ca_cert_file contradicts ssl_context",
        ),
        ({"certificate_chain": b"x"}, "certificate_chain is given without private_key"),
    ],
)
def test_contradictions_name_both(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.ConfigError, match=message):
        Client("h", config_file=False, **settings)
