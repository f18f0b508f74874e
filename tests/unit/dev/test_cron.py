from __future__ import annotations

import pytest

from remora.dev.services.cron import check_schedule
from remora.errors import InvalidArgument
from remora_api.flyteidl2.task import Cron, FixedRate, Schedule, TriggerAutomationSpec


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
    check_schedule(automation(expression))
    check_schedule(TriggerAutomationSpec(schedule=Schedule(cron_expression=expression)))


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
        check_schedule(automation(expression))


def test_other_automations_have_no_expression() -> None:
    check_schedule(None)
    check_schedule(TriggerAutomationSpec())
    check_schedule(TriggerAutomationSpec(schedule=Schedule(rate=FixedRate(value=5))))


def test_an_unknown_time_zone() -> None:
    with pytest.raises(InvalidArgument, match=r"unknown time zone \.\./etc"):
        check_schedule(automation("0 0 * * *", "../etc"))
