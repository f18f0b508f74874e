"""Small protos, compiled by the generator itself, as importable packages."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from remora_codegen.load import load
from remora_codegen.messages import outputs
from remora_codegen.protoc import descriptor_set
from remora_codegen.render import Options, Templates

Compile = Callable[..., ModuleType]

KITCHEN = """
syntax = "proto3";
package kitchen;

import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

// Everything that a field can be.
// A second line with a "quote" and a \\ in it.
message Sink {
  double f_double = 1;
  float f_float = 2;
  int32 f_int32 = 3;
  int64 f_int64 = 4;
  uint32 f_uint32 = 5;
  uint64 f_uint64 = 6;
  sint32 f_sint32 = 7;
  sint64 f_sint64 = 8;
  fixed32 f_fixed32 = 9;
  fixed64 f_fixed64 = 10;
  sfixed32 f_sfixed32 = 11;
  sfixed64 f_sfixed64 = 12;
  bool f_bool = 13;
  // The text.
  string f_string = 14;
  bytes f_bytes = 15;
  Color f_color = 16;
  Leaf f_leaf = 17;

  optional int32 o_int32 = 20;
  optional string o_string = 21;
  optional Color o_color = 22;

  repeated double r_double = 31;
  repeated float r_float = 32;
  repeated int32 r_int32 = 33;
  repeated int64 r_int64 = 34;
  repeated uint32 r_uint32 = 35;
  repeated uint64 r_uint64 = 36;
  repeated sint32 r_sint32 = 37;
  repeated sint64 r_sint64 = 38;
  repeated fixed32 r_fixed32 = 39;
  repeated fixed64 r_fixed64 = 40;
  repeated sfixed32 r_sfixed32 = 41;
  repeated sfixed64 r_sfixed64 = 42;
  repeated bool r_bool = 43;
  repeated string r_string = 44;
  repeated bytes r_bytes = 45;
  repeated Color r_color = 46;
  repeated Leaf r_leaf = 47;
  repeated int32 unpacked = 48 [packed = false];

  map<string, string> m_string = 51;
  map<int32, Leaf> m_leaf = 52;
  map<bool, double> m_bool = 53;
  map<uint64, Color> m_color = 54;
  map<sint64, bytes> m_bytes = 55;

  oneof choice {
    string c_string = 61;
    int64 c_int64 = 62;
    Leaf c_leaf = 63;
    Color c_color = 64;
    bool c_bool = 65;
    Sink c_sink = 66;
  }

  google.protobuf.Timestamp time = 70;
  google.protobuf.Duration span = 71;
  google.protobuf.Struct struct = 72;
  google.protobuf.Value value = 73;
  google.protobuf.ListValue items = 74;
  google.protobuf.FieldMask mask = 75;
  google.protobuf.Any any = 76;
  google.protobuf.StringValue w_string = 77;
  google.protobuf.Int64Value w_int64 = 78;
  google.protobuf.NullValue nothing = 79;
  repeated google.protobuf.Value values = 80;

  int32 big_number = 2048;
  string biggest_number = 536870911;
  int32 k8s_name_2_x = 100;
  int32 other_json = 101 [json_name = "@odd"];
  bool from = 102;
  bool is_set = 103;
}

message Leaf {
  int32 number = 1;
  string text = 2;
  repeated int32 numbers = 3;
  map<string, int32> counts = 4;
  Leaf leaf = 5;
  oneof either { int32 left = 6; int32 right = 7; }
}

message Nothing {}

message Credentials { string client_secret = 1; string user = 2; string secret_name = 3; string token_type = 4; }

enum Color {
  option allow_alias = true;
  COLOR_UNSPECIFIED = 0;
  COLOR_RED = 1;
  COLOR_CRIMSON = 1;
  COLOR_NEGATIVE = -7;
}
"""

OLD = """
syntax = "proto2";
package old;
enum Size { SMALL = 1; LARGE = 3; }
enum Shade { LIGHT = 0; DARK = 1; }
message Box {
  required int32 weight = 1;
  optional Size size = 2;
  repeated Size sizes = 3;
  repeated Size packed_sizes = 4 [packed = true];
  map<string, Shade> by_name = 5;
  optional string label = 6;
}
"""


@pytest.fixture(scope="session")
def compile_protos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compile]:
    """Compile protos to a package of their own: `compile_protos("name", {"a/b.proto": text})` gives the package."""
    added: list[tuple[str, str]] = []

    def compile_to(package: str, protos: dict[str, str]) -> ModuleType:
        root = tmp_path_factory.mktemp(package)
        for name, text in protos.items():
            path = root / "protos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        schema = load(descriptor_set(root / "protos", sorted(protos)), sorted(protos))
        for output in outputs(schema, Templates(), Options(package=package)):
            path = root / "out" / output.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(output.text, encoding="utf-8")
        sys.path.insert(0, str(root / "out"))
        added.append((package, str(root / "out")))
        importlib.invalidate_caches()
        return importlib.import_module(package)

    yield compile_to
    for package, path in added:
        sys.path.remove(path)
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[name]


@pytest.fixture(scope="session")
def kitchen(compile_protos: Compile) -> ModuleType:
    """The package with a field of every kind."""
    compile_protos("kitchen_api", {"kitchen/sink.proto": KITCHEN})
    return importlib.import_module("kitchen_api.kitchen")


@pytest.fixture(scope="session")
def old(compile_protos: Compile) -> ModuleType:
    """A proto2 package: everything has presence, enums are closed."""
    compile_protos("old_api", {"old/box.proto": OLD})
    return importlib.import_module("old_api.old")


@pytest.fixture(scope="session")
def output_directory(kitchen: ModuleType) -> Path:
    """Where the modules of `kitchen` are."""
    assert kitchen.__file__ is not None
    return Path(kitchen.__file__).parent
