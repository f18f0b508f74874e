"""Fields and methods that are called like their own type."""

from __future__ import annotations

from frag_own_type.own import Color, Paint, PaintInner, ShopBase, ShopStub, Status
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(ShopBase):
    async def paint(self, request: Paint, context: ServerContext) -> Paint:
        return Paint(Paint=[request])

    async def color(self, request: Color, context: ServerContext) -> Color:
        return Color(Color=request)


async def main() -> None:
    color = Color(Color=Color(name="inner"), name="outer")
    paint = Paint(
        Color=color,
        Status=Status.OLD,
        Paint=[Paint()],
        inner=PaintInner(Paint=Paint(), Inner=PaintInner()),
        own={"x": color},
    )
    assert again(paint) == paint
    async with calling(Server()) as channel:
        stub = ShopStub(channel)
        assert await stub.paint(paint) == Paint(Paint=[paint])
        assert await stub.color(color) == Color(Color=color)


if __name__ == "__main__":
    run(main)
