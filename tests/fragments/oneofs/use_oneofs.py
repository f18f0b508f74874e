"""Oneofs of every kind of value, beside optional scalars, with and without the default as a value."""

from __future__ import annotations

from frag_oneofs.oneofs import Choice, ChoicesBase, ChoicesStub, Size
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(ChoicesBase):
    async def echo(self, request: Choice, context: ServerContext) -> Choice:
        return request


CASES = {
    "text": Choice(text=""),
    "number": Choice(number=0),
    "flag": Choice(flag=False),
    "raw": Choice(raw=b""),
    "real": Choice(real=0.0),
    "size": Choice(size=Size.UNSPECIFIED),
    "choice": Choice(choice=Choice(choice=Choice(text="x"))),
    "signed": Choice(signed=-1),
}


async def main() -> None:
    async with calling(Server()) as channel:
        stub = ChoicesStub(channel)
        for name, choice in CASES.items():
            assert again(choice).which_oneof("value") == name
            assert (await stub.echo(choice)).which_oneof("value") == name
        empty = await stub.echo(Choice())
        assert empty.which_oneof("value") is None
        assert empty.text is None
        assert empty.maybe_number is None
        assert empty.plain == 0
        zero = await stub.echo(Choice(maybe_text="", maybe_number=0, maybe_flag=False, maybe_size=Size.UNSPECIFIED))
        assert zero.maybe_text == ""
        assert zero.maybe_number == 0
        assert zero.maybe_flag is False
        assert zero.maybe_size is Size.UNSPECIFIED
        both = await stub.echo(Choice(number=1, right="r", plain=2))
        assert (both.which_oneof("value"), both.which_oneof("other"), both.plain) == ("number", "right", 2)
        last = Choice.parse(bytes(Choice(text="first")) + bytes(Choice(number=5)))
        assert last == Choice(number=5), "the last member on the wire wins"


if __name__ == "__main__":
    run(main)
