"""A type that is reached through `import public`."""

from __future__ import annotations

from frag_public_import.base import Base
from frag_public_import.house import House, HousesBase, HousesStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(HousesBase):
    async def enter(self, request: House, context: ServerContext) -> Base:
        return request.base or Base()


async def main() -> None:
    house = again(House(base=Base(text="hall")))
    async with calling(Server()) as channel:
        assert await HousesStub(channel).enter(house) == Base(text="hall")


if __name__ == "__main__":
    run(main)
