"""Manifests that are right: what the generator gets to know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen.diagnostics import GeneratorError
from remora_codegen.manifest import Manifest, load
from remora_codegen.manifest.model import Call, FromConstant, FromContext, FromLocal, FromParameter, FromSelf
from remora_codegen.model import Schema

Read = Callable[[str], Manifest]


def test_properties_have_the_types_of_their_fields(read: Read) -> None:
    found = read(
        """
        entities:
          Item:
            message: shop.v1.Item
            properties:
              name: name
              count: {optional: true}
              color: color
              size: size
              unit: size.unit
              sizes: sizes
              labels: labels
              made_at: made_at
              raw: {field: made_at, convert: none}
              note: note
              loud: {field: note, convert: "shop_functions:shout"}
              title: {function: "shop_functions:title"}
        """
    )
    (item,) = found.entities
    assert {prop.name: str(prop.type) for prop in item.properties} == {
        "name": "str",
        "count": "int | None",
        "color": "shop.v1.Color",
        "size": "shop.v1.Size | None",
        "unit": "str",
        "sizes": "list[shop.v1.Size]",
        "labels": "dict[str, str]",
        "made_at": "datetime | None",
        "raw": "google.protobuf.Timestamp | None",
        "note": "str | None",
        "loud": "str | None",
        "title": "str",
    }
    assert item.properties[-1].doc == "The title."


def test_parameters_have_the_types_of_their_fields(read: Read) -> None:
    found = read(
        """
        entities:
          Item:
            message: shop.v1.Item
            methods:
              get:
                rpc: shop.v1.Shop/GetItem
                parameters:
                  depth: {default: 3}
                  name: {doc: Which one.}
                  color: {default: RED}
                  size: {optional: true, positional: true}
                  code: {context: project}
                  tags: {optional: true}
                  key: {default: abc}
                  weight: {default: 1}
                request:
                  deep: {value: true}
                returns: {entity: Item, field: item}
        """
    )
    (method,) = found.entities[0].methods
    assert [(item.name, str(item.type), item.kind, item.default) for item in method.parameters] == [
        ("name", "str", "positional", None),
        ("size", "shop.v1.Size | None", "positional", "None"),
        ("depth", "int", "keyword", "3"),
        ("color", "shop.v1.Color | None", "keyword", "None"),
        ("code", "str | None", "keyword", "None"),
        ("tags", "Sequence[str] | None", "keyword", "None"),
        ("key", "bytes", "keyword", 'b"abc"'),
        ("weight", "float", "keyword", "1.0"),
    ]
    assert (method.level, method.shape, str(method.returns)) == ("class", "unary", "Self")
    assert isinstance(method.binding, Call)
    sources = {str(fill.path): type(fill.source) for fill in method.binding.fills}
    assert sources["deep"] is FromConstant
    assert sources["name"] is FromParameter


def test_what_comes_from_the_entity_makes_an_instance_method(read: Read) -> None:
    found = read(
        """
        entities:
          Item:
            message: shop.v1.Item
            methods:
              again:
                rpc: shop.v1.Shop/GetItem
                request:
                  name: {self: name}
                  code: {context: org, optional: true}
                returns: {field: item, refresh: true}
              beside:
                rpc: shop.v1.Shop/ListItems
                builder: {function: "shop_functions:items_request", arguments: {shelf: {self: name}}}
                pages: {items: items, next_token: token, token: token, size: size, limit: 7}
                returns: Item
              watch:
                rpc: shop.v1.Shop/WatchItems
                parameters: {shelf: {}}
                returns: {field: etag}
        """
    )
    again, beside, watch = found.entities[0].methods
    assert (again.level, again.shape, str(again.returns)) == ("instance", "unary", "Self")
    assert isinstance(again.binding, Call)
    assert [type(fill.source) for fill in again.binding.fills] == [FromSelf, FromContext]
    assert (beside.level, beside.shape, str(beside.returns)) == ("instance", "pages", "Self")
    assert [item.name for item in beside.parameters] == ["deep"]
    assert isinstance(beside.binding, Call)
    assert [(str(fill.path), fill.source) for fill in beside.binding.fills] == [
        ("token", FromLocal("token")),
        ("size", FromLocal("size")),
    ]
    assert beside.binding.pages is not None
    assert (beside.binding.pages.page_size, beside.binding.pages.limit) == (100, 7)
    assert (watch.level, watch.shape, str(watch.returns)) == ("class", "stream", "str")


def test_behaviours_keep_their_signatures(read: Read) -> None:
    found = read(
        """
        entities:
          Item:
            message: shop.v1.Item
            methods:
              fetch: {behaviour: "shop_functions:fetch", doc: Other words., aliases: [refetch]}
        """
    )
    (fetch,) = found.entities[0].methods
    assert (fetch.level, fetch.shape, fetch.doc, fetch.aliases) == ("instance", "unary", "Other words.", ("refetch",))
    assert [(item.name, str(item.type), item.default) for item in fetch.parameters] == [
        ("timeout", "float | None", "None")
    ]


def test_entities_and_exports_are_sorted(read: Read) -> None:
    found = read(
        """
        entities:
          Size: {message: shop.v1.Size}
          Item: {message: shop.v1.Item, doc: A thing.}
        exports:
          zero: shop_functions:CODE
          CODE: shop_functions:CODE
        """
    )
    assert [item.name for item in found.entities] == ["Item", "Size"]
    assert list(found.exports) == ["CODE", "zero"]
    assert found.file == "shop.yaml"


def test_functions_are_looked_for_beside_the_manifest(schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "mine.py").write_text("def loud(text: str) -> str:\n    return text\n")
    path = tmp_path / "m.yaml"
    text = "entities:\n  Item:\n    message: shop.v1.Item\n    properties: {a: {field: name, convert: 'mine:loud'}}\n"
    path.write_text(f"{text}sources: [own]\n")
    assert load(path, schema).entities[0].properties[0].function is not None
    path.write_text(text)
    with pytest.raises(GeneratorError, match="there is no module 'mine'"):
        load(path, schema)


def test_a_missing_or_unreadable_manifest(schema: Schema, tmp_path: Path) -> None:
    for name, problem in (("none.yaml", "the manifest does not exist"), ("", "the manifest cannot be read")):
        with pytest.raises(GeneratorError, match=problem):
            load(tmp_path / name, schema)
    (tmp_path / "latin.yaml").write_bytes(b"entities: \xe9")
    with pytest.raises(GeneratorError, match="it is not UTF-8"):
        load(tmp_path / "latin.yaml", schema)
