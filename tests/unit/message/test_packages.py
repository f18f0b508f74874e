"""Packages of generated modules: lazy, never shadowed, whatever they are called."""

from __future__ import annotations

import importlib
import operator
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LIGHT = """
import sys
before = set(sys.modules)
from remora_api.flyteidl2 import workflow
first = {name for name in set(sys.modules) - before if name.endswith("_pb")}
workflow.ListRunsRequest
heavy = {"asyncio", "typing", "dataclasses", "inspect", "re", "datetime", "json", "grpclib", "google.protobuf"}
print(sorted(first), sorted(heavy & (set(sys.modules) - before)))
"""


def test_names_are_imported_when_used(kitchen: ModuleType) -> None:
    assert kitchen.__all__ == ["Color", "Credentials", "Leaf", "Nothing", "Sink"]
    assert set(kitchen.__all__) <= set(dir(kitchen))
    assert kitchen.Leaf is importlib.import_module("kitchen_api.kitchen.sink_pb").Leaf
    with pytest.raises(AttributeError, match=r"kitchen_api\.kitchen.*no_such"):
        operator.attrgetter("no_such")(kitchen)
    with pytest.raises(ImportError):
        exec("from kitchen_api.kitchen import NoSuch")


def test_importing_a_package_imports_no_message(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[] []"


def test_names_of_the_standard_library_and_keywords(compile_protos: Any) -> None:
    package = compile_protos(
        "odd_api",
        {
            "typing/enum.proto": 'syntax = "proto3"; package typing; message Any { string str = 1; List list = 2; '
            "repeated int32 int = 3; map<string, bytes> dict = 4; bytes bytes = 5; int32 len = 6; bool type = 7; } "
            "message List { Any value = 1; int32 data = 2; int32 pos = 3; int32 out = 4; int32 message = 5; "
            "oneof tag { int32 end = 6; int32 depth = 7; } } enum Enum { ENUM_A = 0; }",
            "grpc/import/global.proto": 'syntax = "proto3"; package grpc.import.global; import "typing/enum.proto"; '
            "message class { typing.Any lambda = 1; typing.Enum None = 2; map<int32, typing.Enum> self = 3; }",
            "top.proto": 'syntax = "proto3"; import "grpc/import/global.proto"; import "typing/enum.proto"; '
            "message Top { grpc.import.global.class first = 1; typing.List second = 2; "
            "optional string parse = 3; string from_json = 4; }",
        },
    )
    typing = importlib.import_module("odd_api.typing")
    inner = importlib.import_module("odd_api.grpc.import_.global_")
    content = typing.Any(str="x", list=typing.List(data=1, end=0), int=[1], dict={"k": b"v"}, bytes=b"b", type=True)
    top = package.Top(
        first=inner.Class(lambda_=content, None_=typing.Enum_.A, self_={1: typing.Enum_(5)}),
        second=typing.List(pos=2, out=3, message=4, depth=5),
        parse_="p",
    )
    assert package.Top.parse(bytes(top)) == top
    assert package.Top.from_json(top.to_json()) == top
    assert top.to_dict()["first"]["lambda"]["str"] == "x"


def test_files_with_one_name_in_several_packages(compile_protos: Any) -> None:
    compile_protos(
        "twin_api",
        {
            "a/common/types.proto": 'syntax = "proto3"; package a.common; message Id { int32 a = 1; }',
            "b/common/types.proto": 'syntax = "proto3"; package b.common; message Id { int32 b = 1; }',
            "common/types.proto": 'syntax = "proto3"; package common; import "a/common/types.proto"; '
            'import "b/common/types.proto"; message Id { a.common.Id a = 1; b.common.Id b = 2; Id c = 3; }',
        },
    )
    common = importlib.import_module("twin_api.common")
    first, second = importlib.import_module("twin_api.a.common"), importlib.import_module("twin_api.b.common")
    message = common.Id(a=first.Id(a=1), b=second.Id(b=2), c=common.Id())
    assert common.Id.parse(bytes(message)) == message
    assert common.Id.from_dict(message.to_dict()) == message


def test_packages_that_use_each_other(compile_protos: Any) -> None:
    compile_protos(
        "cycle_api",
        {
            "a/one.proto": 'syntax = "proto3"; package a; import "b/two.proto"; message One { b.Two two = 1; }',
            "b/two.proto": 'syntax = "proto3"; package b; import "a/three.proto"; message Two { a.Three three = 1; }',
            "a/three.proto": 'syntax = "proto3"; package a; message Three { int32 number = 1; }',
        },
    )
    a, b = importlib.import_module("cycle_api.a"), importlib.import_module("cycle_api.b")
    one = a.One(two=b.Two(three=a.Three(number=5)))
    assert a.One.parse(bytes(one)) == one


def test_well_known_types_come_from_the_runtime_package(kitchen: ModuleType, output_directory: Path) -> None:
    from remora_api.google.protobuf import Timestamp

    assert not (output_directory.parent / "google").exists()
    assert type(kitchen.Sink.parse(b"\xb2\x04\x02\x08\x01").time) is Timestamp
