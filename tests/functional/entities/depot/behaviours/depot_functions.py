"""Hand-written functions of the depot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depot_api.depot import v1 as depot


def upper(text: str) -> str:
    """In capital letters."""
    return text.upper()


def titled(title: str) -> depot.Item:
    """An item of this title."""
    from depot_api.depot import v1 as depot

    return depot.Item(name=title.lower(), title=title)


def is_over(state: depot.JobState) -> bool:
    """Whether nothing more will happen."""
    return state.name in ("DONE", "BROKEN")
