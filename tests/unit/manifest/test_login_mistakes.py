"""Mistakes in logins, and in what an entity keeps of a request."""

from __future__ import annotations

from collections.abc import Callable

import pytest

END = "entities:\n  Item:\n    message: shop.v1.Item\n"
GET = f"{END}    methods:\n      get:\n        rpc: shop.v1.Shop/GetItem\n        parameters: {{name: name}}\n"

MISTAKES = {
    "logins": (
        "logins:\n"
        "  key: {rpc: shop.v1.Shop/GetItem, token: etag}\n"
        "  Item: {rpc: shop.v1.Shop/GetItem, token: etag}\n"
        "  A: {rpc: shop.v1.Shop/GetItm, token: etag}\n"
        "  B: {rpc: shop.v1.Shop/WatchItems, token: etag}\n"
        "  C: {rpc: shop.v1.Shop/GetItem, token: item.count}\n"
        "  D: {rpc: shop.v1.Shop/GetItem, token: etag, header: Token}\n"
        "  E: {rpc: shop.v1.Shop/GetItem, token: etag, header: t-bin}\n"
        "  F: {rpc: shop.v1.Shop/GetItem, token: etag, lifetime: 0}\n" + END,
        [
            "2:3: login 'key' must begin with a capital letter, as classes do",
            "3:3: 'Item' is an entity or an error already",
            "4:12: service 'shop.v1.Shop' has no method 'GetItm' (did you mean 'GetItem'?)",
            "5:12: a login is one request and one answer, but this RPC streams",
            "6:41: a token is a string, but field 'item.count' is an int32",
            "7:55: 'Token' is no name of a header: it has small letters, digits and '-', '_', '.' (use 'token')",
            "8:55: a token is text, so its header cannot end with '-bin'",
            "9:57: 0 is too small; the least is 1",
        ],
    ),
    "parameters of logins": (
        "logins:\n"
        "  A:\n"
        "    rpc: shop.v1.Shop/GetItem\n"
        "    token: etag\n"
        "    parameters:\n"
        "      lifetime: name\n"
        "      nam: {}\n"
        "      size: {}\n"
        "      deep: {default: 1}\n"
        "      name: {}\n" + END,
        [
            "6:7: parameter 'lifetime' is reserved (use 'lifetime_')",
            "7:7: parameter 'nam': message 'shop.v1.GetItemRequest' has no field 'nam' (did you mean 'name'?)",
            "8:7: a login takes plain values, but field 'size' is a shop.v1.Size",
            "9:23: 1 is no value for field 'deep', which is a bool",
            "10:7: required parameter 'name' follows 'deep', which has a default",
        ],
    ),
    "the module of logins": (
        "logins: {A: {rpc: shop.v1.Shop/GetItem, token: etag}}\nentities:\n  Logins: {message: shop.v1.Item}\n",
        ["1:10: module 'logins' is taken by entity 'Logins'"],
    ),
    "what is kept": (
        f"{GET}        returns: {{entity: Item, field: item, keep: {{count: name, nam: name}}}}\n",
        [
            "8:60: field 'count' is an int32, but 'name' is a string",
            "8:66: message 'shop.v1.Item' has no field 'nam' (did you mean 'name'?)",
        ],
    ),
    "where nothing is kept": (
        f"{GET}        returns: {{field: etag, keep: {{name: name}}}}\n",
        ["8:39: 'keep' is for methods that return an entity"],
    ),
    "where there are several": (
        f"{END}    methods:\n      all:\n        rpc: shop.v1.Shop/ListItems\n        parameters: {{shelf: shelf}}\n"
        "        returns: {entity: Item, field: items, keep: {name: shelf}}\n",
        ["8:54: 'keep' is for one request and an entity made of its one answer"],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_is_told_with_its_place(name: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[name]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(text)]
    assert found == expected
