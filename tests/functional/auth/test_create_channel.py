"""Every parameter and keyword of `create_channel` does what its table says."""

from __future__ import annotations

import base64
import ssl
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trustme

import remora
from remora.channel.server import serve
from remora.errors import ConfigError, ConfigWarning, Unauthenticated, Unavailable
from remora_api.google.protobuf import StringValue

Call = Callable[..., Any]


@pytest.fixture
async def made() -> Any:
    """Channels that are closed at the end."""
    channels: list[Any] = []

    async def make(*arguments: Any, **keywords: Any) -> Any:
        channels.append(await remora.create_channel(*arguments, **keywords))
        return channels[-1]

    yield make
    for each in channels:
        each.close()


async def _call(site: Any, channel: Any, text: str = "hello") -> str:
    return str((await channel.unary_unary(site.echo.UNARY, StringValue(value=text))).value)


def _key(site: Any, secret: str, org: str = "None") -> str:
    return base64.b64encode(f"{site.url}:remora-service:{secret}:{org}".encode()).decode()


async def test_an_endpoint_alone(site: Any, made: Call, person: Any) -> None:
    assert await _call(site, await made(site.url)) == "hello"
    assert len(person.opened) == 1


async def test_an_api_key_alone(make_site: Any, made: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    site = make_site()
    site.provider.client_secret = "no-colon/+ %"
    key = _key(site, "no-colon/+ %")
    assert await _call(site, await made(api_key=key)) == "hello"
    assert await _call(site, await made(None, key)) == "hello"
    for name in ("UNION_API_KEY", "FLYTE_API_KEY"):
        with monkeypatch.context() as patch:
            patch.setenv(name, key)
            assert await _call(site, await made()) == "hello"


@pytest.mark.parametrize("name", ["client_secret", "client_credentials_secret"])
async def test_both_names_of_the_secret(site: Any, made: Call, name: str) -> None:
    channel = await made(
        site.url, client_id="remora-service", scopes=["a", "b"], audience="aud", **{name: site.provider.client_secret}
    )
    assert await _call(site, channel) == "hello"
    assert site.token_requests == [{"grant_type": "client_credentials", "scope": "a b", "audience": "aud"}]


async def test_streams_have_tokens_too(site: Any, made: Call) -> None:
    secret = site.provider.client_secret
    channel = await made(site.url, auth_type="client-secret", client_id="remora-service", client_secret=secret)
    numbers = [each.value async for each in channel.unary_stream(site.echo.COUNT, StringValue(value="2"))]
    joined = await channel.stream_unary(site.echo.JOIN, [StringValue(value="a"), StringValue(value="b")])
    assert (numbers, joined.value) == (["0", "1"], "a,b")
    assert len(site.token_requests) == 1


async def test_the_parameters_of_pkce(site: Any, made: Call, person: Any, unused_port: int) -> None:
    channel = await made(
        site.url,
        auth_type="Pkce",
        redirect_uri=f"http://localhost:{unused_port}/back",
        request_auth_code_params={"prompt": "login"},
        request_access_token_params={"one": "1"},
        refresh_access_token_params={"two": "2"},
        add_request_auth_code_params_to_request_access_token_params=True,
    )
    assert await _call(site, channel) == "hello"
    site.expire_all()
    assert await _call(site, channel) == "hello"
    first, second = site.token_requests
    assert person.asked()["redirect_uri"] == f"http://localhost:{unused_port}/back"
    assert (first["prompt"], first["one"], second["two"]) == ("login", "1", "2")


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def test_commands_and_headers(make_site: Any, made: Call) -> None:
    site = make_site("x-token")
    token = site.grants.tokens("svc", "svc", "")["access_token"]
    printing = [sys.executable, "-c", f"print({token!r})"]
    channel = await made(site.url, auth_type="ExternalCommand", command=printing, header_key="X-Token")
    assert await _call(site, channel) == "hello"
    assert site.echo.seen[0]["x-token"] == f"Bearer {token}"


async def test_a_command_for_a_proxy(site: Any, made: Call) -> None:
    script = "import os; print('for-the-proxy-' + os.environ['WHO'])"
    channel = await made(
        site.url,
        proxy_command=[sys.executable, "-c", script],
        proxy_env={"WHO": "me"},
        proxy_timeout=30.0,
        client_id="remora-service",
        client_secret=site.provider.client_secret,
    )
    assert await _call(site, channel) == "hello"
    assert site.echo.seen[0]["proxy-authorization"] == "Bearer for-the-proxy-me"


async def test_a_session_makes_the_token_requests(site: Any, made: Call) -> None:
    requests: list[str] = []

    async def note(request: httpx.Request) -> None:
        requests.append(str(request.url))

    async with httpx.AsyncClient(trust_env=False, event_hooks={"request": [note]}) as session:
        channel = await made(
            site.url,
            http_session=session,
            client_id="remora-service",
            client_secret=site.provider.client_secret,
        )
        assert await _call(site, channel) == "hello"
        assert requests == [f"{site.provider.url}/token"]
        assert not session.is_closed


async def test_passthrough(site: Any, made: Call) -> None:
    channel = await made(site.url, auth_type="Passthrough")
    token = site.grants.tokens("svc", "svc", "")["access_token"]
    with remora.auth_metadata(("authorization", f"Bearer {token}")):
        assert await _call(site, channel) == "hello"
    with pytest.raises(Unauthenticated):
        await _call(site, channel)
    assert site.token_requests == []


async def test_options_and_compression(site: Any, made: Call) -> None:
    channel = await made(
        site.url,
        grpc_options=[("grpc.primary_user_agent", "mine/1"), ("grpc.keepalive_time_ms", 45_000)],
        compression="gzip",
    )
    assert channel.user_agent.startswith("mine/1 ")
    assert (channel.options.keepalive, channel.options.compression) == (45.0, "gzip")
    channel = await made(site.url, options=[("grpc.max_receive_message_length", 1000)], compression="none")
    assert (channel.options.max_message_bytes, channel.options.compression) == (1000, None)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def secured(authority: trustme.CA) -> Any:
    """A TLS endpoint that wants a certificate of its clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    from remora.channel.service import ServerBase

    class Open(ServerBase):
        pass

    async with await serve([Open()], tls=context) as server:
        yield server.url


async def test_certificates(site: Any, made: Call, secured: str, authority: trustme.CA, tmp_path: Any) -> None:
    mine = authority.issue_cert("client@example.com")
    pair = {
        "certificate_chain": b"".join(each.bytes() for each in mine.cert_chain_pems),
        "private_key": mine.private_key_pem.bytes(),
    }
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    context = ssl.create_default_context(cafile=ca)
    mine.configure_cert(context)
    ways = [
        {"root_certificates": authority.cert_pem.bytes(), **pair},
        {"ca_cert_file_path": ca, **pair},
        {"ca_cert_path": str(ca), **pair},
        {"ssl_credentials": context},
    ]
    for way in ways:
        channel = await made(secured, **way)
        with pytest.raises(remora.errors.Unimplemented):
            await _call(site, channel)
    for unverified in ({"insecure_skip_verify": True}, {"verify": False}):
        with pytest.warns(ConfigWarning, match="not checked"):
            channel = await made(secured, **unverified, **pair)
        with pytest.raises(remora.errors.Unimplemented):
            await _call(site, channel)
    with pytest.raises(Unavailable):
        await _call(site, await made(secured, **pair))


async def test_proxies(site: Any, made: Call) -> None:
    for way in (
        {"http_proxy_url": "http://127.0.0.1:1"},
        {"proxy_env": {"https_proxy": "http://127.0.0.1:1"}},
    ):
        once = [("grpc.enable_retries", 0)]
        channel = await made("https://flyte.invalid", proxy_timeout=20.0, grpc_options=once, **way)
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1"):
            await channel.unary_unary(site.echo.UNARY, StringValue())
        assert channel.options.connect_timeout == 20.0


KEY = base64.b64encode(b"h.example:c:hush:o").decode()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "no endpoint"),
        ({"api_key": "hush"}, "API key"),
        ({"endpoint": "h", "api_key": KEY}, "endpoint .*api_key|api_key.* endpoint"),
        ({"api_key": KEY, "client_id": "x"}, "api_key.*client_id"),
        ({"api_key": KEY, "auth_type": "Pkce"}, "api_key.*auth_type"),
        ({"endpoint": "h", "insecure": True, "ca_cert_file_path": "x"}, "insecure=True contradicts ca_cert_file"),
        ({"endpoint": "h", "insecure": True, "root_certificates": b"x"}, "insecure=True contradicts root_certificates"),
        ({"endpoint": "https://h", "insecure": True}, "insecure=True .*contradicts the endpoint"),
        (
            {"endpoint": "h", "verify": True, "insecure_skip_verify": True},
            "verify=True contradicts insecure_skip_verify",
        ),
        (
            {"endpoint": "h", "ca_cert_path": "a", "ca_cert_file_path": "b"},
            "ca_cert_file_path contradicts ca_cert_path",
        ),
        (
            {"endpoint": "h", "client_secret": "hush", "client_credentials_secret": "hush2"},
            "client_secret contradicts client_credentials_secret",
        ),
        ({"endpoint": "h", "options": [], "grpc_options": [("a", 1)]}, "grpc_options contradicts options"),
        ({"endpoint": "h", "grpc_options": [("grpc.no_such", 1)]}, "'grpc.no_such' is not supported"),
        ({"endpoint": "h", "compression": "brotli"}, "compression must be gzip or none"),
        ({"endpoint": "h", "auth_type": "Kerberos"}, "'Kerberos', which is no way to log in"),
        ({"endpoint": "h", "auth_type": "ClientSecret", "client_id": "x"}, "needs a client_secret"),
        ({"endpoint": "h", "auth_type": "ExternalCommand"}, "needs a command"),
        ({"endpoint": "h", "auth_type": "DeviceFlow", "redirect_uri": "http://localhost"}, "redirect_uri contradicts"),
        ({"endpoint": "h", "auth_type": "Passthrough", "header_key": "x"}, "header_key contradicts"),
        ({"endpoint": "h", "private_key": b"x"}, "private_key is given without certificate_chain"),
        ({"endpoint": "h", "scopess": ["x"]}, "no keyword 'scopess'.*did you mean scopes"),
        ({"endpoint": "h", "proxy_timeout": 0.0, "http_proxy_url": "http://p"}, "connect_timeout must be more than 0"),
    ],
)
async def test_what_cannot_be(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        await remora.create_channel(**arguments)
    assert "hush" not in str(caught.value)
