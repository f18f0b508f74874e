"""Manifests that include others, entities of several messages, old names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen.manifest import Manifest

ENTITY = "entities:\n  Item:\n    message: shop.v1.Item\n"


def test_what_is_included_is_part_of_the_manifest(read: Callable[[str], Manifest], tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "sizes.yaml").write_text(
        "include: [base.yaml]\nentities:\n  Size: {message: shop.v1.Size}\n"
        "exports: {LOUD: 'more_functions:LOUD'}\nsources: [functions]\n"
    )
    (tmp_path / "parts" / "base.yaml").write_text("context: {tenant: x}\nentities: {}\n")
    with (tmp_path / "parts" / "base.yaml").open("a") as base:
        base.write("commands: {item: {entity: Item, commands: {show: get}}}\n")
    (tmp_path / "parts" / "functions").mkdir()
    (tmp_path / "parts" / "functions" / "more_functions.py").write_text("LOUD = 1\n")
    get = "    methods:\n      get: {rpc: shop.v1.Shop/GetItem, parameters: {name: {}}}\n"
    found = read("include: [parts/sizes.yaml, parts/base.yaml]\n" + ENTITY + get)
    assert [item.name for item in found.commands] == ["item"]
    assert sorted(found.by_name) == ["Item", "Size"]
    assert found.exports == {"LOUD": ("more_functions", "LOUD")}
    assert found.included == ("parts/sizes.yaml", "base.yaml")


def lines(found: list[str]) -> list[str]:
    return [line.replace("error: ", "", 1) for line in found]


def test_circles(mistakes: Callable[[str], list[str]], tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("include: [shop.yaml]\nentities: {}\n")
    found = lines(mistakes("include: [b.yaml]\n" + ENTITY))
    assert found == ["b.yaml:1:11: manifests include each other in a circle: shop.yaml -> b.yaml -> shop.yaml"]


def test_what_is_not_there(mistakes: Callable[[str], list[str]], tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text("entities: {}\n")
    assert lines(mistakes("include: [comon.yaml, a/b.yaml]\n" + ENTITY)) == [
        "shop.yaml:1:11: there is no manifest 'comon.yaml' to include (did you mean 'common.yaml'?)",
        "shop.yaml:1:23: there is no manifest 'a/b.yaml' to include",
    ]


def test_duplicates(mistakes: Callable[[str], list[str]], tmp_path: Path) -> None:
    common = (
        "status: {code: etag}\ncontext: {tenant: x}\nmetadata: {x-a: {value: b}}\nerrors: {Odd: {message: x}}\n"
        "exports: {CODE: shop_functions:CODE}\n"
    )
    (tmp_path / "b.yaml").write_text(common + ENTITY)
    assert lines(mistakes("include: [b.yaml]\n" + common + ENTITY)) == [
        "shop.yaml:2:9: 'status' is defined twice; the other is at b.yaml:1:9",
        "shop.yaml:3:11: setting 'tenant' is defined twice; the other is at b.yaml:2:11",
        "shop.yaml:4:12: header 'x-a' is defined twice; the other is at b.yaml:3:12",
        "shop.yaml:5:10: error 'Odd' is defined twice; the other is at b.yaml:4:10",
        "shop.yaml:6:11: export 'CODE' is defined twice; the other is at b.yaml:5:11",
        "shop.yaml:8:3: entity 'Item' is defined twice; the other is at b.yaml:7:3",
    ]


def test_mistakes_of_an_included_manifest_have_its_name(mistakes: Callable[[str], list[str]], tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("entities:\n  Size: {message: shop.v1.Siz}\n")
    assert lines(mistakes("include: [b.yaml]\n" + ENTITY)) == [
        "b.yaml:2:19: there is no message 'shop.v1.Siz' (did you mean 'shop.v1.Size'?)"
    ]


FROM = ENTITY + "    from:\n"

MISTAKES = {
    "another message": (
        FROM + "      shop.v1.Itm: {name: name}\n      shop.v1.Item: {name: name}\n",
        [
            "5:7: there is no message 'shop.v1.Itm' (did you mean 'shop.v1.Item'?)",
            "6:7: 'shop.v1.Item' is the entity's message itself",
        ],
    ),
    "fields": (
        FROM + "      shop.v1.Size: {nam: unit, name: unt, count: unit}\n",
        [
            "5:22: message 'shop.v1.Item' has no field 'nam' (did you mean 'name'?)",
            "5:39: message 'shop.v1.Size' has no field 'unt' (did you mean 'unit'?)",
            "5:51: field 'count' is an int32, but 'unit' is a string",
        ],
    ),
    "old names": (
        ENTITY + "    properties: {a: {field: name, old_names: [b, class]}, b: name}\n",
        [
            "4:50: property 'class' is a Python keyword (use 'class_')",
            "4:59: the entity has two members 'b'; the other is at line 4",
        ],
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, mistakes: Callable[[str], list[str]]) -> None:
    text, expected = MISTAKES[case]
    assert [line.replace("shop.yaml:", "", 1) for line in lines(mistakes(text))] == expected
