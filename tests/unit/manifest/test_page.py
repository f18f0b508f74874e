"""docs/manifest.md: its manifests load, its mistakes are those that are shown, its table has every key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from remora_codegen import commands, entities, protoc
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.load import load
from remora_codegen.manifest import Manifest
from remora_codegen.manifest import load as load_manifest
from remora_codegen.manifest.json_schema import json_schema
from remora_codegen.model import Schema
from remora_codegen.render import Options, Templates

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "manifest.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)( \w+)?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MANIFESTS = [text for language, note, text in BLOCKS if language == "yaml" and not note]
TITLES = {
    "Manifest": "top level",
    "Entity": "entity",
    "Collection": "collection",
    "Property": "property",
    "Method": "method",
    "Parameter": "parameter",
    "Source": "`request`, `metadata`, `arguments`",
    "Returns": "`returns`",
    "Requests": "`requests`",
    "Resume": "`resume`",
    "Wait": "`wait`",
    "Status": "`status`",
    "Error": "`errors`",
    "Login": "`logins`",
    "LoginParameter": "parameter of a login",
    "Mask": "`mask`",
    "Pages": "`pages`",
    "Builder": "`builder`",
    "Command": "`commands`",
    "Option": "`options`",
}


def block(language: str, note: str = "") -> str:
    (found,) = (text for name, extra, text in BLOCKS if (name, extra.strip()) == (language, note))
    return str(found)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    root = tmp_path_factory.mktemp("protos")
    (root / "library.proto").write_text(block("proto"))
    return load(protoc.descriptor_set(root, ["library.proto"]))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with the page's hand-written functions where the page says that they are."""
    code = block("python")
    path = tmp_path / code.splitlines()[0].removeprefix("# ")
    path.parent.mkdir()
    path.write_text(code)
    (tmp_path / "common.yaml").write_text(block("yaml", "common"))
    return tmp_path


def read(directory: Path, text: str, schema: Schema) -> Manifest:
    path = directory / "library.yaml"
    path.write_text(text)
    return load_manifest(path, schema)


@pytest.mark.parametrize("number", range(len(MANIFESTS)))
def test_every_manifest_gives_python(number: int, directory: Path, schema: Schema) -> None:
    manifest = read(directory, MANIFESTS[number], schema)
    options = Options(package="library_api")
    outputs = list(entities.outputs(schema, manifest, Templates(), options))
    assert outputs[-1].path == "library_api/entities/__init__.py"
    outputs += commands.outputs(schema, manifest, Templates(), options)
    for output in outputs:
        compile(output.text, output.path, "exec")


def test_the_mistakes_are_those_on_the_page(directory: Path, schema: Schema) -> None:
    with pytest.raises(GeneratorError) as caught:
        read(directory, block("yaml", "wrong"), schema)
    assert str(caught.value).replace(f"{directory}/", "") + "\n" == block("text")


def test_the_table_has_every_key_with_its_meaning() -> None:
    table = PAGE.partition("| where | key | meaning |")[2]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    definitions: dict[str, Any] = json_schema()["$defs"]
    assert TITLES.keys() == definitions.keys()
    assert rows == [
        f"| {title} | `{key}` | {value['description']} |"
        for name, title in TITLES.items()
        for key, value in definitions[name]["properties"].items()
    ]
