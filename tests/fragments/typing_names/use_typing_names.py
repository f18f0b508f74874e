"""Messages that are called like names of `typing`, of the runtime and of the builtins."""

from __future__ import annotations

import collections.abc

import frag_typing_names.typing_names as names
import pytest
from serving import again, calling, run

from remora.contract.v1.services import ServerContext
from remora.errors import DecodeError


class Server(names.NamesBase):
    async def unary(self, request: names.Any, context: ServerContext) -> names.Method:
        return names.Method(path=request.optional.text or "" if request.optional else "none")

    async def down(
        self, request: names.Iterator, context: ServerContext
    ) -> collections.abc.AsyncIterator[names.AsyncIterator]:
        yield names.AsyncIterator()

    async def up(
        self, requests: collections.abc.AsyncIterator[names.Mapping], context: ServerContext
    ) -> names.ResponseStream:
        assert [request async for request in requests] == [names.Mapping()]
        return names.ResponseStream()

    async def both(
        self, requests: collections.abc.AsyncIterator[names.List], context: ServerContext
    ) -> collections.abc.AsyncIterator[names.Dict]:
        async for request in requests:
            yield names.Dict(items={"first": request.items[0]})

    async def messages(self, request: names.Message_, context: ServerContext) -> names.Enum_:
        return names.Enum_(name=request.text)

    async def errors(self, request: names.TypeError, context: ServerContext) -> names.WireError_:
        return names.WireError_(text="w")

    async def checking(self, request: names.TYPE_CHECKING_, context: ServerContext) -> names.Optional:
        return names.Optional(text="set")

    async def unimplemented(self, request: names.Self, context: ServerContext) -> names.URI:
        return names.URI()


async def main() -> None:
    anything = names.Any(any=names.Any(), optional=names.Optional(text=""))
    assert again(names.List(items=[anything])).items == [anything]
    assert again(names.Dict(items={"x": anything})).items == {"x": anything}
    for name in names.__all__:
        found = getattr(names, name)
        if hasattr(found, "parse"):
            assert again(found()) == found()
            with pytest.raises(DecodeError):
                found.parse(b"\x0a\x05")
    async with calling(Server()) as channel:
        stub = names.NamesStub(channel)
        assert (await stub.unary(anything)).path == ""
        assert [item async for item in stub.down(names.Iterator())] == [names.AsyncIterator()]
        assert await stub.up([names.Mapping()]) == names.ResponseStream()
        assert [item async for item in stub.both([names.List(items=[anything])])] == [
            names.Dict(items={"first": anything})
        ]
        assert (await stub.messages(names.Message_(text="t"))).name == "t"
        assert (await stub.errors(names.TypeError())).text == "w"
        assert (await stub.checking(names.TYPE_CHECKING_())).text == "set"
        assert await stub.unimplemented(names.Self()) == names.URI()


if __name__ == "__main__":
    run(main)
