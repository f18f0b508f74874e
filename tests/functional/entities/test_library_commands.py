"""The command line of the library: every kind of option reaches the server as what the request's field holds."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from remora.client import Client
from remora.commands import exits
from remora.commands.run import run

pytest.importorskip("click")

Result = tuple[int, str, str]
Library = Callable[..., Result]


@pytest.fixture
def library(library_path: None, client: Client, capsys: pytest.CaptureFixture[str]) -> Library:
    """Runs a command; gives exit code, stdout and stderr."""
    program = importlib.import_module("library_api.commands").PROGRAM

    def call(*arguments: str) -> Result:
        code = run(program, [*arguments, "--endpoint", client.endpoint], name="library")
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


def test_options_of_every_kind(library: Library, service: Any, messages: Any, tmp_path: Path) -> None:
    (tmp_path / "extra.json").write_text('{"pages": 300}')
    code, _, err = library(
        *("book", "add", "b1", "Emma", "--shelf", "A", "--row", "3", "--genre", "poetry"),
        *("--author", "Jane", "--author", "Austen", "--tag", "a=b", "--tag", "c=d=e"),
        *("--printed-at", "1815-12-23T00:00Z", "--lending-time", "1h30m", "--lent-at", "2025-01-01T00:00Z"),
        *("--extra", f"@{tmp_path}/extra.json", "--note", "", "--person", "Ann", "--org", "city"),
    )
    assert (code, err) == (exits.OK, "")
    book = service.requests[-1].book
    assert (book.id, book.title, book.place.shelf, book.place.row) == ("b1", "Emma", "A", 3)
    assert (book.genre, book.authors, book.tags) == (
        messages.Genre.POETRY,
        ["Jane", "Austen"],
        {"a": "b", "c": "d=e"},
    )
    assert book.printed_at.to_datetime() == datetime.fromisoformat("1815-12-23T00:00:00+00:00")
    assert book.lending_time.to_timedelta() == timedelta(minutes=90)
    assert len(book.lent_at) == 1
    assert book.extra.to_dict() == {"pages": 300}
    assert (book.note.value, book.person, book.org, book.company) == ("", "Ann", "city", None)


def fill(library: Library) -> None:
    for number, title in enumerate(("Emma", "Persuasion", "Sanditon", "Lady Susan", "Mansfield Park"), start=1):
        shelf = "A" if number < 5 else "B"
        assert library("book", "add", f"b{number}", title, "--shelf", shelf, "--org", "city")[0] == exits.OK


def test_nothing_where_there_should_be_something(library: Library) -> None:
    assert library("book", "first") == (exits.NOT_FOUND, "", "error: NOT_FOUND: Book.first has found nothing\n")
    fill(library)
    assert library("book", "first", "-o", "name") == (exits.OK, "b1\n", "")


def test_lists(library: Library, service: Any) -> None:
    fill(library)
    listed = library("book", "list", "--output", "json")[1]
    assert [item["id"] for item in json.loads(listed)] == ["b1", "b2", "b3", "b4"]
    assert service.requests[-1].shelf == "A"
    assert library("book", "list", "--on", "B", "-o", "name")[1] == "b5\n"
    rows = library("book", "list", "--on", "", "--limit", "2", "--genre", "novel")[1].splitlines()
    assert [row.split() for row in rows] == [
        ["ID", "TITLE", "SHELF", "GENRE"],
        ["b1", "Emma", "A", "novel"],
        ["b2", "Persuasion", "A", "novel"],
    ]
    assert library("book", "titles", "--shelf", "B")[1] == "Mansfield Park\n"
    assert library("book", "all", "-o", "name")[1].split() == ["b1", "b2", "b3", "b4", "b5"]
    assert library("book", "count", "A")[1] == "5\n"


def test_methods_of_one_read_it_first(library: Library, service: Any) -> None:
    fill(library)
    assert library("book", "is-long", "b1") == (exits.NEGATIVE, "no\n", "")
    assert library("book", "is-long", "b1", "--limit", "3") == (exits.OK, "yes\n", "")
    assert library("book", "letters", "b1", "--limit", "2") == (exits.OK, "E\nm\n", "")
    assert library("book", "mend", "b1", "--as", "Emma II")[0] == exits.OK
    assert service.books["b1"].title == "Emma II"
    renamed = library("book", "rename", "b1", "Emma III", "--shout", "-o", "json")
    assert json.loads(renamed[1])["title"] == "EMMA III"
    assert library("book", "remove", "b1")[0] == exits.OK
    assert library("book", "get", "b1")[0] == exits.NOT_FOUND


def test_functions(library: Library) -> None:
    fill(library)
    assert library("double", "4") == (exits.OK, "8\n", "")
    assert library("double", "4", "--times", "3", "-o", "json") == (exits.OK, "32\n", "")
    assert library("book", "marked", "b1") == (exits.OK, "Emma!\n", "")
    assert library("book", "marked", "b1", "--mark", "?") == (exits.OK, "Emma?\n", "")
    # Without a fill, an option has to be given; with one, the function's own.
    assert library("book", "find", "--called", "Persuasion", "-o", "name") == (exits.OK, "b2\n", "")
    assert library("book", "find", "--called", "Nothing")[0] == exits.NOT_FOUND


def test_streams(library: Library) -> None:
    fill(library)
    code, text, _ = library("book", "watch", "A")
    assert code == exits.OK
    assert [line.split()[0] for line in text.splitlines()] == ["ID", "b1", "b2", "b3", "b4", "b5"]
    lines = library("whole", "A", "-o", "json")[1].splitlines()
    assert [len(json.loads(line)["books"]) for line in lines] == [1, 4]


def test_the_module_of_the_package_is_a_command(library_out: Path, client: Client, service: Any) -> None:
    environment = {**os.environ, "PYTHONPATH": str(library_out), "COLUMNS": "80"}
    command = [sys.executable, "-m", "library_api"]
    done = subprocess.run(
        [*command, "book", "count", "A", "--endpoint", client.endpoint],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
    done = subprocess.run([*command, "--help"], env=environment, capture_output=True, text=True, check=False)
    assert "Usage: python -m library_api" in done.stdout
    assert "Books of the library." in done.stdout
