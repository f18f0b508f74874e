from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remora.dev.clock import format_time, parse_time
from remora.dev.schedules import read_cron, read_schedule
from remora.errors import InvalidArgument
from remora_api.flyteidl2.task import Cron, FixedRate, FixedRateUnit, Schedule, TriggerAutomationSpec
from remora_api.google.protobuf import Timestamp


def automation(expression: str, timezone: str = "") -> TriggerAutomationSpec:
    return TriggerAutomationSpec(schedule=Schedule(cron=Cron(expression=expression, timezone=timezone)))


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 * * *",
        "*/5 1-3,7 ? JAN-mar Mon",
        "59 23 31 12 6",
        "@daily",
        "@every 1h30m",
        "CRON_TZ=UTC 0 6 * * ?",
    ],
)
def test_good(expression: str) -> None:
    read_schedule(automation(expression))
    read_schedule(TriggerAutomationSpec(schedule=Schedule(cron_expression=expression)))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "expected exactly 5 fields, found 0"),
        ("0 0 * * ? *", "expected exactly 5 fields, found 6"),
        ("60 0 * * *", "minute: 60 is not from 0 to 59"),
        ("0 0 0 * *", "day of month: 0 is not from 1 to 31"),
        ("0 0 * foo *", "month: foo is not from 1 to 12"),
        ("*/0 0 * * *", "minute: a step must be positive"),
        ("5-1 0 * * *", "minute: the range '5-1' ends before it begins"),
        ("*-5 0 * * *", "minute: '\\*-5' is not a range"),
        ("1,,2 0 * * *", "minute: '' is not a value"),
        ("@sometimes", "unrecognized descriptor: @sometimes"),
        ("@every now", "not a duration"),
        ("@every 0s", "the interval must be positive"),
        ("CRON_TZ=Nowhere/City 0 0 * * *", "unknown time zone Nowhere/City"),
    ],
)
def test_bad(expression: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=f"invalid cron expression .*{message}"):
        read_schedule(automation(expression))


def test_other_automations_have_no_schedule() -> None:
    assert read_schedule(None) is None
    assert read_schedule(TriggerAutomationSpec()) is None


@pytest.mark.parametrize("rate", [FixedRate(value=5), FixedRate(unit=FixedRateUnit.MINUTE), FixedRate(value=1, unit=9)])
def test_bad_rates(rate: FixedRate) -> None:
    with pytest.raises(InvalidArgument, match=r"schedule\.rate: a value above 0 and a unit"):
        read_schedule(TriggerAutomationSpec(schedule=Schedule(rate=rate)))


def test_an_empty_schedule() -> None:
    with pytest.raises(InvalidArgument, match="one of rate and cron is required"):
        read_schedule(TriggerAutomationSpec(schedule=Schedule()))


def test_an_unknown_time_zone() -> None:
    with pytest.raises(InvalidArgument, match=r"unknown time zone \.\./etc"):
        read_schedule(automation("0 0 * * *", "../etc"))


def at(text: str) -> int:
    return parse_time(text)


def times(schedule: Any, start: str, count: int) -> list[str]:
    found, moment = [], at(start)
    for _ in range(count):
        moment = schedule.next(moment)
        found.append(format_time(moment))
    return found


def test_rates() -> None:
    every = FixedRate(value=2, unit=FixedRateUnit.HOUR)
    schedule = read_schedule(TriggerAutomationSpec(schedule=Schedule(rate=every)))
    assert times(schedule, "2024-01-01T10:11:12Z", 2) == ["2024-01-01T12:11:12Z", "2024-01-01T14:11:12Z"]
    every.start_time = Timestamp.from_datetime(datetime(2024, 1, 2, tzinfo=timezone.utc))
    schedule = read_schedule(TriggerAutomationSpec(schedule=Schedule(rate=every)))
    assert times(schedule, "2024-01-01T10:11:12Z", 2) == ["2024-01-02T00:00:00Z", "2024-01-02T02:00:00Z"]
    assert times(schedule, "2024-01-05T01:00:00Z", 1) == ["2024-01-05T02:00:00Z"]


@pytest.mark.parametrize(
    ("expression", "zone", "start", "expected"),
    [
        ("* * * * *", "", "2024-01-01T10:11:12.5Z", ["2024-01-01T10:12:00Z", "2024-01-01T10:13:00Z"]),
        ("30 9 * * mon-fri", "", "2024-03-01T09:30:00Z", ["2024-03-04T09:30:00Z", "2024-03-05T09:30:00Z"]),
        ("0 0 29 2 *", "", "2021-01-01T00:00:00Z", ["2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"]),
        # Either day, unless one of them is a star.
        ("0 0 13 * fri", "", "2024-09-10T00:00:00Z", ["2024-09-13T00:00:00Z", "2024-09-20T00:00:00Z"]),
        ("0 0 */10 * fri", "", "2024-09-10T00:00:00Z", ["2024-09-11T00:00:00Z", "2024-09-13T00:00:00Z"]),
        ("0 0 * * fri", "", "2024-09-14T00:00:00Z", ["2024-09-20T00:00:00Z", "2024-09-27T00:00:00Z"]),
        ("@monthly", "", "2024-01-31T10:00:00Z", ["2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"]),
        ("@every 90s", "", "2024-01-01T00:00:00Z", ["2024-01-01T00:01:30Z", "2024-01-01T00:03:00Z"]),
        ("0 6 * * *", "Europe/Berlin", "2024-06-01T00:00:00Z", ["2024-06-01T04:00:00Z", "2024-06-02T04:00:00Z"]),
        (
            "CRON_TZ=Asia/Kolkata 0 0 * * *",
            "",
            "2024-01-01T00:00:00Z",
            ["2024-01-01T18:30:00Z", "2024-01-02T18:30:00Z"],
        ),
        # 02:30 does not exist on March 10th and 01:30 comes twice on November 3rd.
        ("30 2 * * *", "America/New_York", "2024-03-09T08:00:00Z", ["2024-03-11T06:30:00Z", "2024-03-12T06:30:00Z"]),
        ("30 1 * * *", "America/New_York", "2024-11-03T05:00:00Z", ["2024-11-03T05:30:00Z", "2024-11-03T06:30:00Z"]),
    ],
)
def test_when_it_is_due(expression: str, zone: str, start: str, expected: list[str]) -> None:
    assert times(read_cron(expression, zone), start, len(expected)) == expected


@pytest.mark.parametrize("text", ["* * * * *", "*/7 3 * * mon", "@every 90s", "0 0 1 1 *", "@monthly"])
@pytest.mark.parametrize("limit", [0, 1, 3, 1000])
def test_the_last_times_of_a_span(text: str, limit: int) -> None:
    schedule = read_cron(text)
    after, until = at("2024-02-03T04:05:06Z"), at("2024-02-06T03:35:00Z")
    every, moment = [], schedule.next(after)
    while moment is not None and moment <= until:
        every.append(moment)
        moment = schedule.next(moment)
    assert schedule.recent(after, until, limit) == (every[-limit:] if limit else [])
    assert schedule.recent(until, until, limit) == []


def test_the_last_times_of_a_long_span_are_found_quickly() -> None:
    after, until = at("1990-01-01T00:00:00Z"), at("2024-01-01T00:00:00Z")
    assert read_cron("* * * * *").recent(after, until, 2) == [until - 60 * 10**9, until]
    assert read_cron("@every 1s").recent(after, until, 2) == [until - 10**9, until]


def test_never() -> None:
    assert read_cron("0 0 30 2 *").next(at("2024-01-01T00:00:00Z")) is None


def test_against_every_minute_of_a_month() -> None:
    """Jumps over months, days and hours miss nothing that looking at each minute finds."""
    draw = random.Random(5)
    zone = ZoneInfo("Australia/Lord_Howe")  # its clocks change by half an hour, on April 7th
    start = datetime(2024, 3, 25, tzinfo=timezone.utc)
    minutes = [start + timedelta(minutes=number) for number in range(25 * 24 * 60)]
    locals_ = [minute.astimezone(zone) for minute in minutes]
    for _ in range(8):
        minute, hours = draw.randrange(60), sorted(draw.sample(range(24), 3))
        days, month = sorted(draw.sample(range(1, 29), 9)), draw.choice([3, 4])
        expected = [
            utc
            for utc, local in zip(minutes, locals_, strict=True)
            if (local.minute, local.month) == (minute, month) and local.hour in hours and local.day in days
        ]
        text = f"{minute} {','.join(map(str, hours))} {','.join(map(str, days))} {month} *"
        schedule = read_cron(text, "Australia/Lord_Howe")
        found, moment = [], int(start.timestamp() - 1) * 10**9
        while (moment := schedule.next(moment) or 0) and moment < int(minutes[-1].timestamp()) * 10**9:
            found.append(datetime.fromtimestamp(moment / 1e9, timezone.utc))
        assert found == [utc for utc in expected if utc != minutes[-1]], text
