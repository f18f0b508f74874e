from __future__ import annotations

import json
from pathlib import Path

import pytest

from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.inputs import InputFiles
from remora.dev.literals import make
from remora.dev.objects.files import ObjectFiles
from remora_api.flyteidl2.core import (
    BlobType,
    BlobTypeBlobDimensionality,
    DataLoadingConfig,
    DataLoadingConfigFileInputLayout,
    DataLoadingConfigLiteralMapFormat,
    Literal,
    LiteralMap,
    LiteralType,
    SimpleType,
)

FILE = LiteralType(blob=BlobType())
DIRECTORY = LiteralType(blob=BlobType(dimensionality=BlobTypeBlobDimensionality.MULTIPART))


@pytest.fixture
def files(tmp_path: Path) -> ObjectFiles:
    files = ObjectFiles(tmp_path / "objects", tmp_path / "incoming")
    files.prepare()
    files.write("uploads/one.txt", b"one")
    files.write("uploads/tree/a.txt", b"a")
    files.write("uploads/tree/sub/b.txt", b"b")
    return files


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "inputs"
    path.mkdir()
    return path


def write(files: ObjectFiles, target: Path, config: DataLoadingConfig | None = None, **inputs: Literal) -> None:
    InputFiles(target, files, config or DataLoadingConfig(enabled=True)).write(inputs)


def test_values(files: ObjectFiles, target: Path) -> None:
    write(
        files,
        target,
        integer=make.integer(5),
        flag=make.boolean(True),
        text=make.string("as it\nis"),
        nothing=make.none(),
        data=make.binary(b"\x00\xff"),
        struct=make.struct({"a": 1, "b": [1.5]}),
        items=make.collection([make.string("x"), make.integer(2)]),
        choice=make.union(make.integer(7), LiteralType(simple=SimpleType.INTEGER)),
    )
    assert (target / "integer").read_text() == "5"
    assert (target / "flag").read_text() == "true"
    assert (target / "text").read_bytes() == b"as it\nis"
    assert (target / "nothing").read_text() == ""
    assert (target / "data").read_bytes() == b"\x00\xff"
    assert json.loads((target / "struct").read_text()) == {"a": 1, "b": [1.5]}
    assert json.loads((target / "items").read_text()) == ["x", 2]
    assert (target / "choice").read_text() == "7"
    everything = json.loads((target / "inputs.json").read_text())
    assert everything["integer"] == 5
    assert everything["text"] == "as it\nis"


def test_stored_files_and_directories(files: ObjectFiles, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "with space.txt"
    outside.write_text("outside")
    write(
        files,
        target,
        one=make.stored("remora://uploads/one.txt", FILE),
        tree=make.stored("remora://uploads/tree/", DIRECTORY),
        local=make.stored(outside.as_uri(), FILE),
        plain=make.stored(str(outside), FILE),
        many=make.collection([make.stored("remora://uploads/one.txt", FILE), make.stored(str(outside), FILE)]),
    )
    assert (target / "one").read_text() == "one"
    assert (target / "tree" / "sub" / "b.txt").read_text() == "b"
    assert (target / "local").read_text() == (target / "plain").read_text() == "outside"
    assert [Path(path).read_text() for path in json.loads((target / "many").read_text())] == ["one", "outside"]


def test_the_task_cannot_change_what_is_stored(files: ObjectFiles, target: Path) -> None:
    write(files, target, one=make.stored("remora://uploads/one.txt", FILE))
    (target / "one").write_text("changed")
    assert files.read("uploads/one.txt") == b"one"


def test_named_directories(files: ObjectFiles, target: Path) -> None:
    config = DataLoadingConfig(enabled=True, file_input_layout=DataLoadingConfigFileInputLayout.NAMED_DIR)
    write(files, target, config, one=make.stored("remora://uploads/one.txt", FILE))
    assert (target / "one" / "one.txt").read_text() == "one"


def test_formats(files: ObjectFiles, target: Path) -> None:
    write(files, target, DataLoadingConfig(format=DataLoadingConfigLiteralMapFormat.PROTO), x=make.integer(1))
    assert LiteralMap.parse((target / "inputs.pb").read_bytes()).literals == {"x": make.integer(1)}
    write(files, target, DataLoadingConfig(format=DataLoadingConfigLiteralMapFormat.YAML), x=make.integer(1))
    assert json.loads((target / "inputs.yaml").read_text()) == {"x": 1}


@pytest.mark.parametrize(
    ("literal", "message"),
    [
        (make.stored("s3://bucket/key", FILE), "is not on this machine"),
        (make.stored("remora://uploads/missing", FILE), "does not exist"),
        (make.stored("remora://../secret", FILE), "not a valid object name"),
        (make.stored("remora://uploads/one.txt", DIRECTORY), "is a file, not a directory"),
        (Literal(), "has no value"),
    ],
)
def test_what_cannot_be_written(files: ObjectFiles, target: Path, literal: Literal, message: str) -> None:
    with pytest.raises(AttemptFailed, match=f"input 'x': .*{message}") as caught:
        write(files, target, x=literal)
    assert not caught.value.retry


@pytest.mark.parametrize("name", ["../x", "a/b", "", "..", "x\0"])
def test_names_that_lead_elsewhere(files: ObjectFiles, target: Path, name: str) -> None:
    with pytest.raises(AttemptFailed, match="cannot be the name of a file"):
        write(files, target, **{name: make.integer(1)})
