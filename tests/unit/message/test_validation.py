"""Generated checks of validation rules: every kind of rule, where it looks, and what it says."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from remora.errors import EncodeError, ValidationError

ROOT = Path(__file__).resolve().parents[3]

KINDS = r"""
syntax = "proto3";
package ruled;

import "buf/validate/validate.proto";
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/timestamp.proto";

enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; COLOR_BLUE = 2; }

message One {
  option (buf.validate.message) = {
    cel { id: "one.sense" message: "must make sense" expression: "this.s_len != 'nonsense'" }
  };
  optional string s_const = 1 [(buf.validate.field).string.const = "x"];
  optional string s_len = 2 [(buf.validate.field).string.len = 3];
  optional string s_min = 3 [(buf.validate.field).string.min_len = 2];
  optional string s_max = 4 [(buf.validate.field).string.max_len = 2];
  optional string s_bytes = 5 [(buf.validate.field).string.max_bytes = 2];
  optional string s_pattern = 6 [(buf.validate.field).string.pattern = "^[a-z]+$"];
  optional string s_prefix = 7 [(buf.validate.field).string.prefix = "a\"b"];
  optional string s_suffix = 8 [(buf.validate.field).string.suffix = "z"];
  optional string s_contains = 9 [(buf.validate.field).string.contains = "m"];
  optional string s_without = 10 [(buf.validate.field).string.not_contains = "m"];
  optional string s_in = 11 [(buf.validate.field).string = {in: ["a", "b"]}];
  optional string s_not_in = 12 [(buf.validate.field).string = {not_in: ["a", "b"]}];
  optional string s_uri = 13 [(buf.validate.field).string.uri = true];
  optional string s_ip = 14 [(buf.validate.field).string.ip = true];
  optional string s_host = 15 [(buf.validate.field).string.hostname = true];
  optional string s_email = 16 [(buf.validate.field).string.email = true];
  optional string s_uuid = 17 [(buf.validate.field).string.uuid = true];
  optional string s_address = 18 [(buf.validate.field).string.address = true];
  optional string s_uri_ref = 19 [(buf.validate.field).string.uri_ref = true];
  optional bytes b_len = 20 [(buf.validate.field).bytes.len = 2];
  optional bytes b_prefix = 21 [(buf.validate.field).bytes.prefix = "\x00\x01"];
  optional int32 i_gt = 30 [(buf.validate.field).int32.gt = 5];
  optional int64 i_range = 31 [(buf.validate.field).int64 = {gte: -1, lt: 10}];
  optional uint32 i_outside = 32 [(buf.validate.field).uint32 = {gt: 10, lt: 5}];
  optional sint32 i_in = 33 [(buf.validate.field).sint32 = {in: [1, 2]}];
  optional double d_lte = 34 [(buf.validate.field).double.lte = 1.5];
  optional float f_finite = 35 [(buf.validate.field).float.finite = true];
  optional bool yes = 36 [(buf.validate.field).bool.const = true];
  optional Color known = 40 [(buf.validate.field).enum.defined_only = true];
  optional Color chosen = 41 [(buf.validate.field).enum = {not_in: [0, 2]}];
  repeated string few = 50 [(buf.validate.field).repeated = {
    min_items: 1, max_items: 2, items: {string: {min_len: 1}}
  }];
  repeated int32 distinct = 51 [(buf.validate.field).repeated.unique = true];
  map<string, int32> counts = 52 [(buf.validate.field).map = {
    max_pairs: 2, keys: {string: {max_len: 2}}, values: {int32: {gte: 0}}
  }];
  google.protobuf.Duration span = 60 [(buf.validate.field).duration = {gte: {seconds: 1}, lte: {seconds: 60}}];
  google.protobuf.Timestamp moment = 61 [(buf.validate.field).timestamp.gt = {seconds: 10}];
  google.protobuf.Any any = 62 [(buf.validate.field).any = {in: ["type.googleapis.com/a.B"]}];
}

message Needs {
  string name = 1 [(buf.validate.field).required = true];
  bool agreed = 2 [(buf.validate.field).required = true];
  Inner inner = 3 [(buf.validate.field).required = true];
  repeated Inner inners = 4 [(buf.validate.field).required = true];
  oneof choice { option (buf.validate.oneof).required = true; string left = 5; Inner right = 6; }
  map<string, Inner> by_name = 7;
  string rarely = 8 [(buf.validate.field) = {ignore: IGNORE_IF_ZERO_VALUE, string: {min_len: 3}}];
  Inner unchecked = 9 [(buf.validate.field).ignore = IGNORE_ALWAYS];
}

message Inner { int32 number = 1 [(buf.validate.field).int32.lt = 100]; }
message Tree { repeated Tree trees = 1; Inner inner = 2; }
message Free { string text = 1; Free free = 2; }
"""


@pytest.fixture(scope="module")
def ruled(compile_protos: Any) -> ModuleType:
    validate = (ROOT / "protos" / "buf" / "validate" / "validate.proto").read_text()
    compile_protos("ruled_api", {"ruled/rules.proto": KINDS, "buf/validate/validate.proto": validate})
    return importlib.import_module("ruled_api.ruled")


def needs(ruled: ModuleType, **changes: Any) -> Any:
    """A valid `Needs`, but for the changes."""
    fields = {"name": "n", "agreed": True, "inner": ruled.Inner(), "inners": [ruled.Inner()], "left": ""}
    return ruled.Needs(**(fields | changes))


@pytest.mark.parametrize(
    ("field", "rule", "good", "bad"),
    [
        ("s_const", "string.const", "x", "y"),
        ("s_len", "string.len", "äöü", "ab"),
        ("s_min", "string.min_len", "ab", "ü"),
        ("s_max", "string.max_len", "üü", "abc"),
        ("s_bytes", "string.max_bytes", "ü", "üü"),
        ("s_pattern", "string.pattern", "abc", "abc\n"),
        ("s_prefix", "string.prefix", 'a"bc', "ab"),
        ("s_suffix", "string.suffix", "xyz", "xy"),
        ("s_contains", "string.contains", "amb", "ab"),
        ("s_without", "string.not_contains", "ab", "amb"),
        ("s_in", "string.in", "b", "c"),
        ("s_not_in", "string.not_in", "c", "b"),
        ("s_uri", "string.uri", "s3://bucket/a%20b?x#y", "bucket/a"),
        ("s_ip", "string.ip", "::1", "256.0.0.1"),
        ("s_host", "string.hostname", "flyte.example.com.", "-flyte.example.com"),
        ("s_email", "string.email", "ada@example.com", "ada@"),
        ("s_uuid", "string.uuid", "0190163d-8694-739b-aea5-966c26f8ad91", "0190163d8694739baea5966c26f8ad91"),
        ("s_address", "string.address", "127.0.0.1", "127.0.0.256"),
        ("s_uri_ref", "string.uri_ref", "../a", "a b"),
        ("b_len", "bytes.len", b"ab", b"abc"),
        ("b_prefix", "bytes.prefix", b"\x00\x01\x02", b"\x00"),
        ("i_gt", "int32.gt", 6, 5),
        ("i_range", "int64.gte_lt", -1, 10),
        ("i_outside", "uint32.gt_lt_exclusive", 4, 7),
        ("i_in", "sint32.in", 2, 3),
        ("d_lte", "double.lte", 1.5, float("nan")),
        ("f_finite", "float.finite", 0.0, float("-inf")),
        ("yes", "bool.const", True, False),
        ("known", "enum.defined_only", 2, 3),
        ("chosen", "enum.not_in", 1, 2),
        ("few", "repeated.max_items", ["a", "b"], ["a", "b", "c"]),
        ("few", "repeated.min_items", ["a"], []),
        ("distinct", "repeated.unique", [1, 2], [1, 1]),
        ("counts", "map.max_pairs", {"a": 1}, {"a": 1, "b": 2, "c": 3}),
    ],
)
def test_rules(ruled: ModuleType, field: str, rule: str, good: object, bad: object) -> None:
    ruled.One(**({"few": ["a"]} | {field: good})).validate()
    broken = ruled.One(**({"few": ["a"]} | {field: bad}))
    with pytest.raises(ValidationError) as caught:
        broken.validate()
    assert (caught.value.field, caught.value.rule) == (field, rule)
    assert str(caught.value).startswith(f"ruled.One.{field}: must ")
    assert str(caught.value).endswith(f"({rule})")


def test_moments_and_any(ruled: ModuleType) -> None:
    known = importlib.import_module("remora_api.google.protobuf")
    url = "type.googleapis.com/a.B"
    fine = {"span": known.Duration(seconds=60), "moment": known.Timestamp(seconds=10, nanos=1)}
    ruled.One(few=["a"], any=known.Any(type_url=url), **fine).validate()
    wrong = {
        "span": (known.Duration(seconds=60, nanos=1), "duration.gte_lte", "at least 1 s and at most 60 s"),
        "moment": (known.Timestamp(seconds=10), "timestamp.gt", "above 10 s after 1970"),
        "any": (known.Any(type_url="other/a.B"), "any.in", url),
    }
    for field, (value, rule, words) in wrong.items():
        with pytest.raises(ValidationError, match=re.escape(words)) as caught:
            ruled.One(few=["a"], **{field: value}).validate()
        assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("changes", "path", "rule"),
    [
        ({"name": ""}, "name", "required"),
        ({"agreed": False}, "agreed", "required"),
        ({"inner": None}, "inner", "required"),
        ({"inners": []}, "inners", "required"),
        ({"left": None}, "choice", "required"),
        ({"rarely": "ab"}, "rarely", "string.min_len"),
    ],
)
def test_what_is_required(ruled: ModuleType, changes: dict[str, Any], path: str, rule: str) -> None:
    needs(ruled).validate()
    with pytest.raises(ValidationError) as caught:
        needs(ruled, **changes).validate()
    assert (caught.value.field, caught.value.rule) == (path, rule)


def test_the_path_leads_to_the_field(ruled: ModuleType) -> None:
    bad = ruled.Inner(number=100)
    places = {
        "inner.number": needs(ruled, inner=bad),
        "inners[1].number": needs(ruled, inners=[ruled.Inner(), bad]),
        "by_name['x'].number": needs(ruled, by_name={"x": bad}),
        "right.number": needs(ruled, left=None, right=bad),
        "trees[0].trees[1].inner.number": ruled.Tree(trees=[ruled.Tree(trees=[ruled.Tree(), ruled.Tree(inner=bad)])]),
        "few[1]": ruled.One(few=["a", ""]),
        "counts (key)": ruled.One(few=["a"], counts={"abc": 1}),
        "counts['a']": ruled.One(few=["a"], counts={"a": -1}),
    }
    for path, message in places.items():
        with pytest.raises(ValidationError) as caught:
            message.validate()
        assert caught.value.field == path


def test_what_is_ignored_is_not_looked_at(ruled: ModuleType) -> None:
    needs(ruled, unchecked=ruled.Inner(number=100)).validate()


def test_the_value_is_not_told(ruled: ModuleType) -> None:
    with pytest.raises(ValidationError) as caught:
        ruled.One(few=["a"], s_len="hunter2").validate()
    assert "hunter2" not in str(caught.value)


def test_a_message_without_rules_has_no_checks(ruled: ModuleType) -> None:
    assert "_validate" not in vars(ruled.Free)
    ruled.Free(text="x" * 1000, free=ruled.Free()).validate()


def test_wrong_types_and_circles_are_encoding_errors(ruled: ModuleType) -> None:
    with pytest.raises(EncodeError, match=r"ruled\.One\.s_len: expected a str, not int"):
        ruled.One(few=["a"], s_len=5).validate()
    tree = ruled.Tree()
    tree.trees.append(tree)
    with pytest.raises(EncodeError, match="contains itself"):
        tree.validate()


def test_rules_that_are_not_generated_are_told(ruled: ModuleType) -> None:
    assert "Not checked by `validate`: one.sense: must make sense" in " ".join((ruled.One.__doc__ or "").split())
