"""Generated contract tests pass, are clean, and fail for each thing that they are there for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from remora_codegen import generation
from remora_codegen.config import Settings
from remora_codegen.diagnostics import GeneratorError

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ROOT / "tests" / "functional" / "entities"
INI = "[pytest]\naddopts = -q -p no:cacheprovider -p no:xdist -W error\nasyncio_default_fixture_loop_scope = function\n"


def settings(service: str, place: Path, **more: Path) -> Settings:
    source = SERVICES / service
    made = Settings(protos=source / "protos", manifest=source / f"{service}.yaml", package=f"{service}_api", out=place)
    return made.override(tests=place / "contract", **more)


@pytest.fixture(scope="module", params=["library", "depot"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The name of a service, and a directory with its package and its tests."""
    name: str = request.param
    return name, made(name, tmp_path_factory.mktemp(name))


def made(name: str, place: Path) -> Path:
    shutil.copytree(SERVICES / name, place, dirs_exist_ok=True)
    shutil.copytree(SERVICES / name / "behaviours", place, dirs_exist_ok=True)
    (place / "pytest.ini").write_text(INI)
    package, manifest = f"{name}_api", f"{name}.yaml"
    command = ["generate", "--manifest", manifest, "--package", package, "--out", ".", "--tests", "contract"]
    done = run(place, "remora_codegen", *command)
    assert done.returncode == 0, done.stderr
    return place


def run(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place), "MYPYPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_they_pass(service: tuple[str, Path]) -> None:
    done = run(service[1], "pytest", "contract")
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(done.stdout.rpartition("\n")[0].splitlines()[-1].split()[0]) > 30


def test_they_are_clean(service: tuple[str, Path]) -> None:
    if find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    _, place = service
    rules = ["--line-length", "120", "--target-version", "py310"]
    for command in (
        ["check", "--no-cache", "--extend-select", "I,UP,B,SIM,RUF,PT"],
        ["format", "--no-cache", "--diff"],
    ):
        done = run(place, "ruff", *command, *rules, "contract")
        assert done.returncode == 0, done.stdout + done.stderr


def test_type_checkers_pin_signatures_and_results(tmp_path: Path) -> None:
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    place = made("library", tmp_path)
    done = run(place, "mypy", "--strict", "contract")
    assert done.returncode == 0, done.stdout
    path = place / "library_api" / "entities" / "book.py"
    replaced(path, "-> Pager[_Self]:", "-> Pager[str]:")
    form = "def aio(self, title: str, /, *, shout: "
    replaced(path, f"{form}bool = False", f"{form}str = ''")
    done = run(place, "mypy", "--strict", "contract")
    assert "contract/test_book.py" in done.stdout
    assert "RenameForms" in done.stdout


STUB_MISTAKES = {
    "test_remove_book": ('"/library.v1.Library/RemoveBook"', '"/library.v1.Library/RemoveBooks"'),
    "test_update_book": (
        "unary_unary(_UPDATE_BOOK, request, timeout=timeout, metadata=metadata)",
        "unary_unary(_UPDATE_BOOK, request, timeout=timeout)",
    ),
    "test_count_books": ("unary_unary(_COUNT_BOOKS,", "unary_unary(_SHELVES,"),
}
ENTITY_MISTAKES = {
    "test_get": ("GetBookRequest(id=name,", 'GetBookRequest(id="b1",'),
    "test_list": ("paging=library_v1.Paging(token=token, size=size),", "paging=library_v1.Paging(size=size),"),
    "test_add": ('org=client.value("org", org)', 'org=client.value("project", org)'),
    "test_update": ("        return self\n", "        return type(self)(self.pb2)\n"),
    "test_remove": ("RemoveBookRequest(", "RemoveBookRequest() or library_v1.RemoveBookRequest("),
}


def replaced(path: Path, right: str, wrong: str) -> None:
    text = path.read_text()
    assert right in text, right
    path.write_text(text.replace(right, wrong))


def exchange_numbers(path: Path, message: str) -> None:
    """The numbers of the first two fields, in the encoder and in the decoder alike."""
    text = path.read_text()
    start = text.index(f"class {message}(")
    end = text.index("\nclass ", start)
    part = text[start:end]
    for one, other in (('b"\\x0a"', 'b"\\x12"'), ("tag == 10", "tag == 18")):
        assert one in part, one
        part = part.replace(one, "\0").replace(other, one).replace("\0", other)
    path.write_text(text[:start] + part + text[end:])


def failed(place: Path, file: str) -> set[str]:
    done = run(place, "pytest", "contract/" + file, "-rf", "--tb=no")
    return {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("FAILED")}


def test_each_mistake_in_a_stub_or_codec_makes_its_test_fail(tmp_path: Path) -> None:
    place = made("library", tmp_path)
    package = place / "library_api" / "library" / "v1"
    for right, wrong in STUB_MISTAKES.values():
        replaced(package / "library_grpc.py", right, wrong)
    exchange_numbers(package / "library_pb.py", "GetBookRequest")
    assert failed(place, "test_library_stub.py") == {*STUB_MISTAKES, "test_get_book"}


def test_each_mistake_in_an_entity_makes_its_test_fail(tmp_path: Path) -> None:
    place = made("library", tmp_path)
    for right, wrong in ENTITY_MISTAKES.values():
        replaced(place / "library_api" / "entities" / "book.py", right, wrong)
    assert failed(place, "test_book.py") == {*ENTITY_MISTAKES}


def test_a_signature_that_changed_fails(tmp_path: Path) -> None:
    place = made("library", tmp_path)
    path = place / "library_api" / "entities" / "book.py"
    text = path.read_text()
    path.write_text(
        text.replace(
            "def aio(self, title: str, /, *, shout: bool = False", "def aio(self, title: str, /, *, shout: bool"
        )
    )
    done = run(place, "pytest", "contract/test_book.py", "-k", "rename")
    assert "was agreed to be" in done.stdout, done.stdout


def test_they_belong_to_the_generator(tmp_path: Path) -> None:
    both = settings("library", tmp_path)
    first = generation.write(both)
    assert first.splitlines()[1].startswith(f"{tmp_path / 'contract'}: ")
    assert generation.findings(both) == []
    tests = tmp_path / "contract"
    (tests / "test_shelf.py").unlink()
    (tests / "test_gone.py").write_bytes((tests / "test_book.py").read_bytes())
    (tests / "test_odd.py").write_text("# Generated by remora 0.0.1. Do not edit\n# Content: sha256:x\n")
    assert [str(item).split(": ", 1)[1].split(",")[0] for item in generation.findings(both)] == [
        "extra",
        "stale",
        "missing",
    ]
    assert "2 files written, 1 removed" in generation.write(both)
    assert generation.findings(both) == []
    (tests / "test_mine.py").write_text("def test() -> None: ...\n")
    with pytest.raises(GeneratorError, match="this file was not generated"):
        generation.write(both)


def test_a_directory_that_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="cannot hold tests: its name is not that of a Python package"):
        generation.write(settings("library", tmp_path).override(tests=tmp_path / "contract-tests"))
