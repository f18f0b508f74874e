"""The text of generated modules: clean under the project's own rules, the same on every run, and readable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from remora_codegen.load import load
from remora_codegen.messages import outputs
from remora_codegen.messages.documentation import docstring
from remora_codegen.protoc import descriptor_set
from remora_codegen.render import Options, Templates

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"

LONG = """
syntax = "proto3";
package very.long.names;
message AMessageWithANameAsLongAsGeneratedApisHaveIt {
  repeated AMessageWithANameAsLongAsGeneratedApisHaveIt children_of_this_message_with_a_long_name = 1;
  map<string, AMessageWithANameAsLongAsGeneratedApisHaveIt> the_map_of_messages_with_long_names = 2;
  AMessageWithANameAsLongAsGeneratedApisHaveIt the_message_in_this_message_with_a_name = 3;
  repeated sint64 numbers_with_a_name_as_long_as_apis_have_it = 4;
  repeated int64 packed_numbers_with_a_name_as_long_as_it_is = 5;
  oneof one_of_a_kind_with_a_long_name {
    string the_first_member_of_the_long_oneof = 6;
    AMessageWithANameAsLongAsGeneratedApisHaveIt the_second_member_of_the_long_oneof = 7;
    EnumWithALongName the_third_member_of_the_long_oneof = 8;
  }
  repeated EnumWithALongName enums_with_a_name_as_long_as_apis_have_it = 9;
  repeated double doubles_with_a_name_as_long_as_apis_have_it = 10;
  map<int32, EnumWithALongName> the_map_of_enums_with_long_names = 11;
  repeated string token_endpoint_auth_methods_supported_here = 12;
}
enum EnumWithALongName { ENUM_WITH_A_LONG_NAME_ZERO = 0; }
message One { int32 only = 1; }
"""


def ruff(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *arguments, "--config", str(PROJECT), "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, kitchen: ModuleType, old: ModuleType) -> Path:
    """Generated packages in a directory of the name that the rules are written for."""
    root = tmp_path_factory.mktemp("tree")
    assert kitchen.__file__ is not None
    assert old.__file__ is not None
    for module in (kitchen, old):
        source = Path(str(module.__file__)).parents[2]
        for path in source.rglob("*.py"):
            target = root / "generated" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    (root / "long.proto").write_text(LONG, encoding="utf-8")
    schema = load(descriptor_set(root, ["long.proto"]), ["long.proto"])
    for output in outputs(schema, Templates(), Options(package="long_api")):
        target = root / "generated" / output.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(output.text, encoding="utf-8")
    return root


def test_a_formatter_leaves_it_alone(tree: Path) -> None:
    ruff("format", "--check", str(tree / "generated"))


def test_lint_rules_hold(tree: Path) -> None:
    # The rules that the project lifts for generated code are those about names, which come from the protos.
    ruff("check", "--extend-ignore", "A002,N803", str(tree / "generated"))


def test_type_checker_is_content(tree: Path) -> None:
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--cache-dir", str(tree / "cache")]
    packages = [str(tree / "generated" / name) for name in ("kitchen_api", "old_api", "long_api")]
    done = subprocess.run(
        [*command, *packages], capture_output=True, text=True, check=False, timeout=300, cwd=tree / "generated"
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_silences_a_tool(tree: Path) -> None:
    for path in (tree / "generated").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "noqa" not in text
        assert "type: ignore" not in text
        assert "exec(" not in text


def test_the_text_is_the_same_on_every_run(tmp_path: Path) -> None:
    (tmp_path / "long.proto").write_text(LONG, encoding="utf-8")

    def texts() -> list[tuple[str, str]]:
        schema = load(descriptor_set(tmp_path, ["long.proto"]), ["long.proto"])
        return [(output.path, output.text) for output in outputs(schema, Templates(), Options(package="p"))]

    assert texts() == texts()


class TestDocstrings:
    def text(self, comment: str, *attributes: tuple[str, str]) -> str:
        return "\n".join(docstring("The thing.", comment, attributes, 1))

    def test_without_a_comment(self) -> None:
        assert self.text("") == '"""The thing."""'

    def test_the_first_sentence_is_the_summary(self) -> None:
        assert self.text("says hello. And more\nof it.") == '"""Says hello.\n\nAnd more of it.\n"""'

    def test_a_long_first_sentence_moves_down(self) -> None:
        text = self.text("word " * 60)
        assert text.startswith('"""The thing.\n\nword word')
        assert max(map(len, text.splitlines())) <= 116

    def test_quotes_and_backslashes(self) -> None:
        for comment in ('ends with "quotes"', 'three """ of them', "a \\ in it", "ends with \\"):
            assert isinstance(eval(self.text(comment)), str)

    def test_attributes(self) -> None:
        text = self.text("It.", ("name", "The name."), ("text", "Long " * 40))
        assert "\n\nAttributes:\n    name: The name.\n    text: Long Long" in text

    def test_headings_are_no_sections(self) -> None:
        assert "\nArgs\n" not in self.text("It.\n\nArgs\n\nare nothing here")
