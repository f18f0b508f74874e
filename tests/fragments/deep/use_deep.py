"""Types four levels down, in a package five levels down."""

from __future__ import annotations

from frag_deep.deep.er.and_.deeper.still import AB, ABC, ABCD, ABCDE, ABCDF, A, DepthsBase, DepthsStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(DepthsBase):
    async def dive(self, request: ABCD, context: ServerContext) -> ABCDF:
        return request.f or ABCDF()


async def main() -> None:
    bottom = ABCDF(e=ABCDE.ONE, a=A())
    top = A(b=AB(c=ABC(d=ABCD(f=bottom, es={"x": ABCDE.ONE}))), f=bottom)
    assert again(top) == top
    async with calling(Server()) as channel:
        assert await DepthsStub(channel).dive(ABCD(f=bottom)) == bottom


if __name__ == "__main__":
    run(main)
