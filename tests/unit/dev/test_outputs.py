from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.outputs import OutputFiles, read_outputs_file
from remora.dev.literals import make
from remora.dev.objects.files import ObjectFiles
from remora_api.flyteidl2.core import (
    BlobType,
    BlobTypeBlobDimensionality,
    Literal,
    LiteralType,
    SimpleType,
    Variable,
    VariableEntry,
    VariableMap,
)
from remora_api.flyteidl2.task import NamedLiteral, Outputs

INTEGER, STRING = LiteralType(simple=SimpleType.INTEGER), LiteralType(simple=SimpleType.STRING)
FILE = LiteralType(blob=BlobType(format="csv"))
DIRECTORY = LiteralType(blob=BlobType(dimensionality=BlobTypeBlobDimensionality.MULTIPART))


@pytest.fixture
def files(tmp_path: Path) -> ObjectFiles:
    files = ObjectFiles(tmp_path / "objects", tmp_path / "incoming")
    files.prepare()
    return files


def declared(**types: LiteralType) -> VariableMap:
    return VariableMap(variables=[VariableEntry(key=name, value=Variable(type=kind)) for name, kind in types.items()])


def read(outputs_dir: Path, files: ObjectFiles, **types: LiteralType) -> dict[str, Literal]:
    outputs = OutputFiles(outputs_dir, files, "data/run").read(declared(**types))
    return {item.name: item.value for item in outputs.literals if item.value is not None}


def test_values(outputs_dir: Path, files: ObjectFiles) -> None:
    (outputs_dir / "n").write_text("3\n")
    (outputs_dir / "s").write_text("text\n")
    (outputs_dir / "b").write_bytes(b"\xff")
    (outputs_dir / "items").write_text("[1, 2]")
    found = read(
        outputs_dir,
        files,
        n=INTEGER,
        s=STRING,
        b=LiteralType(simple=SimpleType.BINARY),
        items=LiteralType(collection_type=INTEGER),
    )
    assert found == {
        "n": make.integer(3),
        "s": make.string("text\n"),
        "b": make.binary(b"\xff"),
        "items": make.collection([make.integer(1), make.integer(2)]),
    }


def test_order_is_that_of_the_declaration(outputs_dir: Path, files: ObjectFiles) -> None:
    for name in ("z", "a", "m"):
        (outputs_dir / name).write_text(name)
    outputs = OutputFiles(outputs_dir, files, "data/run").read(declared(z=STRING, a=STRING, m=STRING))
    assert [item.name for item in outputs.literals] == ["z", "a", "m"]


def test_files_and_directories_are_kept(outputs_dir: Path, files: ObjectFiles) -> None:
    (outputs_dir / "table").write_text("1,2")
    (outputs_dir / "tree" / "sub").mkdir(parents=True)
    (outputs_dir / "tree" / "sub" / "x").write_text("x")
    (outputs_dir / "list").write_text(json.dumps(["table", str(outputs_dir / "tree" / "sub" / "x")]))
    found = read(
        outputs_dir, files, table=FILE, tree=DIRECTORY, list=LiteralType(collection_type=LiteralType(blob=BlobType()))
    )
    assert found["table"] == make.stored("remora://data/run/table", FILE)
    assert files.read("data/run/table") == b"1,2"
    assert files.read("data/run/tree/sub/x") == b"x"
    (outputs_dir / "table").write_text("changed later")
    assert files.read("data/run/table") == b"1,2"


@pytest.mark.parametrize(
    ("prepare", "kind", "message"),
    [
        (lambda path: None, INTEGER, "the task did not write x into its output directory"),
        (lambda path: None, FILE, "the task did not write x into its output directory"),
        (lambda path: path.write_text("five"), INTEGER, "'five' is not an integer"),
        (lambda path: path.mkdir(), INTEGER, "the task wrote a directory, not an integer"),
        (lambda path: path.mkdir(), FILE, "it is not a file"),
        (lambda path: path.write_text(""), DIRECTORY, "it is not a directory"),
        (lambda path: path.write_bytes(b"\xff"), STRING, "not UTF-8 text"),
        (lambda path: os.mkfifo(path), STRING, "the task wrote a special file, not a string"),
        (lambda path: path.symlink_to("/etc/passwd"), STRING, "leads out of the output directory"),
        (lambda path: path.symlink_to("/etc/passwd"), FILE, "leads out of the output directory"),
        (lambda path: path.write_text("x"), LiteralType(), "it is declared without a type"),
        (lambda path: path.write_bytes(bytes(2**25)), STRING, "declare it as a file"),
    ],
)
def test_what_does_not_fit(
    outputs_dir: Path, files: ObjectFiles, prepare: object, kind: LiteralType, message: str
) -> None:
    assert callable(prepare)
    prepare(outputs_dir / "x")
    with pytest.raises(AttemptFailed, match=f"output 'x': .*{message}"):
        read(outputs_dir, files, x=kind)


def test_links_inside_a_directory_must_stay_inside(outputs_dir: Path, files: ObjectFiles) -> None:
    (outputs_dir / "tree").mkdir()
    (outputs_dir / "tree" / "link").symlink_to("/etc")
    with pytest.raises(AttemptFailed, match="leads out of the output directory"):
        read(outputs_dir, files, tree=DIRECTORY)


def test_a_list_cannot_name_other_files(outputs_dir: Path, files: ObjectFiles) -> None:
    (outputs_dir / "list").write_text('["../../etc/passwd"]')
    with pytest.raises(AttemptFailed, match="leads out of the output directory"):
        read(outputs_dir, files, list=LiteralType(collection_type=FILE))


def test_outputs_of_the_sdk(tmp_path: Path) -> None:
    path = tmp_path / "outputs.pb"
    assert read_outputs_file(path, None) == Outputs()
    with pytest.raises(AttemptFailed, match=r"needs container\.data_config\.enabled"):
        read_outputs_file(path, declared(x=INTEGER))
    outputs = Outputs(literals=[NamedLiteral(name="o0", value=make.integer(1))])
    path.write_bytes(bytes(outputs))
    assert read_outputs_file(path, declared(o0=INTEGER)) == outputs
    path.write_bytes(b"\xff")
    with pytest.raises(AttemptFailed, match=r"outputs.pb cannot be read"):
        read_outputs_file(path, None)
