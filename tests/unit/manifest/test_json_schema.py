"""The published JSON Schema says what the parser accepts, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from remora_codegen.manifest import json_schema

ROOT = Path(__file__).resolve().parents[3]
SCHEMA: dict[str, Any] = json.loads(json_schema.PUBLISHED.read_text(encoding="utf-8"))
MANIFESTS = tuple(
    f"tests/functional/entities/{name}.yaml" for name in ("library/library", "depot/depot", "depot/common")
)
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}


def problems(value: Any, schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """What is wrong with a value; knows the keywords that our schema uses, and no others."""
    known = {"$ref", "anyOf", "type", "enum", "minimum", "items", "properties", "additionalProperties", "required"}
    assert schema.keys() <= known | {"$schema", "$defs", "title", "description"}, schema.keys()
    if reference := schema.get("$ref"):
        yield from problems(value, SCHEMA["$defs"][reference.removeprefix("#/$defs/")], path)
    if choices := schema.get("anyOf"):
        found = [list(problems(value, choice, path)) for choice in choices]
        if all(found):
            yield from max(found, key=lambda lines: lines[0].partition(":")[0].count("/"))
    wanted = schema.get("type")
    # Python's bool is an int; JSON's is not.
    if wanted and (not isinstance(value, TYPES[wanted]) or isinstance(value, bool) != (wanted == "boolean")):
        yield f"{path}: not of type {wanted}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not one of {schema['enum']}"
    if value is not None and schema.get("minimum", float("-inf")) > (value if isinstance(value, (int, float)) else 0):
        yield f"{path}: less than {schema['minimum']}"
    for index, item in enumerate(value if "items" in schema else ()):
        yield from problems(item, schema["items"], f"{path}/{index}")
    if schema.get("type") == "object":
        yield from (f"{path}: lacks {name}" for name in schema.get("required", ()) if name not in value)
        for name, item in value.items():
            inner = schema.get("properties", {}).get(name, schema["additionalProperties"])
            if inner is False:
                yield f"{path}/{name}: unknown"
            else:
                yield from problems(item, inner, f"{path}/{name}")


def test_it_is_up_to_date() -> None:
    expected = json_schema.text()
    assert json_schema.PUBLISHED.read_text(encoding="utf-8") == expected, (
        "run `python -m remora_codegen.manifest.json_schema`"
    )


@pytest.mark.parametrize(
    "manifest",
    ["codegen/manifests/flyte.yaml", *MANIFESTS],
)
def test_real_manifests_are_valid(manifest: str) -> None:
    assert list(problems(yaml.safe_load((ROOT / manifest).read_text(encoding="utf-8")), SCHEMA)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", ": lacks entities"),
        ("entities: []", "/entities: not of type object"),
        ("{entities: {}, entites: {}}", "/entites: unknown"),
        ("entities: {A: {}}", "/entities/A: lacks message"),
        ("entities: {A: {message: 1}}", "/entities/A/message: not of type string"),
        ("entities: {A: {message: a, properties: {b: {feld: c}}}}", "/entities/A/properties/b/feld: unknown"),
        (
            "entities: {A: {message: a, properties: {b: {optional: 1}}}}",
            "/entities/A/properties/b/optional: not of type boolean",
        ),
        ("entities: {A: {message: a, methods: {b: {aliases: c}}}}", "/entities/A/methods/b/aliases: not of type array"),
        (
            "entities: {A: {message: a, methods: {b: {pages: {items: a, next_token: b, token: c, limit: 0}}}}}",
            "/entities/A/methods/b/pages/limit: less than 1",
        ),
    ],
)
def test_what_the_parser_refuses_is_not_valid(text: str, problem: str, mistakes: Callable[[str], list[str]]) -> None:
    assert problem in list(problems(yaml.safe_load(text), SCHEMA))
    assert mistakes(text)


def test_every_key_is_documented() -> None:
    for name, definition in SCHEMA["$defs"].items():
        assert definition["description"].endswith("."), name
        for key, value in definition["properties"].items():
            assert value["description"], f"{name}.{key}"


def test_every_key_is_used() -> None:
    """The manifests that the functional tests generate from have each key of the format somewhere."""
    used: set[tuple[str, str]] = set()
    for manifest in MANIFESTS:
        collect(yaml.safe_load((ROOT / manifest).read_text(encoding="utf-8")), SCHEMA, "", used)
    expected = {(name, key) for name, item in SCHEMA["$defs"].items() for key in item["properties"]}
    assert expected - used == set()


def collect(value: Any, schema: dict[str, Any], name: str, used: set[tuple[str, str]]) -> None:
    """Which keys of which records a document uses."""
    if reference := schema.get("$ref"):
        name = reference.removeprefix("#/$defs/")
        collect(value, SCHEMA["$defs"][name], name, used)
    for choice in schema.get("anyOf", ()):
        if not list(problems(value, choice)):
            collect(value, choice, name, used)
    if isinstance(value, dict):
        for key, item in value.items():
            if key in schema.get("properties", {}):
                used.add((name, key))
                collect(item, schema["properties"][key], "", used)
            elif isinstance(schema.get("additionalProperties"), dict):
                collect(item, schema["additionalProperties"], "", used)
    for item in value if isinstance(value, list) and "items" in schema else ():
        collect(item, schema["items"], "", used)
