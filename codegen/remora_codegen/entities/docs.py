"""Docstrings of generated entities, in Google style, wrapped to where they stand."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remora_codegen.layout import WIDTH

_SECTIONS = ("Args", "Returns", "Yields", "Raises", "Example", "Examples", "Note", "Warning")
_SECTION = re.compile(rf"^({'|'.join(_SECTIONS)}):\s*$")
_ENTRY = re.compile(r"^\s*(\*{0,2}[\w.]+)(?:\s*\([^)]*\))?:\s*(.*)$")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`'\"(])")
INDENT = 4
_VERBATIM = re.compile(r"^\s*(>>>|\.\.\.|[-*] |\d+\. )")


@dataclass(frozen=True)
class Doc:
    """A docstring in parts.

    Attributes:
        summary: the first sentence.
        body: paragraphs after it, each a list of lines.
        arguments: what the parameters mean.
        sections: the other sections with their lines, without the indentation of the section.
    """

    summary: str
    body: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    sections: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def example(self) -> tuple[str, ...]:
        """The lines of the example, with prompts; empty when there is none."""
        for title, lines in self.sections:
            if title.startswith("Example"):
                return lines
        return ()


def parse(text: str, fallback: str) -> Doc:
    """Split a docstring or a plain text; `fallback` is the summary when there is no text."""
    lines = text.strip().splitlines()
    start = next((index for index, line in enumerate(lines) if _SECTION.match(line)), len(lines))
    paragraphs = _paragraphs(lines[:start])
    summary, rest = _summary(paragraphs, fallback)
    arguments: dict[str, str] = {}
    sections: list[tuple[str, tuple[str, ...]]] = []
    for title, body in _split_sections(lines[start:]):
        if title == "Args":
            arguments.update(entries(body))
        else:
            sections.append((title, tuple(body)))
    return Doc(summary, tuple(rest), arguments, tuple(sections))


def _paragraphs(lines: Sequence[str]) -> list[str]:
    return [part.strip("\n") for part in "\n".join(lines).split("\n\n") if part.strip()]


def _summary(paragraphs: list[str], fallback: str) -> tuple[str, list[str]]:
    if not paragraphs:
        return sentence(fallback), []
    first, *rest = split_sentence(paragraphs[0])
    if len(first) > WIDTH - 2 * INDENT - len('"""."""'):
        return sentence(fallback), paragraphs
    return sentence(first), [*rest, *paragraphs[1:]]


def sentence(text: str) -> str:
    """A text with a capital letter and a full stop."""
    text = text.strip()
    if text and not text.endswith((".", "!", "?")):
        text = text.rstrip(":;,") + "."
    first = text.split(" ", 1)[0]
    return text[0].upper() + text[1:] if first.isalpha() and first.islower() else text


def split_sentence(text: str) -> list[str]:
    """The first sentence of a text on one line, and what follows it, if anything does."""
    return _SENTENCE.split(" ".join(text.split()), maxsplit=1)


def dedented(lines: Sequence[str]) -> list[str]:
    """The lines of a section without its indentation and the empty lines around it."""
    return textwrap.dedent("\n".join(lines)).strip("\n").splitlines()


def _split_sections(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        if match := _SECTION.match(line):
            found.append((match[1], []))
        elif found:
            found[-1][1].append(line)
    return [(title, dedented(body)) for title, body in found]


def entries(lines: Sequence[str]) -> dict[str, str]:
    """Entries `name: text` of a section; deeper lines continue the entry before."""
    found: dict[str, str] = {}
    last = ""
    for line in lines:
        if not line.startswith(" ") and (match := _ENTRY.match(line)):
            last = match[1].lstrip("*")
            found[last] = match[2]
        elif last and line.strip():
            found[last] = f"{found[last]} {line.strip()}".strip()
    return found


def compose(doc: Doc, arguments: Sequence[tuple[str, str]], example: Sequence[str], indent: int) -> str:
    """A whole docstring with its quotes; every line but the first is indented.

    Args:
        doc: the parts.
        arguments: names and meanings of all parameters, in order; without any there is no `Args` section.
        example: lines of the example; empty for none.
        indent: number of spaces before the docstring.
    """
    blocks: list[list[str]] = [_wrap(paragraph, indent) for paragraph in doc.body]
    if arguments:
        lines = ["Args:"]
        for name, meaning in arguments:
            lines += _entry(name, meaning, indent)
        blocks.append(lines)
    for title, body in doc.sections:
        if not title.startswith("Example"):
            blocks.append([f"{title}:", *_section(title, body, indent)])
    if example:
        blocks.append(["Example:", *(f"    {line}".rstrip() for line in example)])
    text = [line for index, block in enumerate(blocks) for line in (([""] if index else []) + block)]
    return quoted(doc.summary, text, indent)


def quoted(summary: str, lines: Sequence[str], indent: int) -> str:
    """Quotes around a summary and the lines after it."""
    raw = "r" if any("\\" in line for line in (summary, *lines)) else ""
    summary = summary.replace('"""', "'''")
    if not lines:
        return f'{raw}"""{summary}"""'
    space = " " * indent
    body = "\n".join(space + line.replace('"""', "'''") if line else "" for line in lines)
    return f'{raw}"""{summary}\n\n{body}\n{space}"""'


def _wrap(paragraph: str, indent: int) -> list[str]:
    lines = paragraph.splitlines()
    if any(_VERBATIM.match(line) or line.startswith("    ") for line in lines):
        return [line.rstrip() for line in lines]
    return textwrap.wrap(" ".join(paragraph.split()), WIDTH - indent, break_long_words=False, break_on_hyphens=False)


def _entry(name: str, meaning: str, indent: int) -> list[str]:
    wrapped = textwrap.wrap(
        f"{name}: {meaning}", WIDTH - indent - 2 * INDENT, break_long_words=False, break_on_hyphens=False
    )
    return [f"    {line}" if not index else f"        {line}" for index, line in enumerate(wrapped)]


def _section(title: str, body: Sequence[str], indent: int) -> list[str]:
    if title == "Raises":
        return [line for name, meaning in entries(body).items() for line in _entry(name, meaning, indent)]
    wrapped = textwrap.wrap(
        " ".join(" ".join(body).split()), WIDTH - indent - INDENT, break_long_words=False, break_on_hyphens=False
    )
    return [f"    {line}" for line in wrapped]
