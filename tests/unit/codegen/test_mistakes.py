"""Whatever is wrong with the input: one line per mistake, all of them at once, exit code 2, nothing written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]
Tree = Callable[[Mapping[str, str]], Path]

HEAD = 'syntax = "proto3";\npackage p;\n'

BAD_PROTOS: dict[str, tuple[dict[str, str], list[str]]] = {
    "syntax": (
        {"a.proto": HEAD + "message M { int32 x = ; }\n"},
        ["protos/a.proto:3:23: error: Expected field number."],
    ),
    "several files at once": (
        {"a.proto": HEAD + "message M { Foo x = 1; }\n", "b.proto": HEAD + "message N {\n  int32 y = 0;\n}\n"},
        [
            'protos/a.proto:3:13: error: "Foo" is not defined.',
            "protos/b.proto:4:13: error: Field numbers must be positive integers. (suggested field numbers for p.N: 1)",
        ],
    ),
    "unknown type": (
        {"a.proto": HEAD + "message Order {}\nmessage M {\n  Oder x = 1;\n  p.Ordr y = 2;\n  sting z = 3;\n}\n"},
        [
            "protos/a.proto:5:3: error: \"Oder\" is not defined. (did you mean 'Order'?)",
            "protos/a.proto:6:3: error: \"p.Ordr\" is not defined. (did you mean 'p.Order'?)",
            "protos/a.proto:7:3: error: \"sting\" is not defined. (did you mean 'string'?)",
        ],
    ),
    "unknown import": (
        {"shop/order.proto": HEAD, "a.proto": HEAD + 'import "shop/oder.proto";\n'},
        [
            'protos/a.proto:3:1: error: Import "shop/oder.proto" was not found or had errors.'
            " (did you mean 'shop/order.proto'?)",
        ],
    ),
    "mistakes of an import are told once": (
        {
            "a.proto": HEAD + "message A { int32 x = 0; }\n",
            "b.proto": HEAD + 'import "a.proto";\nmessage B { A a = 1; }\n',
            "c.proto": HEAD + 'import "b.proto";\nmessage C { B b = 1; }\n',
        },
        ["protos/a.proto:3:23: error: Field numbers must be positive integers. (suggested field numbers for p.A: 1)"],
    ),
    "fields with one attribute": (
        {"a.proto": HEAD + "message M {\n  int32 _x = 1;\n  int32 field_x = 2;\n}\n"},
        ["protos/a.proto:5:3: error: fields 'field_x' and '_x' both become attribute 'field_x'"],
    ),
    "messages with one class": (
        {"a.proto": HEAD + "message A { message B {} }\nenum AB { ZERO = 0; }\n"},
        ["protos/a.proto:4:1: error: 'p.AB' and 'p.A.B' both become the Python class 'AB'"],
    ),
    "message and stub with one class": (
        {"a.proto": HEAD + "message FooStub {}\nservice Foo {}\n"},
        ["protos/a.proto:4:1: error: the stub of 'p.Foo' and 'p.FooStub' both become the Python class 'FooStub'"],
    ),
    "methods with one name": (
        {"a.proto": HEAD + "message M {}\nservice S {\n  rpc GetM(M) returns (M);\n  rpc get_m(M) returns (M);\n}\n"},
        ["protos/a.proto:6:3: error: 'get_m' and 'GetM' both become method 'get_m'"],
    ),
    "files with one module": (
        {"x/a.proto": HEAD, "y/a.proto": HEAD},
        ["protos/y/a.proto: error: this file and 'x/a.proto' both become module 'a_pb'"],
    ),
    "group": (
        {"a.proto": 'syntax = "proto2";\nmessage M {\n  optional group G = 1 {}\n}\n'},
        ["protos/a.proto:3:3: error: field 'g' is a group, which is not supported"],
    ),
    "edition": (
        {"a.proto": 'edition = "2023";\nmessage M {}\n'},
        ["protos/a.proto: error: editions are not supported; use proto2 or proto3"],
    ),
    "nothing there": ({}, ["protos: error: the proto directory does not exist"]),
    "no protos": ({"a.txt": ""}, ["protos: error: there is no .proto file in this directory"]),
}


@pytest.mark.parametrize("case", BAD_PROTOS)
def test_bad_protos(tree: Tree, remora: Remora, case: str) -> None:
    files, expected = BAD_PROTOS[case]
    root = tree({f"protos/{name}": text for name, text in files.items()})
    code, out, err = remora("generate", "--package", "api")
    assert err == expected
    assert (code, out) == (2, [])
    assert not (root / "generated").exists()
    assert remora("generate", "--package", "api", "--check") == (2, [], expected)


BAD_OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "no package": (
        [],
        [
            "--package: error: the name of the package to write is missing"
            " (use --package NAME, or package in [tool.remora] of pyproject.toml)"
        ],
    ),
    "package": (["--package", "a-b"], ["--package: error: 'a-b' is not the name of a Python package"]),
    "keyword package": (["--package", "class"], ["--package: error: 'class' is not the name of a Python package"]),
    "files": (
        ["--files", "b.proto", "--files", "x/**"],
        [
            "protos: error: no .proto file matches 'b.proto' (did you mean 'a.proto'?)",
            "protos: error: no .proto file matches 'x/**'",
        ],
    ),
    "templates": (["--templates", "mine"], ["mine: error: the template directory does not exist"]),
    "include": (["-I", "other"], ["other: error: the directory of imports does not exist"]),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options(tree: Tree, remora: Remora, case: str) -> None:
    arguments, expected = BAD_OPTIONS[case]
    root = tree({"protos/a.proto": HEAD})
    package = [] if "--package" in arguments or not arguments else ["--package", "api"]
    assert remora("generate", *package, *arguments) == (2, [], expected)
    assert not (root / "generated").exists()


def test_mistakes_in_a_manifest_show_its_path(tree: Tree, remora: Remora) -> None:
    manifest = "entities:\n  Thing:\n    message: p.Thign\n  Other:\n    mesage: p.Thing\n"
    root = tree({"protos/a.proto": HEAD + "message Thing {}\n", "some/where/m.yaml": manifest})
    code, out, err = remora("generate", "--package", "api", "--manifest", "some/where/m.yaml")
    assert (code, out) == (2, [])
    assert len(err) >= 2
    assert all(line.startswith("some/where/m.yaml:") and ": error: " in line for line in err)
    assert err[0].startswith("some/where/m.yaml:3:14: error: ")
    assert err[0].endswith("(did you mean 'p.Thing'?)")
    assert any("(did you mean 'message'?)" in line for line in err)
    assert not (root / "generated").exists()


def test_a_manifest_that_is_not_there(tree: Tree, remora: Remora) -> None:
    tree({"protos/a.proto": HEAD})
    code, _, err = remora("generate", "--package", "api", "--manifest", "m.yaml")
    assert code == 2
    assert len(err) == 1
    assert err[0].startswith("m.yaml: error: ")


BAD_TABLES: dict[str, tuple[str, list[str]]] = {
    "unknown keys": (
        '[project]\nname = "x"\n[tool.remora]\nprots = "p"\npackage = "api"\nmanifst = "m.yaml"\n',
        [
            "pyproject.toml:4:1: error: [tool.remora] has no setting 'prots' (did you mean 'protos'?)",
            "pyproject.toml:6:1: error: [tool.remora] has no setting 'manifst' (did you mean 'manifest'?)",
        ],
    ),
    "wrong types": (
        '[tool.remora]\nprotos = 3\nfiles = "a.proto"\ninclude = [1]\n',
        [
            "pyproject.toml:2:1: error: 'protos' must be a string",
            "pyproject.toml:3:1: error: 'files' must be a list of strings",
            "pyproject.toml:4:1: error: 'include' must be a list of strings",
        ],
    ),
    "not a table": ("[tool]\nremora = 3\n", ["pyproject.toml: error: [tool.remora] must be a table"]),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_settings(tree: Tree, remora: Remora, case: str) -> None:
    text, expected = BAD_TABLES[case]
    tree({"protos/a.proto": HEAD, "pyproject.toml": text})
    assert remora("generate") == (2, [], expected)


def test_settings_that_are_not_toml(tree: Tree, remora: Remora) -> None:
    tree({"protos/a.proto": HEAD, "pyproject.toml": "[tool.remora\n"})
    code, _, err = remora("generate")
    assert code == 2
    assert len(err) == 1
    assert err[0].startswith("pyproject.toml: error: not TOML: ")


BAD_TEMPLATES: dict[str, tuple[str, str]] = {
    "syntax": ("line\n{% if %}\n", "mine/services/module.py.jinja:2:1: error: template error: "),
    "unknown value": ("{{ module.nothing }}\n", "mine/services/module.py.jinja:1:1: error: template error: "),
    "unknown template": ('{% include "none.jinja" %}\n', "mine/services/module.py.jinja:1:1: error: template error: "),
}


@pytest.mark.parametrize("case", BAD_TEMPLATES)
def test_bad_templates(tree: Tree, remora: Remora, case: str) -> None:
    text, expected = BAD_TEMPLATES[case]
    tree({"protos/a.proto": HEAD + "service S {}\n", "mine/services/module.py.jinja": text})
    code, out, err = remora("generate", "--package", "api", "--templates", "mine")
    assert (code, out) == (2, [])
    assert len(err) == 1
    assert err[0].startswith(expected)
