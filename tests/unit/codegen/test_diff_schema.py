"""Every rule by which two schemas are compared, and what is no change."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora_codegen import protoc
from remora_codegen.diff import schema
from remora_codegen.diff.changes import Level
from remora_codegen.load import load

# Old body, new body, and the expected changes: level, rule, subject without the package.
_CASES: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "Same": ("message Same { int32 a = 1; }", "message Same { /* said anew */ int32 a = 1; }", []),
    "Number": (
        "message Number { int32 a = 1; }",
        "message Number { int32 a = 2; }",
        [("WIRE", "field-number", "field Number.a")],
    ),
    "Lost": (
        "message Lost { int32 a = 1; int32 b = 2; int32 c = 3; }",
        "message Lost { reserved 2 to 4; }",
        [
            ("WIRE", "field-removed-unreserved", "field Lost.a"),
            ("PYTHON", "field-removed", "field Lost.b"),
            ("PYTHON", "field-removed", "field Lost.c"),
        ],
    ),
    "Reused": (
        "message Reused { reserved 5; int32 a = 1; }",
        "message Reused { int32 a = 1; int32 b = 5; int32 c = 6; }",
        [("WIRE", "field-reserved-number", "field Reused.b"), ("ADDS", "field-added", "field Reused.c")],
    ),
    "Renamed": (
        "message Renamed { int32 a = 1; int32 b = 2; }",
        'message Renamed { int32 aa = 1; int32 b = 2 [json_name = "x"]; }',
        [("PYTHON", "field-renamed", "field Renamed.a"), ("BEHAVES", "field-json-name", "field Renamed.b")],
    ),
    "Types": (
        "message Types { int32 a = 1; int32 b = 2; int32 c = 3; string d = 4; "
        "sint32 e = 5; fixed32 f = 6; bool g = 7; }",
        "message Types { int64 a = 1; string b = 2; sint32 c = 3; bytes d = 4; "
        "sint64 e = 5; float f = 6; int32 g = 7; }",
        [
            ("BEHAVES", "field-type", "field Types.a"),
            ("WIRE", "field-type", "field Types.b"),
            ("WIRE", "field-type", "field Types.c"),
            ("PYTHON", "field-type", "field Types.d"),
            ("BEHAVES", "field-type", "field Types.e"),
            ("WIRE", "field-type", "field Types.f"),
            ("PYTHON", "field-type", "field Types.g"),
        ],
    ),
    "Moved": (
        "message Twin { int32 a = 1; } message Other { string a = 1; } message Moved { Twin a = 1; Twin b = 2; }",
        "message Twin { int32 a = 1; } message Copy { int32 z = 1; } message Other { string a = 1; } "
        "message Moved { Copy a = 1; Other b = 2; }",
        [
            ("ADDS", "message-added", "message Copy"),
            ("PYTHON", "field-type", "field Moved.a"),
            ("WIRE", "field-type", "field Moved.b"),
        ],
    ),
    "Labels": (
        "message Labels { string a = 1; int32 b = 2; repeated string c = 3; map<string, int32> d = 4; }",
        "message Labels { repeated string a = 1; repeated int32 b = 2; string c = 3; map<int32, int32> d = 4; }",
        [
            ("PYTHON", "field-label", "field Labels.a"),
            ("WIRE", "field-label", "field Labels.b"),
            ("PYTHON", "field-label", "field Labels.c"),
            ("WIRE", "field-label", "field Labels.d"),
        ],
    ),
    "Presence": (
        "message Presence { int32 a = 1; optional int32 b = 2; repeated int32 c = 3; }",
        "message Presence { optional int32 a = 1; int32 b = 2; repeated int32 c = 3 [packed = false]; }",
        [
            ("PYTHON", "field-presence", "field Presence.a"),
            ("PYTHON", "field-presence", "field Presence.b"),
            ("BEHAVES", "field-packed", "field Presence.c"),
        ],
    ),
    "Oneofs": (
        "message Oneofs { oneof x { string a = 1; string b = 2; } string c = 3; optional string d = 4; }",
        "message Oneofs { oneof x { string a = 1; string b = 2; string c = 3; } oneof y { string d = 4; } }",
        [
            ("BEHAVES", "field-oneof", "field Oneofs.d"),
            ("PYTHON", "field-presence", "field Oneofs.c"),
            ("WIRE", "field-oneof", "field Oneofs.c"),
        ],
    ),
    "Gone": (
        "message Gone {} enum Old { O = 0; }",
        "",
        [("PYTHON", "message-removed", "message Gone"), ("PYTHON", "enum-removed", "enum Old")],
    ),
    "Deprecated": (
        "message Deprecated { int32 a = 1; }",
        "message Deprecated { option deprecated = true; int32 a = 1 [deprecated = true]; }",
        [
            ("BEHAVES", "message-deprecated", "message Deprecated"),
            ("BEHAVES", "field-deprecated", "field Deprecated.a"),
        ],
    ),
    "Enums": (
        "enum Kind { KIND_NO = 0; KIND_A = 1; KIND_B = 2; KIND_C = 3; KIND_D = 4; }",
        "enum Kind { reserved 3; KIND_NO = 0; KIND_AA = 1; KIND_B = 5; KIND_E = 6; }",
        [
            ("PYTHON", "value-renamed", "value Kind.KIND_A"),
            ("WIRE", "value-number", "value Kind.KIND_B"),
            ("PYTHON", "value-removed", "value Kind.KIND_C"),
            ("WIRE", "value-removed-unreserved", "value Kind.KIND_D"),
            ("ADDS", "value-added", "value Kind.KIND_E"),
        ],
    ),
    "Prefix": (
        "enum Hue { HUE_NO = 0; HUE_RED = 1; }",
        "enum Hue { HUE_NO = 0; HUE_RED = 1; BLUE = 2; }",
        [
            ("PYTHON", "value-renamed", "value Hue.HUE_NO"),
            ("PYTHON", "value-renamed", "value Hue.HUE_RED"),
            ("ADDS", "value-added", "value Hue.BLUE"),
        ],
    ),
    "Service": (
        "message In {} message Out {} service S { rpc A(In) returns (Out); rpc B(In) returns (Out); "
        "rpc C(In) returns (Out); rpc D(In) returns (Out); } service T {}",
        "message In {} message Out {} message Big { int32 a = 1; } service S { rpc A(In) returns (stream Out); "
        "rpc B(In) returns (Big); rpc D(In) returns (Out) { option idempotency_level = IDEMPOTENT; } "
        "rpc E(In) returns (Out); }",
        [
            ("ADDS", "message-added", "message Big"),
            ("WIRE", "rpc-streaming", "rpc S/A"),
            ("WIRE", "rpc-response", "rpc S/B"),
            ("WIRE", "rpc-removed", "rpc S/C"),
            ("BEHAVES", "rpc-idempotency", "rpc S/D"),
            ("ADDS", "rpc-added", "rpc S/E"),
            ("WIRE", "service-removed", "service T"),
        ],
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str, str]]]:
    """The changes of every case, which are packages of one schema so that protoc runs but twice."""
    schemas = []
    for side in (0, 1):
        root = tmp_path_factory.mktemp("protos")
        for name, case in _CASES.items():
            text = f'syntax = "proto3";\npackage {name.lower()};\n{case[side]}\n'
            (root / f"{name}.proto").write_text(text)
        old2 = (
            "optional int32 a = 1; optional int32 b = 2;",
            "required int32 a = 1; optional int32 b = 2; required int32 c = 3;",
        )
        (root / "Two.proto").write_text(f'syntax = "proto2";\npackage two;\nmessage Two {{ {old2[side]} }}\n')
        schemas.append(load(protoc.descriptor_set(root, protoc.find_protos(root))))
    result: dict[str, list[tuple[str, str, str]]] = {}
    for change in schema.compare(*schemas):
        what, _, name = change.subject.partition(" ")
        package, _, rest = name.partition(".")
        result.setdefault(package, []).append((change.level.name, change.rule, f"{what} {rest}"))
        assert change.message
        assert (change.old or change.new) is not None
    return result


@pytest.mark.parametrize("name", _CASES)
def test_rule(found: dict[str, list[tuple[str, str, str]]], name: str) -> None:
    assert sorted(found.get(name.lower(), [])) == sorted(_CASES[name][2])


def test_required_fields_of_proto2(found: dict[str, list[tuple[str, str, str]]]) -> None:
    assert sorted(found["two"]) == [
        ("WIRE", "field-required", "field Two.a"),
        ("WIRE", "field-required", "field Two.c"),
    ]


def test_places(tmp_path: Path) -> None:
    """Each side's own line and column."""
    schemas = []
    for number in (1, 2):
        root = tmp_path / str(number)
        root.mkdir()
        lines = "\n" * number
        (root / "a.proto").write_text(f'syntax = "proto3";\n{lines}message A {{\n  int32 a = {number};\n}}\n')
        schemas.append(load(protoc.descriptor_set(root, ["a.proto"])))
    (change,) = schema.compare(*schemas)
    assert (str(change.old), str(change.new)) == ("a.proto:4:3", "a.proto:5:3")
    assert change.message == "its number was 1 and is 2"


def test_levels_have_exit_codes_of_their_own() -> None:
    assert [level.exit_code for level in Level] == [3, 4, 5, 6]
