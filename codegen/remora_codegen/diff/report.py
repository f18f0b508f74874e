"""Changes as text, JSON or Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from remora_codegen.diff.changes import Change, Level

FORMATS = ("text", "json", "markdown")
_NOTHING = "nothing changed"


def rendered(changes: Sequence[Change], form: str, old: str, new: str) -> str:
    """The report.

    Args:
        changes: the worst first.
        form: one of `FORMATS`.
        old: how people call the old side.
        new: how people call the new side.
    """
    return {"text": _text, "json": _json, "markdown": _markdown}[form](changes, old, new)


def _levels(changes: Sequence[Change]) -> list[tuple[Level, list[Change]]]:
    grouped = [(level, [item for item in changes if item.level is level]) for level in sorted(Level, reverse=True)]
    return [(level, found) for level, found in grouped if found]


def _text(changes: Sequence[Change], old: str, new: str) -> str:
    lines = []
    for level, found in _levels(changes):
        lines.append(f"{level.title} ({len(found)})")
        for item in found:
            place = item.new or item.manifest or item.old
            where = f"{place}: " if place else ""
            others = [("was", item.old), ("manifest", item.manifest)]
            more = ", ".join(f"{name} {at}" for name, at in others if at is not None and at is not place)
            lines.append(f"  {where}{item.subject}: {item.message}{f' [{more}]' if more else ''}")
    return "\n".join(lines or [_NOTHING]) + "\n"


def _json(changes: Sequence[Change], old: str, new: str) -> str:
    content = {
        "old": old,
        "new": new,
        "counts": {level.option: sum(item.level is level for item in changes) for level in sorted(Level, reverse=True)},
        "changes": [
            {
                "level": item.level.option,
                "rule": item.rule,
                "subject": item.subject,
                "message": item.message,
                **{
                    name: None if at is None else {"file": at.file, "line": at.line, "column": at.column}
                    for name, at in (("old", item.old), ("new", item.new), ("manifest", item.manifest))
                },
            }
            for item in changes
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _markdown(changes: Sequence[Change], old: str, new: str) -> str:
    lines = [f"## Changes from {_code(old)} to {_code(new)}", ""]
    for level, found in _levels(changes):
        lines += [f"### {level.title.capitalize().replace('python', 'Python')} ({len(found)})", ""]
        lines += ["| what | change | protos | manifest |", "|---|---|---|---|"]
        for item in found:
            place = item.new or item.old
            cells = (_code(item.subject), _cell(item.message), _code(place) if place else "")
            lines.append(f"| {' | '.join(cells)} | {_code(item.manifest) if item.manifest else ''} |")
        lines.append("")
    if not changes:
        lines += [f"{_NOTHING.capitalize()}.", ""]
    return "\n".join(lines)


def _code(value: object) -> str:
    return f"`{_cell(str(value))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
