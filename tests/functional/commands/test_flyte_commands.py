"""Commands about runs, tasks and the rest, against a local control plane."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from remora.commands import exits

Command = Any


def start(command: Command, name: str, text: str = "to be", *more: str) -> Any:
    return command("run", "create", "stats.count", "--input", f"text={text}", "--input", "top=3", "--name", name, *more)


def test_a_run_from_start_to_end(command: Command) -> None:
    started = start(command, "whole")
    assert started.code == exits.OK
    assert "whole" in started.out
    waited = command("run", "wait", "whole", "--quiet")
    assert (waited.code, waited.err) == (exits.OK, "")
    assert "phase           succeeded" in waited.out or "succeeded" in waited.out
    assert command("run", "outputs", "whole").out == "words  2\n"
    assert json.loads(command("run", "inputs", "whole", "-o", "json").out) == {"text": "to be", "top": 3}
    assert command("run", "logs", "whole").out == "counting\nto be\n"
    assert command("run", "logs", "whole", "--tail", "1").out == "to be\n"
    assert command("run", "logs", "whole", "--tail", "1", "--timestamps").out.endswith(" to be\n")
    line = json.loads(command("run", "logs", "whole", "-o", "json").out.splitlines()[0])
    assert (line["message"], line["originator"]) == ("counting", "user")
    (action,) = json.loads(command("run", "actions", "whole", "-o", "json").out)
    assert (action["name"], action["phase"]) == ("a0", "succeeded")
    assert command("action", "get", "whole", "a0", "-o", "name").out == "a0\n"
    assert command("run", "abort", "whole").code == exits.OK


def test_lists(command: Command) -> None:
    for number in range(3):
        start(command, f"item-{number}", "list", "--label", "team=data", "--label", f"number={number}", "--wait")
    listed = command("run", "list", "--task-name", "stats.count", "--limit", "2", "--output", "name")
    assert listed.out.split() == ["item-2", "item-1"]
    table = command("run", "list", "--limit", "all", "--order-by", "created_at").out.splitlines()
    assert table[0].split()[:2] == ["NAME", "PHASE"]
    assert len({line.index("stats.count") for line in table[1:]}) == 1
    data = json.loads(command("run", "list", "--limit", "1", "-o", "json").out)
    assert (data[0]["name"], data[0]["labels"]) == ("item-2", {"team": "data", "number": "2"})
    assert command("run", "list", "--phase", "failed", "--phase", "aborted", "-o", "json").out == "[]\n"
    assert command("run", "list", "--created-after", "1h", "--limit", "1", "-o", "name").out == "item-2\n"
    assert command("run", "list", "--created-before", "1h", "-o", "json").out == "[]\n"


def test_a_run_that_fails_gives_exit_code_1(command: Command) -> None:
    watched = start(command, "failing", "fail", "--watch")
    assert watched.code == exits.NEGATIVE
    assert watched.out.splitlines()[0].split() == ["RUN", "PHASE", "ATTEMPTS", "START", "TIME", "RUNTIME", "ERROR"]
    assert "failed" in watched.out.splitlines()[-1]
    assert watched.err.splitlines()[-1].startswith("error: run failing failed: NON_ZERO_EXIT")
    states = command("run", "watch", "failing", "-o", "json")
    assert states.code == exits.NEGATIVE
    assert json.loads(states.out.splitlines()[-1])["phase"] == "failed"
    assert json.loads(states.err)["error"]["type"] == "RunFailed"
    assert command("run", "wait", "failing", "--quiet").code == exits.NEGATIVE
    assert command("run", "logs", "failing", "--follow").code == exits.OK
    again = command("run", "rerun", "failing", "--new-name", "failing-again", "--wait")
    assert again.code == exits.NEGATIVE
    assert command("action", "watch", "failing-again", "a0").code == exits.NEGATIVE


def test_inputs_from_a_file(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inputs.json").write_text('{"text": "from a file", "top": 1}')
    arguments = ["run", "create", "stats.count", "--inputs-file", "inputs.json"]
    assert command(*arguments, "--name", "filed", "--input", "top=2").code == exits.OK
    assert json.loads(command("run", "inputs", "filed", "-o", "json").out) == {"text": "from a file", "top": 2}
    (tmp_path / "inputs.json").write_text('{"text": 1, "top": "x", "more": 0}')
    wrong = command(*arguments)
    assert wrong.code == exits.USAGE
    assert [line.strip() for line in wrong.err.splitlines()] == [
        "error: input 'text': expected string, got int 1",
        "input 'top': expected integer, got str 'x'",
        "task 'stats.count' has no input 'more' (known: text, top)",
    ]
    for text, words in (("[1]", "one JSON object"), ("{", "inputs.json:1:2: not JSON")):
        (tmp_path / "inputs.json").write_text(text)
        assert words in command(*arguments).err
    assert "No such file" in command("run", "create", "stats.count", "--inputs-file", "nothing.json").err
    assert "NAME=VALUE" in command("run", "create", "stats.count", "--input", "text").err


def test_tasks_and_projects(command: Command) -> None:
    assert set(command("task", "list", "-o", "name").out.split()) == {"stats.count", "slow.sleep"}
    shown = command("task", "get", "stats.count").out
    assert "inputs         text=str, top=int" in shown
    assert json.loads(command("task", "get", "stats.count", "-o", "json").out)["inputs"] == {
        "text": "str",
        "top": "int",
    }
    versions = json.loads(command("task", "versions", "stats.count", "-o", "json").out)
    assert [(item["name"], item["version"]) for item in versions] == [("stats.count", "v1")]
    created = command("project", "create", "books", "Books", "--description", "All of them", "--label", "team=data")
    assert created.code == exits.OK
    book = json.loads(command("project", "get", "books", "--output", "json").out)
    assert (book["name"], book["labels"], book["state"]) == ("Books", {"team": "data"}, "active")
    assert command("project", "archive", "books").code == exits.OK
    assert json.loads(command("project", "get", "books", "-o", "json").out)["state"] == "archived"
    assert command("project", "create", "books", "Books").code == exits.WRONG_STATE


def test_secrets_are_read_from_elsewhere(command: Command, tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"hf_abc")
    assert command("secret", "create", "from-file", "--value-file", "value").code == exits.OK
    assert command("secret", "list", "-o", "name").out == "from-file\n"
    assert "hf_abc" not in command("secret", "get", "from-file", "-o", "json").out
    assert "No such file" in command("secret", "create", "other", "--value-file", "nothing").err
    assert command("secret", "delete", "from-file").code == exits.OK


def test_uploads(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "data" / name).write_text(name)
    sent = json.loads(command("upload", "data", "--prefix", "corpus", "--ignore", "b.*", "-o", "json").out)
    assert [item["path"] for item in sent["files"]] == ["a.txt"]
    assert sent["uri"].endswith("/corpus")
    assert command("upload", "data/a.txt", "-o", "name").out.strip().endswith("/a.txt")
    assert command("upload", "nothing").code == exits.USAGE


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "get", "nothing"], exits.NOT_FOUND, "error: NOT_FOUND"),
        (["task", "get", "no.task"], exits.NOT_FOUND, "there is no task 'no.task'"),
        (["run", "get", "x", "--project", "elsewhere"], exits.NOT_FOUND, "elsewhere"),
        (["run", "get", "x", "--endpoint", "http://127.0.0.1:1"], exits.UNAVAILABLE, "is the server running there?"),
        (["run", "get", "x", "--endpoint", "no scheme at all"], exits.USAGE, "error: "),
        (["run", "get"], exits.USAGE, "Missing argument 'NAME'"),
        (["trigger", "update", "nightly", "stats.count"], exits.USAGE, "Missing option '--active"),
        (["run", "gte", "x"], exits.USAGE, "there is no command 'gte'; did you mean 'get'?"),
        (["rnu"], exits.USAGE, "did you mean 'run'?"),
        (["run", "list", "--phase", "runing"], exits.USAGE, "'runing' is not one of"),
        (["run", "list", "--limit", "some"], exits.USAGE, "neither a number nor 'all'"),
        (["run", "list", "--limit", "-1"], exits.USAGE, "limit"),
        (["run", "list", "--created-after", "soon"], exits.USAGE, "'soon' is no moment"),
        (["run", "list", "--order-by", "colour"], exits.USAGE, "colour"),
        (["run", "list", "--with-label", "team"], exits.USAGE, "KEY=VALUE"),
        (["run", "list", "--nmae", "x"], exits.USAGE, "No such option"),
        (["run", "get", "x", "--timeout", "long"], exits.USAGE, "no length of time"),
        (["run", "list", "--config", "nothing.yaml"], exits.USAGE, "nothing.yaml"),
        (["user", "get"], exits.NOT_ALLOWED, "UNAUTHENTICATED"),
        (["run", "logs", "x", "--tail", "-1"], exits.NOT_FOUND, "NOT_FOUND"),
        (["action", "get", "x"], exits.USAGE, "name"),
    ],
)
def test_what_goes_wrong(arguments: list[str], code: int, words: str, command: Command) -> None:
    done = command(*arguments)
    assert done.code == code, done.err
    assert words in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    if code != exits.USAGE:
        told = json.loads(command(*arguments, "--output", "json").err)["error"]
        assert told["exit_code"] == code


def test_a_run_that_is_late(command: Command) -> None:
    command("task", "run", "slow.sleep", "--name", "late")
    waited = command("run", "wait", "late", "--timeout", "200ms", "--quiet")
    assert waited.code == exits.TOO_LATE
    assert command("run", "outputs", "late").code == exits.WRONG_STATE
    assert command("run", "abort", "late", "--reason", "enough").code == exits.OK
    ended = command("run", "wait", "late", "--quiet")
    assert ended.code == exits.NEGATIVE
    assert "enough" in ended.err


@pytest.mark.filterwarnings("default")
def test_warnings_are_one_line(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    import warnings

    from remora.flyte.commands import tasks

    def warned(name: str, **_: Any) -> None:
        warnings.warn(f"{name}: look out\x1b", UserWarning, stacklevel=1)

    monkeypatch.setattr(tasks, "get", warned)
    assert command("task", "get", "x").err == "warning: x: look out\\x1b\n"


def test_help_is_about_options_of_its_own_and_common_ones(command: Command) -> None:
    text = command("run", "list", "--help").out
    assert text.index("--phase") < text.index("Common options:") < text.index("--endpoint")
    assert "One of unspecified, queued" in " ".join(text.split())
    assert "[default: 100]" in text
    text = " ".join(command("run", "create", "-h").out.split())
    assert "Arguments: TASK Name of the task, usually" in text
    assert "--on-existing [raise|return]" in text
