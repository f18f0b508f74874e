"""Whole processes, measured by the operating system's own accounting: CPU seconds and peak memory, as medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """Median CPU milliseconds, wall milliseconds and peak resident megabytes of one command."""

    cpu: float
    wall: float
    memory: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.wall - other.wall, self.memory - other.memory)


# What a process says of its own peak. The accounting of its parent counts the memory from before `exec` as well.
_PEAK = "\nprint(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"


def _once(python: str, code: str, env: Mapping[str, str]) -> Cost:
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as told:
        command = [python, "-c", code + _PEAK]
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=told, text=True)
        assert process.stdout is not None
        with process.stdout:
            peak = process.stdout.read().split()[-1:]
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            raise SystemExit(f"{python} ended with {process.returncode}: {told.read()[-2000:]}")
    return Cost((usage.ru_utime + usage.ru_stime) * 1e3, wall * 1e3, int(peak[0]) / 1024)


def compare(programs: Mapping[str, tuple[str, str]], rounds: int = 7, warm_up: int = 1) -> dict[str, Cost]:
    """Run programs, each an interpreter and its code, in turn: a drift of the machine then meets all of them.

    Each runs `warm_up` times without being counted and then `rounds` times.
    """
    # An interpreter that may not write byte code compiles everything at each start, which no user's process does.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    samples: dict[str, list[Cost]] = {name: [] for name in programs}
    for number in range(rounds + warm_up):
        for name, (python, code) in programs.items():
            cost = _once(python, code, env)
            if number >= warm_up:
                samples[name].append(cost)
    return {
        name: Cost(*(statistics.median(getattr(cost, field) for cost in costs) for field in ("cpu", "wall", "memory")))
        for name, costs in samples.items()
    }


def environment(home: Path, name: str, requirements: Sequence[str], python: str) -> str:
    """A virtual environment for one peer; returns its interpreter. Kept between runs."""
    folder = home / name
    interpreter = str(folder / "bin" / "python")
    marker = folder / "requirements.txt"
    if not marker.exists() or marker.read_text() != "\n".join(requirements):
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *requirements], check=True)
        marker.write_text("\n".join(requirements))
    return interpreter


def installed_megabytes(interpreter: str) -> float:
    """The size of an environment's site-packages, byte code left out."""
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    root = Path(subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True).stdout.strip())
    skip = ("pip", "setuptools", "__pycache__")
    total = 0
    for path in root.rglob("*"):
        relative = path.relative_to(root).parts
        if path.is_file() and "__pycache__" not in relative and not relative[0].startswith(skip):
            total += path.stat().st_size
    return total / 1e6
