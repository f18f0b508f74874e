"""Keywords and builtins as names of packages, messages, fields, enum values, services and methods."""

from __future__ import annotations

from collections.abc import AsyncIterator

from frag_keywords.class_.print.with_ import GlobalBase, GlobalStub, List, ListType, None_, Str, True_, Type__Mangled
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(GlobalBase):
    async def from_(self, request: None_, context: ServerContext) -> List:
        return List(kind=ListType.from_ if request.from_ == "here" else ListType.name_)

    async def none(self, request: None_, context: ServerContext) -> None_:
        return request

    async def float(self, request: List, context: ServerContext) -> AsyncIterator[List]:
        yield request
        yield List(kind=ListType.mro_)

    async def print(self, requests: AsyncIterator[Str], context: ServerContext) -> Str:
        return Str(def_="".join([request.def_ or "" async for request in requests]))

    async def self(self, request: True_, context: ServerContext) -> True_:
        return request

    async def method__mangled(self, request: Type__Mangled, context: ServerContext) -> Type__Mangled:
        return Type__Mangled(self_=request)

    async def method__mapping__(self, request: True_, context: ServerContext) -> True_:
        return request


def everything() -> None_:
    return None_(
        from_="a",
        class_=1,
        import_=b"b",
        None_=True,
        True_=["c", "d"],
        print={"e": "f"},
        list=List(kind=ListType.int),
        str=Str(not_=0),
        bytes=b"g",
        int=2,
        float=3.5,
        bool=True,
        type=4,
        self_="h",
        cls="i",
        parse_="j",
        to_dict_="k",
        is_set_="l",
        which_oneof_="m",
        object="n",
        property="o",
        classmethod="p",
        len=5,
        isinstance="q",
        data="r",
        async_="s",
        await_="t",
        match="u",
        field_private="v",
        field__dunder__="w",
        value="x",
        dict="y",
        cast="z",
        super="aa",
        range=6,
        Message="bb",
        annotations="cc",
        bytearray="dd",
        position="ee",
        end="ff",
        depth="gg",
        tag="hh",
        message="ii",
        unknown="jj",
    )


async def main() -> None:
    message = everything()
    assert again(message).is_set("str")
    assert again(None_()) == None_()
    assert message.to_dict()["from"] == "a"
    assert again(Str(is_=None_(class_=3))).which_oneof("class") == "is_"
    async with calling(Server()) as channel:
        stub = GlobalStub(channel)
        assert (await stub.from_(None_(from_="here"))).kind is ListType.from_
        assert await stub.none(message) == message
        assert [item.kind async for item in stub.float(List(kind=ListType.True_))] == [ListType.True_, ListType.mro_]
        assert (await stub.print([Str(def_="x"), Str(def_="y")])).def_ == "xy"
        assert await stub.self(True_()) == True_()
        assert (await stub.method__mangled(Type__Mangled(field__Mangled__="m"))).self_ == Type__Mangled(
            field__Mangled__="m"
        )
        assert await stub.method__mapping__(True_()) == True_()


if __name__ == "__main__":
    run(main)
