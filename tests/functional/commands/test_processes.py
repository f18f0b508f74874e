"""The command line as a process: interrupted, with a reader that goes away, without click, completing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from remora.commands import exits

Command = Any


def remora(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "remora.cli", *arguments]


def test_ctrl_c_leaves_the_run_alone(command: Command) -> None:
    command("task", "run", "slow.sleep", "--name", "interrupted")
    process = subprocess.Popen(
        remora("run", "logs", "interrupted", "--follow"),
        env=command.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, out, err) == (exits.INTERRUPTED, "", "")
    assert "running" in command("run", "get", "interrupted").out
    command("run", "abort", "interrupted")


@pytest.mark.parametrize("form", ["table", "json", "name"])
def test_a_terminal_without_the_characters_gets_escapes(command: Command, form: str) -> None:
    command(
        "task", "run", "stats.count", "--input", "text=für 日本", "--input", "top=1", "--name", f"far-{form}", "--wait"
    )
    environment = {**command.environment, "PYTHONIOENCODING": "latin-1"}
    arguments = ("run", "inputs", f"far-{form}", "--output", form)
    done = subprocess.run(remora(*arguments), env=environment, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (exits.OK, b"")
    assert rb"\u65e5\u672c" in done.stdout
    assert ("für" in done.stdout.decode("latin-1")) == (form != "json")


def test_a_reader_that_goes_away(command: Command) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    command("task", "run", "stats.count", "--input", "text=a", "--input", "top=1", "--name", "piped", "--wait")
    script = f'{sys.executable} -m remora.cli run list -o json | true; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(
        ["bash", "-c", script], env=command.environment, capture_output=True, text=True, check=False, timeout=60
    )
    # Whoever is quicker: everything was written before the reader went away, or not.
    assert done.stdout.strip() in (str(exits.OK), str(exits.NO_READER))
    assert done.stderr == ""


def test_a_closed_pipe_is_no_traceback(command: Command) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        remora("run", "list", "--help"), env=command.environment, stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (exits.NO_READER, b"")


def without_click(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "hidden.py").write_text(
        "import sys\n"
        "sys.modules['click'] = sys.modules['rich'] = None\n"
        "from remora.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    return subprocess.run(
        [sys.executable, str(tmp_path / "hidden.py"), *arguments], capture_output=True, text=True, check=False
    )


def test_without_the_extra(tmp_path: Path) -> None:
    done = without_click(tmp_path, "run", "list")
    assert done.returncode == exits.USAGE
    assert done.stderr == "remora: these commands need the package click: pip install 'remora[cli]'\n"
    listed = without_click(tmp_path, "--help")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "Runs of tasks." in listed.stdout
    shown = without_click(tmp_path, "config", "show", "--no-config-file")
    assert "endpoint" in shown.stdout


def completions(words: list[str], environment: dict[str, str]) -> list[str]:
    """What bash offers for the last of the words."""
    script = subprocess.run(
        remora("completion", "bash"), env=environment, capture_output=True, text=True, check=True
    ).stdout
    quoted = " ".join(f"'{word}'" for word in words)
    ask = (
        f"{script}\n"
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}\n"
        "_remora_completion remora\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ask],
        env={**environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["remora", "ru"], {"run"}),
        (["remora", "gen"], {"generate"}),
        (["remora", "run", "w"], {"wait", "watch"}),
        (["remora", "run", "list", "--pha"], {"--phase"}),
        (["remora", "run", "list", "--phase", "fai"], {"failed"}),
        (["remora", "run", "list", "--output", ""], {"json", "name", "table"}),
        (["remora", "rnu", "l"], set()),
        (["remora", "config", ""], {"show"}),
        (["remora", "diff", "--fail-on", "w"], {"wire"}),
        (["remora", "completion", ""], {"bash", "fish", "zsh"}),
    ],
)
def test_bash_completes(words: list[str], expected: set[str], command: Command) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert set(completions(words, command.environment)) == expected


@pytest.mark.parametrize(("shell", "mark"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete --")])
def test_scripts_of_completion(shell: str, mark: str, command: Command) -> None:
    done = command("completion", shell)
    assert done.code == exits.OK
    assert mark in done.out
    assert "_REMORA_COMPLETE" in done.out
