"""Fields that know whether they were set: `optional` of every kind, and proto2."""

from __future__ import annotations

from frag_presence.presence import Maybe, MaybeState, Old, OldColor, PresenceBase, PresenceStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(PresenceBase):
    async def echo(self, request: Maybe, context: ServerContext) -> Maybe:
        return request


def zeros() -> Maybe:
    return Maybe(
        a_double=0.0,
        a_float=0.0,
        a_int32=0,
        a_int64=0,
        a_uint32=0,
        a_uint64=0,
        a_sint32=0,
        a_sint64=0,
        a_fixed32=0,
        a_fixed64=0,
        a_sfixed32=0,
        a_sfixed64=0,
        a_bool=False,
        a_string="",
        a_bytes=b"",
        a_state=MaybeState.NEW,
        a_message=Maybe(),
        old=Old(number=0, text="", unpacked=[1, 2], packed=[3, 4], color=OldColor.BLUE),
    )


async def main() -> None:
    zero, unset = zeros(), Maybe()
    names = [name for name in Maybe.__match_args__ if name not in ("plain", "old")]
    assert len(names) == 17
    async with calling(Server()) as channel:
        stub = PresenceStub(channel)
        for message in (again(zero), await stub.echo(zero)):
            assert all(message.is_set(name) for name in names)
            assert message.old == zero.old
        for message in (again(unset), await stub.echo(unset)):
            assert not any(message.is_set(name) for name in names)
            assert message.a_int32 is None
            assert message.a_state is None
            assert message.plain == 0
    assert bytes(unset) == b""
    assert zero != unset
    old = Old(unpacked=[1, 2], packed=[1, 2])
    assert bytes(old) == b"\x18\x01\x18\x02\x22\x02\x01\x02"
    assert again(Old()).number is None


if __name__ == "__main__":
    run(main)
