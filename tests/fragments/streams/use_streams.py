"""The four kinds of methods, what their facts say, and what a server answers for methods it does not have."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from frag_streams.streams import CalculatorBase, CalculatorStub, Number
from serving import calling, run

from remora.contract.v1.services import Method, ServerContext
from remora.errors import InvalidArgument, Unimplemented


class Server(CalculatorBase):
    async def increment(self, request: Number, context: ServerContext) -> Number:
        return Number(value=request.value + 1)

    async def count(self, request: Number, context: ServerContext) -> AsyncIterator[Number]:
        for value in range(request.value):
            yield Number(value=value + 1)

    async def sum(self, requests: AsyncIterator[Number], context: ServerContext) -> Number:
        total = 0
        async for request in requests:
            if request.value < 0:
                raise InvalidArgument("only numbers from zero on")
            total += request.value
        return Number(value=total)

    async def totals(self, requests: AsyncIterator[Number], context: ServerContext) -> AsyncIterator[Number]:
        total = 0
        async for request in requests:
            total += request.value
            yield Number(value=total)


async def numbers(*values: int) -> AsyncIterator[Number]:
    for value in values:
        yield Number(value=value)


def facts() -> None:
    methods: dict[str, Method[Number, Number]] = dict(CalculatorBase.METHODS)
    assert methods["increment"].path == "/streams.Calculator/Increment"
    assert {name: method.shape.value for name, method in methods.items()} == {
        "increment": "unary_unary",
        "count": "unary_stream",
        "sum": "stream_unary",
        "totals": "stream_stream",
        "forgotten": "unary_unary",
        "forgotten_stream": "unary_stream",
        "forgotten_upload": "stream_unary",
        "forgotten_chat": "stream_stream",
    }
    assert [name for name, method in methods.items() if method.idempotent] == ["increment", "count"]
    assert CalculatorStub.increment.__doc__ == "Adds one."


async def main() -> None:
    facts()
    async with calling(Server()) as channel:
        stub = CalculatorStub(channel)
        assert (await stub.increment(Number(value=1), timeout=10, metadata={"x": "y"})).value == 2
        async with stub.count(Number(value=3)) as responses:
            assert [item.value async for item in responses] == [1, 2, 3]
        assert (await stub.sum([Number(value=1), Number(value=2)])).value == 3
        assert (await stub.sum(numbers(4, 5), timeout=10)).value == 9
        assert (await stub.sum([])).value == 0
        assert [item.value async for item in stub.totals(numbers(1, 2, 3))] == [1, 3, 6]
        assert [item.value async for item in stub.totals([])] == []

        with pytest.raises(InvalidArgument, match="only numbers from zero on"):
            await stub.sum([Number(value=-1)])
        for call in (
            stub.forgotten(Number()),
            anext_of(stub.forgotten_stream(Number())),
            stub.forgotten_upload([]),
            anext_of(stub.forgotten_chat([])),
        ):
            with pytest.raises(Unimplemented, match=r"streams\.Calculator/Forgotten"):
                await call


async def anext_of(responses: AsyncIterator[Number]) -> Number:
    return await responses.__anext__()


if __name__ == "__main__":
    run(main)
