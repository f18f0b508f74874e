"""Real OAuth 2 providers, and a control plane that names them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.parse
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from remora.auth import device, prompt, setup
from remora.auth.http import Limits
from remora.channel.method import Method, Shape
from remora.channel.server import serve
from remora.channel.service import ServerBase, ServerContext
from remora.errors import Unauthenticated
from remora_api.flyteidl2.auth import (
    AuthMetadataServiceBase,
    GetOAuth2MetadataRequest,
    GetOAuth2MetadataResponse,
    GetPublicClientConfigRequest,
    GetPublicClientConfigResponse,
)
from remora_api.google.protobuf import StringValue

HERE = Path(__file__).resolve().parent
SECRET = 's3cr:et/+ %"~x'
DJANGO = ("django-oauth-toolkit==3.4.1", "django<6", "oauthlib<4")
NODE = "oidc-provider@9.13.3"


@dataclass
class Provider:
    """A running provider and what its clients are called.

    Attributes:
        kind: Its name.
        document: Its RFC 8414 document.
        people: Client of logins with a browser.
        devices: Client of logins on another device.
        scope: What to ask for.
        invalid: Its codes for a wrong secret.
    """

    kind: str
    document: dict[str, Any]
    people: str
    devices: str
    scope: list[str]
    invalid: tuple[str, ...] = ("invalid_client",)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where installed peers are kept; REMORA_PEERS_HOME keeps them between runs."""
    return Path(os.environ.get("REMORA_PEERS_HOME") or tmp_path_factory.mktemp("peers"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], folder: Path, document: str) -> Iterator[dict[str, Any]]:
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            while line and "listening" not in line:
                line = process.stdout.readline()
            assert line, process.stderr.read()
            for stream in (process.stdout, process.stderr):  # a full pipe would stop it
                threading.Thread(target=stream.read, daemon=True).start()
            yield httpx.get(document, timeout=30, trust_env=False).json()
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="session")
def oidc_provider(home: Path) -> Iterator[Provider]:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, and oidc-provider comes from there")
    folder = home / "oidc-provider"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--silent", "--no-fund", "--no-audit", NODE], cwd=folder, check=True)
        (folder / "installed").touch()
    shutil.copy(HERE / "oidc_provider.mjs", folder)
    port = _free_port()
    document = f"http://localhost:{port}/.well-known/openid-configuration"
    with _running(["node", "oidc_provider.mjs", str(port), SECRET], folder, document) as found:
        yield Provider("oidc-provider", found, "people", "people", ["openid", "offline_access", "all"])


@pytest.fixture(scope="session")
def django_provider(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder = home / "django-oauth-toolkit"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *DJANGO], check=True)
        (folder / "installed").touch()
    port = _free_port()
    database = tmp_path_factory.mktemp("django") / "db.sqlite3"
    command = [str(python), str(HERE / "django_provider.py"), str(port), SECRET, str(database)]
    document = f"http://localhost:{port}/.well-known/oauth-authorization-server"
    with _running(command, HERE, document) as found:
        # Its document does not name this one; a control plane would be told it.
        found.setdefault("device_authorization_endpoint", f"http://localhost:{port}/o/device-authorization/")
        yield Provider("django", found, "people", "devices", ["all"])


@pytest.fixture(params=["oidc_provider", "django_provider"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return request.getfixturevalue(str(request.param))


class Echo(ServerBase):
    """Lets any token in that it was not told to refuse."""

    UNARY = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {"unary": UNARY}

    def __init__(self) -> None:
        self.refused: set[str] = set()
        self.tokens: list[str] = []

    async def unary(self, request: StringValue, context: ServerContext) -> StringValue:
        scheme, _, token = str(context.metadata.get("authorization", "")).partition(" ")
        if scheme != "Bearer" or token in self.refused:
            raise Unauthenticated("no")
        self.tokens.append(token)
        return request

    def refuse_all(self) -> None:
        """Take no token that was seen before."""
        self.refused.update(self.tokens)


class Metadata(AuthMetadataServiceBase):
    def __init__(self) -> None:
        self.provider: Provider | None = None
        self.client_id = ""

    async def get_oauth2_metadata(
        self, request: GetOAuth2MetadataRequest, context: ServerContext
    ) -> GetOAuth2MetadataResponse:
        assert self.provider is not None
        return GetOAuth2MetadataResponse.from_dict(self.provider.document, ignore_unknown_fields=True)

    async def get_public_client_config(
        self, request: GetPublicClientConfigRequest, context: ServerContext
    ) -> GetPublicClientConfigResponse:
        assert self.provider is not None
        return GetPublicClientConfigResponse(client_id=self.client_id, scopes=self.provider.scope)


@dataclass
class Plane:
    """A control plane of one service, on a thread of its own."""

    echo: Echo = field(default_factory=Echo)
    metadata: Metadata = field(default_factory=Metadata)
    url: str = ""

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        async with await serve([self.echo, self.metadata]) as server:
            self.url = server.url
            ready.set()
            await stop.wait()


@pytest.fixture
def plane(provider: Provider) -> Iterator[Plane]:
    made, ready = Plane(), threading.Event()
    made.metadata.provider, made.metadata.client_id = provider, provider.people
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(made.serve(ready, stop)))
    thread.start()
    assert ready.wait(20)
    yield made
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("FLYTE", "UCTL", "UNION", "XDG")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(setup, "Link", functools.partial(setup.Link, limits=Limits(seconds=120)))  # for busy machines
    monkeypatch.setattr(device, "MIN_INTERVAL", 0.2)
    monkeypatch.setattr(device, "_INTERVAL", 0.2)  # oidc-provider names none


_FORM = re.compile(r"<form[^>]*?action=\"([^\"]*)\"[^>]*>(.*?)</form>|<form[^>]*>(.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<(?:input|button)[^>]*>")


class Browser:
    """Fills in whatever pages a provider shows; `deny` presses the other button of the last one."""

    def __init__(self, *, deny: bool = False) -> None:
        self.deny = deny
        self.pages: list[str] = []
        self._http = httpx.Client(timeout=30, trust_env=False)
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> bool:
        self._threads.append(threading.Thread(target=self.visit, args=(url,)))
        self._threads[-1].start()
        return True

    def visit(self, url: str, **typed: str) -> None:
        """Go to a page and through all that come after it."""
        answer = self._http.get(url)
        for _ in range(30):
            self.pages.append(answer.text)
            if answer.is_redirect:
                answer = self._http.get(urllib.parse.urljoin(str(answer.url), answer.headers["location"]))
                continue
            found = _FORM.search(answer.text)
            if found is None:
                break
            inside = found[2] if found[2] is not None else found[3]
            fields = dict(self._filled(inside)) | typed
            typed = {}
            if self.deny:
                abort = re.search(r"href=\"([^\"]*abort[^\"]*)\"", answer.text)
                fields.pop("allow", None)
                if abort is not None:
                    answer = self._http.get(urllib.parse.urljoin(str(answer.url), abort[1]))
                    continue
            target = urllib.parse.urljoin(str(answer.url), (found[1] or "").replace("&amp;", "&"))
            answer = self._http.post(target, data=fields)
        self._http.close()

    def _filled(self, inside: str) -> Iterator[tuple[str, str]]:
        for tag in _INPUT.findall(inside):
            name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
            if name is None:
                continue
            pressed = value[1] if value is not None else ""
            if name[1] == "action":  # two buttons of one name
                pressed = "deny" if self.deny else "accept"
            elif name[1] in ("login", "password"):
                pressed = "someone"
            elif name[1] == "abort" and not self.deny:
                continue
            yield name[1], pressed

    def done(self) -> None:
        for each in self._threads:
            each.join(60)


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    made = Browser()
    monkeypatch.setattr(prompt, "open_url", lambda url: made.open(url))
    monkeypatch.setattr(prompt, "is_interactive", lambda: True)
    yield made
    made.done()
