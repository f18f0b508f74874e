"""Token endpoints that are slow, broken, in the way of something else, or somewhere they should not be."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from remora.auth.http import Answer, Http, Limits, refused, shown
from remora.auth.provider import find_provider
from remora.channel.security import TransportSecurity
from remora.dev.objects.http import HttpRequest, HttpResponse, HttpServer
from remora.errors import AuthError, LoginTimeout

QUICK = Limits(seconds=20, pause=0.001)
JSON = {"Content-Type": "application/json"}
GOOD = HttpResponse(200, JSON, b'{"access_token": "t"}')


class Endpoint:
    """A token endpoint that answers as it is told to."""

    def __init__(self) -> None:
        self.answers: list[HttpResponse | str] = []
        self.forms: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def handle(self, request: HttpRequest) -> HttpResponse:
        self.forms.append(b"".join([piece async for piece in request.body]))
        self.headers.append(dict(request.headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            await asyncio.Event().wait()
            raise AssertionError
        return answer


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    server = HttpServer(made.handle)
    made.url = f"http://127.0.0.1:{await server.start('127.0.0.1', 0)}/token"
    yield made
    await server.close()


def _http(limits: Limits = QUICK, **options: Any) -> Http:
    security = TransportSecurity(ca_cert_file=options.pop("ca", ""))
    return Http(lambda url: httpx.AsyncClient(**security.async_http_options(url)), limits=limits, **options)


async def _post(http: Http, url: str) -> Answer:
    return await http.post(url, "token endpoint", {"grant_type": "x", "secret": "hush"}, "Basic aHVzaA==")


async def test_what_is_sent(endpoint: Endpoint) -> None:
    endpoint.answers = [GOOD]
    answer = await _post(_http(), endpoint.url)
    assert answer == Answer(200, "application/json", {"access_token": "t"})
    (headers,) = endpoint.headers
    assert endpoint.forms == [b"grant_type=x&secret=hush"]
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert (headers["authorization"], headers["accept"]) == ("Basic aHVzaA==", "application/json")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_fault_that_passes(endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [HttpResponse(status), HttpResponse(status, {"Retry-After": "0"}), GOOD]
    assert (await _post(_http(), endpoint.url)).status == 200
    assert len(endpoint.forms) == 3


async def test_a_fault_that_stays(endpoint: Endpoint) -> None:
    endpoint.answers = [HttpResponse(503, {"Content-Type": "text/html"}, b"<html>busy, hush</html>")]
    answer = await _post(_http(), endpoint.url)
    assert len(endpoint.forms) == 4
    error = refused(answer, "token endpoint", endpoint.url)
    assert "answered HTTP 503 with text/html and no OAuth error" in str(error)
    assert "busy" not in str(error)
    assert error.status == 503


async def test_a_refusal_is_final(endpoint: Endpoint) -> None:
    endpoint.answers = [HttpResponse(400, JSON, b'{"error": "invalid_grant"}')]
    assert (await _post(_http(), endpoint.url)).error == "invalid_grant"
    endpoint.answers = [HttpResponse(500, JSON, b'{"error": "server_error"}')]
    assert (await _post(_http(), endpoint.url)).error == "server_error"
    assert len(endpoint.forms) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(endpoint: Endpoint, status: int) -> None:
    endpoint.answers = [HttpResponse(status, {"Location": "http://127.0.0.1:1/elsewhere"}), GOOD]
    with pytest.raises(AuthError, match=f"redirect .HTTP {status}.*must not travel on"):
        await _post(_http(), endpoint.url)
    assert len(endpoint.forms) == 1


async def test_a_slow_endpoint(endpoint: Endpoint) -> None:
    endpoint.answers = ["slow"]
    with pytest.raises(LoginTimeout, match=r"did not answer within 0\.05 s"):
        await _post(_http(Limits(0.05, 0.001)), endpoint.url)
    assert 1 <= len(endpoint.forms) <= 4


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"access',
        b"\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    ],
    ids=["nothing", "half a head", "half a body", "HTTP/2"],
)
async def test_an_endpoint_that_hangs_up(sent: bytes) -> None:
    connections = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"hush")
        writer.write(sent)
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
        with pytest.raises(AuthError, match="cannot be reached") as caught:
            await _post(_http(), url)
    assert connections == 4
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_nobody_listens() -> None:
    with pytest.raises(AuthError, match=r"token endpoint at 127\.0\.0\.1:1 cannot be reached"):
        await _post(_http(), "http://127.0.0.1:1/token")


async def test_an_endless_answer(endpoint: Endpoint) -> None:
    endpoint.answers = [HttpResponse(200, JSON, b" " * (1024 * 1024 + 1))]
    with pytest.raises(AuthError, match="more than 1,048,576 bytes"):
        await _post(_http(), endpoint.url)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"text"', b"\xff", b"{", b"<html>"])
async def test_a_body_that_is_no_object(endpoint: Endpoint, body: bytes) -> None:
    endpoint.answers = [HttpResponse(403, {}, body)]
    answer = await _post(_http(), endpoint.url)
    assert (answer.body, answer.error) == (None, "")
    assert "HTTP 403 with no content" in str(refused(answer, "token endpoint", endpoint.url))


@pytest.mark.parametrize(
    "url",
    [
        "http://idp.example/token",
        "ftp://idp.example",
        "//idp.example",
        "",
        "https://u:p@h/t",
        "https://h/#x",
        "http://[",
    ],
)
async def test_where_secrets_do_not_go(url: str) -> None:
    with pytest.raises(AuthError) as caught:
        await _post(_http(), url)
    assert "u:p" not in str(caught.value)


def test_plaintext_that_the_user_asked_for() -> None:
    assert _http(plaintext_ok=True).check("http://idp.example/token", "token endpoint")


def test_what_a_provider_says_is_fit_to_be_shown() -> None:
    body = {"error": "invalid_grant", "error_description": "code hush-code is\x1b[31m old\n" + "x" * 1000}
    text = str(refused(Answer(400, "application/json", body), "token endpoint", "https://idp/t", ("hush-code",)))
    assert "hush" not in text
    assert "\x1b" not in text
    assert "refused: invalid_grant (code <redacted> is" in text
    assert len(text) < 500
    assert shown("a\u202eb") == "a b"


async def test_a_session_of_the_user(endpoint: Endpoint) -> None:
    endpoint.answers = [GOOD]
    async with httpx.AsyncClient(trust_env=False, headers={"x-mine": "1"}) as session:
        http = _http(session=session, loop=asyncio.get_running_loop())
        assert (await _post(http, endpoint.url)).status == 200
        answer = await asyncio.to_thread(lambda: asyncio.run(_post(http, endpoint.url)))
        assert answer.status == 200
        assert not session.is_closed
    assert [each["x-mine"] for each in endpoint.headers] == ["1", "1"]


async def test_certificates_of_the_client(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    seen = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        await reader.readuntil(b"hush")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/token"
        assert (await _post(_http(ca=str(tmp_path / "ca.pem")), url)).body == {}
        with pytest.raises(AuthError, match=r"is not trusted: .*CERTIFICATE_VERIFY_FAILED.*pass ca_cert_file="):
            await _post(_http(), url)
    assert seen == 1


Document = Callable[[str], dict[str, object]]


@pytest.mark.parametrize("spelling", ["snake", "camel"])
async def test_documents_of_a_control_plane(endpoint: Endpoint, spelling: str) -> None:
    token_endpoint = "token_endpoint" if spelling == "snake" else "tokenEndpoint"
    methods = f"{token_endpoint}_auth_methods_supported" if spelling == "snake" else "tokenEndpointAuthMethodsSupported"
    document = (
        f'{{"issuer": "https://idp", "{token_endpoint}": "https://idp/t", "{methods}": ["client_secret_post", 5]}}'
    )
    endpoint.answers = [HttpResponse(200, JSON, document.encode())]
    provider = await find_provider(None, _http(), endpoint.url.removesuffix("/token"))
    assert (provider.issuer, provider.token_endpoint) == ("https://idp", "https://idp/t")
    assert provider.auth_methods == ("client_secret_post",)


@pytest.mark.parametrize(
    "answer", [HttpResponse(404), HttpResponse(501), HttpResponse(200, JSON, b"{}"), HttpResponse(200, {}, b"<html>")]
)
async def test_a_control_plane_without_a_document(endpoint: Endpoint, answer: HttpResponse) -> None:
    endpoint.answers = [answer]
    assert (await find_provider(None, _http(), endpoint.url.removesuffix("/token"))).token_endpoint == ""
    assert len(endpoint.forms) == 1
    issuer = endpoint.url.removesuffix("/token")
    with pytest.raises(AuthError, match="has no document"):
        await find_provider(None, _http(), "https://h", issuer)


async def test_an_issuer_that_says_it_is_another(endpoint: Endpoint) -> None:
    endpoint.answers = [HttpResponse(200, JSON, b'{"issuer": "https://evil", "token_endpoint": "https://evil/t"}')]
    with pytest.raises(AuthError, match="names another issuer"):
        await find_provider(None, _http(), "https://h", endpoint.url.removesuffix("/token"))
