"""Docstrings of generated classes, out of the comments of the protos."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from remora_codegen.layout import WIDTH
from remora_codegen.messages.formatting import INDENT

# What documentation linters take for the head of a section when it stands alone on a line.
_SECTION = re.compile(r"^\s*[A-Za-z ]{3,24}:?\s*$")
_LIST_ITEM = re.compile(r"^(?:[-*+]|\d+[.)])\s")
_TYPOGRAPHIC = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u00d7": "x",
        "\u00a0": " ",
        "\u2022": "-",
        "\u200b": "",
    }
)


def docstring(summary: str, comment: str, attributes: Iterable[tuple[str, str]], depth: int) -> list[str]:
    """The lines of a docstring.

    Args:
        summary: What to say when there is no comment; a sentence.
        comment: The comment of the proto.
        attributes: Name and comment of the attributes worth a word.
        depth: At which level it stands.
    """
    width = WIDTH - len(INDENT) * depth
    first, *rest = paragraphs(comment) or [summary]
    head, tail = _sentence(first)
    blocks = [textwrap.wrap(head, width - 3)]
    if len(blocks[0]) > 1 or len(blocks[0][0]) > width - 6 or head.startswith('"'):
        # A summary must be one line and cannot begin with a quote; otherwise it becomes the body's first paragraph.
        blocks, tail = [[summary]], first
    blocks += [_wrapped(text, width) for text in ([tail] if tail else []) + rest]
    described = [(name, " ".join(paragraphs(text))) for name, text in attributes]
    if described:
        section = ["Attributes:"]
        for name, text in described:
            section += _wrapped(f"{name}: {text}", width - len(INDENT), INDENT, INDENT * 2)
        blocks.append(section)
    lines = [line for block in blocks for line in ("", *block)][1:]
    return _quoted(lines)


def _quoted(lines: Sequence[str]) -> list[str]:
    text = "\n".join(lines).replace('"""', "'''")
    prefix = "r" if "\\" in text else ""
    if len(lines) == 1:
        # A quote before the closing quotes, or an odd number of backslashes, would end the string elsewhere.
        closing = " " if text.endswith(('"', "\\")) else ""
        return [f'{prefix}"""{text}{closing}"""']
    first, *rest = text.split("\n")
    return [f'{prefix}"""{first}', *rest, '"""']


def paragraphs(comment: str) -> list[str]:
    """A comment as paragraphs, each on one line; items of a list are paragraphs of their own."""
    found: list[str] = []
    joining = False
    for raw in comment.translate(_TYPOGRAPHIC).splitlines():
        line = " ".join("".join(char if char.isprintable() else " " for char in raw).split())
        if not line:
            # A heading alone in its paragraph would be taken for a section of the docstring.
            joining = joining and bool(_SECTION.match(found[-1]))
        elif joining and not _LIST_ITEM.match(line):
            found[-1] += " " + line
        else:
            found.append(line)
            joining = True
    return [text for text in found if text.strip("-*/ ")]


def _sentence(text: str) -> tuple[str, str]:
    """The first sentence, ending in a full stop, and the rest."""
    match = re.match(r"(.+?[.!?])(?:\s+(?=[A-Z`\"'(])|$)", text)
    head, tail = (match[1], text[match.end() :].strip()) if match else (text, "")
    if not head.endswith((".", "!", "?")):
        head = head.rstrip(":;,") + "."
    return head[:1].upper() + head[1:], tail


def _wrapped(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    lines = textwrap.wrap(
        text,
        width + len(first),
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line + "." if _SECTION.match(line) and len(lines) == 1 else line for line in lines]
