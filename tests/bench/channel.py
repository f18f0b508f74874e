"""What a unary call costs a client, beside grpclib as it is and grpcio's asyncio API, against the same server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from processes import environment

HERE = Path(__file__).resolve().parent
SERVERS = HERE.parent / "peers" / "channel"
TURNS = 6
"""Runs of each client, in turn with the others; the least figure of each counts."""


def report(home: Path) -> str:
    """The table in Markdown; needs the network once, to install grpcio."""
    grpcio = environment(home, "grpcio-bench", ("grpcio>=1.76",), sys.executable)
    clients = {
        "remora": (sys.executable, "remora"),
        "grpclib": (sys.executable, "grpclib"),
        "grpcio, asyncio API": (grpcio, "grpcio"),
    }
    node = shutil.which("node")
    name = "node http2" if node else "grpclib"
    server = [node, str(SERVERS / "server.mjs")] if node else [sys.executable, str(SERVERS / "grpclib_server.py")]
    process = subprocess.Popen([*server, "{}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    least: dict[str, list[float]] = {}
    try:
        port = json.loads(process.stdout.readline())["port"]
        for _ in range(TURNS):
            for client, (python, kind) in clients.items():
                figures = _run(python, kind, port)
                least[client] = [min(pair) for pair in zip(least.get(client, figures), figures, strict=True)]
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
    lines = [f"### A unary call of 23 bytes each way, CPU microseconds of the client (server: {name})", ""]
    lines += ["| | one at a time | 32 at once | ratio, one at a time | ratio, 32 at once |", "|-|-|-|-|-|"]
    own = least["remora"]
    for client, (one, many) in least.items():
        lines.append(f"| {client} | {one:.0f} | {many:.0f} | {one / own[0]:.2f} | {many / own[1]:.2f} |")
    return "\n".join(lines)


def _run(python: str, kind: str, port: int) -> list[float]:
    command = [python, str(HERE / "channel_client.py"), kind, str(port)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    figures: list[float] = json.loads(done.stdout)
    return figures
