"""Mistakes in collections of children."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = """entities:
  Item:
    message: shop.v1.Item
    methods:
      list:
        rpc: shop.v1.Shop/ListItems
        parameters: {shelf: {}}
        pages: {items: items, next_token: token, token: token}
        returns: Item
      get: {rpc: shop.v1.Shop/GetItem, parameters: {name: {}}}
      again: {rpc: shop.v1.Shop/GetItem, request: {name: {self: name}}}
  Shelf:
    message: shop.v1.Size
"""

MISTAKES = {
    "an unknown entity": (
        "    collections: {items: {entity: Itm, fill: {shelf: unit}}}\n",
        ["14:35: there is no entity 'Itm' (did you mean 'Item'?)"],
    ),
    "an unknown field": (
        "    collections: {items: {entity: Item, fill: {shelf: unt}}}\n",
        ["14:55: message 'shop.v1.Size' has no field 'unt' (did you mean 'unit'?)"],
    ),
    "a parameter that no method has": (
        "    collections: {items: {entity: Item, fill: {shelv: unit}}}\n",
        ["14:48: no class-level method of 'Item' has the parameters 'shelv' (did you mean 'shelf'?)"],
    ),
    "a parameter that a method lacks": (
        "    collections: {items: {entity: Item, fill: {shelf: unit}, methods: [list, get]}}\n",
        ["14:48: not every method of 'Item' here has a parameter 'shelf' (did you mean 'shelf'?)"],
    ),
    "unknown methods": (
        "    collections: {items: {entity: Item, fill: {shelf: unit}, methods: [lst, again]}}\n",
        [
            "14:72: 'Item' has no class-level method 'lst' that makes a call (did you mean 'list'?)",
            "14:77: 'Item' has no class-level method 'again' that makes a call",
        ],
    ),
    "another type": (
        "    collections: {items: {entity: Item, fill: {shelf: width}}}\n",
        ["14:55: parameter 'shelf' of 'Item.list' is str, but field 'width' is int"],
    ),
    "a member of that name": (
        "    properties: {items: unit}\n    collections: {items: {entity: Item, fill: {shelf: unit}}}\n",
        ["15:19: the entity has two members 'items'; the other is at line 14"],
    ),
    "nothing filled": (
        "    collections: {items: {entity: Item}}\n",
        ["14:26: a collection needs the key 'fill'"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(HEAD + text)]
    assert found == expected
