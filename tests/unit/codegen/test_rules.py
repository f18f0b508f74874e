"""Validation rules in the generator: what it reads, relaxes, and says that it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from remora_codegen.messages.conditions import conditions
from remora_codegen.patterns import python_pattern
from remora_codegen.rules import Rule

Remora = Callable[..., tuple[int, list[str], list[str]]]
Tree = Callable[[Mapping[str, str]], Path]

VALIDATE = (Path(__file__).resolve().parents[3] / "protos" / "buf" / "validate" / "validate.proto").read_text("utf-8")
THING = """
syntax = "proto3";
package things;
import "buf/validate/validate.proto";
import "rules/loud.proto";
message Thing {
  option (buf.validate.message).cel = {id: "thing.sense", message: "must make sense", expression: "true"};
  string org = 1 [(buf.validate.field).string = {min_len: 1, max_len: 9}];
  string name = 2 [(buf.validate.field).string.min_len = 1];
  string path = 3 [(buf.validate.field).string.pattern = "^\\\\pL+$"];
  string loud = 4 [(buf.validate.field).string.(rules.shouting) = true];
  Thing inner = 5 [(buf.validate.field).required = true];
}
"""
LOUD = """
syntax = "proto2";
package rules;
import "buf/validate/validate.proto";
extend buf.validate.StringRules { optional bool shouting = 80000; }
"""
TABLE = '[tool.remora]\nfiles = ["things/*.proto"]\nout = "out"\npackage = "things_api"\n'


def files(table: str = TABLE) -> dict[str, str]:
    return {
        "pyproject.toml": table,
        "protos/things/thing.proto": THING,
        "protos/rules/loud.proto": LOUD,
        "protos/buf/validate/validate.proto": VALIDATE,
    }


def test_what_is_not_generated_is_told(tree: Tree, remora: Remora) -> None:
    root = tree(files())
    code, _, told = remora("generate")
    assert code == 0
    place = "protos/things/thing.proto:6:1: note: a validation rule of 'things.Thing' is not generated: "
    assert told == [
        place + "thing.sense: must make sense",
        place + "path: string.pattern",
        place + "loud: string: a predefined rule, extension 80000",
    ]
    text = " ".join((root / "out/things_api/things/thing_pb.py").read_text("utf-8").split())
    assert "Not checked by `validate`: thing.sense: must make sense" in text
    assert "Not checked by `validate`: path: string.pattern" in text
    assert remora("generate", "--check")[0] == 0


def test_fields_that_may_be_empty(tree: Tree, remora: Remora) -> None:
    root = tree(files(TABLE + 'may-be-empty = ["things.*.org"]\n'))
    assert remora("generate")[0] == 0
    text = (root / "out/things_api/things/thing_pb.py").read_text("utf-8")
    assert 'if self.org != "" and len(self.org) > 9:' in text
    assert "len(self.org) < 1" not in text
    assert "len(self.name) < 1" in text


@pytest.mark.parametrize("pattern", ["things.Thing.orgs", "things.Thing.inner"])
def test_a_pattern_that_relaxes_nothing_is_a_mistake(tree: Tree, remora: Remora, pattern: str) -> None:
    tree(files(TABLE + f'may-be-empty = ["{pattern}"]\n'))
    code, _, told = remora("generate")
    assert code == 2
    assert told[0].startswith(f"[tool.remora] may-be-empty: error: no field with validation rules matches '{pattern}'")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^a$", r"^a\Z"),
        (r"a\$b", r"a\$b"),
        ("[$]", "[$]"),
        (r"[\]$]x$", r"[\]$]x\Z"),
        ("(a|b$)", r"(a|b\Z)"),
        (r"\pL", None),
        ("[[:alpha:]]", None),
        (r"\Qa.b\E", None),
        ("(?U)a*", None),
        ("a{2,1}", None),
    ],
)
def test_patterns_of_re2(pattern: str, expected: str | None) -> None:
    assert python_pattern(pattern) == expected


def test_a_range_is_one_rule() -> None:
    inside = [Rule("int32.gte", 1), Rule("int32.lt", 5)]
    outside = [Rule("float.gt", 5.0), Rule("float.lte", 1.0)]
    assert list(conditions(inside, "x", "", {})) == [
        ("int32.gte_lt", "not 1 <= x < 5", "must be at least 1 and below 5")
    ]
    assert list(conditions(outside, "x", "", {})) == [
        ("float.gt_lte_exclusive", "not (x > 5.0 or x <= 1.0)", "must be above 5.0 or at most 1.0")
    ]
