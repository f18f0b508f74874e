"""Which RPCs a hand-written function may call."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora_codegen.model import File, Method, Schema, Service
from remora_codegen.pytypes import Imported
from remora_codegen.reference.rpcs import Rpcs
from remora_codegen.reference.source import Sources

SOURCE = """
from shop_help import Watcher, helper


async def direct(self, client):
    return await ItemServiceStub(client).get_item(1)


async def by_variable(self, client):
    stub = shop.ItemServiceStub(client)
    await stub.get_item(1)
    return await stub.list_items(2)


def _stub(client) -> ItemServiceStub:
    return ItemServiceStub(client)


async def by_helper(self, client):
    return await _stub(client).list_items(1)


async def elsewhere(self, client):
    from shop_help import helper as other

    return await other(client)


async def by_class(self, client):
    async with Watcher(client) as watcher:
        return watcher.once()


async def around(self, client):
    await direct(self, client)
    return await around(self, client)


async def nothing(self, client, stub: ItemServiceStub) -> ItemServiceStub:
    return stub.get_item
"""
HELP = """
async def helper(client):
    return await ItemServiceStub(client).delete_item(1)


class Watcher:
    async def __aenter__(self):
        return self

    def once(self):
        return self._again()

    def _again(self):
        return ItemServiceStub(self.client).get_item(1)

    def unused(self):
        return ItemServiceStub(self.client).delete_item(1)
"""


@pytest.fixture
def rpcs(tmp_path: Path) -> Rpcs:
    (tmp_path / "shop_functions.py").write_text(SOURCE)
    (tmp_path / "shop_help.py").write_text(HELP)
    names = {"GetItem": "get_item", "ListItems": "list_items", "DeleteItem": "delete_item"}
    methods = tuple(Method(name, python, "A", "B") for name, python in names.items())
    service = Service("shop.ItemService", "ItemService", "shop.proto", methods)
    schema = Schema((File("shop.proto", "shop", "proto3", (), (), (), (service,)),))
    return Rpcs(Sources(["shop_functions", "shop_help"], "shop_api", {}, [tmp_path]), schema)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("direct", ["GetItem"]),
        ("by_variable", ["GetItem", "ListItems"]),
        ("by_helper", ["ListItems"]),
        ("elsewhere", ["DeleteItem"]),
        ("by_class", ["GetItem"]),
        ("around", ["GetItem"]),
        ("nothing", []),
        ("missing", []),
    ],
)
def test_calls_are_followed(rpcs: Rpcs, function: str, expected: list[str]) -> None:
    found = rpcs.of(Imported("shop_functions", function))
    assert [method.name for _, method in found] == expected
    assert {service.full_name for service, _ in found} <= {"shop.ItemService"}
