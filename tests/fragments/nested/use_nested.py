"""Messages inside messages, and messages that hold themselves or each other."""

from __future__ import annotations

from frag_nested.nested import Ping, Pong, Tree, TreeNode, TreeNodeLeaf, TreesBase, TreesStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Server(TreesBase):
    async def mirror(self, request: Tree, context: ServerContext) -> Tree:
        return Tree(left=request.right, right=request.left, others=request.others[::-1], by_name=request.by_name)

    async def play(self, request: Ping, context: ServerContext) -> Pong:
        return Pong(ping=Ping(pong=Pong(ping=request), count=request.count + 1))


async def main() -> None:
    leaf = TreeNodeLeaf(back=[TreeNode(owner=Tree()), TreeNode()], value=3)
    tree = again(Tree(left=Tree(node=TreeNode(leaf=leaf)), by_name={"": Tree(), "x": Tree(right=Tree())}))
    assert tree.left is not None
    assert tree.left.node is not None
    assert tree.left.node.leaf == leaf
    async with calling(Server()) as channel:
        stub = TreesStub(channel)
        mirrored = await stub.mirror(tree)
        assert mirrored == Tree(right=tree.left, by_name=tree.by_name)
        pong = await stub.play(Ping(count=1))
        assert pong.ping is not None
        assert pong.ping.count == 2


if __name__ == "__main__":
    run(main)
