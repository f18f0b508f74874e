"""Packages that are called like the standard library, like grpc and like the runtime itself."""

from __future__ import annotations

import asyncio
import json
import typing
from collections.abc import AsyncIterator

from frag_shadow.asyncio.events import Loop
from frag_shadow.builtins import Int
from frag_shadow.google.type import Money
from frag_shadow.grpc.health.v1 import Check, HealthBase, HealthStub
from frag_shadow.json import JSON
from frag_shadow.remora.contract.v1 import Contract
from frag_shadow.typing import TypeVar
from serving import again, calling, run

from remora.contract.v1.services import ServerContext
from remora_api.google.protobuf import Timestamp


class Server(HealthBase):
    async def check(self, request: Check, context: ServerContext) -> JSON:
        return JSON(text=json.dumps(sorted(request.to_dict())))

    async def watch(self, request: TypeVar, context: ServerContext) -> AsyncIterator[Loop]:
        await asyncio.sleep(0)
        yield Loop(state=JSON(text=request.name))


async def main() -> None:
    check = Check(
        json=JSON(text="{}"),
        typing=TypeVar(name="T"),
        asyncio=Loop(state=JSON()),
        remora=Contract(text="c"),
        builtins=Int(value=-1),
        google=Money(units=5),
        struct=Timestamp(seconds=1),
    )
    assert again(check) == check
    assert typing.TYPE_CHECKING is False
    async with calling(Server()) as channel:
        stub = HealthStub(channel)
        answer = await stub.check(check)
        assert json.loads(answer.text) == ["asyncio", "builtins", "google", "json", "remora", "struct", "typing"]
        assert [loop.state async for loop in stub.watch(TypeVar(name="T"))] == [JSON(text="T")]


if __name__ == "__main__":
    run(main)
