"""One object for the security of calls and of HTTP requests."""

from __future__ import annotations

import asyncio
import pickle
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any, ClassVar

import httpx
import pytest
import trustme

from remora.channel import parse_endpoint
from remora.channel.security import Certificates, TransportSecurity
from remora.errors import ConfigError

PASSWORD = "hunter2hunter2"


class TlsServer:
    """Says which ALPN protocol and which client certificate each connection came with."""

    def __init__(self) -> None:
        self.seen: list[tuple[str | None, bool]] = []
        self.requests: list[bytes] = []
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        self.seen.append((tls.selected_alpn_protocol(), bool(tls.getpeercert())))
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def clients(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("client@example.com")


@pytest.fixture
async def server(authority: trustme.CA) -> AsyncIterator[TlsServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["h2", "http/1.1"])
    server = TlsServer()
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=context)
    server.url = f"https://localhost:{listening.sockets[0].getsockname()[1]}"
    yield server
    listening.close()


async def fetch(security: TransportSecurity, url: str) -> str:
    async with httpx.AsyncClient(**security.async_http_options(url)) as client:
        return (await client.get(url)).text


def fetch_blocking(security: TransportSecurity, url: str) -> str:
    with httpx.Client(**security.http_options(url)) as client:
        return client.get(url).text


async def open_h2(security: TransportSecurity, url: str) -> None:
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("localhost", port, ssl=security.h2_context())
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.write(b"\r\n\r\n")
    assert (await reader.read()).endswith(b"ok")
    writer.close()


def materials(authority: trustme.CA, clients: trustme.LeafCert, form: str, folder: Any) -> TransportSecurity:
    chain = b"".join(blob.bytes() for blob in clients.cert_chain_pems)
    key = clients.private_key_pem.bytes()
    if form == "bytes":
        return TransportSecurity(certificates=Certificates(authority.cert_pem.bytes(), chain, key))
    if form == "files":
        for name, data in (("ca", authority.cert_pem.bytes()), ("chain", chain), ("key", key)):
            (folder / name).write_bytes(data)
        return TransportSecurity(
            ca_cert_file=str(folder / "ca"), certificates=Certificates(None, folder / "chain", str(folder / "key"))
        )
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    clients.configure_cert(context)
    return TransportSecurity(certificates=Certificates(ssl_context=context))


@pytest.mark.parametrize("form", ["bytes", "files", "context"])
async def test_calls_and_requests_show_the_same_certificate_and_speak_their_own_protocol(
    server: TlsServer, authority: Any, clients: Any, form: str, tmp_path: Any
) -> None:
    security = materials(authority, clients, form, tmp_path)
    await open_h2(security, server.url)
    assert await fetch(security, server.url) == "ok"
    assert await asyncio.to_thread(fetch_blocking, security, server.url) == "ok"
    await open_h2(security, server.url)
    assert server.seen == [("h2", True), ("http/1.1", True), ("http/1.1", True), ("h2", True)]
    assert security.h2_context() is security.h2_context()


async def test_calls_and_requests_do_not_trust_another_authority(server: TlsServer) -> None:
    security = TransportSecurity(certificates=Certificates(trustme.CA().cert_pem.bytes()))
    with pytest.raises(ssl.SSLCertVerificationError):
        await open_h2(security, server.url)
    with pytest.raises(httpx.ConnectError):
        await fetch(security, server.url)


async def test_skipping_the_check_holds_for_both_and_keeps_no_certificate(server: TlsServer) -> None:
    security = TransportSecurity(insecure_skip_verify=True)
    await open_h2(security, server.url)
    assert await fetch(security, server.url) == "ok"
    assert not security.h2_context().get_ca_certs()
    assert not security.http_context().get_ca_certs()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"certificate_chain": b"x"}, "certificate_chain is given without private_key"),
        ({"private_key": b"x"}, "private_key is given without certificate_chain"),
        ({"ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)}, "ssl_context is one for servers"),
        ({"ssl_context": "x"}, "ssl_context must be an ssl.SSLContext, not str"),
        ({"root_certificates": 5}, "root_certificates must be PEM bytes or a path, not int"),
        (
            {"ssl_context": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "root_certificates": b"x"},
            "ssl_context contradicts root_certificates",
        ),
    ],
)
def test_contradictions_are_told(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Certificates(**given).check()


def encrypted(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    loaded = form.load_pem_private_key(key, None)
    return loaded.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(PASSWORD.encode())
    )


def test_certificates_that_cannot_be_used(authority: Any, clients: Any, tmp_path: Any) -> None:
    chain, key = clients.cert_chain_pems[0].bytes(), clients.private_key_pem.bytes()
    other = authority.issue_cert("other@example.com").private_key_pem.bytes()
    for certificates, message in (
        (Certificates(b"no"), "root_certificates holds no usable certificate in PEM form"),
        (Certificates(b"\xff"), "root_certificates holds no usable certificate in PEM form"),
        (Certificates(tmp_path / "gone"), "root_certificates '.*gone' cannot be read: No such file"),
        (Certificates(None, chain, other), "cannot be used: they do not belong together"),
        (Certificates(None, b"no", b"no"), "cannot be used: they are not PEM"),
        (Certificates(None, tmp_path / "gone", key), "certificate_chain or private_key.* cannot be read: No such file"),
        (Certificates(None, chain, encrypted(key)), "private_key is encrypted"),
    ):
        with pytest.raises(ConfigError, match=message) as caught:
            TransportSecurity(certificates=certificates).h2_context()
        assert "PRIVATE KEY" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"ca_cert_file '.*gone' cannot be read: No such file"):
        TransportSecurity(ca_cert_file=str(tmp_path / "gone")).http_context()


def test_it_shows_no_key_and_can_be_pickled(clients: Any) -> None:
    chain, key = clients.cert_chain_pems[0].bytes(), clients.private_key_pem.bytes()
    security = TransportSecurity(
        certificates=Certificates(None, chain, key), http_proxy_url=f"http://me:{PASSWORD}@proxy:1"
    )
    security.h2_context()
    shown = f"{security} {security.certificates} {security!r} {[security.certificates]}"
    assert "PRIVATE KEY" not in shown
    assert PASSWORD not in shown
    copy = pickle.loads(pickle.dumps(security))
    assert copy == security
    assert copy != TransportSecurity()
    assert copy.h2_context() is not security.h2_context()
    assert "private_key" in repr(TransportSecurity(certificates=Certificates(private_key=key)))  # no check in a repr
    with pytest.raises(ConfigError, match="ssl_context cannot be pickled"):
        pickle.dumps(TransportSecurity(certificates=Certificates(ssl_context=ssl.create_default_context())))


@pytest.mark.parametrize(
    "url", ["https://h:port/?sig=hunter2hunter2", "ftp://h/?sig=hunter2hunter2", "/?hunter2hunter2"]
)
def test_what_is_not_an_http_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TransportSecurity().http_options(url)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


# Proxies -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def proxy() -> Iterator[Any]:
    """An HTTP proxy that answers by itself, on a thread of its own; what it was asked is in `asked`."""
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        asked: ClassVar[list[tuple[str, str, str | None]]] = []

        def do_GET(self) -> None:
            self.asked.append((self.command, self.path, self.headers.get("Proxy-Authorization")))
            self.send_response(200 if self.command == "GET" else 403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_CONNECT = do_GET

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Handler.asked.clear()
    server.asked = Handler.asked  # type: ignore[attr-defined]
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_requests_go_through_the_proxy(proxy: Any) -> None:
    address = f"127.0.0.1:{proxy.server_port}"
    for security in (
        TransportSecurity(http_proxy_url=f"http://me:pa%20ss@{address}"),
        TransportSecurity(
            environ={"http_proxy": f"http://me:pa%20ss@{address}", "https_proxy": f"me:pa%20ss@{address}"}
        ),
    ):
        proxy.asked.clear()
        assert fetch_blocking(security, "http://store.example.com/x") == ""
        with pytest.raises(httpx.ProxyError):
            fetch_blocking(security, "https://idp.example.com/token")
        assert proxy.asked == [
            ("GET", "http://store.example.com/x", "Basic bWU6cGEgc3M="),
            ("CONNECT", "idp.example.com:443", "Basic bWU6cGEgc3M="),
        ]


def test_which_proxy() -> None:
    def on_the_way(security: TransportSecurity, url: str) -> str | None:
        named = security.named_proxy(parse_endpoint(url).endpoint())
        return None if named is None else named.url

    given = TransportSecurity(http_proxy_url="p:1", environ={"https_proxy": "q:1", "no_proxy": "h"})
    assert on_the_way(given, "https://h") == on_the_way(given, "http://127.0.0.1") == "p:1"
    assert on_the_way(given, "unix:/s") is None
    environ = TransportSecurity(environ={"https_proxy": "q:1", "no_proxy": "store.example.com"})
    assert on_the_way(environ, "https://h") == "q:1"
    assert on_the_way(environ, "https://store.example.com") is None
    assert on_the_way(environ, "http://h") is None
    assert on_the_way(environ, "https://localhost") is None
    bad = TransportSecurity(environ={"https_proxy": f"socks5://me:{PASSWORD}@x"})
    with pytest.raises(ConfigError, match="the HTTP proxy of https_proxy has the scheme 'socks5'") as caught:
        bad.proxy(parse_endpoint("https://h").endpoint())
    assert PASSWORD not in str(caught.value)


def test_nothing_heavy_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; from remora.channel.security import TransportSecurity as T; T(ca_cert_file='x'); "
        "print([name for name in ('ssl', 'httpx', 'asyncio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
