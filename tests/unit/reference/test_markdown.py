"""Text as Markdown, and what Python-Markdown makes of it where that is installed."""

from __future__ import annotations

import pytest

from remora_codegen.reference import markdown
from remora_codegen.reference.index import Index, Place, relative
from remora_codegen.reference.views import Sample, Table


def link(text: str) -> str:
    return {"Run": "run.md", "get()": "run.md#runget"}.get(text, "")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([("str", "")], "`str`"),
        ([("Run", "run.md")], "[`Run`](run.md)"),
        ([("dict[str, ", ""), ("int", ""), ("]", "")], "`dict[str, int]`"),
        ([("str", ""), (" | None", "")], r"<code>str \| None</code>"),
        ([("list[", ""), ("Run", "run.md"), ("]", "")], r"<code>list\[[Run](run.md)\]</code>"),
        ([("a < b_c", ""), (" | ", "")], r"<code>a &lt; b\_c \| </code>"),
    ],
)
def test_code(parts: list[tuple[str, str]], expected: str) -> None:
    assert markdown.code(parts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Reads a `Run` with\n`get()`.", "Reads a [`Run`](run.md) with [`get()`](run.md#runget)."),
        ("All * but <this> `<that>`", r"All \* but &lt;this> `<that>`"),
        ("# Examples", "**Examples**"),
    ],
)
def test_inline(text: str, expected: str) -> None:
    assert markdown.inline(text, link) == expected


def test_a_pipe_in_a_cell_does_not_end_it() -> None:
    assert markdown.cell("a | b, `c | d`", link) == r"a \| b, <code>c \| d</code>"


def test_blocks_of_a_docstring() -> None:
    found = markdown.paragraphs(["- one\n  goes on\n- two", "    x = 1", "    y = 2", "The end."], link)
    assert found == ("- one goes on\n- two", "```python\nx = 1\n\ny = 2\n```", "The end.")


def test_code_of_unknown_language_is_shown_as_it_is() -> None:
    assert markdown.paragraphs(["    if (a < 1) { * }"], link, foreign=True) == ("```text\nif (a < 1) { * }\n```",)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([">>> a = 1", ">>> for b in c:", "...     d()"], Sample("python", "a = 1\nfor b in c:\n    d()")),
        ([">>> a", "1"], Sample("pycon", ">>> a\n1")),
        (["x = 1"], Sample("python", "x = 1")),
        (["rm -rf x"], Sample("text", "rm -rf x")),
    ],
)
def test_samples(lines: list[str], expected: Sample) -> None:
    assert markdown.sample(lines) == expected


def test_columns_without_anything_are_left_out() -> None:
    table = Table("T", ("a", "b", "c"), (("1", "", "2"), ("3", "", "")))
    assert table.shown == Table("T", ("a", "c"), (("1", "2"), ("3", "")))


@pytest.mark.parametrize(
    ("page", "place", "expected"),
    [
        ("a.md", Place("a.md", "x", ""), "#x"),
        ("a.md", Place("a.md", "", ""), "a.md"),
        ("a.md", Place("b/c.md", "x", ""), "b/c.md#x"),
        ("b/c.md", Place("a.md", "", ""), "../a.md"),
        ("b/c.md", Place("d/e.md", "y", ""), "../d/e.md#y"),
    ],
)
def test_addresses(page: str, place: Place, expected: str) -> None:
    assert relative(page, place) == expected


def test_headings_of_a_page_have_anchors_of_their_own() -> None:
    index = Index()
    index.page("a.md", "library")
    first, second = index.heading("a.md", "Library", "service"), index.heading("a.md", "Library", "service")
    assert (first.title, first.anchor) == ("Library service", "library-service")
    assert (second.title, second.anchor) == ("Library service service", "library-service-service")


def test_two_pages_never_share_a_path() -> None:
    index = Index()
    assert [index.page("index.md", name).page for name in ("API", "index")] == ["index.md", "index_.md"]


def test_names_of_the_own_folder_come_first() -> None:
    index = Index()
    for folder in ("entities", "union"):
        page = index.page(f"{folder}/run.md", "Run")
        index.add(page, name="Run", scope=folder)
        index.add(index.heading(page.page, "Run.get()", "method"), name="Run.get", scope=folder)
    assert index.linker("x.md")("Run") == "entities/run.md"
    assert index.linker("union/task.md", "union")("Run.get()") == "run.md#runget"
    own = index.linker("union/run.md", "union", "Run")
    assert own("get()") == "#runget"
    assert own("Run") == ""
    assert own("get") == ""
    assert own("nothing") == ""
    assert own("no code") == ""
