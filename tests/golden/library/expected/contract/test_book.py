"""What the methods of `Book` send, and what they make of the answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from library_api import library
from library_api.entities import Book

if TYPE_CHECKING:
    from library_api.testing import FakeServer

    from remora.contract.v1.entities import Client


def test_get(fake: FakeServer, client: Client) -> None:
    """`Book.get` calls `library.Library/GetBook`."""
    request = library.GetBookRequest(key="key")
    response = library.Book(key="key", title="title")
    expected = Book(library.Book(key="key", title="title"))
    program = fake.on(library.LibraryBase.get_book)
    program.answer(response)

    blocking: Book = Book.get(key="key", client=client)
    awaited: Book = asyncio.run(Book.get.aio(key="key", client=client))

    assert [call.path for call in program.calls] == ["/library.Library/GetBook"] * 2
    assert program.requests == [request] * 2
    assert blocking == awaited == expected


def test_listall(fake: FakeServer, client: Client) -> None:
    """`Book.listall` calls `library.Library/ListBooks`."""
    requests = [
        library.ListBooksRequest(shelf="shelf", limit=1),
        library.ListBooksRequest(shelf="shelf", token="next", limit=1),
    ]
    responses = [
        library.ListBooksResponse(books=[library.Book(key="key", title="title")], token="next"),
        library.ListBooksResponse(books=[library.Book(key="key", title="title")]),
    ]
    expected = [Book(library.Book(key="key", title="title")), Book(library.Book(key="key", title="title"))]
    program = fake.on(library.LibraryBase.list_books)
    for response in responses * 2:
        program.answer(response)

    blocking: list[Book] = list(Book.listall(shelf="shelf", page_size=1, client=client))

    async def read() -> list[Book]:
        stream = Book.listall.aio(shelf="shelf", page_size=1, client=client)
        return [item async for item in stream]

    awaited = asyncio.run(read())

    assert [call.path for call in program.calls] == ["/library.Library/ListBooks"] * 4
    assert program.requests == requests * 2
    assert blocking == awaited == expected
