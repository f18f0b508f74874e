"""Conversions of the well-known types."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from remora.errors import DecodeError, ValidationError
from remora_api.google.protobuf import (
    Any as AnyMessage,
)
from remora_api.google.protobuf import (
    Duration,
    Empty,
    ListValue,
    StringValue,
    Struct,
    Timestamp,
    Value,
)


class TestTimestamp:
    @pytest.mark.parametrize(
        "moment",
        [
            datetime(1970, 1, 1, tzinfo=timezone.utc),
            datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc),
            datetime(1, 1, 1, tzinfo=timezone.utc),
            datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc),
            datetime(2024, 2, 29, 12, 30, 15, 123_456, tzinfo=timezone.utc),
        ],
    )
    def test_microseconds_survive(self, moment: datetime) -> None:
        again = Timestamp.from_datetime(moment).to_datetime()
        assert again == moment
        assert again.tzinfo is timezone.utc

    def test_other_timezones(self) -> None:
        moment = datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
        assert Timestamp.from_datetime(moment).to_datetime() == datetime(2024, 1, 1, tzinfo=timezone.utc)

    def test_nanoseconds_are_cut_off(self) -> None:
        assert Timestamp(seconds=-1, nanos=999_999_999).to_datetime().microsecond == 999_999
        assert Timestamp(nanos=1).to_datetime() == datetime(1970, 1, 1, tzinfo=timezone.utc)

    def test_a_naive_datetime_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="timezone"):
            Timestamp.from_datetime(datetime(2024, 1, 1, tzinfo=timezone.utc).replace(tzinfo=None))

    @pytest.mark.parametrize("content", [{"seconds": 2**40}, {"seconds": -(2**40)}, {"nanos": -1}, {"nanos": 10**9}])
    def test_out_of_range(self, content: dict[str, int]) -> None:
        with pytest.raises(ValidationError):
            Timestamp(**content).to_datetime()


class TestDuration:
    @pytest.mark.parametrize(
        ("span", "seconds", "nanos"),
        [
            (timedelta(0), 0, 0),
            (timedelta(seconds=1, microseconds=500_000), 1, 500_000_000),
            (timedelta(seconds=-1, microseconds=-500_000), -1, -500_000_000),
            (timedelta(microseconds=-1), 0, -1000),
            (timedelta(days=365), 31_536_000, 0),
        ],
    )
    def test_both_ways(self, span: timedelta, seconds: int, nanos: int) -> None:
        duration = Duration.from_timedelta(span)
        assert (duration.seconds, duration.nanos) == (seconds, nanos)
        assert duration.to_timedelta() == span

    def test_nanoseconds_are_cut_off_towards_zero(self) -> None:
        assert Duration(nanos=1999).to_timedelta() == timedelta(microseconds=1)
        assert Duration(nanos=-1999).to_timedelta() == timedelta(microseconds=-1)

    @pytest.mark.parametrize("content", [{"seconds": 2**40}, {"seconds": 1, "nanos": -1}, {"nanos": 10**9}])
    def test_out_of_range(self, content: dict[str, int]) -> None:
        with pytest.raises(ValidationError):
            Duration(**content).to_timedelta()


class TestStruct:
    def test_both_ways(self) -> None:
        values: dict[str, Any] = {"a": None, "b": True, "c": 1, "d": 1.5, "e": "x", "f": [1, [], {}], "g": {"h": None}}
        struct = Struct.from_python(values)
        assert struct.to_python() == values
        assert Struct.parse(bytes(struct)).to_python() == values
        assert struct.fields["b"].bool_value is True

    def test_lists_and_values(self) -> None:
        assert ListValue.from_python([1, "a", None]).to_python() == [1.0, "a", None]
        assert Value.from_python({"a": 1}).to_python() == {"a": 1.0}
        assert Value().to_python() is None

    @pytest.mark.parametrize(
        ("values", "place"),
        [
            ({"a": {"b": [0, object()]}}, "a.b[1]"),
            ({"a": 2**60 + 1}, "a"),
            ({"a": b"x"}, "a"),
            ({1: 2}, ""),
            ([], ""),
        ],
    )
    def test_refused(self, values: Any, place: str) -> None:
        with pytest.raises(ValidationError) as caught:
            Struct.from_python(values)
        assert caught.value.field == place


class TestAny:
    def test_pack_and_unpack(self) -> None:
        packed = AnyMessage.pack(StringValue(value="x"))
        assert packed.type_url == "type.googleapis.com/google.protobuf.StringValue"
        assert packed.type_name == "google.protobuf.StringValue"
        assert packed.unpack(StringValue) == StringValue(value="x")
        assert packed.unpack(Empty) is None

    def test_another_prefix(self) -> None:
        assert (
            AnyMessage.pack(Empty(), prefix="example.com/types").type_url == "example.com/types/google.protobuf.Empty"
        )

    def test_malformed_content(self) -> None:
        with pytest.raises(DecodeError, match=r"google\.protobuf\.StringValue"):
            AnyMessage(type_url="x/google.protobuf.StringValue", value=b"\x0a").unpack(StringValue)
