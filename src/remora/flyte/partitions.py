"""Partitions of artifacts: which keys there are, and the values of one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import Any, Literal, TypeAlias, get_args

from remora.errors import InvalidArgument
from remora.flyte.parameters import aware, one_of, required_name
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import core
from remora_api.google.protobuf import Timestamp

Granularity: TypeAlias = Literal["minute", "hour", "day", "week", "month"]
"""How fine a time partition is; times are rounded down to it."""

_GRANULARITIES: tuple[Granularity, ...] = get_args(Granularity)
LONGEST_KEY = 64
MOST_KEYS = 16


@dataclass(frozen=True)
class PartitionSchema:
    """The partition keys of an artifact: at most one for time, and others whose values are strings.

    Attributes:
        time_key: Key of the time partition; None if there is none.
        granularity: How fine the time partition is; None if there is none.
        keys: Other keys, in their order.
        declared: Whether `Artifact.declare` has fixed the keys, and not the first version.
    """

    time_key: str | None
    granularity: Granularity | None
    keys: tuple[str, ...]
    declared: bool = False

    @property
    def all_keys(self) -> tuple[str, ...]:
        """Every key, that of the time first."""
        return ((self.time_key,) if self.time_key else ()) + self.keys

    @classmethod
    def from_pb2(cls, schema: artifacts.ArtifactPartitionSchema, declared: bool = False) -> PartitionSchema:
        """The schema that a message holds.

        Args:
            schema: The message.
            declared: What the attribute `declared` shall say.
        """
        found = schema.time_partition
        if found is None or not found.key:
            return cls(None, None, tuple(schema.partition_keys), declared)
        return cls(found.key, granularity_name(found.granularity), tuple(schema.partition_keys), declared)

    def to_pb2(self) -> artifacts.ArtifactPartitionSchema:
        """The message of this schema."""
        message = artifacts.ArtifactPartitionSchema(partition_keys=list(self.keys))
        if self.time_key:
            kind = core.Granularity[(self.granularity or "day").upper()]
            message.time_partition = artifacts.TimePartitionKey(key=self.time_key, granularity=kind)
        return message


def declared_schema(partitions: Mapping[str, Any]) -> PartitionSchema:
    """The schema that `Artifact.declare` is given: keys with `str`, or with a granularity for the time.

    Raises:
        InvalidArgument: a key is malformed, two keys are for time, or a kind is unknown.
    """
    time_key: str | None = None
    granularity: Granularity | None = None
    keys: list[str] = []
    for key, kind in partitions.items():
        required_name(key, "partitions", longest=LONGEST_KEY)
        if kind is str:
            keys.append(key)
            continue
        kind = "hour" if kind is datetime else "day" if kind is date else kind
        if not isinstance(kind, str):
            raise TypeError(f"partitions[{key!r}]: expected str, date, datetime or a granularity, got {kind!r}")
        one_of(kind, f"partitions[{key!r}]", _GRANULARITIES)
        if time_key is not None:
            raise InvalidArgument(f"partitions: only one key can be for time, not {time_key!r} and {key!r}")
        time_key, granularity = key, next(item for item in _GRANULARITIES if item == kind)
    if len(keys) > MOST_KEYS:
        raise InvalidArgument(f"partitions: {len(keys)} keys are too many, {MOST_KEYS} is the most")
    return PartitionSchema(time_key, granularity, tuple(keys), declared=True)


def wire_partitions(
    values: Mapping[str, Any], parameter: str = "partitions"
) -> tuple[core.Partitions | None, core.TimePartition | None]:
    """Partition values of a version as the artifact service takes them.

    A `date` is a daily time partition, an aware `datetime` an hourly one, anything else a string.

    Raises:
        InvalidArgument: a key or value is empty, a time has no time zone, or two values are times.
    """
    labels: dict[str, core.LabelValue] = {}
    moment: core.TimePartition | None = None
    for key, value in values.items():
        required_name(key, parameter, longest=LONGEST_KEY)
        if isinstance(value, date):
            if moment is not None:
                raise InvalidArgument(f"{parameter}: only one value can be a time, not {moment.key!r} and {key!r}")
            moment = core.TimePartition(
                key=key,
                granularity=core.Granularity.HOUR if isinstance(value, datetime) else core.Granularity.DAY,
                value=core.LabelValue(time_value=Timestamp.from_datetime(start_of(value, f"{parameter}[{key!r}]"))),
            )
        else:
            labels[key] = core.LabelValue(static_value=required_name(value, f"{parameter}[{key!r}]"))
    return core.Partitions(value=labels) if labels else None, moment


def start_of(value: date, parameter: str) -> datetime:
    """The moment at which the partition of a date (its midnight in UTC) or time (its full hour) begins."""
    if isinstance(value, datetime):
        return aware(value, parameter).replace(minute=0, second=0, microsecond=0)
    return datetime.combine(value, time(), tzinfo=timezone.utc)


def python_partitions(spec: artifacts.ArtifactSpec | None) -> dict[str, Any]:
    """Partition values of a version by key: the time first, the others in the order of the message."""
    found: dict[str, Any] = {}
    if spec is not None and spec.time_partition is not None and spec.time_partition.key:
        moment = spec.time_partition.value
        if moment is not None and moment.time_value is not None:
            value = moment.time_value.to_datetime()
            found[spec.time_partition.key] = of_granularity(value, spec.time_partition.granularity)
    if spec is not None and spec.partitions is not None:
        for key, label in spec.partitions.value.items():
            found[key] = label.static_value if label.static_value is not None else ""
    return found


def of_granularity(moment: datetime, granularity: core.Granularity) -> date | datetime:
    """A `datetime` for partitions finer than a day, a `date` for others."""
    return moment if granularity in (core.Granularity.MINUTE, core.Granularity.HOUR) else moment.date()


def granularity_name(kind: core.Granularity) -> Granularity | None:
    """A granularity in lower case; None for one that is not set, or newer than this library."""
    return next((name for name in _GRANULARITIES if kind == core.Granularity[name.upper()]), None)


def parsed_value(text: str, schema: PartitionSchema, key: str) -> Any:
    """A partition value as the service lists it: a `date` or `datetime` for the time key, else the text."""
    if key != schema.time_key:
        return text
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    fine = schema.granularity in ("minute", "hour")
    return moment if fine else moment.astimezone(timezone.utc).date()
