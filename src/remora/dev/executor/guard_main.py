"""Outlives the control plane for a moment, to end the processes that it left behind.

This file is run as a program of its own and imports nothing but the standard library. It reads lines from its standard
input: `+PID START` for a process group that began, `-PID` for one that ended. The input ends when the control plane is
gone, however it went; then the groups that are left are killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys


def process_start(pid: int) -> str:
    """When a process started, in whatever form the system tells it; "" when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # The name of the program, in parentheses, may hold anything; the fields of interest follow it.
            return file.read().rpartition(b")")[2].split()[19].decode()
    except FileNotFoundError:
        if os.path.exists("/proc/self/stat"):
            return ""
    except (OSError, IndexError):
        return ""
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def kill_group(pid: int, started: str) -> bool:
    """Kill the process group of `pid`, if that is still the process that started then."""
    if not started or process_start(pid) != started:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
        return True
    return False


def main() -> None:
    """Keep the list until the input ends."""
    # A terminal's Ctrl-C goes to the control plane, which ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups: dict[int, str] = {}
    for line in sys.stdin:
        pid, _, started = line[1:].strip().partition(" ")
        if line.startswith("+"):
            groups[int(pid)] = started
        else:
            groups.pop(int(pid), None)
    for number, start in groups.items():
        kill_group(number, start)


if __name__ == "__main__":
    main()
