"""What a generation costs: all of flyteidl2, nothing or one file changed, peers on the same files, and growth."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from processes import Cost, compare

WHEEL = "flyteidl2==2.0.51"
GROWTH = (250, 500, 1000, 2000)
MESSAGES = 10

_RUN = """
import os, shutil, sys
os.chdir({folder!r})
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
"""
_NOTHING = "for name in ('generated', '.remora_cache'):\n    shutil.rmtree(name, ignore_errors=True)\n"
_GENERATE = "from remora.cli import main\nassert main(['generate', '--package', 'bench_api', *{options!r}]) == 0\n"
_TOUCH = """
import pathlib, time
path = pathlib.Path("protos/flyteidl2/core/literals.proto")
path.write_text(path.read_text() + f"// {time.time_ns()}\\nmessage Made{time.time_ns()} {{}}\\n")
"""
_PROTOC = """
import subprocess
shutil.rmtree("peer", ignore_errors=True)
os.mkdir("peer")
import pathlib
files = [str(path.relative_to("protos")) for path in pathlib.Path("protos").rglob("*.proto")]
subprocess.run([sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", *{options!r}, *files], check=True,
               stderr=subprocess.DEVNULL)
"""


def _programs(folder: Path, other: Path) -> dict[str, tuple[str, str]]:
    start, touched = _RUN.format(folder=str(folder)), _RUN.format(folder=str(other))
    generate = _GENERATE.format(options=[])
    plain = ["--python_out=peer", "--pyi_out=peer", "--grpc_python_out=peer"]
    programs = {
        "remora, from nothing": start + _NOTHING + generate,
        "remora, nothing changed": start + generate,
        "remora, one file changed": touched + _TOUCH + generate,
        "betterproto2's compiler": start + _PROTOC.format(options=["--python_betterproto2_out=peer"]),
        "grpcio-tools, with .pyi files": start + _PROTOC.format(options=plain),
        "for scale: a bare interpreter": "",
    }
    return {name: (sys.executable, code) for name, code in programs.items()}


def _row(name: str, cost: Cost, own: Cost) -> str:
    return f"| {name} | {cost.cpu:.0f} | {cost.wall:.0f} | {cost.memory:.0f} | {cost.cpu / own.cpu:.2f} |"


def _made_up(folder: Path, count: int) -> None:
    """A tree of files in packages of twenty; each but the first of a package uses messages of the one before."""
    for number in range(count):
        package, first = f"p{number // 20:03d}", number % 20 == 0
        lines = ['syntax = "proto3";', f"package made.{package};"]
        lines += [] if first else [f'import "{package}/f{number - 1:04d}.proto";']
        for index in range(MESSAGES):
            other = f"M{number:04d}x{(index + 1) % MESSAGES}" if first else f"M{number - 1:04d}x{index}"
            lines += [
                f"// Message {index}, with a bit of everything.",
                f"message M{number:04d}x{index} {{",
                f"  string name = 1; repeated int64 ids = 2; {other} other = 3; map<string, int32> tags = 4;",
                "  oneof kind { bool on = 5; double weight = 6; } }",
            ]
        lines.append(f"service S{number:04d} {{ rpc Get(M{number:04d}x0) returns (M{number:04d}x1); }}")
        path = folder / package / f"f{number:04d}.proto"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def report(home: Path) -> str:
    """The tables of the generator in Markdown."""
    with tempfile.TemporaryDirectory(prefix="remora-bench-") as scratch:
        folder, other = Path(scratch, "one"), Path(scratch, "two")
        for place in (folder, other):
            place.mkdir()
            vendor = [sys.executable, "-m", "remora.cli", "vendor", "--from-wheel", WHEEL, "--all"]
            subprocess.run([*vendor, "--protos", str(place / "protos")], check=True, stdout=subprocess.DEVNULL)
        count = sum(1 for _ in (folder / "protos/flyteidl2").rglob("*.proto"))
        costs = compare(_programs(folder, other), rounds=3)
        own = costs["remora, from nothing"]
        lines = [f"### The {count} files of {WHEEL}", ""]
        lines += ["| | CPU ms | wall ms | peak MB | CPU ratio |", "|-|-|-|-|-|"]
        lines += [_row(name, cost, own) for name, cost in costs.items()]
        lines += ["", "### Growth: made-up trees, from nothing, and again without a change", ""]
        lines += ["| files | messages | CPU s | CPU ms per message | peak MB | again: CPU s |", "|-|-|-|-|-|-|"]
        for size in GROWTH:
            place = Path(scratch, str(size))
            _made_up(place / "protos", size)
            code = _RUN.format(folder=str(place)) + _GENERATE.format(options=[])
            cost = compare({"": (sys.executable, code)}, rounds=1, warm_up=0)[""]
            again = compare({"": (sys.executable, code)}, rounds=1, warm_up=0)[""]
            total = size * MESSAGES
            lines.append(
                f"| {size} | {total} | {cost.cpu / 1e3:.1f} | {cost.cpu / total:.2f} | {cost.memory:.0f} "
                f"| {again.cpu / 1e3:.2f} |"
            )
    return "\n".join(lines)
