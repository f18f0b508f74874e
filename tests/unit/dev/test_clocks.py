from __future__ import annotations

import asyncio
from datetime import datetime, timezone

import pytest

from remora.dev.clocks import ManualClock, SystemClock

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


async def test_a_manual_clock_wakes_those_whose_time_has_come() -> None:
    clock = ManualClock(START)
    begin = clock.now()
    early = asyncio.ensure_future(clock.sleep_until(begin + 60 * 10**9))
    late = asyncio.ensure_future(clock.sleep_until(begin + 3600 * 10**9))
    await clock.sleep_until(begin)
    await asyncio.get_running_loop().run_in_executor(None, lambda: clock.advance(minutes=1))
    await early
    assert not late.done()
    clock.advance(minutes=59)
    await late
    assert clock.time == datetime(2024, 1, 1, 1, tzinfo=timezone.utc)


def test_a_clock_does_not_go_back() -> None:
    clock = ManualClock(datetime(2024, 1, 1))  # noqa: DTZ001 - a time without a zone is what is tested
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(seconds=-1)
    assert clock.time == START


async def test_the_clock_of_the_machine() -> None:
    clock = SystemClock()
    moment = clock.now() + 5_000_000
    await clock.sleep_until(moment)
    assert clock.now() >= moment
