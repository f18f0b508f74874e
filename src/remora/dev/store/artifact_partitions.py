"""Partitions of artifacts: what is read from a version, and the schema that a name has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from remora.dev.clock import format_time, nanoseconds
from remora.errors import InvalidArgument
from remora_api.flyteidl2.artifact import ArtifactPartitionSchema, ArtifactSpec, TimePartitionKey
from remora_api.flyteidl2.core import Granularity, LabelValue, Partitions, TimePartition

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Partition:
    """The partition that a version belongs to.

    Attributes:
        values: Its values by key, without the time.
        time: Its time in nanoseconds, the beginning of the span it is part of; None without a time.
        time_key: The name and granularity of the time.
    """

    values: dict[str, str]
    time: int | None = None
    time_key: TimePartitionKey | None = None

    @property
    def identity(self) -> str:
        """The same text for the same partition."""
        return json.dumps([self.time, sorted(self.values.items())])

    @property
    def by_key(self) -> dict[str, str]:
        """All values by key, the time as RFC 3339 text."""
        if self.time is None or self.time_key is None:
            return self.values
        return {**self.values, self.time_key.key: format_time(self.time)}

    @property
    def schema(self) -> ArtifactPartitionSchema:
        """The keys it has."""
        return ArtifactPartitionSchema(time_partition=self.time_key, partition_keys=sorted(self.values))


def partition_of(spec: ArtifactSpec) -> Partition:
    """Read the partition of a version, and cut its time off to its granularity, in the spec too.

    Raises:
        InvalidArgument: A value is not plain text, or the time is none.
    """
    given = spec.partitions.value if spec.partitions is not None else {}
    values = {}
    for key, value in given.items():
        if value.static_value is None:
            raise InvalidArgument(f"spec.partitions[{key!r}]: static_value is required")
        values[key] = value.static_value
    time = spec.time_partition
    if time is None:
        return Partition(values)
    moment = time.value.time_value if time.value is not None else None
    if moment is None:
        raise InvalidArgument("spec.time_partition.value.time_value is required")
    if not time.key:
        raise InvalidArgument("spec.time_partition.key is required")
    if time.key in values:
        raise InvalidArgument(f"spec: {time.key!r} is the key of the time and of another value")
    floored = floor(moment.to_datetime(), time.granularity)
    moment = type(moment).from_datetime(floored)
    spec.time_partition = TimePartition(value=LabelValue(time_value=moment), granularity=time.granularity, key=time.key)
    return Partition(values, nanoseconds(moment), TimePartitionKey(key=time.key, granularity=time.granularity))


def floor(moment: datetime, granularity: Granularity) -> datetime:
    """The beginning of the minute, hour, day, week (Monday) or month, in UTC."""
    moment = moment.astimezone(timezone.utc).replace(second=0, microsecond=0)
    if granularity in (Granularity.UNSET, Granularity.MINUTE):
        return moment
    moment = moment.replace(minute=0)
    if granularity == Granularity.HOUR:
        return moment
    moment = moment.replace(hour=0)
    if granularity == Granularity.WEEK:
        return moment - timedelta(days=moment.weekday())
    return moment.replace(day=1) if granularity == Granularity.MONTH else moment


def same_schema(one: ArtifactPartitionSchema, other: ArtifactPartitionSchema) -> bool:
    """Tell whether two schemas have the same keys, in whatever order."""
    return one.time_partition == other.time_partition and set(one.partition_keys) == set(other.partition_keys)


def describe(schema: ArtifactPartitionSchema) -> str:
    """The keys of a schema, for people."""
    time = schema.time_partition
    keys = [f"{time.key} ({time.granularity.name.lower()})"] if time is not None else []
    return ", ".join([*keys, *schema.partition_keys]) or "no keys"


def partitions_message(values: dict[str, str]) -> Partitions:
    """Values as a message."""
    return Partitions(value={key: LabelValue(static_value=value) for key, value in values.items()})
