"""`--only`: what is chosen, what comes along, and what is left out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]
Contents = Callable[[Path], dict[str, bytes]]

MORE = """
syntax = "proto3";
package acme.stock.v1;
import "acme/shared/money.proto";
message Item { Shelf shelf = 1; acme.shared.Money price = 2; }
message Shelf { enum Kind { KIND_NONE = 0; } Kind kind = 1; }
message Unused { string name = 1; }
message CountRequest { Shelf shelf = 1; }
message CountResponse { int64 count = 1; }
service StockService { rpc Count(CountRequest) returns (CountResponse); }
"""
TWO_ENTITIES = """
entities:
  Order:
    message: acme.orders.v1.Order
    methods:
      get:
        rpc: acme.orders.v1.OrderService/GetOrder
        parameters: {order_id: {}}
        returns: Order
  Item:
    message: acme.stock.v1.Item
    properties: {shelf: {entity: Shelf}}
  Shelf:
    message: acme.stock.v1.Shelf
commands:
  order: {entity: Order, commands: {get: {}}}
  show-order: {entity: Order, method: get}
"""


@pytest.fixture
def generate(project: Path, remora: Remora, contents: Contents) -> Callable[..., dict[str, str]]:
    (project / "protos/acme/stock.proto").write_text(MORE)
    (project / "acme.yaml").write_text(TWO_ENTITIES)

    def run(*arguments: str) -> dict[str, str]:
        code, _, err = remora("generate", "--package", "acme_api", "--out", "out", *arguments)
        assert (code, err) == (0, [])
        assert remora("generate", "--package", "acme_api", "--out", "out", *arguments, "--check") == (0, [], [])
        return {name.removeprefix("acme_api/"): text.decode() for name, text in contents(project / "out").items()}

    return run


def classes(tree: dict[str, str]) -> list[str]:
    return sorted(
        line.split("(")[0].split(":")[0].removeprefix("class ")
        for name, text in tree.items()
        if name.endswith(("_pb.py", "_grpc.py"))
        for line in text.splitlines()
        if line.startswith("class ")
    )


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["acme.shared.Money"], ["Money", "MoneyCurrency"]),
        (["Money"], ["Money", "MoneyCurrency"]),
        (["Kind"], ["ShelfKind"]),
        (["Shelf*"], ["Shelf", "ShelfKind"]),
        (
            ["acme.stock.v1.*Service"],
            ["CountRequest", "CountResponse", "Shelf", "ShelfKind", "StockServiceBase", "StockServiceStub"],
        ),
        (["Unused", "Kind"], ["ShelfKind", "Unused"]),
    ],
)
def test_what_is_chosen_comes_with_what_it_needs(
    generate: Callable[..., dict[str, str]], patterns: list[str], expected: list[str]
) -> None:
    tree = generate(*(part for pattern in patterns for part in ("--only", pattern)))
    assert classes(tree) == expected
    assert not any("orders" in name for name in tree)
    assert f"only={patterns[0]}" in tree["__init__.py"]


def test_an_entity_brings_its_message_its_services_and_other_entities(
    generate: Callable[..., dict[str, str]], project: Path
) -> None:
    tree = generate("--manifest", "acme.yaml", "--only", "Item")
    assert [name for name in tree if name.startswith("entities/")] == [
        "entities/__init__.py",
        "entities/item.py",
        "entities/shelf.py",
    ]
    assert classes(tree) == ["Item", "Money", "MoneyCurrency", "Shelf", "ShelfKind"]
    tree = generate("--manifest", "acme.yaml", "--only", "Order")
    assert "OrderServiceStub" in classes(tree)
    assert not any("stock" in name for name in tree)
    code = "from acme_api.entities import Order; from acme_api.acme.orders.v1 import OrderServiceStub; Order.get"
    subprocess.run([sys.executable, "-c", code], cwd=project / "out", check=True)


def test_without_a_chosen_entity_there_is_no_package_of_entities(generate: Callable[..., dict[str, str]]) -> None:
    tree = generate("--manifest", "acme.yaml", "--only", "Money")
    assert not any(name.startswith("entities/") for name in tree)


def test_a_pattern_that_matches_nothing(project: Path, remora: Remora) -> None:
    arguments = ("generate", "--package", "acme_api", "--only", "OrderServise", "--only", "acme.*")
    line = "--only: error: no entity, service, message or enum matches 'OrderServise' (did you mean 'OrderService'?)"
    assert remora(*arguments) == (2, [], [line])
    assert not (project / "generated").exists()


def test_commands_come_with_their_entities(generate: Callable[..., dict[str, str]]) -> None:
    modules = {"commands/order.py", "commands/show_order.py", "commands/__init__.py", "__main__.py"}
    manifest = ("--manifest", "acme.yaml")
    assert modules <= generate(*manifest).keys()
    assert modules <= generate(*manifest, "--only", "Order").keys()
    assert not [name for name in generate(*manifest, "--only", "Item") if "commands" in name or "__main__" in name]
