"""Uploads: how fast they are beside `curl -T` and the official SDK, and how much memory they take."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from processes import environment
from startup import PEERS

HERE = Path(__file__).resolve().parent
ROUNDS = 5
PATIENCE = 200
"""Seconds after which a program is not waited for any longer."""

_MB = 1_000_000
_RESULT = "@result "

# Runs in a process of its own and prints what it took. Memory is the peak beyond what a first, small upload has left.
_MEASURE = """
import json, os, sys, time
status = open("/proc/self/status")  # once: a program that has used up its open files could not do it any more
def peak(name):
    status.seek(0)
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))
def measure(call, small):
    call(small)
    open("/proc/self/clear_refs", "w").write("5")
    before, started, spent = peak("VmRSS"), time.perf_counter(), time.process_time()
    try:
        extra, error = call(path), ""
    except BaseException as failure:
        extra, error = None, f"{type(failure).__name__}: {failure}"[:200]
    seconds, cpu = time.perf_counter() - started, time.process_time() - spent
    memory = peak("VmHWM") - before
    found = {"seconds": seconds, "cpu": cpu, "memory": memory, "sending": extra, "error": error}
    os.write(1, f"\\n@result {json.dumps(found)}\\n".encode())  # at once, whatever else the program still prints
path, small, plane, connect, certificate = sys.argv[1:]
"""
_REMORA = (
    _MEASURE
    + """
import remora
remora.init(plane, project="bench", domain="development", trust_env=False, config_file=False)
def call(path):
    times = []
    def told(progress):
        if progress.phase in ("uploading", "done"):
            times.append(time.perf_counter())
    if os.path.isdir(path):
        remora.upload_dir(path)
    else:
        remora.upload_file(path, certificate or True, progress=told)
        return times[-1] - times[0]
measure(call, small)
"""
)
_FLYTE = (
    _MEASURE
    + """
import inspect
from pathlib import Path
import flyte, flyte.remote, flyte.storage
target = connect if hasattr(flyte.remote, "TriggerDetails") else plane.removeprefix("http://")
storage = flyte.storage.S3()
flyte.init(endpoint=target, insecure=True, org="bench", project="bench", domain="development", storage=storage)
def call(path):
    if not os.path.isdir(path):
        flyte.remote.upload_file(Path(path), certificate or True)
    elif inspect.iscoroutinefunction(flyte.remote.upload_dir):
        # A plain coroutine in that version; the client's channel belongs to the event loop of its blocking calls.
        from flyte.syncify import syncify
        syncify(flyte.remote.upload_dir)(Path(path))
    else:
        flyte.remote.upload_dir(Path(path))
measure(call, small)
"""
)


@dataclass(frozen=True)
class Result:
    """What one program took."""

    seconds: float
    cpu: float = 0.0
    memory: float = 0.0
    sending: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Servers:
    """Where the store and the control planes in front of it are."""

    store: str
    secure_store: str
    plane: str
    secure_plane: str
    connect: str
    certificate: str


@contextmanager
def _servers(folder: Path) -> Iterator[Servers]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> list[str]:
        command = [sys.executable, str(HERE / "object_sink.py"), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().split()

    try:
        plain, secure = start("store", str(folder / "server.pem"))
        store, secure_store = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
        planes = [f"http://127.0.0.1:{start('plane', each)[0]}" for each in (store, secure_store)]
        yield Servers(store, secure_store, planes[0], planes[1], store, str(folder / "ca.pem"))
    finally:
        for process in started:
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _program(python: str, code: str, path: Path, small: Path, servers: Servers, *, tls: bool, files: int = 0) -> Result:
    plane = servers.secure_plane if tls else servers.plane
    command = [python, "-c", code, str(path), str(small), plane, servers.connect, servers.certificate if tls else ""]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "UCTL", "PYTHON"))}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return Result(0.0, error=f"not finished after {PATIENCE} s")
    for line in done.stdout.splitlines():
        if line.startswith(_RESULT):
            return Result(**json.loads(line.removeprefix(_RESULT)))
    return Result(0.0, error=(done.stderr.strip().splitlines() or ["?"])[-1][:200])


def _curl(path: Path, servers: Servers, *, tls: bool, digest: bool) -> Result:
    """Seconds that curl takes, and how long the digest takes before it, which every upload of Flyte needs."""
    url = f"{servers.secure_store if tls else servers.store}/put/x"
    put = f"curl -sS --cacert {servers.certificate} -o /dev/null -T {path} -H Expect: -w '%{{time_total}}' {url}"
    command = f"s=$(date +%s.%N); {f'openssl dgst -md5 {path} >/dev/null;' if digest else ''} {put} >/dev/null; "
    done = subprocess.run(
        ["sh", "-c", command + "e=$(date +%s.%N); echo $e $s"], capture_output=True, text=True, check=True
    )
    end, begin = map(float, done.stdout.split())
    return Result(end - begin)


def _best(results: list[Result]) -> Result:
    """The least time of several rounds, and the most memory: what else runs on the machine only makes things worse."""
    failed = next((result for result in results if result.error), None)
    if failed is not None:
        return failed
    sending = [result.sending for result in results if result.sending is not None]
    return Result(
        seconds=min(result.seconds for result in results),
        cpu=min(result.cpu for result in results),
        memory=max(result.memory for result in results),
        sending=min(sending, default=None),
    )


def _large(path: Path, small: Path, servers: Servers, *, tls: bool) -> str:
    """One large file: the connection's limit, and what an upload makes of it."""
    size = path.stat().st_size / _MB
    rounds: dict[str, list[Result]] = {"curl": [], "digest": [], "remora": []}
    for _ in range(ROUNDS):
        rounds["curl"].append(_curl(path, servers, tls=tls, digest=False))
        rounds["digest"].append(_curl(path, servers, tls=tls, digest=True))
        rounds["remora"].append(_program(sys.executable, _REMORA, path, small, servers, tls=tls))
    curl, digest, own = (_best(rounds[name]) for name in ("curl", "digest", "remora"))
    if own.error or own.sending is None:
        raise SystemExit(own.error)
    lines = ["| | MB/s | ratio | more peak MB |", "|-|-|-|-|"]
    lines.append(f"| `curl -T` | {size / curl.seconds:.0f} | 1 | |")
    lines.append(
        f"| remora, sending | {size / own.sending:.0f} | {curl.seconds / own.sending:.2f} | {own.memory:.1f} |"
    )
    lines.append(f"| `openssl dgst -md5`, then `curl -T` | {size / digest.seconds:.0f} | 1 | |")
    ratio = digest.seconds / own.seconds
    lines.append(f"| remora, digest and sending | {size / own.seconds:.0f} | {ratio:.2f} | {own.memory:.1f} |")
    return "\n".join(lines)


def _peers(
    pythons: Mapping[str, str], path: Path, small: Path, servers: Servers, *, count: int = 0, files: int = 0
) -> str:
    """One row for each program; `count` files, if it is a directory."""
    rows = [("remora", sys.executable, _REMORA), *((name, python, _FLYTE) for name, python in pythons.items())]
    unit = "files/s" if count else "seconds"
    lines = [f"| | {unit} | CPU s | more peak MB | times slower |", "|-|-|-|-|-|"]
    own = 0.0
    for name, python, code in rows:
        # What takes minutes is not done three times.
        found = _program(python, code, path, small, servers, tls=False, files=files)
        if not found.error and found.seconds < 20:
            more = [_program(python, code, path, small, servers, tls=False, files=files) for _ in range(ROUNDS - 1)]
            found = _best([found, *more])
        if found.error:
            lines.append(f"| {name} | {found.error.replace('|', ' ').replace(f'{path}/', '')} | | | |")
            continue
        own = own or found.seconds
        value = f"{count / found.seconds:.0f}" if count else f"{found.seconds:.2f}"
        lines.append(f"| {name} | {value} | {found.cpu:.2f} | {found.memory:.1f} | {found.seconds / own:.1f} |")
    return "\n".join(lines)


def _fill(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:05}").write_bytes(os.urandom(1024))


def _told(title: str, table: str) -> list[str]:
    """Show a table as soon as it is there: all of them take a quarter of an hour."""
    print(f"{title}\n\n{table}\n", file=sys.stderr, flush=True)
    return [title, table]


def report(home: Path) -> str:
    """The tables of uploads in Markdown; needs the network once, to install the peers, and 2 GB of disk."""
    if shutil.which("curl") is None:
        raise SystemExit("curl is needed for the raw limit")
    pythons = {name: environment(home, name.replace(" ", "-"), needs, sys.executable) for name, needs in PEERS.items()}
    with tempfile.TemporaryDirectory(prefix="remora-bench-") as name, _servers(Path(name)) as servers:
        folder = Path(name)
        small = folder / "small"
        small.write_bytes(b"small")
        parts = []
        large = folder / "large"
        with large.open("wb") as out:
            for _ in range(1024):
                out.write(os.urandom(1024 * 1024))
        for tls in (False, True):
            title = f"### One file of 1 GiB{', with TLS' if tls else ''}"
            parts += _told(title, _large(large, small, servers, tls=tls))
        large.unlink()
        line = folder / "line"
        line.write_bytes(os.urandom(_MB).replace(b"\n", b" ") * 200)
        parts += _told("### 200 MB in one line", _peers(pythons, line, small, servers))
        line.unlink()
        lines = folder / "lines"
        lines.write_bytes(b"x\n" * _MB)
        parts += _told("### 2 MB of lines of two bytes", _peers(pythons, lines, small, servers))
        little = folder / "little"
        _fill(little, 1)
        for count, files in ((100, 16384), (5000, 1024), (5000, 16384)):
            tree = folder / f"tree-{count}"
            _fill(tree, count)
            title = f"### A directory of {count:,} files of 1 KB, with at most {files:,} open files"
            parts += _told(title, _peers(pythons, tree, little, servers, count=count, files=files))
        return "\n\n".join(parts)
