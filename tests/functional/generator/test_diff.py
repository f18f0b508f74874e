"""`remora diff` and `remora check`: what people write against, other revisions, reports, exit codes and mistakes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]
Git = Callable[..., None]

PROTO = """
syntax = "proto3";
package shop.v1;
message Item { string id = 1; string title = 2; optional int32 count = 3; Size size = 4; string note = 5; }
message Size { int32 width = 1; }
message GetRequest { string id = 1; string shelf = 2; int32 depth = 3; string tag = 4; }
message ListRequest { string token = 1; int32 size = 2; }
message ListResponse { repeated Item items = 1; string token = 2; }
service Shop {
  rpc Get(GetRequest) returns (Item);
  rpc Find(GetRequest) returns (Item);
  rpc List(ListRequest) returns (ListResponse);
  rpc Watch(GetRequest) returns (stream Item);
}
"""
MANIFEST = """
entities:
  Item:
    message: shop.v1.Item
    properties:
      id: id
      title: {field: title, aliases: [caption]}
      count: count
      size: size
      note: note
    methods:
      get:
        rpc: shop.v1.Shop/Get
        parameters:
          id: {}
          shelf: {default: a}
          depth: {default: 1}
        request: {tag: {value: x}}
        returns: Item
      listall:
        rpc: shop.v1.Shop/List
        pages: {items: items, next_token: token, token: token, size: size, page_size: 50}
        returns: Item
      watch:
        rpc: shop.v1.Shop/Watch
        parameters: {id: {}}
        returns: Item
      touch:
        rpc: shop.v1.Shop/Find
        request: {id: {self: id}}
        returns: {refresh: true}
  Extent:
    message: shop.v1.Size
"""
CHANGED = """
entities:
  Item:
    message: shop.v1.Item
    properties:
      id: id
      title: title
      number: count
      size: {field: size, present: true}
      note: title
      extra: note
    methods:
      get:
        rpc: shop.v1.Shop/Find
        parameters:
          id: {}
          shelf: {positional: false}
          depth: {default: 2}
          tag: {default: ""}
        returns: Item
      listall:
        rpc: shop.v1.Shop/List
        pages: {items: items, next_token: token, token: token, size: size, page_size: 20}
        returns: Item
        retry_safe: true
      watch:
        rpc: shop.v1.Shop/Watch
        parameters: {id: {}, shelf: {}}
        returns: Item
      touch:
        rpc: shop.v1.Shop/Find
        parameters: {id: {}}
        returns: Item
"""
TABLE = '[tool.remora]\nprotos = "protos"\nmanifest = "shop.yaml"\nout = "out"\npackage = "shop_api"\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/shop.proto").write_text(PROTO)
    (tmp_path / "shop.yaml").write_text(MANIFEST)
    (tmp_path / "pyproject.toml").write_text(TABLE)
    return tmp_path


@pytest.fixture
def git(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Run git in a repository of which the first commit holds the shop; skips where there is no git."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))

    def run(*arguments: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=shop, check=True, capture_output=True)

    run("init", "-q", "-b", "main")
    run("add", ".")
    run("commit", "-q", "-m", "first")
    return run


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_surface(shop: Path, remora: Remora) -> None:
    (shop / "new.yaml").write_text(CHANGED)
    arguments = ("--old-manifest", "shop.yaml", "--new-manifest", "new.yaml")
    code, out, err = remora("diff", "protos", "protos", *arguments, "--format", "json")
    assert (code, err) == (5, [])
    report = json.loads("\n".join(out))
    found = [(item["level"], item["rule"], item["subject"], item["message"]) for item in report["changes"]]
    assert report["counts"] == {
        level: sum(item[0] == level for item in found) for level in ("wire", "python", "behaves", "adds")
    }
    assert [item[0] for item in found] == sorted((item[0] for item in found), key=["python", "behaves", "adds"].index)
    by_rule = {(rule, subject): (level, message) for level, rule, subject, message in found}
    assert by_rule["entity-removed", "entity Extent"] == ("python", "removed")
    assert by_rule["method-level", "method Item.touch"][0] == "python"
    assert by_rule["parameter-required", "parameter Item.touch(id)"] == ("python", "added, and required")
    assert by_rule["parameter-required", "parameter Item.get(shelf)"][1] == 'required now; its default was "a"'
    assert by_rule["parameter-default", "parameter Item.get(depth)"] == ("behaves", "its default was 1 and is 2")
    assert by_rule["parameter-added", "parameter Item.get(tag)"] == ("adds", "added")
    assert by_rule["property-removed", "property Item.caption"] == ("python", "removed")
    assert by_rule["property-removed", "property Item.count"] == ("python", "renamed to 'number'")
    assert by_rule["property-type", "property Item.size"][0] == "behaves"
    assert by_rule["property-source", "property Item.note"] == ("behaves", "it read 'note' and reads 'title'")
    assert by_rule["method-rpc", "method Item.get"][0] == "behaves"
    assert by_rule["method-retry", "method Item.listall"][0] == "behaves"
    assert by_rule["method-pages", "method Item.listall"][1].endswith("page_size was 50 and is 20")
    assert by_rule["parameter-required", "parameter Item.watch(shelf)"][0] == "python"
    assert len(found) == 18


COMMANDS = "commands: {item: {entity: Item, commands: {get: {}, list: listall, show: get, watch: {}}}}\n"
CHANGED_COMMANDS = """
commands:
  item:
    entity: Item
    commands:
      get: {arguments: [id]}
      list: {method: listall, options: {limit: {default: "5"}}}
      watch: {options: {timeout: --patience}}
      find: get
"""


def test_the_commands(shop: Path, remora: Remora) -> None:
    """What scripts write, which follows from the methods, too."""
    (shop / "shop.yaml").write_text(MANIFEST + COMMANDS)
    (shop / "new.yaml").write_text(CHANGED + CHANGED_COMMANDS)
    arguments = ("--old-manifest", "shop.yaml", "--new-manifest", "new.yaml")
    code, out, err = remora("diff", "protos", "protos", *arguments, "--format", "json")
    assert (code, err) == (5, [])
    found = {
        (item["level"], item["rule"], item["subject"], item["message"], item["manifest"]["line"])
        for item in json.loads("\n".join(out))["changes"]
        if item["rule"].startswith(("command-", "option-"))
    }
    assert found == {
        ("python", "command-removed", "command item show", "removed", 34),
        ("adds", "command-added", "command item find", "added", 42),
        ("python", "option-required", "option item get --shelf", "required now", 39),
        ("adds", "option-added", "option item get --tag", "added", 39),
        ("behaves", "option-default", "option item list --limit", "without it was nothing and is 5", 40),
        ("python", "command-arguments", "command item watch", "argument SHELF added", 41),
        ("python", "option-removed", "option item watch --timeout", "removed", 41),
        ("adds", "option-added", "option item watch --patience", "added", 41),
    }


def test_one_change_of_a_proto_in_three_formats(shop: Path, remora: Remora) -> None:
    """With its places in both protos and in the manifest."""
    shutil.copytree(shop / "protos", shop / "old")
    edit(shop / "protos/shop.proto", "string title = 2;", "string title = 7;")
    arguments = ("diff", "old", "protos", "--manifest", "shop.yaml")
    code, out, err = remora(*arguments)
    assert (code, err) == (6, [])
    assert out == [
        "breaks the wire (1)",
        "  protos/shop.proto:4:31: field shop.v1.Item.title: its number was 2 and is 7 "
        "[was old/shop.proto:4:31, manifest shop.yaml:7:7]",
    ]
    code, out, _ = remora(*arguments, "--format", "json", "--fail-on", "nothing")
    assert code == 0
    assert json.loads("\n".join(out))["changes"] == [
        {
            "level": "wire",
            "rule": "field-number",
            "subject": "field shop.v1.Item.title",
            "message": "its number was 2 and is 7",
            "old": {"file": "old/shop.proto", "line": 4, "column": 31},
            "new": {"file": "protos/shop.proto", "line": 4, "column": 31},
            "manifest": {"file": "shop.yaml", "line": 7, "column": 7},
        }
    ]
    code, out, _ = remora(*arguments, "--format", "markdown")
    assert code == 6
    assert out[0] == "## Changes from `old` to `protos`"
    assert "### Breaks the wire (1)" in out
    row = "| `field shop.v1.Item.title` | its number was 2 and is 7 | `protos/shop.proto:4:31` | `shop.yaml:7:7` |"
    assert row in out


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (
            "string note = 5; }",
            "string note = 5; string more = 6; }",
            {"adds": 3, "behaves": 0, "python": 0, "wire": 0},
        ),
        ("int32 width = 1;", "int64 width = 1;", {"adds": 4, "behaves": 4, "python": 0, "wire": 0}),
        ("int32 width = 1;", "int32 breadth = 1;", {"adds": 5, "behaves": 5, "python": 5, "wire": 0}),
        ("int32 width = 1;", "int32 width = 2;", {"adds": 6, "behaves": 6, "python": 6, "wire": 6}),
        ("message Size", "// Wide.\nmessage Size", {"adds": 0}),
    ],
)
def test_exit_codes(shop: Path, remora: Remora, old: str, new: str, codes: dict[str, int]) -> None:
    shutil.copytree(shop / "protos", shop / "old")
    edit(shop / "protos/shop.proto", old, new)
    for level, expected in codes.items():
        assert remora("diff", "old", "protos", "--fail-on", level)[0] == expected


def test_descriptor_sets_and_directories(shop: Path, remora: Remora, protoc: Callable[..., object]) -> None:
    protoc("-Iprotos", "--descriptor_set_out=one.pb", "--include_source_info", "shop.proto")
    assert remora("diff", "one.pb", "protos") == (0, ["nothing changed"], [])
    edit(shop / "protos/shop.proto", "string note = 5;", "")
    edit(shop / "shop.yaml", "      note: note\n", "")
    assert remora("diff", "one.pb", "protos")[1] == [
        "breaks the wire (1)",
        "  protos/shop.proto:4:1: field shop.v1.Item.note: removed without reserving its number 5, which another field "
        "could take [was one.pb!shop.proto:4:90]",
    ]


def test_another_revision(shop: Path, remora: Remora, git: Git) -> None:
    assert remora("diff", "git:HEAD") == (0, ["nothing changed"], [])
    edit(shop / "protos/shop.proto", "rpc Find(GetRequest) returns (Item);", "")
    edit(shop / "shop.yaml", "Shop/Find", "Shop/Get")
    edit(shop / "shop.yaml", "  Extent:\n    message: shop.v1.Size\n", "")
    code, out, err = remora("diff", "git:main")
    assert (code, err) == (6, [])
    assert out == [
        "breaks the wire (1)",
        "  protos/shop.proto:9:1: rpc shop.v1.Shop/Find: removed [was git:main:protos/shop.proto:11:3, manifest "
        "git:main:shop.yaml:28:7]",
        "breaks the Python surface (1)",
        "  git:main:shop.yaml:32:3: entity Extent: removed",
        "behaves differently (1)",
        "  shop.yaml:28:7: method Item.touch: it called 'shop.v1.Shop/Find' and calls 'shop.v1.Shop/Get'",
    ]
    git("commit", "-aqm", "second")
    assert remora("diff", "git:HEAD~1", "git:HEAD")[0] == 6
    assert remora("diff", "git:HEAD") == (0, ["nothing changed"], [])


def test_a_revision_with_another_layout_and_other_functions(shop: Path, remora: Remora, git: Git) -> None:
    """Settings, manifest and hand-written functions are those of that revision."""
    (shop / "functions").mkdir()
    source = "from __future__ import annotations\n\n\ndef label(self: Item) -> {}:\n    return None\n"
    (shop / "functions/shop_functions.py").write_text(source.format("int"))
    edit(shop / "shop.yaml", "      note: note\n", "      note: note\n      label: {function: shop_functions:label}\n")
    (shop / "shop.yaml").write_text((shop / "shop.yaml").read_text() + "sources: [functions]\n")
    git("add", ".")
    git("commit", "-qm", "a function")
    (shop / "functions/shop_functions.py").write_text(source.format("str"))
    (shop / "protos").rename(shop / "idl")
    edit(shop / "pyproject.toml", '"protos"', '"idl"')
    code, out, err = remora("diff", "git:HEAD")
    assert (code, err) == (5, [])
    assert out == [
        "breaks the Python surface (1)",
        "  shop.yaml:11:7: property Item.label: its type was 'int' and is 'str'",
    ]


def test_check(shop: Path, remora: Remora, git: Git) -> None:
    """Fresh, then stale, then breaking, then broken; compared with where the branch left main."""
    assert remora("generate")[0] == 0
    git("add", ".")
    git("commit", "-qm", "generated")
    git("checkout", "-qb", "topic")
    code, out, err = remora("check")
    assert (code, out[0], out[2:], err) == (0, "generated code is fresh", ["nothing changed"], [])
    edit(shop / "protos/shop.proto", "string note = 5; }", "string note = 5; string more = 6; }")
    code, out, _ = remora("check")
    assert code == 1
    assert out[0].startswith("out/shop_api/shop/v1/shop_pb.py: stale, ")
    assert "stale: 1 files; run `remora generate`" in out
    assert remora("check", "--no-diff")[0] == 1
    assert remora("generate")[0] == 0
    assert remora("check")[0] == 0
    assert remora("check", "--fail-on", "adds")[0] == 3
    git("commit", "-aqm", "more")
    git("checkout", "-q", "main")
    edit(shop / "protos/shop.proto", "int32 width = 1;", "int32 width = 1; int32 height = 2;")
    git("commit", "-aqm", "main goes on")
    git("checkout", "-q", "topic")
    code, out, _ = remora("check", "--format", "json", "--fail-on", "nothing")
    assert code == 0
    assert [item["subject"] for item in json.loads("\n".join(out))["changes"]] == ["field shop.v1.Item.more"]
    edit(shop / "protos/shop.proto", "string note = 5;", "string note = 8;")
    assert remora("generate")[0] == 0
    assert remora("check")[0] == 6
    edit(shop / "shop.yaml", "Shop/Find", "Shop/Fnd")
    code, out, err = remora("check")
    assert (code, out) == (2, [])
    assert err == ["shop.yaml:29:14: error: service 'shop.v1.Shop' has no method 'Fnd' (did you mean 'Find'?)"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["git:nowhere"],
            "git:nowhere: error: git knows no commit 'nowhere' (git branch -a and git tag list what there is)",
        ),
        (["git:origin/x"], "git:origin/x: error: git knows no commit 'origin/x' (fetch it first)"),
        (
            ["git:--help"],
            "git:--help: error: git knows no commit '--help' (git branch -a and git tag list what there is)",
        ),
        (
            ["main"],
            "main: error: there is no such directory or file (a revision is written git:main, a package NAME==VERSION)",
        ),
        (
            ["shop.yaml"],
            "shop.yaml: error: this is not a descriptor set (make one with protoc --descriptor_set_out=FILE "
            "--include_imports --include_source_info)",
        ),
        (["protos", "--manifest", "no.yaml"], "no.yaml: error: the manifest does not exist"),
    ],
)
def test_mistakes_are_one_line(shop: Path, remora: Remora, git: Git, arguments: list[str], line: str) -> None:
    assert remora("diff", *arguments) == (2, [], [line])


def test_a_mistake_of_another_revision_is_shown_there(shop: Path, remora: Remora, git: Git) -> None:
    edit(shop / "shop.yaml", "Shop/Find", "Shop/Fnd")
    git("commit", "-aqm", "broken")
    edit(shop / "shop.yaml", "Shop/Fnd", "Shop/Find")
    line = "git:HEAD:shop.yaml:29:14: error: service 'shop.v1.Shop' has no method 'Fnd' (did you mean 'Find'?)"
    assert remora("diff", "git:HEAD") == (2, [], [line])


def test_outside_of_git(shop: Path, remora: Remora, monkeypatch: pytest.MonkeyPatch) -> None:
    assert remora("generate")[0] == 0
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(shop.parent))
    if shutil.which("git"):
        line = f"--against: error: '{shop.resolve()}' is not in a git repository"
        code, _, err = remora("check")
        assert (code, len(err), err[0].startswith(line)) == (2, 1, True)
    monkeypatch.setenv("PATH", str(shop))
    hint = "install git, or compare with a directory or a descriptor set"
    line = f"--against: error: git is needed, and is not installed ({hint})"
    assert remora("check") == (2, [], [line])
    assert remora("check", "--no-diff") == (0, ["generated code is fresh"], [])


def test_check_without_a_known_branch(shop: Path, remora: Remora, git: Git) -> None:
    assert remora("generate")[0] == 0
    git("branch", "-m", "main", "odd")
    line = "--against: error: the default branch is not known here (name a commit or branch with --against)"
    assert remora("check") == (2, [], [line])
    assert remora("check", "--against", "odd")[0] == 0


def test_logins(shop: Path, remora: Remora) -> None:
    login = "{rpc: shop.v1.Shop/Get, token: title, header: %s, parameters: {id: {}, %s}}"
    old = f"logins:\n  Key: {login % ('x-key', 'shelf: {}')}\n  Gone: {login % ('x-key', 'shelf: {}')}\n"
    new = f"logins:\n  Key: {login % ('x-token', 'tag: {}')}\n  More: {login % ('x-key', 'shelf: {}')}\n"
    (shop / "old.yaml").write_text(old + MANIFEST)
    (shop / "new.yaml").write_text(new + MANIFEST)
    code, lines, _ = remora("diff", "protos", "protos", "--old-manifest", "old.yaml", "--new-manifest", "new.yaml")
    assert code == 5
    text = "\n".join(lines)
    for words in (
        "old.yaml:3:3: login Gone: removed",
        "new.yaml:2:3: login Key: parameter 'shelf' was removed",
        "new.yaml:2:3: login Key: 'tag' was added, a required parameter",
        "new.yaml:2:3: login Key: it sent 'x-key: ...' and sends 'x-token: ...'",
        "new.yaml:3:3: login More: added",
    ):
        assert words in text, text
