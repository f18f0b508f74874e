"""Nothing is made twice, and nothing that changed goes unnoticed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from remora_codegen import config, generate, generation, stamp
from remora_codegen.config import Settings

Remora = Callable[..., tuple[int, list[str], list[str]]]

TABLE = """\
[tool.remora]
protos = "protos"
include = ["first", "second"]
manifest = "acme.yaml"
templates = "templates"
out = "out"
package = "acme_api"
"""
FUNCTIONS = "from __future__ import annotations\n\n\ndef label(self: Order) -> str:\n    return ''\n"
USER = """
syntax = "proto3";
package user;
import "lib/thing.proto";
message User { lib.Thing a = 1; lib.Kind b = 2; }
"""
SHARED = 'syntax = "proto3";\npackage lib;\nmessage Thing { Kind kind = 1; }\nenum Kind { KIND_NO = 0; KIND_A = 1; }\n'


@pytest.fixture
def settings(project: Path, remora: Remora) -> Settings:
    """A project that uses everything that is read from disk, generated once."""
    for name in ("first", "second/lib", "templates/services", "functions"):
        (project / name).mkdir(parents=True)
    (project / "second/lib/thing.proto").write_text(SHARED)
    (project / "protos/user.proto").write_text(USER)
    (project / "functions/shop_functions.py").write_text(FUNCTIONS)
    manifest = (
        (project / "acme.yaml")
        .read_text()
        .replace("properties: {", "properties: {label: {function: shop_functions:label}, ")
    )
    (project / "acme.yaml").write_text(f"{manifest}sources: [functions]\n")
    (project / "templates/note.txt").write_text("")
    (project / "pyproject.toml").write_text(TABLE)
    code, _, err = remora("generate")
    assert (code, err) == (0, [])
    return config.load(Path.cwd())


def is_fresh(settings: Settings) -> bool:
    found = stamp.Stamp.read(settings)
    return found is not None and found.is_fresh(settings)


@contextmanager
def changed(path: Path, text: str | None) -> Iterator[None]:
    """A file with another text, or without (None), for a while."""
    before = path.read_bytes() if path.exists() else None
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def test_whatever_changes_is_noticed(project: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {
        "protos/acme/shared/money.proto": (project / "protos/acme/shared/money.proto").read_text() + "\n",
        "protos/acme/new.proto": 'syntax = "proto3";',
        "protos/user.proto": None,
        "second/lib/thing.proto": SHARED + "message More {}\n",
        "first/lib/thing.proto": SHARED,  # found before the other one from now on
        "acme.yaml": (project / "acme.yaml").read_text() + "\n",
        "functions/shop_functions.py": FUNCTIONS.replace("str", "bytes"),
        "templates/services/module.py.jinja": "x",
        "templates/note.txt": "changed",
        "out/acme_api/acme/shared/money_pb.py": "# by hand\n",
        "out/acme_api/py.typed": None,
        "out/acme_api/acme/extra.py": "",
    }
    for name, text in changes.items():
        assert is_fresh(settings), name
        with changed(project / name, text):
            assert not is_fresh(settings), name
    assert is_fresh(settings)
    for other in (
        settings.override(package="other_api"),
        settings.override(only=["Money"]),
        settings.override(files=["user.proto"]),
        settings.override(include=[Path("second")]),
        settings.override(out=Path("elsewhere")),
        settings.override(protos=Path("protos")),
    ):
        assert not is_fresh(other)
    monkeypatch.setattr(stamp, "generator", lambda: "another version")
    assert not is_fresh(settings)


def test_the_generator_stands_for_its_code_its_templates_and_its_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stamp.generator()
    stamp.generator.cache_clear()
    assert stamp.generator() == here
    for patch in (
        lambda: monkeypatch.setattr(stamp, "VERSION", "9.9"),
        lambda: monkeypatch.setattr(stamp, "_HERE", stamp._HERE / "diff"),
        lambda: monkeypatch.setattr(stamp.importlib.metadata, "version", lambda name: "9.9"),
    ):
        patch()
        stamp.generator.cache_clear()
        assert stamp.generator() != here
        monkeypatch.undo()
    stamp.generator.cache_clear()
    assert stamp.generator() == here


# A file, a change of it, and how many modules that concerns.
_CHANGES = (
    ("second/lib/thing.proto", "message Thing", "// A thing.\nmessage Thing", 1),
    ("second/lib/thing.proto", "KIND_NO = 0", "KIND_NONE = 0", 2),
    ("second/lib/thing.proto", "KIND_A = 1;", "KIND_A = 1; B = 2;", 2),
    ("second/lib/thing.proto", "message Thing {", "message Thing { bool on = 2;", 1),
    ("protos/user.proto", "lib.Thing a = 1;", "lib.Thing c = 1;", 1),
    ("protos/acme/shared/money.proto", "sint64 cents = 2;", "sint64 cents = 3;", 1),
)


def test_what_is_kept_is_what_would_have_come_out(project: Path, settings: Settings) -> None:
    last = stamp.Stamp.read(settings)
    assert last is not None
    for file, old, new, expected in _CHANGES:
        text = (project / file).read_text()
        assert old in text
        with changed(project / file, text.replace(old, new)):
            again = generate.render_again(settings, last)
            assert again.tree == generate.render(settings), new
        differing = [name for name, key in again.modules.items() if last.modules.get(name) != key]
        assert len(differing) == expected, new


def test_an_output_edited_by_hand_is_not_kept(project: Path, settings: Settings) -> None:
    path = project / "out/acme_api/acme/shared/money_pb.py"
    right = path.read_bytes()
    path.write_bytes(right + b"# by hand\n")
    assert [finding.path.name for finding in generation.findings(settings)] == ["money_pb.py"]
    assert generation.write(settings) == "out/acme_api: 1 files written, 0 removed, 15 unchanged"
    assert path.read_bytes() == right


def test_a_check_writes_nothing_and_no_stamp_is_needed(project: Path, settings: Settings, remora: Remora) -> None:
    cache = project / ".remora_cache"
    assert sorted(path.name for path in cache.iterdir())[0] == ".gitignore"
    for path in cache.iterdir():
        path.unlink()
    cache.rmdir()
    assert remora("generate", "--check") == (0, [], [])
    assert not cache.exists()
    cache.write_text("a file is in the way")
    assert remora("generate") == (0, ["out/acme_api: fresh, 16 files"], [])
    cache.unlink()
    cache.mkdir()
    assert remora("generate") == (0, ["out/acme_api: fresh, 16 files"], [])
    (file,) = (path for path in cache.iterdir() if path.suffix == ".json")
    for text in ("", "[]", '{"format": 1}', "{", '{"format": 2, "key": ""}'):
        file.write_text(text)
        assert stamp.Stamp.read(settings) is None


def test_when_nothing_changed_nothing_heavy_is_loaded(settings: Settings) -> None:
    script = (
        "import sys; from remora.cli import main; code = main(['generate', *sys.argv[1:]]); "
        "print(code, *(name for name in ('betterproto2', 'google.protobuf.descriptor_pb2', 'jinja2', 'yaml') "
        "if name in sys.modules))"
    )
    for arguments_ in ([], ["--check"]):
        command = [sys.executable, "-c", script, *arguments_]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "0"


def test_a_package_and_a_server_are_asked_every_time() -> None:
    assert stamp.can_stamp(Settings())
    assert not stamp.can_stamp(Settings(from_package="flyteidl2"))
    assert not stamp.can_stamp(Settings(from_reflection="localhost:1"))
