"""Every kind of scalar: one, many in a packed field, many one by one; and field numbers of every length."""

from __future__ import annotations

from frag_scalars.scalars import Many, One, ScalarsBase, ScalarsStub, Unpacked
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(ScalarsBase):
    async def echo(self, request: One, context: ServerContext) -> One:
        return request

    async def pack(self, request: Unpacked, context: ServerContext) -> Many:
        return Many.parse(bytes(request))


LIMITS = (
    One(
        a_double=1.5,
        a_float=-0.5,
        a_int32=-(2**31),
        a_int64=-(2**63),
        a_uint32=2**32 - 1,
        a_uint64=2**64 - 1,
        a_sint32=-(2**31),
        a_sint64=-(2**63),
        a_fixed32=2**32 - 1,
        a_fixed64=2**64 - 1,
        a_sfixed32=-(2**31),
        a_sfixed64=-(2**63),
        a_bool=True,
        a_string="ä€😀",
        a_bytes=b"\x00\xff",
        tag_15=1,
        tag_16=2,
        tag_17=3,
        tag_18=4,
        tag_19=5,
    ),
    One(a_double=-0.0, a_int32=2**31 - 1, a_int64=2**63 - 1, a_sint32=2**31 - 1, a_sint64=2**63 - 1),
)


def unpacked() -> Unpacked:
    one, other = LIMITS
    return Unpacked(
        a_double=[one.a_double, 0.0],
        a_float=[one.a_float, 0.0],
        a_int32=[one.a_int32, 0, other.a_int32],
        a_int64=[one.a_int64, 0, other.a_int64],
        a_uint32=[one.a_uint32, 0],
        a_uint64=[one.a_uint64, 0],
        a_sint32=[one.a_sint32, 0, other.a_sint32],
        a_sint64=[one.a_sint64, 0, other.a_sint64],
        a_fixed32=[one.a_fixed32, 0],
        a_fixed64=[one.a_fixed64, 0],
        a_sfixed32=[one.a_sfixed32, 0],
        a_sfixed64=[one.a_sfixed64, 0],
        a_bool=[True, False],
        a_string=["", "x"],
        a_bytes=[b"", b"x"],
        a_message=[one, One()],
    )


async def main() -> None:
    assert bytes(Many(a_int32=[1, 2])) == b"\x1a\x02\x01\x02"
    assert bytes(Unpacked(a_int32=[1, 2])) == b"\x18\x01\x18\x02"
    message = again(unpacked())
    async with calling(Server()) as channel:
        stub = ScalarsStub(channel)
        for one in LIMITS:
            assert await stub.echo(again(one)) == one
        packed = again(await stub.pack(message))
        assert packed.to_dict() == message.to_dict()
        assert bytes(packed) != bytes(message)
        assert Unpacked.parse(bytes(packed)) == message


if __name__ == "__main__":
    run(main)
