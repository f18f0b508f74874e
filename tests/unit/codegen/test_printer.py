"""What the printer prints compiles to the descriptor it was printed from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from remora_codegen.diagnostics import GeneratorError
from remora_codegen.vendor.command import compile_protos, proto_texts
from remora_codegen.vendor.descriptors import DescriptorFiles, canonical
from remora_codegen.vendor.printer import print_file
from remora_codegen.vendor.scopes import Scopes

Tree = Callable[[Mapping[str, str]], Path]

PROTO2 = r"""
syntax = "proto2";
package old.style;
import public "base.proto";
import "google/protobuf/descriptor.proto";
option java_package = "with \"quotes\" \\ and \n newline";
enum Color { option allow_alias = true; reserved -5, 10 to 20, 100 to max; reserved "MAUVE";
  RED = 1; CRIMSON = 1 [deprecated = true]; BLUE = -3 [(note) = "ä\001"]; }
message Defaults {
  optional string text = 1 [default = "a \"b\" \\ \n é"];
  optional bytes data = 2 [default = "\001\377\"x"];
  optional double big = 3 [default = inf];
  optional float small = 4 [default = -1.5e-10];
  optional float nothing = 5 [default = nan];
  optional Color color = 6 [default = BLUE];
  optional bool yes = 7 [default = true];
  optional int64 low = 8 [default = -9223372036854775808];
  required uint32 must = 9;
  repeated int32 packed = 10 [packed = true];
  oneof choice { string a = 20; Color b = 21 [default = CRIMSON]; }
  extensions 1000 to 1999, 3000;
  extensions 5000 to max [verification = UNVERIFIED];
  reserved 30, 40 to 50; reserved "gone", "past";
  extend Defaults { optional string inside = 1500; }
}
message Wire { option message_set_wire_format = true; extensions 4 to max; }
extend google.protobuf.EnumValueOptions { optional string note = 50001; }
extend google.protobuf.FieldOptions { optional Rules rules = 50002; repeated string tags = 50003; }
extend Defaults { repeated Defaults more = 3000; }
message Rules {
  optional double weight = 1; optional float share = 2; repeated int32 steps = 3; optional Rules inner = 4;
  map<string, Rules> by_name = 5; optional bytes raw = 6; optional Color color = 7; optional bool on = 8;
  extensions 100 to 200;
}
extend Rules { optional string extra = 100; }
message Annotated {
  optional string one = 1 [(rules).weight = 0.1, (rules).share = 3.3, (tags) = "x", (tags) = "y", deprecated = true];
  optional string two = 2 [(rules) = { steps: [1, 2] inner { on: true color: BLUE [old.style.extra]: "e" }
    by_name { key: "k" value { raw: "\000\377" } } by_name { key: "a" value {} } }];
  optional string three = 3 [(rules).inner.inner.weight = -1e300];
  optional string four = 4 [(rules) = {}, json_name = "IV"];
  optional string five = 5 [(old.style.rules).(old.style.extra) = "path", ctype = CORD];
}
"""
BASE = """
syntax = "proto3";
package old;
message Thing { message style { int32 x = 1; } }
"""
PROTO3 = """
syntax = "proto3";
package deep.a.b;
import "old.proto";
import "base.proto";
import weak "google/protobuf/timestamp.proto";
message Maps {
  map<string, Early> first = 1;
  message Early { int32 x = 1; }
  map<int64, bytes> second = 2;
  message Middle { map<bool, Maps> own = 1; }
  enum Kind { KIND_ZERO = 0; }
  optional int32 maybe = 4;
  oneof pick { string s = 5; Middle m = 6 [lazy = true]; }
  map<fixed32, Kind> third = 7;
  optional Kind other = 8;
  message Late {}
  google.protobuf.Timestamp when = 9;
}
message a { message b { message Maps {} .deep.a.b.Maps outer = 1; Maps inner = 2; .deep.a.b.a.b own = 3; } a x = 1; }
message deep { .deep.a.b.Maps maps = 1; old.Thing.style style = 2; .old.style.Rules rules = 3; }
message Empty {}
service Streams {
  option deprecated = true;
  rpc One(Maps) returns (stream Empty);
  rpc Two(stream Maps) returns (Empty) { option idempotency_level = NO_SIDE_EFFECTS; option deprecated = true; }
  rpc Three(stream .deep.a.b.a.b) returns (stream .old.Thing) {}
}
"""


@pytest.fixture
def compiled(tree: Tree) -> DescriptorFiles:
    root = tree({"protos/old.proto": PROTO2, "protos/base.proto": BASE, "protos/new.proto": PROTO3})
    return compile_protos(root / "protos", ["old.proto", "base.proto", "new.proto"])


@pytest.mark.parametrize("name", ["old.proto", "base.proto", "new.proto"])
def test_text_compiles_to_the_same_descriptor(compiled: DescriptorFiles, tree: Tree, name: str) -> None:
    texts = proto_texts(compiled, compiled.by_name, "test")
    root = tree({f"again/{file}": text for file, text in texts.items()})
    again = compile_protos(root / "again", sorted(texts), compiled)
    assert canonical(again.by_name[name]) == canonical(compiled.by_name[name])
    assert proto_texts(again, [name], "test")[name] == texts[name]


def test_text_is_clean(compiled: DescriptorFiles) -> None:
    text = proto_texts(compiled, ["new.proto"], "test")["new.proto"]
    assert text == (Path(__file__).parent / "printed.proto").read_text("utf-8")


def test_groups_are_refused(tree: Tree) -> None:
    root = tree({"x.proto": 'syntax = "proto2"; package p; message M { optional group G = 1 {} }'})
    with pytest.raises(GeneratorError) as caught:
        proto_texts(compile_protos(root, ["x.proto"]), ["x.proto"], "test")
    assert str(caught.value) == "x.proto: error: field 'p.M.g' is a group, which is not supported"


def test_editions_are_refused() -> None:
    with pytest.raises(GeneratorError) as caught:
        print_file(FileDescriptorProto(name="x.proto", syntax="editions"), Scopes([]), "test")
    assert str(caught.value) == "x.proto: error: editions are not supported; use proto2 or proto3"


CHANGES = [
    ("int32 x = 1;", "int32 x = 2;"),
    ("int32 x = 1;", "int64 x = 1;"),
    ("int32 x = 1;", "repeated int32 x = 1;"),
    ("int32 x = 1;", "optional int32 x = 1;"),
    ("int32 x = 1;", "oneof o { int32 x = 1; }"),
    ("int32 x = 1;", "int32 y = 1;"),
    ("int32 x = 1;", "int32 x = 1 [deprecated = true];"),
    ("int32 x = 1;", 'int32 x = 1 [json_name = "Y"];'),
    ("int32 x = 1;", "int32 x = 1; reserved 5;"),
    ("int32 x = 1;", ""),
    ("package p;", "package q;"),
    ("ZERO = 0;", "NULL = 0;"),
    ("ZERO = 0;", "ZERO = 0; ONE = 1;"),
    ("rpc R(M) returns (M);", "rpc R(stream M) returns (M);"),
    ("rpc R(M) returns (M);", "rpc R(M) returns (M) { option idempotency_level = IDEMPOTENT; }"),
    ("message M", 'option go_package = "g"; message M'),
]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_every_difference_shows(tree: Tree, old: str, new: str) -> None:
    text = """
        syntax = "proto3"; package p;
        message M { int32 x = 1; } enum E { ZERO = 0; } service S { rpc R(M) returns (M); }
    """
    assert old in text
    root = tree({"one/x.proto": text, "two/x.proto": text.replace(old, new), "three/x.proto": text})
    first, second, third = (
        compile_protos(root / name, ["x.proto"]).by_name["x.proto"] for name in ("one", "two", "three")
    )
    assert canonical(first).SerializeToString() == canonical(third).SerializeToString()
    assert canonical(first).SerializeToString() != canonical(second).SerializeToString()
