"""TLS, mutual TLS and an HTTP proxy, between our client and the programs of other makers."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from remora import errors
from remora.channel import Method, RetryPolicy, Shape
from remora.client import Client
from remora_api.google.protobuf import StringValue

MAKERS = ("grpcio", "grpclib", "node")
UNARY = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)


@pytest.fixture
async def call() -> AsyncIterator[Any]:
    """Makes one call with a client of its own: `await call(server, ca_cert_file=...)`."""
    clients: list[Client] = []

    async def make(server: Any, host: str = "localhost", **settings: Any) -> Client:
        once = RetryPolicy(attempts=1)
        url = f"https://{host}:{server.port}"
        clients.append(Client(url, config_file=False, timeout=30, retry=once, **settings))
        assert (await clients[-1].unary_unary(UNARY, StringValue(value="x"))).value == "x"
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.mark.parametrize("maker", MAKERS)
async def test_tls(peer: Any, call: Any, certificates: dict[str, str], maker: str) -> None:
    server = await peer(maker, tls=certificates)
    await call(server, ca_cert_file=certificates["ca"])
    await call(server, "127.0.0.1", ssl_context=ssl.create_default_context(cafile=certificates["ca"]))
    with pytest.raises(errors.Unavailable, match="certificate is not trusted"):
        await call(server)
    with pytest.raises(errors.Unavailable, match="Hostname mismatch"):
        await call(
            server, ca_cert_file=certificates["ca"], grpc_options=[("grpc.ssl_target_name_override", "example.com")]
        )
    with pytest.warns(errors.ConfigWarning, match="insecure_skip_verify"):
        await call(server, insecure_skip_verify=True)


@pytest.mark.parametrize("maker", MAKERS)
async def test_mutual_tls(peer: Any, call: Any, certificates: dict[str, str], maker: str) -> None:
    server = await peer(maker, tls={**certificates, "mutual": "yes"})
    mine = {"certificate_chain": certificates["client_cert"], "private_key": certificates["client_key"]}
    await call(server, ca_cert_file=certificates["ca"], **mine)
    with pytest.raises(errors.Unavailable) as caught:
        await call(server, ca_cert_file=certificates["ca"])
    if maker == "grpcio":
        assert "closed the connection" in str(caught.value) or "wants a certificate" in str(caught.value)
    await call(server, ca_cert_file=certificates["ca"], **mine)


@pytest.mark.parametrize("maker", MAKERS)
async def test_calls_through_tinyproxy(
    peer: Any, call: Any, certificates: dict[str, str], tinyproxy: int, maker: str
) -> None:
    server = await peer(maker, tls=certificates)
    await call(server, ca_cert_file=certificates["ca"], http_proxy_url=f"http://me:pass@127.0.0.1:{tinyproxy}")
    for login in ("", "me:wrong@"):
        with pytest.raises(errors.Unavailable, match=r"refused to connect to .* \(HTTP 40[17]\)") as caught:
            await call(server, ca_cert_file=certificates["ca"], http_proxy_url=f"http://{login}127.0.0.1:{tinyproxy}")
        assert "wrong" not in str(caught.value)


async def test_http_requests_through_tinyproxy(
    peer: Any, call: Any, certificates: dict[str, str], tinyproxy: int
) -> None:
    server = await peer("node", tls={**certificates, "mutual": "yes"})
    client = await call(
        server,
        ca_cert_file=certificates["ca"],
        certificate_chain=certificates["client_cert"],
        private_key=certificates["client_key"],
        http_proxy_url=f"http://me:pass@127.0.0.1:{tinyproxy}",
    )
    url = f"https://localhost:{server.port}/"
    async with httpx.AsyncClient(**client.config.security.async_http_options(url)) as session:
        assert (await session.get(url)).text == "over HTTP/1.1"
