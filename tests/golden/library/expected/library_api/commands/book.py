"""The commands `book ...`."""

from __future__ import annotations

from remora.contract.v1.commands import Argument, Call, Command, Group, Option

ENTRY = Group(
    "book",
    "A book on a shelf.",
    (
        Command(
            "get",
            "Read one book.",
            calls=(Call("Book.get", "key", "timeout"),),
            parameters=(
                Argument("key", "Key of the book."),
                Option("timeout", "Deadline of the call in seconds.", kind="seconds"),
            ),
            columns=("key", "title"),
        ),
        Command(
            "list",
            "Books of a shelf, in the order of the shelf.",
            calls=(Call("Book.listall", "shelf", "limit", "timeout"),),
            parameters=(
                Argument("shelf", "Name of the shelf."),
                Option("limit", "Show so many; all for all of them.", kind="limit", preset="20"),
                Option("timeout", "Deadline in seconds of the call for one page.", kind="seconds"),
            ),
            columns=("key", "title"),
        ),
    ),
)
