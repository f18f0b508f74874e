"""Types of google.protobuf come from the runtime's package, whatever package is generated."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from frag_well_known.well_known import ClockBase, ClockStub, Known
from serving import again, calling, run

from remora.contract.v1.services import ServerContext
from remora_api.google.protobuf import (
    Any,
    BoolValue,
    Duration,
    Empty,
    FieldMask,
    Int64Value,
    ListValue,
    StringValue,
    Struct,
    Timestamp,
    Value,
)

NOON = datetime(2024, 5, 6, 12, tzinfo=timezone.utc)


class Server(ClockBase):
    async def reset(self, request: Empty, context: ServerContext) -> Empty:
        return request

    async def now(self, request: Duration, context: ServerContext) -> Timestamp:
        return Timestamp.from_datetime(NOON + request.to_timedelta())

    async def echo(self, request: Known, context: ServerContext) -> Known:
        return request


async def main() -> None:
    known = Known(
        at=Timestamp.from_datetime(NOON),
        took=Duration.from_timedelta(timedelta(seconds=1.5)),
        labels=Struct.from_python({"a": [1, None, {"b": True}]}),
        value=Value.from_python("text"),
        list=ListValue.from_python([1, "x"]),
        mask=FieldMask(paths=["a", "b.c_d"]),
        text=StringValue(value=""),
        flag=BoolValue(value=False),
        any=Any(type_url="type.googleapis.com/google.protobuf.Empty"),
        times=[Timestamp(seconds=1), Timestamp()],
        values={"null": Value.from_python(None)},
        count=Int64Value(value=5),
    )
    assert Known.parse(bytes(known)) == known
    known.any = None
    assert again(known).which_oneof("limit") == "count"
    async with calling(Server()) as channel:
        stub = ClockStub(channel)
        assert await stub.reset(Empty()) == Empty()
        later = await stub.now(Duration.from_timedelta(timedelta(minutes=1)))
        assert later.to_datetime() == NOON + timedelta(minutes=1)
        assert await stub.echo(known) == known


if __name__ == "__main__":
    run(main)
