"""One package in two files, with three services that all have a method of one name."""

from __future__ import annotations

from frag_two_files.two import GroupsBase, GroupsStub, Order, OrdersBase, OrdersStub, User, UsersBase, UsersStub
from serving import again, calling, run

from remora.contract.v1.services import ServerContext


class Users(UsersBase):
    async def get(self, request: User, context: ServerContext) -> User:
        return User(name=request.name + " the user")


class Groups(GroupsBase):
    async def get(self, request: User, context: ServerContext) -> User:
        return User(name=request.name + " the group")


class Orders(OrdersBase):
    async def get(self, request: User, context: ServerContext) -> Order:
        return Order(user=request)


async def main() -> None:
    user = User(name="ann")
    assert again(Order(user=user)).user == user
    async with calling(Users(), Groups(), Orders()) as channel:
        assert (await UsersStub(channel).get(user)).name == "ann the user"
        assert (await GroupsStub(channel).get(user)).name == "ann the group"
        assert await OrdersStub(channel).get(user) == Order(user=user)


if __name__ == "__main__":
    run(main)
