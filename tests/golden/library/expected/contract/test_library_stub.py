"""What `LibraryStub` sends and receives, down to the bytes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from library_api import library

if TYPE_CHECKING:
    from library_api.testing import FakeServer

    from remora.contract.v1.entities import Client


def test_get_book(fake: FakeServer, client: Client) -> None:
    """Call `library.Library/GetBook`."""
    request = library.GetBookRequest(key="key")
    response = library.Book(key="key", title="title", pages=3)
    program = fake.on(library.LibraryBase.get_book)
    program.answer(response)

    stub = library.LibraryStub(client)
    answer: library.Book = asyncio.run(stub.get_book(request, metadata={"x-contract": "kept"}))

    (call,) = program.calls
    assert call.path == "/library.Library/GetBook"
    assert call.requests == [request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == response
    assert bytes(request) == b"\n\x03key"
    assert bytes(response) == b"\n\x03key\x12\x05title\x18\x03"


def test_list_books(fake: FakeServer, client: Client) -> None:
    """Call `library.Library/ListBooks`."""
    request = library.ListBooksRequest(shelf="shelf", token="token", limit=3)
    response = library.ListBooksResponse(books=[library.Book(key="key", title="title", pages=3)], token="token")
    program = fake.on(library.LibraryBase.list_books)
    program.answer(response)

    stub = library.LibraryStub(client)
    answer: library.ListBooksResponse = asyncio.run(stub.list_books(request, metadata={"x-contract": "kept"}))

    (call,) = program.calls
    assert call.path == "/library.Library/ListBooks"
    assert call.requests == [request]
    assert call.metadata["x-contract"] == "kept"
    assert answer == response
    assert bytes(request) == b"\n\x05shelf\x12\x05token\x18\x03"
    assert bytes(response) == b"\n\x0e\n\x03key\x12\x05title\x18\x03\x12\x05token"
