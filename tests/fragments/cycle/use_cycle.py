"""Two packages that import each other, through files that do not."""

from __future__ import annotations

from frag_cycle.cycle.a import CircleBase, CircleStub, Color, First, Second, SecondInner
from frag_cycle.cycle.b import Middle
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(CircleBase):
    async def walk(self, request: First, context: ServerContext) -> Middle:
        assert request.middle is not None
        return request.middle


async def main() -> None:
    middle = Middle(second=Second(value=1), inner=SecondInner(text="x"), colors={"red": Color.RED})
    assert again(First(middle=middle)).middle == middle
    async with calling(Server()) as channel:
        assert await CircleStub(channel).walk(First(middle=middle)) == middle


if __name__ == "__main__":
    run(main)
