"""What starts runs by itself: schedules, and a trigger as one describes it before it is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from remora.errors import InvalidArgument
from remora.flyte.parameters import aware, required_name, string_map, text
from remora_api.flyteidl2 import task as tasks
from remora_api.google.protobuf import Timestamp

_LONGEST_DESCRIPTION = 255
_LARGEST_RATE = 2**32 - 1


@dataclass(frozen=True)
class TriggerTime:
    """Stands for the moment at which a trigger fires, as the value of one input: `inputs={"day": TRIGGER_TIME}`."""


TRIGGER_TIME: Final = TriggerTime()
"""The one `TriggerTime` that is needed."""


@dataclass(frozen=True)
class Cron:
    """A schedule in cron's notation.

    Attributes:
        expression: Five fields, minute to day of the week: `"0 6 * * 1-5"`; or `@hourly`, `@daily`, ...
        timezone: Name in the IANA data base, such as `"Europe/Berlin"`, in which the expression is meant.

    Raises:
        InvalidArgument: the expression has another number of fields, or the time zone is empty.
    """

    expression: str
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        required_name(self.expression, "Cron.expression")
        required_name(self.timezone, "Cron.timezone")
        fields = self.expression.split()
        if not (len(fields) == 5 or (len(fields) == 1 and fields[0].startswith("@"))):
            raise InvalidArgument(
                f"Cron.expression: {self.expression!r} has {len(fields)} fields instead of 5",
                hint="minute, hour, day of the month, month, day of the week: '0 6 * * 1-5'",
            )


@dataclass(frozen=True)
class FixedRate:
    """A schedule that fires again and again after the same time.

    Attributes:
        interval_minutes: Whole minutes between two runs, or the same as a `timedelta`.
        start_time: When to begin, with a time zone; None begins when the trigger is deployed.

    Raises:
        InvalidArgument: the interval is less than a minute or no whole number of them, or `start_time` is naive.
    """

    interval_minutes: int | timedelta
    start_time: datetime | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.minutes <= _LARGEST_RATE:
            raise InvalidArgument(f"FixedRate.interval_minutes must be 1 or more, got {self.interval_minutes}")
        if self.start_time is not None:
            aware(self.start_time, "FixedRate.start_time")

    @property
    def minutes(self) -> int:
        """The interval in minutes."""
        given = self.interval_minutes
        if isinstance(given, timedelta):
            if given % timedelta(minutes=1):
                raise InvalidArgument(f"FixedRate.interval_minutes: {given} is no whole number of minutes")
            return given // timedelta(minutes=1)
        if isinstance(given, bool) or not isinstance(given, int):
            raise TypeError(f"FixedRate.interval_minutes: expected minutes or a timedelta, got {type(given).__name__}")
        return given


@dataclass(frozen=True)
class TriggerSpec:
    """A trigger as one describes it, for `Trigger.create`.

    Attributes:
        name: Name of the trigger, unique for its task.
        automation: When to fire: `Cron("0 6 * * *")` or `FixedRate(30)`; None makes one that is only started by hand.
        description: What it is for.
        auto_activate: Whether it is active once it is deployed.
        inputs: Python values for the task's inputs; `TRIGGER_TIME` stands for the moment of firing.
        env_vars: Environment variables for the containers of its runs.
        interruptible: Whether runs may use machines that can be taken away; None leaves it to the task.
        overwrite_cache: Run everything, also what is cached, and replace what is cached.
        queue: Queue to run in.
        labels: Labels of the runs.
        annotations: Annotations of the runs.

    Raises:
        InvalidArgument: a name is empty, or `TRIGGER_TIME` stands for more than one input.

    Example:
        >>> nightly = TriggerSpec("nightly", Cron("0 2 * * *", timezone="Europe/Berlin"), inputs={"day": TRIGGER_TIME})
    """

    name: str
    automation: Cron | FixedRate | None = None
    description: str = ""
    auto_activate: bool = True
    inputs: Mapping[str, Any] = field(default_factory=dict)
    env_vars: Mapping[str, str] = field(default_factory=dict)
    interruptible: bool | None = None
    overwrite_cache: bool = False
    queue: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        required_name(self.name, "TriggerSpec.name")
        text(self.description, "TriggerSpec.description", longest=_LONGEST_DESCRIPTION)
        kind = type(self.automation).__name__
        if not isinstance(self.automation, (Cron, FixedRate, type(None))):
            raise TypeError(f"TriggerSpec.automation: expected Cron, FixedRate or None, got {kind}")
        for name in ("env_vars", "labels", "annotations"):
            string_map(getattr(self, name), f"TriggerSpec.{name}")
        if len(self._at_trigger_time) > 1:
            names = ", ".join(self._at_trigger_time)
            raise InvalidArgument(f"TriggerSpec.inputs: only one input can be the time of firing, not {names}")
        if self._at_trigger_time and self.automation is None:
            raise InvalidArgument("TriggerSpec.inputs: a trigger without automation has no time of firing")

    @property
    def _at_trigger_time(self) -> list[str]:
        return [name for name, value in self.inputs.items() if isinstance(value, TriggerTime)]

    @property
    def plain_inputs(self) -> dict[str, Any]:
        """The inputs that have a value now."""
        return {name: value for name, value in self.inputs.items() if not isinstance(value, TriggerTime)}

    def automation_spec(self) -> tasks.TriggerAutomationSpec:
        """The automation as the control plane takes it."""
        kinds = tasks.TriggerAutomationSpecType
        if self.automation is None:
            return tasks.TriggerAutomationSpec(type=kinds.TYPE_NONE)
        schedule = tasks.Schedule(kickoff_time_input_arg=next(iter(self._at_trigger_time), ""))
        if isinstance(self.automation, Cron):
            schedule.cron = tasks.Cron(expression=self.automation.expression, timezone=self.automation.timezone)
        else:
            start = self.automation.start_time
            schedule.rate = tasks.FixedRate(
                value=self.automation.minutes,
                unit=tasks.FixedRateUnit.MINUTE,
                start_time=None if start is None else Timestamp.from_datetime(start),
            )
        return tasks.TriggerAutomationSpec(type=kinds.TYPE_SCHEDULE, schedule=schedule)
