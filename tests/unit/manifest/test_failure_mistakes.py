"""Mistakes in errors of the service's own, in statuses of answers, and in waiting."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITY = "entities:\n  Item:\n    message: shop.v1.Item\n"
GET = f"{ENTITY}    methods:\n      get:\n        rpc: shop.v1.Shop/GetItem\n"

MISTAKES = {
    "errors": (
        "errors:\n"
        "  Nothing: {doc: x}\n"
        "  item: {status: NOT_FOUND}\n"
        "  Item: {status: NOT_FOUND}\n"
        "  A: {status: NOTFOUND}\n"
        "  B: {message: '('}\n"
        "  C: {detail: shop.v1.Siz}\n"
        "  D: {base: NotFond, message: x}\n"
        "  E: {base: F, message: x}\n"
        "  F: {body: [1.5], status: ABORTED}\n" + ENTITY,
        [
            "2:12: error 'Nothing' needs at least one of 'status', 'message', 'detail' and 'body', which say when it "
            "is raised",
            "3:3: error 'item' must begin with a capital letter, as classes do",
            "4:3: 'Item' is an entity already",
            "5:6: error 'A' needs at least one of 'status', 'message', 'detail' and 'body', which say when it is "
            "raised",
            "5:15: 'NOTFOUND' is none of CANCELLED, UNKNOWN, INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, "
            "ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, "
            "UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED (did you mean 'NOT_FOUND'?)",
            "6:16: '(' is no regular expression: missing ), unterminated subpattern at position 0",
            "7:15: there is no message 'shop.v1.Siz' (did you mean 'shop.v1.Size'?)",
            "8:13: 'NotFond' is neither an error of the manifest nor an RpcError (did you mean 'NotFound'?)",
            "9:13: error 'F' must stand above 'E', which is one of its kind",
            "10:6: error 'F' is one of an answer's 'body', which has no 'status' or 'detail'",
            "10:14: 1.5 is no code; it is a string, a whole number or a bool",
        ],
    ),
    "the module of errors": (
        "errors: {Odd: {message: x}}\nentities:\n  Errors: {message: shop.v1.Item}\n"
        "exports: {Odd: shop_functions:CODE}\n",
        ["1:10: module 'errors' is taken by entity 'Errors'", "4:11: 'Odd' is an error already"],
    ),
    "statuses of answers": (
        f"{GET}        status: {{code: item, message: item.count, ok: [x]}}\n",
        ["7:24: a code is a number, a string, a bool or an enum, but field 'item' is a shop.v1.Item"],
    ),
    "messages and codes": (
        f"{GET}        status: {{code: item.color, message: item.name, ok: [BLUE]}}\n",
        ["7:61: \"BLUE\" is no value of the enum 'shop.v1.Color' (it has UNSPECIFIED, RED)"],
    ),
    "a message that is none": (
        f"{GET}        status: {{code: etag, message: item.count}}\n",
        ["7:39: a message is a string, but field 'item.count' is an int32"],
    ),
    "waiting for what": (
        f"{GET}        wait: {{state: item.colr}}\n",
        ["7:23: message 'shop.v1.Item' has no field 'colr' (did you mean 'color'?)"],
    ),
    "waiting for messages": (
        f"{GET}        wait: {{state: item, until: [1]}}\n",
        ["7:23: a state is a scalar or an enum, but field 'item' is a shop.v1.Item"],
    ),
    "when a wait ends": (
        f"{GET}        wait: {{state: item.color, failed: [BLUE], error: Odd, poll_interval: -1}}\n",
        [
            "7:15: 'wait' needs 'until' or 'reached', which say when it ends",
            "7:44: \"BLUE\" is no value of the enum 'shop.v1.Color' (it has UNSPECIFIED, RED)",
            "7:58: there is no error 'Odd' (declare it at the top, under 'errors')",
            "7:78: -1 is no number of seconds; the least is 0",
        ],
    ),
    "functions of a wait": (
        f"{GET}        wait: {{state: item.name, until: [x], reason: item.count, timeout: soon}}\n",
        [
            "7:54: a reason is a string, but field 'item.count' is an int32",
            "7:75: expected a number, but this is a string",
        ],
    ),
    "what a function of a wait returns": (
        f"{GET}        wait: {{state: item.name, reached: 'shop_functions:shout'}}\n",
        ["7:43: function 'shout' returns str, but bool is wanted"],
    ),
    "waiting on pages": (
        f"{ENTITY}    methods:\n      list:\n        rpc: shop.v1.Shop/ListItems\n"
        "        wait: {state: total, until: [1]}\n        pages: {items: items, page: size}\n",
        ["7:15: a method with 'wait' takes no 'pages'"],
    ),
    "polling a stream": (
        f"{ENTITY}    methods:\n      list:\n        rpc: shop.v1.Shop/WatchItems\n"
        "        wait: {state: etag, until: [x], poll_interval: 1}\n",
        ["7:15: 'poll_interval' is for an RPC with one answer; this one answers with a stream"],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(text)]
    assert found == expected
