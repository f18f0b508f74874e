"""Which files a directory upload consists of, and what is refused."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from remora.errors import ConfigError, InvalidArgument
from remora.transfer.tree import list_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


def fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def names(root: Path, *patterns: str, follow: bool = False) -> list[str]:
    return [item.name for item in list_tree(str(root), patterns, follow_symlinks=follow)]


def test_paths_are_kept_and_sorted(root: Path) -> None:
    fill(root, "b/x.txt", "a/x.txt", ".hidden/.x", "x.txt", "a b/%20+?#&.txt", "é/ü", "a/deep/er/x")
    (root / "empty").touch()
    (root / "nothing").mkdir()
    items = list_tree(str(root), (), follow_symlinks=False)
    expected = ["b/x.txt", "a/x.txt", ".hidden/.x", "x.txt", "a b/%20+?#&.txt", "é/ü", "a/deep/er/x", "empty"]
    assert [item.name for item in items] == sorted(expected)
    assert {item.name: item.size for item in items}["empty"] == 0
    assert all(Path(item.path).read_bytes() == item.name.encode() for item in items if item.size)


def test_names_are_in_one_normal_form(root: Path) -> None:
    fill(root, "e\u0301")
    (item,) = list_tree(str(root), (), follow_symlinks=False)
    assert item.name == "\u00e9"
    assert Path(item.path).exists()
    fill(root, "\u00e9")
    with pytest.raises(InvalidArgument, match="two files have this name"):
        names(root)


def test_a_directory_without_files(root: Path) -> None:
    (root / "a" / "b").mkdir(parents=True)
    with pytest.raises(InvalidArgument, match=r"has no files to upload .*no empty directories"):
        names(root)


def test_everything_that_cannot_be_uploaded_is_named_at_once(root: Path, tmp_path: Path) -> None:
    fill(root, "good", "sub/good")
    fill(tmp_path, "secret.txt")
    os.mkfifo(root / "pipe")
    (root / "dangling").symlink_to("nowhere")
    (root / "sub" / "inside").symlink_to("../good")
    (root / "outside").symlink_to(tmp_path / "secret.txt")
    (root / os.fsdecode(b"bad\xff")).write_bytes(b"")
    with pytest.raises(InvalidArgument) as caught:
        names(root)
    text = str(caught.value)
    for reason in (
        "pipe: a named pipe, not a file",
        "dangling: a symbolic link, and follow_symlinks is False",
        "sub/inside: a symbolic link, and follow_symlinks is False",
        "outside: a symbolic link, and follow_symlinks is False",
        r"'bad\udcff': the name 'bad\udcff' is not valid Unicode",
        "nothing was sent; ignore= leaves out",
    ):
        assert reason in text
    assert names(root, "pipe", "dangling", "inside", "outside", "bad*") == ["good", "sub/good"]


def test_a_socket_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(root, "good")
    monkeypatch.chdir(root)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(InvalidArgument, match="s: a socket, not a file"):
            names(root)


def test_only_some_are_shown(root: Path) -> None:
    fill(root, "good")
    for number in range(30):
        (root / f"link{number:02}").symlink_to("good")
    with pytest.raises(InvalidArgument, match=r"link09: .*; and 20 more"):
        names(root)


def test_links_inside_are_followed_on_request(root: Path) -> None:
    fill(root, "data/x", "data/y")
    (root / "file").symlink_to("data/x")
    (root / "again").symlink_to("data")
    assert names(root, follow=True) == ["again/x", "again/y", "data/x", "data/y", "file"]
    paths = {item.name: item.path for item in list_tree(str(root), (), follow_symlinks=True)}
    assert not any(os.path.islink(path) for path in paths.values())


def test_links_to_the_outside_and_loops_are_refused(root: Path, tmp_path: Path) -> None:
    fill(root, "good", "sub/x")
    fill(tmp_path, "secret.txt", "root-beside/x")
    (root / "secret").symlink_to(tmp_path / "secret.txt")
    (root / "beside").symlink_to(tmp_path / "root-beside")
    (root / "sub" / "up").symlink_to("..")
    (root / "sub" / "self").symlink_to("self")
    with pytest.raises(InvalidArgument) as caught:
        names(root, follow=True)
    text = str(caught.value)
    for name in ("secret", "beside"):
        assert f"{name}: a symbolic link to the outside, which is never followed" in text
    assert "sub/up: a link to a folder that it is in" in text
    assert "sub/self" in text


def test_the_directory_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    fill(root, "a/x")
    (tmp_path / "link").symlink_to(root)
    assert names(tmp_path / "link") == ["a/x"]


def test_a_folder_that_cannot_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(root, "good", "locked/x")
    scandir = os.scandir

    def refuse(path: str) -> Any:  # root may read everything, so permissions would not do
        if path.endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InvalidArgument, match="locked/: Permission denied"):
        names(root)


def test_patterns_of_gitignore(root: Path) -> None:
    fill(root, "a.pyc", "src/b.pyc", "src/keep.py", "build/x", "src/build/y", "top", "src/top", "log/1", "log/keep")
    assert names(root, "*.pyc", "/build/", "/top", "log/*", "!log/keep") == [
        "log/keep",
        "src/build/y",
        "src/keep.py",
        "src/top",
    ]


def test_flyteignore_and_the_parameter(root: Path) -> None:
    fill(root, "a.log", "b.log", "c.txt", ".git/config")
    (root / ".flyteignore").write_text("# comment\n*.log\n.git\n.flyteignore\n\n")
    assert names(root) == ["c.txt"]
    assert names(root, "!b.log") == ["b.log", "c.txt"]


def test_an_ignored_folder_is_not_looked_into(root: Path) -> None:
    fill(root, "x", "node_modules/y")
    os.mkfifo(root / "node_modules" / "pipe")
    (root / "node_modules" / "link").symlink_to("/etc")
    assert names(root, "node_modules") == ["x"]


def test_patterns_without_the_library_are_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pathspec", None)
    fill(root, "x")
    assert names(root) == ["x"]
    with pytest.raises(ConfigError, match=r"ignore= says .* `pathspec` \(hint: pip install 'remora\[ignore\]'\)"):
        names(root, "*.log")
    (root / ".flyteignore").write_text("*.log")
    with pytest.raises(ConfigError, match=r"\.flyteignore says what to leave out"):
        names(root)


def test_patterns_that_are_none(root: Path) -> None:
    fill(root, "x")
    with pytest.raises(TypeError, match="sequence of patterns, got one string"):
        list_tree(str(root), "*.log", follow_symlinks=False)
    with pytest.raises(InvalidArgument, match="is malformed"):
        names(root, "!")
    (root / ".flyteignore").write_bytes(b"\xff")
    with pytest.raises(InvalidArgument, match="cannot be read: it is not UTF-8"):
        names(root)
