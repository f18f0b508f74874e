"""Text as Markdown: code with links in it, table cells, paragraphs, samples, headings.

What is written here looks the same to GitHub and to Python-Markdown. Of code in a table these two disagree about a `|`
between backticks, so code that has one, or a link, stands in a `code` element.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence

from remora_codegen.reference.views import Sample

Linker = Callable[[str], str]
"""Gives the relative address of what a code span names; nothing for what has no page."""

_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_CODE_SPECIAL = re.compile(r"([\\*_\[\]|])")
_HEADING = re.compile(r"^#+ (.+)$")
_ITEM = re.compile(r"^\s*([-*]|\d+\.) ")


def code(parts: Iterable[tuple[str, str]]) -> str:
    """Code as a part of a line, from texts and the addresses that they lead to."""
    parts = [(text, address) for text, address in parts if text]
    text = "".join(item for item, _ in parts)
    if len(parts) == 1 and "|" not in text:
        address = parts[0][1]
        return f"[`{text}`]({address})" if address else f"`{text}`"
    if "|" not in text and not any(address for _, address in parts):
        return f"`{text}`"
    inner = "".join(f"[{_escaped(item)}]({address})" if address else _escaped(item) for item, address in parts)
    return f"<code>{inner}</code>"


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CODE_SPECIAL.sub(r"\\\1", text)


def inline(text: str, link: Linker) -> str:
    """One paragraph; code spans that name something with a page lead there."""
    if match := _HEADING.match(text):
        # A heading inside a comment is none of the page.
        return f"**{inline(match[1], link)}**"
    pieces = _SPAN.split(" ".join(text.split()))
    # Every other piece is the inside of a code span.
    return "".join(code([(piece, link(piece))]) if index % 2 else _plain(piece) for index, piece in enumerate(pieces))


def cell(text: str, link: Linker) -> str:
    """The same for a cell of a table."""
    pieces = _SPAN.split(" ".join(text.split()))
    return "".join(
        code([(piece, link(piece))]) if index % 2 else _plain(piece).replace("|", r"\|")
        for index, piece in enumerate(pieces)
    )


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", r"\*")


def paragraphs(texts: Iterable[str], link: Linker, *, foreign: bool = False) -> tuple[str, ...]:
    """Paragraphs, lists and indented code of a docstring, each as one block.

    Args:
        texts: paragraphs with their line breaks.
        link: finds what they name.
        foreign: code in them may be of any language.
    """
    joined: list[str] = []
    for text in texts:
        if joined and _is_code(text) and _is_code(joined[-1]):
            joined[-1] += f"\n\n{text}"
        else:
            joined.append(text)
    return tuple(_block(text, link, foreign) for text in joined)


def _is_code(text: str) -> bool:
    return all(line.startswith("    ") for line in text.splitlines() if line.strip())


def _block(text: str, link: Linker, foreign: bool) -> str:
    lines = text.splitlines()
    if _is_code(text):
        code_lines = textwrap.dedent(text).strip("\n").splitlines()
        return fenced(Sample("text", "\n".join(code_lines)) if foreign else sample(code_lines))
    if not any(_ITEM.match(line) for line in lines):
        return inline(text, link)
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line) or not items:
            items.append(line.strip())
        else:
            items[-1] += f" {line.strip()}"
    return "\n".join(inline(item, link) for item in items)


def sample(lines: Sequence[str]) -> Sample:
    """An example: plain Python without prompts, unless it shows output too."""
    if not any(line.startswith(">>>") for line in lines):
        return Sample("python" if _is_python(lines) else "text", "\n".join(lines))
    if all(line.startswith((">>>", "...")) for line in lines if line):
        return Sample("python", "\n".join(line[4:] for line in lines).replace("  # doctest: +SKIP", ""))
    return Sample("pycon", "\n".join(lines).replace("  # doctest: +SKIP", ""))


def _is_python(lines: Sequence[str]) -> bool:
    try:
        ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    return True


def fenced(item: Sample) -> str:
    """A block of code."""
    return f"```{item.language}\n{item.text}\n```"


def slug(title: str) -> str:
    """The anchor that Markdown viewers give to a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
