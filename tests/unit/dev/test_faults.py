from __future__ import annotations

import pytest

from remora.dev.faults import Fault, Faults, parse_fault
from remora.errors import ConfigError, StatusCode


def test_every_and_times() -> None:
    faults = Faults()
    faults.unavailable("RunService/*", every=3, times=2)
    hits = [bool(faults.take("unavailable", "RunService/GetRunDetails")) for _ in range(10)]
    assert hits == [False, False, True, False, False, True, False, False, False, False]
    assert not faults.take("unavailable", "TaskService/ListTasks")
    assert not faults.take("delay", "RunService/GetRunDetails")


def test_clear() -> None:
    faults = Faults()
    faults.delay(1.0)
    faults.clear()
    assert not faults.take("delay", "RunService/GetRunDetails")


def test_rules_of_the_command_line() -> None:
    assert parse_fault("unavailable,every=5") == Fault("unavailable", every=5)
    assert parse_fault("unavailable").status == StatusCode.UNAVAILABLE
    assert parse_fault("drop,method=RunService/Watch*,after=2,how=reset") == Fault(
        "drop", "RunService/Watch*", after=2, how="reset"
    )
    assert parse_fault("http,method=PUT,status=503,seconds=1") == Fault("http", "PUT", seconds=1.0, status=503)


@pytest.mark.parametrize(
    "text", ["", "explode", "delay,seconds", "delay,seconds=x", "delay,colour=red", "drop,how=gently", "delay,every=0"]
)
def test_bad_rules(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_fault(text)
