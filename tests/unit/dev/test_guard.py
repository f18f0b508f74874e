from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from remora.dev.executor.guard import Guard
from remora.dev.executor.guard_main import kill_group, process_start
from remora.dev.store.processes import ProcessRecord


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_told_from_another_with_its_number(sleeper: subprocess.Popen[bytes]) -> None:
    started = process_start(sleeper.pid)
    assert started
    assert started == process_start(sleeper.pid)
    assert not kill_group(sleeper.pid, started + "0")
    assert not kill_group(sleeper.pid, "")
    assert sleeper.poll() is None
    assert kill_group(sleeper.pid, started)
    assert sleeper.wait(10) == -signal.SIGKILL


def test_a_process_that_is_gone_has_no_start() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert process_start(process.pid) == ""


def test_the_guard_kills_what_is_left(sleeper: subprocess.Popen[bytes]) -> None:
    guard = Guard()
    guard.add(ProcessRecord(sleeper.pid, process_start(sleeper.pid)))
    guard.close()
    assert sleeper.wait(10) == -signal.SIGKILL


def test_the_guard_spares_what_was_removed(sleeper: subprocess.Popen[bytes]) -> None:
    guard = Guard()
    guard.add(ProcessRecord(sleeper.pid, process_start(sleeper.pid)))
    guard.remove(sleeper.pid)
    guard.close()
    assert sleeper.poll() is None


def test_the_guard_acts_when_its_owner_is_killed(sleeper: subprocess.Popen[bytes]) -> None:
    code = (
        "import sys, time\n"
        "from remora.dev.executor.guard import Guard\n"
        "from remora.dev.store.processes import ProcessRecord\n"
        "guard = Guard()\n"
        "guard.add(ProcessRecord(int(sys.argv[1]), sys.argv[2]))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(sleeper.pid), process_start(sleeper.pid)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        os.kill(owner.pid, signal.SIGKILL)
        assert sleeper.wait(10) == -signal.SIGKILL


def test_closing_a_guard_that_had_nothing_to_do_is_free() -> None:
    before = time.perf_counter()
    Guard().close()
    assert time.perf_counter() - before < 1
