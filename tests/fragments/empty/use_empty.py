"""Messages without fields, a service without methods, and no package at all."""

from __future__ import annotations

from frag_empty import Holder, NobodyBase, NobodyStub, Nothing, VoidBase, VoidStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(VoidBase):
    async def pass_(self, request: Nothing, context: ServerContext) -> Nothing:
        return request

    async def hold(self, request: Holder, context: ServerContext) -> Holder:
        return request


async def main() -> None:
    assert bytes(Nothing()) == b""
    assert again(Nothing()) == Nothing()
    holder = again(Holder(nothing=Nothing(), list=[Nothing(), Nothing()], map={"": Nothing()}, other=Nothing()))
    assert holder.which_oneof("choice") == "other"
    async with calling(Server(), NobodyBase()) as channel:
        assert NobodyStub(channel) is not None
        stub = VoidStub(channel)
        assert await stub.pass_(Nothing()) == Nothing()
        assert await stub.hold(holder) == holder


if __name__ == "__main__":
    run(main)
