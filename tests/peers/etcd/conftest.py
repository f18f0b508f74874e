"""A real etcd, the SDK that examples/etcd makes for it, and etcdctl as the judge."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remora.client import Client
from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "etcd"


@pytest.fixture(autouse=True, scope="session")
def _only_where_it_is() -> None:
    if not os.environ.get("REMORA_PEERS_INSTALL"):
        pytest.skip("runs in `nox -s peers`")
    missing = [name for name in ("etcd", "etcdctl") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed (Debian: etcd-server, etcd-client)")


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]


class Etcd:
    """A server with its data, which can be killed and started again at the same address."""

    def __init__(self, directory: Path, *options: str) -> None:
        client, peer = (f"http://127.0.0.1:{port}" for port in free_ports(2))
        self.url = client
        self._log = directory / "log"
        self._command = ["etcd", "--data-dir", str(directory / "data"), "--listen-client-urls", client]
        self._command += ["--advertise-client-urls", client, "--listen-peer-urls", peer]
        self._command += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]
        self._command += options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        self.ctl("endpoint", "health", "--dial-timeout=60s", "--command-timeout=60s")

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ctl(self, *arguments: str) -> str:
        """What etcdctl says."""
        done = subprocess.run(
            ["etcdctl", f"--endpoints={self.url}", *arguments],
            env={**os.environ, "ETCDCTL_API": "3"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr + self._log.read_text()[-2000:]
        return done.stdout

    def ctl_json(self, *arguments: str) -> Any:
        """The same, as JSON."""
        return json.loads(self.ctl(*arguments, "--write-out=json"))


@pytest.fixture(scope="session")
def etcd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Etcd]]:
    """Starts servers, and ends them after the tests."""
    with contextlib.ExitStack() as running:

        def start(*options: str) -> Etcd:
            server = Etcd(tmp_path_factory.mktemp("server"), *options)
            running.callback(server.kill)
            server.start()
            return server

        yield start


@pytest.fixture(scope="session")
def server(etcd_server: Callable[..., Etcd]) -> Etcd:
    """One server for all tests that leave it running; each test has a prefix of its own."""
    return etcd_server()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> bytes:
    """What the keys of a test begin with."""
    return f"{request.node.name}/".encode()


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The modules of the SDK: `entities`, `rpc` (etcdserverpb) and `auth` (authpb)."""
    out = tmp_path_factory.mktemp("sdk")
    settings = Settings(protos=EXAMPLE / "protos", manifest=EXAMPLE / "etcd.yaml", package="etcd_api")
    write.write(out, "etcd_api", render(settings))
    sys.path[:0] = [str(out), str(EXAMPLE)]
    names = {"entities": "entities", "rpc": "etcdserverpb", "auth": "authpb"}
    yield SimpleNamespace(**{name: importlib.import_module(f"etcd_api.{module}") for name, module in names.items()})
    sys.path.remove(str(out))
    sys.path.remove(str(EXAMPLE))


@pytest.fixture
def client(server: Etcd) -> Iterator[Client]:
    """A client of the server, which is the current one."""
    with Client(server.url) as client:
        yield client
