"""Mistakes in what says which thing is meant: metadata, resource names, settings of the client's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITY = "entities:\n  Item:\n    message: shop.v1.Item\n"
GET = f"{ENTITY}    methods:\n      get:\n        rpc: shop.v1.Shop/GetItem\n"

MISTAKES = {
    "names of headers": (
        f"{GET}        metadata:\n          X-Item: {{self: name}}\n          grpc-x: {{self: name}}\n"
        "          a b: {self: name}\n          host: {value: x}\n",
        [
            "8:11: 'X-Item' is no name of a header: it has small letters, digits and '-', '_', '.' (use 'x-item')",
            "9:11: the header 'grpc-x' belongs to the transport",
            "10:11: 'a b' is no name of a header: it has small letters, digits and '-', '_', '.'",
            "11:11: the header 'host' belongs to the transport",
        ],
    ),
    "what headers hold": (
        f"{GET}        metadata:\n          x-a: {{self: count}}\n          x-b-bin: {{self: name}}\n"
        "          x-c: {value: 1}\n          x-d-bin: {context: org}\n          x-e: {self: .}\n"
        "          x-f: {self: nam}\n",
        [
            "8:16: header 'x-a' holds text, but 'count' is an int32",
            "9:20: header 'x-b-bin' holds bytes, but 'name' is a string",
            "10:16: header 'x-c' holds text; a constant here is a string for a text header",
            "11:20: header 'x-d-bin' holds bytes, but this source gives text",
            "12:16: header 'x-e' holds text, but '.' is the whole message",
            "13:23: message 'shop.v1.Item' has no field 'nam' (did you mean 'name'?)",
        ],
    ),
    "parameters that go into headers": (
        f"{GET}        parameters:\n          a: {{metadata: x-a, field: name}}\n          b: {{metadata: x-a}}\n"
        "          c: {metadata: X-C}\n          d: {metadata: x-d, type: int}\n"
        "          e: {metadata: x-e, default: 1}\n"
        "          f: {metadata: x-f-bin, context: org}\n          g: {metadata: x-g, optional: true, default: a}\n"
        "          h: {metadata: x-h, convert: 'shop_functions:number'}\n"
        "        metadata:\n          x-d: {value: x}\n",
        [
            "8:14: parameter 'a' has 'field' and 'metadata'; it fills one of them",
            "9:25: two parameters give the header 'x-a'",
            "10:25: 'X-C' is no name of a header: it has small letters, digits and '-', '_', '.' (use 'x-c')",
            "11:36: parameter 'd' is declared as int, but it is str",
            "12:39: default of parameter 'e': 1 is no str",
            "13:43: settings are strings, but parameter 'f' is bytes",
            "14:14: parameter 'g' has 'default' and 'optional'; one is enough",
            "15:39: function 'number' returns int, but not str",
            "17:11: header 'x-d' is given by a parameter, too",
        ],
    ),
    "headers of every call": (
        f"metadata:\n  x-a: {{self: name}}\n  x-b: {{context: tenant}}\n  x-c: {{context: prject}}\n{ENTITY}",
        [
            "2:8: a header of every call comes from 'context' or 'value'",
            "3:18: 'tenant' is none of domain, org, project (declare it at the top, under 'context')",
            "4:18: 'prject' is none of domain, org, project (did you mean 'project'?)",
        ],
    ),
    "settings of the client": (
        f"context: {{org: x, a-b: x, tenant: x, class: x}}\n{GET}        parameters:\n"
        f"          name: {{context: tenat}}\n",
        [
            "1:11: setting 'org' is reserved (use 'org_')",
            "1:19: setting 'a-b' is not a Python name",
            "1:38: setting 'class' is a Python keyword (use 'class_')",
            "9:27: 'tenat' is none of domain, org, project, tenant (did you mean 'tenant'?)",
        ],
    ),
    "parts that nothing gives": (
        f"{GET}        parameters: {{item: {{field: code}}}}\n        request:\n"
        "          name: {template: 'items/{itm}'}\n          label: {template: 'items/{book}'}\n",
        [
            "9:28: part 'itm' of the template is no parameter of the method (add it to 'parameters')",
            "10:29: part 'book' of the template is no parameter of the method (add it to 'parameters')",
        ],
    ),
    "forms of templates": (
        f"{GET}        parameters: {{item: {{}}, label: {{}}}}\n        request:\n"
        "          name: {template: 'items/{item'}\n          depth: {template: 'items/{item}'}\n"
        "          code: {template: 'a/{item}/{item}'}\n          size.unit: {template: 'a/{item}{label}'}\n"
        "          size.width: {template: items}\n          key: {template: 'a/{b-c}'}\n",
        [
            "9:28: 'items/{item' is no template of a resource name (write it as 'shelves/{shelf}')",
            "10:29: a resource name is a string, but field 'depth' is a uint32",
            "11:28: the template has two parts 'item'",
            "12:33: a template has one part between two slashes (write it as 'shelves/{shelf}')",
            "13:34: 'items' is no template of a resource name (write it as 'shelves/{shelf}')",
            "14:27: part 'b-c' of the template is not a Python name",
        ],
    ),
    "parts of a resource name": (
        f"{GET}        parameters: {{item: {{optional: true}}}}\n        request:\n"
        f"          name: {{template: 'items/{{item}}'}}\n",
        ["7:28: parameter 'item' cannot be 'optional': it is a part of a resource name"],
    ),
    "properties that are parts": (
        f"{ENTITY}    properties:\n      itm: {{field: name, part_of: 'items/{{item}}'}}\n"
        "      item: {field: count, part_of: 'items/{item}'}\n"
        "      note: {part_of: 'items/{note}'}\n      name: {part_of: 'items/{name}', convert: none}\n",
        [
            "5:7: the template 'items/{item}' has no part 'itm' (did you mean 'item'?)",
            "6:37: a resource name is a plain string, but field 'count' is an int32",
            "7:23: a resource name is a plain string, but field 'note' is a string that can be unset",
            "8:13: a property with 'part_of' takes no 'convert'",
        ],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(text)]
    assert found == expected
