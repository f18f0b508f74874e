"""Results as text for people and as data for programs."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from remora.commands import tables
from remora.commands.exits import NEGATIVE, OK
from remora.commands.show import Show
from remora.commands.values import as_data, as_text
from remora_api.entities import Project, Run
from remora_api.flyteidl2 import common, project, workflow

PROPERTIES = {"Project": ("id", "name", "labels", "archived"), "Run": ("name", "action", "run_id", "start_time")}


class Color(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Point:
    x: int
    label: str | None = None


@dataclass(frozen=True)
class Line:
    text: str

    def __str__(self) -> str:
        return self.text


def a_project(name: str = "Flyte snacks") -> Project:
    return Project(project.Project(id="flytesnacks", name=name, labels=None))


@pytest.mark.parametrize(
    ("value", "text", "data"),
    [
        (None, "-", None),
        ("", "-", ""),
        (True, "yes", True),
        (7, "7", 7),
        (0.5, "0.5", 0.5),
        (float("nan"), "nan", "nan"),
        (Color.RED, "red", "red"),
        (common.ActionPhase.RUNNING, "RUNNING", "RUNNING"),
        (timedelta(seconds=0.25), "0.2s", 0.25),
        (timedelta(seconds=90), "1m 30s", 90.0),
        (timedelta(days=1, hours=2), "1d 2h", 93600.0),
        (b"a\xff", r"a\xff", "Yf8="),
        (["a", 1], "a, 1", ["a", 1]),
        ([], "-", []),
        ({"a": 1, "b": None}, "a=1, b=-", {"a": 1, "b": None}),
        (Path("a") / "b", "a/b", "a/b"),
        (int, "int", "int"),
        (Point(1), "x=1", {"x": 1, "label": None}),
        (common.RunIdentifier(name="r"), '{"name":"r"}', {"name": "r"}),
        ("\x1b[2J", r"\x1b[2J", "\x1b[2J"),
        ("a\nb", r"a\nb", "a\nb"),
    ],
)
def test_a_value(value: Any, text: str, data: Any) -> None:
    assert as_text(value).replace(": ", ":") == text
    assert as_data(value, PROPERTIES) == data
    json.dumps(as_data(value, PROPERTIES), allow_nan=False)


def test_a_moment_is_shown_in_local_time() -> None:
    moment = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)
    assert as_text(moment) == moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert as_data(moment, {}) == "2025-01-31T12:00:00+00:00"


def test_an_entity_is_its_properties_and_so_are_those_in_it() -> None:
    run_id = common.RunIdentifier(project="p", name="r1")
    run = Run(workflow.Run(action=workflow.Action(id=common.ActionIdentifier(run=run_id, name="a0"))))
    data = as_data(run, {**PROPERTIES, "Action": ("name",)})
    assert data == {
        "name": "r1",
        "action": {"name": "a0"},
        "run_id": {"project": "p", "name": "r1"},
        "start_time": None,
    }
    # An entity of which nothing is said is its message.
    assert as_data(run, {}) == run.to_dict()


Shown = Callable[..., tuple[int, str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    """Shows a result; gives the exit code and what was printed."""

    def show(value: Any, form: str = "table", columns: tuple[str, ...] = ("id", "name")) -> tuple[int, str]:
        code = Show(form, columns, PROPERTIES).result(value)
        return code, capsys.readouterr().out

    return show


def test_a_list(shown: Shown) -> None:
    items = [a_project(), a_project("n\t\x07")]
    assert shown(items) == (OK, "ID           NAME\nflytesnacks  Flyte snacks\nflytesnacks  n\t\\x07\n")
    assert shown(items, "name") == (OK, "flytesnacks\nflytesnacks\n")
    assert [item["name"] for item in json.loads(shown(items, "json")[1])] == ["Flyte snacks", "n\t\x07"]
    assert shown([], "json") == (OK, "[]\n")
    assert shown(["a", "b"]) == (OK, "a\nb\n")
    assert shown([Point(1, "a"), Point(22)]) == (OK, "X   LABEL\n1   a\n22  -\n")
    assert shown([], columns=()) == (OK, "")
    assert shown([], columns=("name",)) == (OK, "NAME\n")


def test_one(shown: Shown) -> None:
    assert shown({"requests and limits": ({}, {}), "count": 0}) == (OK, "count  0\n")
    assert shown(a_project()) == (OK, "id        flytesnacks\nname      Flyte snacks\narchived  no\n")
    assert json.loads(shown(a_project(), "json")[1]) == {
        "id": "flytesnacks",
        "name": "Flyte snacks",
        "labels": {},
        "archived": False,
    }
    assert shown(a_project(), "name") == (OK, "flytesnacks\n")
    assert shown({"a": 1, "b": "x\ny"}) == (OK, "a  1\nb  x\n   y\n")
    assert shown("a\n\x07") == (OK, "a\n\\x07\n")
    assert shown(7) == (OK, "7\n")
    assert shown(None) == (OK, "")


def test_no_is_exit_code_1(shown: Shown) -> None:
    assert shown(False) == (NEGATIVE, "no\n")
    assert shown(False, "json") == (NEGATIVE, "false\n")
    assert shown(True) == (OK, "yes\n")
    assert shown(0) == (OK, "0\n")


def test_what_comes_over_time(shown: Shown) -> None:
    points = [Point(1, "short"), Point(2, "much longer than that"), Point(3)]
    lines = shown(iter(points))[1].splitlines()
    assert [line.split() for line in lines[:2]] == [["X", "LABEL"], ["1", "short"]]
    assert shown(iter(points), "json")[1] == "".join(
        json.dumps({"x": item.x, "label": item.label}) + "\n" for item in points
    )
    # What prints itself, such as a line of a log, is printed.
    assert shown(iter([Line("a"), Line("b\x1b")])) == (OK, "a\nb\\x1b\n")
    assert shown(iter([a_project()]), columns=("name",))[1].split() == ["NAME", "Flyte", "snacks"]


def test_a_table_on_a_terminal_keeps_every_word(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    tables.print_table(["NAME", "PHASE"], [["a" * 60, "[bold]failed"]])
    text = capsys.readouterr().out
    assert text.partition("PHASE")[2].count("aa") == 30
    assert "[bold]failed" in text.replace("\n", "")


def test_no_column_is_lost_on_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr(tables, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    header = ["NAME", "PHASE", "TASK NAME", "START TIME", "RUNTIME"]
    tables.print_table(header, [["r6qqrgrdg92z96wnldf6", "succeeded", "stats.count", "2026-01-31 12:00:00", "0.1s"]])
    text = capsys.readouterr().out
    assert "r6qqrgrdg92z96wnldf6" in text
    assert "0.1s" in text
    assert all(len(line) <= 60 for line in text.splitlines())
