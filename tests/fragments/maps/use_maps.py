"""Maps with every kind of key and many kinds of values, messages among them."""

from __future__ import annotations

from frag_maps.maps import Kind, Maps, MapServiceBase, MapServiceStub, MapsInner
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(MapServiceBase):
    async def echo(self, request: Maps, context: ServerContext) -> Maps:
        return request


def full() -> Maps:
    return Maps(
        by_int32={-(2**31): "low", 0: "", 2**31 - 1: "high"},
        by_int64={-(2**63): "low", 2**63 - 1: "high"},
        by_uint32={0: "low", 2**32 - 1: "high"},
        by_uint64={0: "low", 2**64 - 1: "high"},
        by_sint32={-(2**31): "low", 2**31 - 1: "high"},
        by_sint64={-(2**63): "low", 2**63 - 1: "high"},
        by_fixed32={0: "low", 2**32 - 1: "high"},
        by_fixed64={0: "low", 2**64 - 1: "high"},
        by_sfixed32={-(2**31): "low", 2**31 - 1: "high"},
        by_sfixed64={-(2**63): "low", 2**63 - 1: "high"},
        by_bool={False: "no", True: "yes"},
        by_string={"": "empty", "ключ": "value"},
        messages={"a": Maps(by_bool={True: "inner"}), "b": Maps()},
        enums={"known": Kind.KNOWN, "default": Kind.UNKNOWN, "new": Kind(77)},
        raw={"": b"", "x": b"\x00\xff"},
        doubles={"pi": 3.25, "zero": 0.0},
        floats={"half": 0.5},
        bools={"on": True, "off": False},
        uints={"big": 2**64 - 1},
        sints={"minus": -5},
        fixed={"f": 2**64 - 1},
        inner={1: MapsInner(again={"x": MapsInner(again={"y": MapsInner()})})},
    )


async def main() -> None:
    message = again(full())
    assert message.enums["new"] == 77
    assert again(Maps()).by_int32 == {}
    async with calling(Server()) as channel:
        assert await MapServiceStub(channel).echo(message) == message


if __name__ == "__main__":
    run(main)
