"""Entities: what a program works with. Every name is imported when it is first used."""

from __future__ import annotations

from remora.contract.v1.messages import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .book import Book as Book

__all__ = [
    "Book",
]

_MODULES = {
    "Book": "book",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
