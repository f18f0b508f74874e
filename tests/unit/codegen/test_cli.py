"""The `remora` command: what it loads, what it says, what it does without the generator's packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from remora._version import __version__

Remora = Callable[..., tuple[int, list[str], list[str]]]

HEAVY = ("grpclib", "h2", "httpx", "jinja2", "yaml", "betterproto2", "google.protobuf", "sqlite3", "asyncio", "ssl")


def loaded_by(*arguments: str) -> set[str]:
    """Which heavy modules a command line loads."""
    script = (
        "import sys\n"
        "from remora.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        f"print('loaded', *(name for name in {HEAVY!r} if name in sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], *([name, "--help"] for name in ("check", "diff", "generate", "init", "vendor")), []],
)
def test_help_is_light(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == set()


def test_version(remora: Remora) -> None:
    assert remora("--version") == (0, [f"remora {__version__}"], [])


def test_help_names_every_command(remora: Remora) -> None:
    code, out, _ = remora("--help")
    text = "\n".join(out)
    assert code == 0
    for name in ("check", "dev", "diff", "generate", "init", "vendor"):
        assert f"\n    {name} " in text
    assert "examples:" in text


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "generate",
            [
                "--descriptor-set",
                "--from-package",
                "--from-reflection",
                "--plaintext",
                "--ca-cert",
                "--only",
                "--files",
            ],
        ),
        ("generate", ["--protos", "--manifest", "--out", "--package", "--templates", "--check", "-I", "exit codes"]),
        (
            "init",
            ["--protos", "--descriptor-set", "--from-reflection", "--manifest", "--package", "--out", "exit codes"],
        ),
        ("diff", ["OLD", "NEW", "git:REF", "--manifest", "--format", "--fail-on", "exit codes"]),
        ("check", ["--against", "--no-diff", "--format", "--fail-on", "exit codes"]),
        ("vendor", ["--from-wheel", "--services", "--all", "--protos", "flyteidl2=="]),
    ],
)
def test_help_of_a_command(remora: Remora, command: str, expected: list[str]) -> None:
    code, out, _ = remora(command, "--help")
    assert code == 0
    for text in (*expected, "examples:"):
        assert text in "\n".join(out)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["generate", "--nonsense"], ["vendor"], ["diff"], ["check", "--fail-on", "x"]]
)
def test_wrong_usage_is_exit_code_2(remora: Remora, arguments: list[str]) -> None:
    code, out, err = remora(*arguments)
    assert (code, out) == (2, [])
    assert "error: " in err[-1]


@pytest.mark.parametrize(
    ("hidden", "named"),
    [
        (["jinja2"], "jinja2"),
        (["grpc_tools", "google.protobuf"], "grpcio-tools, protobuf"),
        (["betterproto2_compiler", "yaml"], "betterproto2-compiler, pyyaml"),
    ],
)
@pytest.mark.parametrize("command", [["generate"], ["vendor", "--from-wheel", "a==1", "--all"]])
def test_without_the_extra_one_line_says_how_to_get_it(
    tmp_path: Path, hidden: list[str], named: str, command: list[str]
) -> None:
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({hidden!r}))\n"
        "from remora.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == f"error: the generator needs {named}: pip install 'remora[codegen]'\n"
    assert (done.returncode, done.stdout) == (2, "")


def test_the_generator_runs_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "remora_codegen", "generate", "--package", "a"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "protos: error: the proto directory does not exist\n")


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/a.proto").write_text('syntax = "proto3"; package p; message M {}')
    command = [sys.executable, "-m", "remora_codegen", "generate", "--package", "api", "--check"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
