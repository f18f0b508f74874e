"""Docstrings in Google style, taken apart for a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remora_codegen.entities.docs import Doc, dedented, entries, split_sentence

_TITLES = ("Args", "Attributes", "Example", "Examples", "Raises", "Returns", "Yields")
_TITLE = re.compile(rf"^({'|'.join(_TITLES)}):\s*$")


@dataclass(frozen=True)
class Docstring:
    """A docstring in parts.

    Attributes:
        summary: the first sentence.
        body: paragraphs after it, with their line breaks.
        arguments: what parameters mean, by name.
        attributes: what attributes mean, by name.
        raises: when which error is raised, by name.
        example: lines, with prompts.
    """

    summary: str = ""
    body: tuple[str, ...] = ()
    arguments: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    raises: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    yields: str = ""
    example: tuple[str, ...] = ()


def read(text: str) -> Docstring:
    """Take a cleaned docstring apart."""
    free: list[str] = []
    sections: dict[str, list[str]] = {}
    current = free
    for line in text.strip().splitlines():
        if match := _TITLE.match(line):
            current = sections.setdefault(match[1], [])
        elif current is not free and line and not line.startswith(" "):
            # What is not indented any more belongs to the text again.
            free += ["", line]
            current = free
        else:
            current.append(line)
    return _made(paragraphs(free), sections)


def of(doc: Doc) -> Docstring:
    """The same parts of the docstring of an entity, a property or a method."""
    found = _made([doc.summary, *doc.body], {title: list(lines) for title, lines in doc.sections})
    return Docstring(doc.summary, doc.body, doc.arguments, {}, found.raises, found.returns, found.yields, found.example)


def _made(texts: Sequence[str], sections: Mapping[str, Sequence[str]]) -> Docstring:
    lines = {title: dedented(body) for title, body in sections.items()}
    first, *rest = texts or [""]
    summary, *more = split_sentence(first)
    return Docstring(
        summary=summary,
        body=(*more, *rest),
        arguments=entries(lines.get("Args", ())),
        attributes=entries(lines.get("Attributes", ())),
        raises=entries(lines.get("Raises", ())),
        returns=" ".join(" ".join(lines.get("Returns", ())).split()),
        yields=" ".join(" ".join(lines.get("Yields", ())).split()),
        example=tuple(lines.get("Example") or lines.get("Examples") or ()),
    )


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines as paragraphs, which keep their line breaks."""
    return [part.strip("\n") for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip()]
