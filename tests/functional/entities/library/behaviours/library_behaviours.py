"""Hand-written functions of the test library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from library_api.entities import Book, Odd
    from library_api.library import v1 as library

    from remora.client import Client
    from remora.dual import PageSource

BookT = TypeVar("BookT", bound="Book")
LONGEST = 8


def label(self: Book) -> str:
    """Title and identifier in one."""
    return f"{self.title} ({self.id})"


def is_long(self: Book, limit: int = LONGEST) -> bool:
    """Whether the title is longer than a limit.

    Args:
        limit: Number of characters.
    """
    return len(self.title) > limit


def genre_name(genre: library.Genre) -> str:
    """The genre in lower case."""
    return genre.name.lower()


def genre_named(name: Literal["novel", "poetry"]) -> library.Genre:
    """The genre of a name."""
    from library_api.library import v1 as library

    return library.Genre.NOVEL if name == "novel" else library.Genre.POETRY


async def rename(self: BookT, title: str, /, *, shout: bool = False, timeout: float | None = None) -> BookT:
    """Give the book another title, and show it in this object.

    Args:
        self: The book.
        title: The new title.
        shout: In capital letters.
        timeout: Deadline in seconds.

    Example:
        >>> book.rename("Emma").title
        'Emma'
    """
    return await self._update(title=title.upper() if shout else title, timeout=timeout)


async def letters(self: Book, *, limit: int | None = None) -> AsyncGenerator[str, None]:
    """The letters of the title, one by one.

    Args:
        limit: At most so many.

    Yields:
        One letter.
    """
    for letter in self.title[:limit]:
        yield letter


def everything(cls: type[BookT], shelf: str = "", *, client: Client | None = None) -> PageSource[BookT]:
    """All books of a shelf in small pages.

    Args:
        shelf: The shelf.
        client: The client to use.
    """
    return cls._list(shelf=shelf, page_size=2, client=client)


async def first(cls: type[BookT], *, client: Client | None = None) -> BookT | None:
    """The first book, if there is one."""
    from remora.contract.v1.entities import AsyncPager

    return await AsyncPager(cls._list(client=client)).first()


def shelf_request(client: Client, shelf: str, *, order: Literal["asc", "desc"] = "asc") -> library.ListBooksRequest:
    """Books of one shelf.

    Args:
        client: Not needed.
        shelf: The shelf.
        order: Which way.
    """
    from library_api.library import v1 as library

    return library.ListBooksRequest(shelf=shelf, order=order)


async def tagged(self: Book, /, **tags: str) -> dict[str, str]:
    """The tags, with further ones."""
    return {**self.tags, **tags}


def title_of(book: library.Book) -> str:
    """The title of a book."""
    return book.title


def marked(self: Book, *, mark: str = "!") -> str:
    """Show the title with a mark.

    Args:
        mark: What stands behind it.
    """
    return self.title + mark


def named(title: str) -> str:
    """The identifier of a title.

    Args:
        title: The title.
    """
    from library_api.entities import Book

    return next((book.id for book in Book.list() if book.title == title), title)


def double(number: int, *, times: int = 1) -> int:
    """Show twice a number.

    Args:
        number: Any number.
        times: How often.
    """
    return number << times


async def relabel(self: Odd, relabel: str, *, str_: list[str] | None = None) -> dict[str, int]:
    """Has a parameter of its own name."""
    return {relabel: self.int}
