"""Servers of other makers, each a process of its own.

All of them serve `/test.v1.Echo/Unary` and `/Safe`, which answer with the request, and `/Stream`, which gets "count
size" and streams so many messages. Some requests are commands: "held", "sent" and "runs TEXT" ask for counts, "hold
..." waits for `release`, "status CODE WORD" fails, and "gzip ...", "refuse ..." and "reset" do what they say where the
maker's library can.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from remora.channel import Channel, ChannelOptions, Method, RetryPolicy, Shape, parse_endpoint
from remora_api.google.protobuf import StringValue

HERE = Path(__file__).resolve().parent
UNARY = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
STREAM = Method("/test.v1.Echo/Stream", StringValue, StringValue, Shape.UNARY_STREAM)
IN_SESSION = bool(os.environ.get("REMORA_PEERS_INSTALL"))


@pytest.fixture(autouse=True)
def _only_in_its_session() -> None:
    if not IN_SESSION:
        pytest.skip("runs in `nox -s peers`, which installs the servers of other makers")


def command(maker: str) -> list[str]:
    """The command that starts a maker's server; skips the test if the maker is not here."""
    if maker == "grpclib":
        return [sys.executable, str(HERE / "grpclib_server.py")]
    if maker == "node":
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed")
        return [node, str(HERE / "server.mjs")]
    return [environment("grpcio", "grpcio>=1.76"), str(HERE / "grpcio_server.py")]


def environment(name: str, *requirements: str) -> str:
    """The Python of an environment that holds a peer; it is kept for later runs."""
    home = os.environ.get("REMORA_PEERS_HOME")
    python = Path(home or "/nonexistent") / name / "bin" / "python"
    marker = python.parents[1] / "installed"
    if not marker.exists():
        assert home, "REMORA_PEERS_HOME says where environments are kept"
        venv.create(python.parents[1], with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *requirements], check=True)
        marker.touch()
    return str(python)


class Peer:
    """A running server of another maker.

    Attributes:
        maker: Whose it is.
        port: Its port, also after a restart.
    """

    def __init__(self, maker: str, options: dict[str, Any]) -> None:
        self.maker = maker
        self.options = options
        self.port = 0
        self._command = command(maker)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        options = json.dumps({**self.options, "port": self.port})
        self._process = await asyncio.create_subprocess_exec(
            *self._command, options, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.port = (await self._line())["port"]

    async def tell(self, what: str) -> None:
        """Give the server a command, and wait until it is carried out."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n".encode())
        assert await self._line() == {"done": what}

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
            process._transport.close()  # type: ignore[attr-defined]

    async def _line(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), 60)
        read: dict[str, Any] = json.loads(line)
        return read


class Caller:
    """Calls of one channel to a peer."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    async def __call__(self, value: str, **options: Any) -> str:
        return (await self.channel.unary_unary(UNARY, StringValue(value=value), **options)).value

    def stream(self, count: int, size: int) -> Any:
        return self.channel.unary_stream(STREAM, StringValue(value=f"{count} {size}"))

    async def until(self, question: str, expected: Callable[[int], bool]) -> int:
        """Ask the server for a count until it is as expected."""
        for _ in range(6000):
            if expected(count := int(await self(question))):
                return count
            await asyncio.sleep(0.01)
        raise AssertionError(f"{question!r} is still {count}")


@pytest.fixture
async def peer(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Starts a server: `server = await peer("node", streams=3)`."""
    started: list[Peer] = []

    async def start(maker: str, **options: Any) -> Peer:
        made = Peer(maker, options)
        started.append(made)
        await made.start()
        return made

    yield start
    for each in started:
        await each.stop()


@pytest.fixture
async def calls() -> AsyncIterator[Any]:
    """Makes a caller of a peer: `call = calls(server, keepalive=1)`."""
    channels: list[Channel] = []

    def make(server: Peer, **options: Any) -> Caller:
        options = {"timeout": 30, "retry": RetryPolicy(initial=0.01, maximum=0.1), **options}
        endpoint = parse_endpoint(f"http://127.0.0.1:{server.port}").endpoint()
        channels.append(Channel(endpoint, options=ChannelOptions(**options)))
        return Caller(channels[-1])

    yield make
    for channel in channels:
        channel.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files: an authority, a server's certificate for localhost, a client's."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    server, client = authority.issue_cert("localhost", "127.0.0.1"), authority.issue_cert("me@example.com")
    paths = {name: str(folder / name) for name in ("ca", "cert", "key", "client_cert", "client_key")}
    authority.cert_pem.write_to_path(paths["ca"])
    for prefix, leaf in (("", server), ("client_", client)):
        leaf.cert_chain_pems[0].write_to_path(paths[f"{prefix}cert"])
        leaf.private_key_pem.write_to_path(paths[f"{prefix}key"])
    return paths


@pytest.fixture
def tinyproxy(tmp_path: Path, unused_tcp_port: int) -> Iterator[int]:
    """The port of a tinyproxy that wants the user "me" with the password "pass"."""
    program = shutil.which("tinyproxy")
    if program is None and IN_SESSION and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", "tinyproxy-bin"], check=False, stdout=subprocess.DEVNULL)
        program = shutil.which("tinyproxy")
    if program is None:
        pytest.skip("tinyproxy is not installed (Debian: tinyproxy-bin)")
    settings = tmp_path / "tinyproxy.conf"
    lines = (f"Port {unused_tcp_port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "BasicAuth me pass", "LogLevel Connect")
    settings.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, "-d", "-c", str(settings)], stdout=subprocess.DEVNULL)
    for _ in range(3000):
        try:
            socket.create_connection(("127.0.0.1", unused_tcp_port)).close()
            break
        except OSError:
            assert process.poll() is None, "tinyproxy ended"
            time.sleep(0.01)
    yield unused_tcp_port
    process.terminate()
    process.wait(timeout=30)
