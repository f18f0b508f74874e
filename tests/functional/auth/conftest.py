from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from remora.auth import device, prompt
from remora.channel.method import Method, Shape
from remora.channel.server import serve
from remora.channel.service import ServerBase, ServerContext
from remora.client import Client, current
from remora.dev.login.grants import Grants
from remora.dev.login.provider import LoginProvider
from remora.dev.login.services import Guarded, LoginMetadataService
from remora.dev.objects.http import HttpRequest, HttpResponse, HttpServer
from remora.errors import rpc_error
from remora_api.google.protobuf import StringValue

SECRET = 's3cr:et/+ %"~x'
PATH = "/test.v1.Echo/"


class Echo(ServerBase):
    """Answers with the request; remembers what headers said."""

    UNARY = Method(f"{PATH}Unary", StringValue, StringValue, Shape.UNARY_UNARY)
    COUNT = Method(f"{PATH}Count", StringValue, StringValue, Shape.UNARY_STREAM)
    JOIN = Method(f"{PATH}Join", StringValue, StringValue, Shape.STREAM_UNARY)

    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {"unary": UNARY, "count": COUNT, "join": JOIN}

    def __init__(self) -> None:
        self.seen: list[Mapping[str, str | bytes]] = []
        self.before_unary: Callable[[str], None] = lambda text: None

    async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
        self.seen.append(context.metadata)
        self.before_unary(request.value)
        if request.value.isdecimal():
            raise rpc_error(int(request.value), "as asked")
        return StringValue(value=request.value)

    async def count(self, request: StringValue, context: ServerContext) -> AsyncIterator[StringValue]:
        self.seen.append(context.metadata)
        for number in range(int(request.value)):
            yield StringValue(value=str(number))

    async def join(self, requests: AsyncIterator[StringValue], context: ServerContext) -> StringValue:
        self.seen.append(context.metadata)
        return StringValue(value=",".join([each.value async for each in requests]))


Interceptor = Callable[[HttpRequest], Awaitable["HttpResponse | None"]]


class Site:
    """An echo service behind logins, and their provider, on a thread of its own."""

    def __init__(self, header_key: str = "authorization", *, guarded: bool = True, metadata: bool = True) -> None:
        self.echo = Echo()
        self.grants = Grants()
        self.provider = LoginProvider(SECRET, grants=self.grants)
        self.intercept: Interceptor | None = None
        self.url = ""
        self._header_key = header_key
        self._guarded = guarded
        self._metadata = metadata
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="site")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    @property
    def token_requests(self) -> list[dict[str, str]]:
        return self.provider.requests

    def expire_all(self) -> None:
        """Let the server forget every access token, as after a change of its keys."""
        self.grants.access = {}

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        answer = None if self.intercept is None else await self.intercept(request)
        return answer or await self.provider.handle(request)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        http = HttpServer(self._handle)
        self.provider.url = f"http://127.0.0.1:{await http.start('127.0.0.1', 0)}"
        services: list[ServerBase] = [
            Guarded(self.echo, self.provider, self._header_key) if self._guarded else self.echo
        ]
        if self._metadata:
            services.append(LoginMetadataService(self.provider, self._header_key))
        server = await serve(services)
        self.url = server.url
        self._ready.set()
        await self._stop.wait()
        await server.aclose(grace=0)
        await http.close()

    def start(self) -> Site:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def stop(self) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


@pytest.fixture
def make_site() -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def made(*arguments: Any, **options: Any) -> Site:
        sites.append(Site(*arguments, **options).start())
        return sites[-1]

    yield made
    for each in sites:
        each.stop()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def client(site: Site) -> Iterator[Callable[..., Client]]:
    """Makes clients of the site, and closes them."""
    clients: list[Client] = []

    def made(**settings: Any) -> Client:
        clients.append(Client(settings.pop("endpoint", site.url), **{"timeout": 60.0, **settings}))
        return clients[-1]

    yield made
    for each in clients:
        each.close()


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings, tokens, browsers or terminals of the machine that runs the test."""
    for name in list(os.environ):
        if name.startswith(("FLYTE", "UCTL", "UNION", "XDG")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(current, "_default", None)
    monkeypatch.setattr(prompt, "open_url", lambda url: False)
    monkeypatch.setattr(prompt, "is_interactive", lambda: True)
    monkeypatch.setattr(device, "MIN_INTERVAL", 0.01)


class Person:
    """Someone who logs in with a browser: follows the page that was opened, and presses a button there."""

    def __init__(self, decision: str = "accept") -> None:
        self.decision = decision
        self.opened: list[str] = []
        self.pages: list[httpx.Response] = []
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> bool:
        self.opened.append(url)
        self._threads.append(threading.Thread(target=self._log_in, args=(url,)))
        self._threads[-1].start()
        return True

    def _log_in(self, url: str) -> None:
        with contextlib.suppress(httpx.HTTPError), httpx.Client(timeout=60, trust_env=False) as browser:
            browser.get(url)
            answer = browser.post(url, data={"decision": self.decision})
            self.pages.append(browser.get(answer.headers["location"]))

    def done(self) -> None:
        for each in self._threads:
            each.join(60)

    def asked(self) -> dict[str, str]:
        """Parameters of the page that was opened last."""
        return dict(parse_qsl(urlsplit(self.opened[-1]).query))


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    made = Person()
    monkeypatch.setattr(prompt, "open_url", made.open)
    yield made
    made.done()


@pytest.fixture
def call() -> Callable[..., str]:
    """Makes a blocking call of the echo service."""
    from remora.dual.portal import portal

    def made(client: Client, text: str = "hello", **options: Any) -> str:
        return portal.run(client.unary_unary(Echo.UNARY, StringValue(value=text), **options)).value

    return made
