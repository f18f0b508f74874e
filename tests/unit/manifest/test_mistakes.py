"""Every mistake in a manifest: one line each, with the place of the YAML node, all of them at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ENTITY = "entities:\n  Item:\n    message: shop.v1.Item\n"
PROPERTIES = f"{ENTITY}    properties:\n"
GET = f"{ENTITY}    methods:\n      get:\n        rpc: shop.v1.Shop/GetItem\n"
LIST = f"{ENTITY}    methods:\n      list:\n        rpc: shop.v1.Shop/ListItems\n"
GO = f"{ENTITY}    methods:\n      go:\n"
PAGES = "        pages: {items: items, next_token: token, token: token}\n"

MISTAKES = {
    "nothing in the file": ("", ["1:1: the manifest is empty"]),
    "a YAML error": ("entities: [\n", ["2:1: not valid YAML: expected the node content, but found '<stream end>'"]),
    "a tab": ("entities:\n\tItem: 1\n", ["2:1: not valid YAML: found character '\\t' that cannot start any token"]),
    "a list": ("- a\n", ["1:1: expected a mapping, but this is a list"]),
    "a wrong key at the top": (
        "entites: {}\n",
        [
            "1:1: a manifest needs the key 'entities'",
            "1:1: unknown key 'entites' in a manifest (did you mean 'entities'?)",
        ],
    ),
    "a key twice": (
        "entities: {}\nentities: {}\n",
        ["2:1: 'entities' stands twice in this mapping; it was at line 1 before"],
    ),
    "names of entities": (
        "entities:\n  2Item: {message: shop.v1.Item}\n  item: {message: shop.v1.Item}\n"
        "  None: {message: shop.v1.Item}\n",
        [
            "2:3: entity '2Item' is not a Python name",
            "3:3: entity 'item' must begin with a capital letter, as classes do",
            "4:3: entity 'None' is a Python keyword (use 'None_')",
        ],
    ),
    "two entities of one module": (
        "entities:\n  ItemA: {message: shop.v1.Item}\n  Item_A: {message: shop.v1.Item}\n",
        ["3:3: entities 'ItemA' and 'Item_A' both become module 'item_a'"],
    ),
    "an unknown message": (
        "entities:\n  A: {message: shop.v1.Itm}\n  B: {message: store.Item}\n",
        [
            "2:16: there is no message 'shop.v1.Itm' (did you mean 'shop.v1.Item'?)",
            "3:16: there is no message 'store.Item' (did you mean 'shop.v1.Item'?)",
        ],
    ),
    "wrong types of YAML": (
        "entities:\n  A: {message: 5}\n  B: {message: [a]}\n  C: 1\n  D: {doc: x}\n",
        [
            "2:16: expected a string, but this is a whole number",
            "3:16: expected a string, but this is a list",
            "4:6: expected a mapping, but this is a whole number",
            "5:6: an entity needs the key 'message'",
        ],
    ),
    "an unknown key of an entity": (
        f"{ENTITY}    docs: x\n",
        ["4:5: unknown key 'docs' in an entity (did you mean 'doc'?)"],
    ),
    "field paths and names of properties": (
        f"{PROPERTIES}      naem: {{}}\n      a: size.widht\n      b: sizes.width\n      c: name.x\n      class: name\n"
        "      _x: name\n      pb2: name\n      x-y: name\n      yes: name\n",
        [
            "5:7: message 'shop.v1.Item' has no field 'naem' (did you mean 'name'?)",
            "6:10: message 'shop.v1.Size' has no field 'widht' (did you mean 'width'?)",
            "7:10: 'sizes' is a repeated shop.v1.Size; a path cannot go on through it",
            "8:10: 'name' is a string; a path cannot go on through it",
            "9:7: property 'class' is a Python keyword (use 'class_')",
            "10:7: property '_x' starts with an underscore, which is kept for generated code",
            "11:7: property 'pb2' is reserved (use 'pb2_')",
            "12:7: property 'x-y' is not a Python name",
            "13:7: expected a string, but this is a boolean",
        ],
    ),
    "conversions of properties": (
        f"{PROPERTIES}"
        "      a: {field: note, optional: true}\n"
        "      b: {field: name, convert: 'shop_functions:two'}\n"
        "      c: {field: count, convert: 'shop_functions:shout'}\n"
        "      d: {function: 'shop_functions:titled'}\n"
        "      e: {function: 'shop_functions:title', field: name}\n"
        "      f: {field: size, entity: Item}\n"
        "      g: {field: name, entity: Itm}\n"
        "      h: {field: name, convert: 'shop_functions:shot'}\n"
        "      i: {field: name, convert: 'nowhere:shot'}\n"
        "      j: {field: name, convert: shout}\n"
        "      k: {field: made_at, present: true}\n",
        [
            "5:10: 'optional' has no effect: field 'note' reads as None when it is not set anyway",
            "6:33: function 'two' cannot convert a value (it must be plain and take one value)",
            "7:34: function 'shout' takes str, but the field is int",
            "8:21: function 'titled' cannot be a property (it must be a plain function whose only parameter is `self`, "
            "the entity)",
            "9:10: a property with 'function' takes no 'field'; the function decides",
            "10:32: entity 'Item' wraps 'shop.v1.Item', but field 'size' is a shop.v1.Size",
            "11:32: there is no entity 'Itm' (did you mean 'Item'?)",
            "12:33: 'convert': module 'shop_functions' has no function 'shot' (did you mean 'shout'?)",
            "13:33: 'convert': there is no module 'nowhere' (is its directory listed under 'sources'?)",
            "14:33: 'convert': 'shout' is not of the form module:name",
            "15:10: 'present' is for a message that stays one, but field 'made_at' is a google.protobuf.Timestamp",
        ],
    ),
    "two members of one name": (
        f"{PROPERTIES}      get: name\n      fine: {{field: name, aliases: [get]}}\n"
        "    methods:\n      get: {rpc: shop.v1.Shop/GetItem}\n",
        [
            "6:37: the entity has two members 'get'; the other is at line 5",
            "8:7: the entity has two members 'get'; the other is at line 5",
        ],
    ),
    "neither RPC nor behaviour": (f"{GO}        doc: x\n", ["6:9: method 'go' needs either 'rpc' or 'behaviour'"]),
    "RPC and behaviour": (
        f"{GO}        rpc: shop.v1.Shop/GetItem\n        behaviour: shop_functions:fetch\n",
        ["6:9: method 'go' needs either 'rpc' or 'behaviour'"],
    ),
    "unknown RPCs": (
        f"{ENTITY}    methods:\n"
        "      a: {rpc: shop.v1.Shop/GetItm}\n"
        "      b: {rpc: shop.v1.Shp/GetItem}\n"
        "      c: {rpc: shop.v1.Shop.GetItem}\n"
        "      d: {rpc: shop.v1.Shop}\n",
        [
            "5:16: service 'shop.v1.Shop' has no method 'GetItm' (did you mean 'GetItem'?)",
            "6:16: there is no service 'shop.v1.Shp' (did you mean 'shop.v1.Shop'?)",
            "7:16: 'shop.v1.Shop.GetItem' is not of the form package.Service/Method "
            "(did you mean 'shop.v1.Shop/GetItem'?)",
            "8:16: 'shop.v1.Shop' is not of the form package.Service/Method",
        ],
    ),
    "parameters without a field": (
        f"{GET}        parameters:\n          nam: {{}}\n          b: {{field: nme}}\n"
        "          timeout: {field: depth}\n"
        "          from: name\n",
        [
            "8:11: parameter 'nam' fills no field of 'shop.v1.GetItemRequest' (did you mean 'name'?)",
            "9:22: parameter 'b': message 'shop.v1.GetItemRequest' has no field 'nme' (did you mean 'name'?)",
            "10:11: parameter 'timeout' is reserved (use 'timeout_')",
            "11:11: parameter 'from' is a Python keyword (use 'from_')",
        ],
    ),
    "types and defaults of parameters": (
        f"{GET}        parameters:\n"
        "          name: {type: int}\n"
        "          depth: {default: -1}\n"
        "          color: {default: BLUE}\n"
        "          tags: {default: [a]}\n"
        "          deep: {optional: true}\n"
        "          key: {context: project}\n"
        "          weight: {context: proect}\n",
        [
            "8:24: parameter 'name' is declared as int, but field 'name' takes str",
            "9:28: default of parameter 'depth': -1 does not fit into a uint32 (it holds 0 to 4294967295)",
            "10:28: default of parameter 'color': \"BLUE\" is no value of the enum 'shop.v1.Color' "
            "(it has UNSPECIFIED, RED)",
            "11:27: default of parameter 'tags': field 'tags' is a repeated string, which cannot have a constant",
            "12:17: parameter 'deep' cannot be 'optional': field 'deep' is always set (give a 'default')",
            "13:26: settings are strings, but field 'key' is a bytes",
            "14:29: 'proect' is none of domain, org, project (did you mean 'project'?)",
        ],
    ),
    "more defaults of parameters": (
        f"{GET}        parameters:\n"
        "          name: {default: x, optional: true}\n"
        "          weight: {default: heavy}\n"
        "          deep: {default: 1}\n"
        "          code: {convert: 'shop_functions:number'}\n",
        [
            "8:17: parameter 'name' has 'default' and 'optional'; one is enough",
            "9:29: default of parameter 'weight': \"heavy\" is no value for field 'weight', which is a double",
            "10:27: default of parameter 'deep': 1 is no value for field 'deep', which is a bool",
            "11:27: function 'number' returns int, but field 'code' takes str",
        ],
    ),
    "fields that are filled twice": (
        f"{GET}        parameters:\n          a: name\n          b: name\n          c: size\n          d: size.unit\n"
        "          code: {}\n          label: {}\n",
        [
            "9:11: field 'name' is filled twice; it is one field of 'shop.v1.GetItemRequest'",
            "11:11: field 'size.unit' is filled, and so is 'size', which holds it, both of 'shop.v1.GetItemRequest'",
            "13:11: fields 'label' and 'code' are filled, but both belong to oneof 'by' of 'shop.v1.GetItemRequest'",
        ],
    ),
    "the order of parameters": (
        f"{GET}        parameters:\n          name: {{default: x, positional: true}}\n          depth: {{}}\n",
        ["9:11: required parameter 'depth' follows 'name', which has a default"],
    ),
    "sources of request fields": (
        f"{GET}        request:\n"
        "          name: {self: count}\n"
        "          depth: {value: x}\n"
        "          color: {self: colour}\n"
        "          size: {context: project}\n"
        "          deep: {}\n"
        "          code: {value: a, context: project}\n"
        "          size.unit: {value: cm, optional: true}\n"
        "          x.y: {value: 1}\n",
        [
            "8:24: field 'name' of the request is a string, but 'count' is an int32",
            "9:26: \"x\" is no value for field 'depth', which is a uint32",
            "10:25: message 'shop.v1.Item' has no field 'colour' (did you mean 'color'?)",
            "11:27: settings are strings, but field 'size' is a shop.v1.Size",
            "12:17: a source needs exactly one of 'self', 'context', 'value' and 'template'",
            "13:17: a source needs exactly one of 'self', 'context', 'value' and 'template'",
            "14:22: 'optional' is for 'context' only",
            "15:11: message 'shop.v1.GetItemRequest' has no field 'x'",
        ],
    ),
    "results": (
        f"{ENTITY}    methods:\n"
        "      a: {rpc: shop.v1.Shop/GetItem, returns: {entity: Itm}}\n"
        "      b: {rpc: shop.v1.Shop/GetItem, returns: {entity: Item, field: etag}}\n"
        "      c: {rpc: shop.v1.Shop/GetItem, returns: Item}\n"
        "      d: {rpc: shop.v1.Shop/GetItem, returns: {field: itm}}\n"
        "      e: {rpc: shop.v1.Shop/GetItem, returns: {field: item, refresh: true}}\n"
        "      f: {rpc: shop.v1.Shop/GetItem, returns: {entity: none, field: item}}\n"
        "      g: {rpc: shop.v1.Shop/GetItem, returns: {entity: Item, field: item, convert: 'shop_functions:shout'}}\n"
        "      h: {rpc: shop.v1.Shop/WatchItems, returns: {field: item, from_request: token}}\n",
        [
            "5:56: there is no entity 'Itm' (did you mean 'Item'?)",
            "6:56: entity 'Item' wraps 'shop.v1.Item', but field 'etag' is a string",
            "7:47: entity 'Item' wraps 'shop.v1.Item', but there is 'shop.v1.GetItemResponse'",
            "8:55: message 'shop.v1.GetItemResponse' has no field 'itm' (did you mean 'item'?)",
            "9:47: 'refresh' needs a method of an instance, but no request field comes from 'self'",
            "10:47: 'none' goes with nothing else",
            "11:56: entity 'Item' wraps 'shop.v1.Item', but function 'shout' returns str",
            "12:78: 'from_request' is for a single answer, and excludes 'field'",
        ],
    ),
    "pages": (
        f"{ENTITY}    methods:\n"
        "      a: {rpc: shop.v1.Shop/ListItems, pages: {items: itms, next_token: token, token: token}}\n"
        "      b: {rpc: shop.v1.Shop/ListItems, pages: {items: total, next_token: total, token: size, size: token}}\n"
        "      c: {rpc: shop.v1.Shop/ListItems, pages: {items: items}}\n"
        "      d: {rpc: shop.v1.Shop/WatchItems, pages: {items: item, next_token: etag, token: token}}\n"
        "      e: {rpc: shop.v1.Shop/ListItems, pages: {items: items, next_token: token, token: token, page_size: 0}}\n"
        "      f: {rpc: shop.v1.Shop/ListItems, pages: {items: items, next_token: token, token: token, limit: many}}\n"
        "      g:\n        rpc: shop.v1.Shop/ListItems\n"
        "        pages: {items: items, next_token: token, token: token, page_size: 9}\n",
        [
            "5:55: message 'shop.v1.ListItemsResponse' has no field 'itms' (did you mean 'items'?)",
            "6:55: 'items' must be a repeated field, but 'total' is an int32",
            "6:74: field 'total' must be a string, but it is an int32",
            "6:88: field 'size' must be a string, but it is an int32",
            "6:100: field 'token' must be a whole number, but it is a string",
            "7:47: 'pages' needs exactly one of 'token', 'page', 'offset' and 'after'",
            "8:48: the RPC answers with a stream, which has no 'token', 'next_token'; 'items' and 'limit' are enough",
            "9:106: 0 is too small; the least is 1",
            "10:102: expected a whole number, but this is a string",
            "13:16: 'page_size' needs 'size', the request field of the page size",
        ],
    ),
    "a page size and a parameter of one name": (
        f"{LIST}{PAGES}        parameters:\n          limit: size\n",
        ["9:11: parameter 'limit' is reserved (use 'limit_')"],
    ),
    "builders": (
        f"{ENTITY}    methods:\n"
        "      a: {rpc: shop.v1.Shop/ListItems, builder: 'shop_functions:wrong_request'}\n"
        "      b: {rpc: shop.v1.Shop/ListItems, builder: 'shop_functions:no_client'}\n"
        "      c: {rpc: shop.v1.Shop/ListItems, builder: 'shop_functions:items_requst'}\n",
        [
            "5:49: function 'wrong_request' returns v1.GetItemRequest, but the RPC takes 'shop.v1.ListItemsRequest'",
            "6:49: function 'no_client' cannot build a request (it must be a plain function whose first parameter is "
            "`client`)",
            "7:49: 'builder': module 'shop_functions' has no function 'items_requst' (did you mean 'items_request'?)",
        ],
    ),
    "a builder that takes what pages need": (
        f"{LIST}        builder: shop_functions:paged_request\n{PAGES}",
        ["7:18: parameter 'limit' of function 'paged_request' is one of the method's own"],
    ),
    "arguments of a builder": (
        f"{LIST}        builder: {{function: 'shop_functions:items_request', "
        "arguments: {shelff: {self: name}}}\n"
        "        parameters: {deep: shelf}\n",
        [
            "7:29: parameter 'deep' of function 'items_request' is one of the method's own",
            "7:73: function 'items_request' has no parameter 'shelff' (did you mean 'shelf'?)",
        ],
    ),
    "behaviours": (
        f"{ENTITY}    methods:\n"
        "      a: {behaviour: 'shop_functions:free'}\n"
        "      b: {behaviour: 'shop_functions:bare'}\n"
        "      c: {behaviour: 'shop_functions:untyped'}\n"
        "      d: {behaviour: 'shop_functions:odd_default'}\n"
        "      e: {behaviour: 'shop_functions:unknown'}\n"
        "      f: {behaviour: 'shop_functions:iterated'}\n"
        "      g: {behaviour: 'shop_functions:fech'}\n"
        "      h: {behaviour: 'shop_broken:broken'}\n"
        "      i: {behaviour: 'shop_functions:fetch', returns: Item, retry_safe: true}\n",
        [
            "5:22: function 'free' cannot be a method (its first parameter must be `self`, the entity, or `cls`, its "
            "class)",
            "6:22: 'behaviour': function 'bare' of module 'shop_functions' (shop_functions.py:40) does not say what it "
            "returns (annotate it)",
            "7:22: 'behaviour': function 'untyped' of module 'shop_functions' (shop_functions.py:43) has no annotation "
            "for parameter 'limit' (annotate it)",
            "8:22: 'behaviour': function 'odd_default' of module 'shop_functions' (shop_functions.py:46) has a default "
            "for parameter 'limit' that is not a constant (use a constant of the same module, or None)",
            "9:22: 'behaviour': function 'unknown' of module 'shop_functions' (shop_functions.py:49) uses the unknown "
            "name 'Nothing' in an annotation",
            "10:22: 'behaviour': function 'iterated' of module 'shop_functions' (shop_functions.py:52) is an async "
            "generator, but its annotation does not say so (annotate it as AsyncGenerator[T, None]; an AsyncIterator "
            "could not be closed)",
            "11:22: 'behaviour': module 'shop_functions' has no function 'fech' (did you mean 'fetch'?)",
            "12:22: 'behaviour': module 'shop_broken' is not valid Python (shop_broken.py, line 1)",
            "13:10: a method with 'behaviour' takes no 'returns', 'retry_safe'; its function decides",
        ],
    ),
    "a function for another entity": (
        "entities:\n  Item: {message: shop.v1.Item}\n  Size:\n    message: shop.v1.Size\n"
        "    properties: {title: {function: 'shop_functions:title'}}\n"
        "    methods: {fetch: {behaviour: 'shop_functions:fetch'}}\n",
        [
            "5:36: function 'title' is for 'Item', not for 'Size'",
            "6:34: function 'fetch' is for 'Item', not for 'Size'",
        ],
    ),
    "exports and sources": (
        f"{ENTITY}exports:\n  CODE: shop_functions:COD\n  Item: shop_functions:CODE\n  X: nowhere:X\n"
        "  y-z: shop_functions:CODE\nsources: [nowhere]\n",
        [
            "5:9: module 'shop_functions' has no 'COD' (did you mean 'CODE'?)",
            "6:3: 'Item' is an entity already",
            "7:6: there is no module 'nowhere' (is its directory listed under 'sources'?)",
            "8:3: export 'y-z' is not a Python name",
            "9:11: there is no directory 'nowhere' beside the manifest",
        ],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    found = [line.replace("shop.yaml:", "").replace("error: ", "", 1) for line in mistakes(text)]
    assert found == expected


def test_a_line_as_a_user_sees_it(mistakes: Callable[[str], list[str]]) -> None:
    line = "shop.yaml:3:14: error: there is no message 'shop.v1.Itm' (did you mean 'shop.v1.Item'?)"
    assert mistakes(ENTITY.replace("v1.Item", "v1.Itm")) == [line]
