from __future__ import annotations

from pathlib import Path

import pytest

from remora.dev.objects.files import Conflict, ObjectFiles
from remora.dev.objects.keys import InvalidKey, check_key, join_key, key_of, native_url


def test_native_urls_are_not_encoded() -> None:
    key = "uploads/p/d/ünï cödé %20+.txt"
    assert native_url(key) == f"remora://{key}"
    assert key_of(native_url(key)) == key


def test_joining_drops_empty_parts() -> None:
    assert join_key("uploads", "", "p", "/d/", "a/b.txt") == "uploads/p/d/a/b.txt"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "a/../b",
        "..",
        "a//b",
        "a/./b",
        "a/",
        "a\\b",
        "a\0b",
        "a\nb",
        "\udce9",
        "x" * 256,
        "a/" * 600 + "a",
    ],
)
def test_bad_keys(key: str) -> None:
    with pytest.raises(InvalidKey):
        check_key(key)


def test_other_stores_are_refused() -> None:
    with pytest.raises(InvalidKey, match="is not in this object store"):
        key_of("s3://bucket/key")


@pytest.fixture
def files(tmp_path: Path) -> ObjectFiles:
    files = ObjectFiles(tmp_path / "objects", tmp_path / "incoming")
    files.prepare()
    return files


def test_an_object_appears_when_it_is_complete(files: ObjectFiles, tmp_path: Path) -> None:
    with files.open_incoming("a/b") as incoming:
        incoming.write(b"half")
        assert files.read("a/b") is None
        incoming.commit()
    assert files.read("a/b") == b"half"
    assert incoming.size == 4
    assert not list((tmp_path / "incoming").iterdir())


def test_an_object_that_is_not_committed_leaves_nothing(files: ObjectFiles, tmp_path: Path) -> None:
    files.write("a/b", b"old")
    with files.open_incoming("a/b") as incoming:
        incoming.write(b"new")
    assert files.read("a/b") == b"old"
    assert not list((tmp_path / "incoming").iterdir())


def test_a_name_cannot_be_an_object_and_a_folder(files: ObjectFiles) -> None:
    files.write("a", b"")
    with pytest.raises(Conflict):
        files.write("a/b", b"")
    files.write("c/d", b"")
    with pytest.raises(Conflict):
        files.write("c", b"")


def test_what_is_missing_is_none(files: ObjectFiles) -> None:
    files.write("a/b", b"")
    assert files.read("x") is None
    assert files.read("a") is None
    assert files.read("a/b/c") is None
