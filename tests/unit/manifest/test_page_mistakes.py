"""Mistakes in how a list is paged."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = "entities:\n  Item:\n    message: shop.v1.Item\n    methods:\n"
LIST = "      a: {rpc: shop.v1.Shop/ListItems, pages: {items: items, "
WATCH = "      a: {rpc: shop.v1.Shop/WatchItems, pages: {"

MISTAKES = {
    "two styles": (
        LIST + "page: size, offset: size}}",
        ["5:47: 'pages' needs exactly one of 'token', 'page', 'offset' and 'after' (this has 'page' and 'offset')"],
    ),
    "no items": (
        "      a: {rpc: shop.v1.Shop/ListItems, pages: {page: size}}",
        ["5:47: 'pages' with 'page' needs the key 'items'"],
    ),
    "no next token": (
        LIST + "token: token}}",
        ["5:47: 'pages' with 'token' needs the key 'next_token'"],
    ),
    "a key is missing": (LIST + "after: shelf}}", ["5:47: 'pages' with 'after' needs the key 'key'"]),
    "keys of other styles": (
        LIST + "page: size, next_token: token, key: name, inclusive: true}}",
        [
            "5:47: 'inclusive' goes with 'after', not with 'page'",
            "5:47: 'key' goes with 'after', not with 'page'",
            "5:47: 'next_token' goes with 'token', not with 'page'",
        ],
    ),
    "a total of keys": (
        LIST + "after: shelf, key: name, total: total}}",
        ["5:47: 'total' goes with 'page' or 'offset', not with 'after'"],
    ),
    "types": (
        LIST + "page: token, total: token, more: total}}",
        [
            "5:68: field 'token' must be a whole number, but it is a string",
            "5:82: field 'token' must be a whole number, but it is a string",
            "5:95: field 'total' must be a bool, but it is an int32",
        ],
    ),
    "paths": (
        LIST + "offset: ofset, more: mor}}",
        [
            "5:70: message 'shop.v1.ListItemsRequest' has no field 'ofset' (it has token, size, shelf)",
            "5:83: message 'shop.v1.ListItemsResponse' has no field 'mor' (it has items, token, total)",
        ],
    ),
    "a key of another type": (
        LIST + "after: shelf, key: count}}",
        ["5:81: the key is an int32, but field 'shelf' is a string"],
    ),
    "an unknown key": (
        LIST + "after: shelf, key: nam}}",
        ["5:81: message 'shop.v1.Item' has no field 'nam' (did you mean 'name'?)"],
    ),
    "the item as the key": (
        LIST + "after: shelf, key: .}}",
        ["5:81: the key is a shop.v1.Item, but field 'shelf' is a string"],
    ),
    "sizes without a field": (
        LIST + "page: size, short_page_ends: true, max_page_size: 9}}",
        [
            "5:47: 'max_page_size' needs 'size', the request field of the page size",
            "5:47: 'short_page_ends' needs 'size', the request field of the page size",
        ],
    ),
    "the first page": (
        LIST + "page: size, first_page: 2}}",
        ["5:47: 'first_page' is 0 or 1, not 2"],
    ),
    "a stream with pages": (
        WATCH + "page: size, size: size}}",
        ["5:48: the RPC answers with a stream, which has no 'page', 'size'; 'items' and 'limit' are enough"],
    ),
    "items of a stream": (
        WATCH + "items: item}}",
        ["5:56: 'items' must be a repeated field, but 'item' is a shop.v1.Item"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(f"{HEAD}{text}\n")]
    assert found == expected
