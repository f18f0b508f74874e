"""Stubs and server bases of `library.proto`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from remora.contract.v1.services import Method, ServerBase, Shape, unimplemented

from .library_pb import Book, GetBookRequest, ListBooksRequest, ListBooksResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.contract.v1.services import Caller, Metadata, ServerContext

_GET_BOOK = Method("/library.Library/GetBook", GetBookRequest, Book, Shape.UNARY_UNARY, idempotent=True)
_LIST_BOOKS = Method(
    "/library.Library/ListBooks", ListBooksRequest, ListBooksResponse, Shape.UNARY_UNARY, idempotent=True
)


class LibraryStub:
    """Call `library.Library`."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get_book(
        self, request: GetBookRequest, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> Book:
        """Call `library.Library/GetBook`."""
        return await self._caller.unary_unary(_GET_BOOK, request, timeout=timeout, metadata=metadata)

    async def list_books(
        self, request: ListBooksRequest, *, timeout: float | None = None, metadata: Metadata | None = None
    ) -> ListBooksResponse:
        """Call `library.Library/ListBooks`."""
        return await self._caller.unary_unary(_LIST_BOOKS, request, timeout=timeout, metadata=metadata)


class LibraryBase(ServerBase):
    """Serve `library.Library`: inherit and override; methods left alone answer UNIMPLEMENTED."""

    METHODS: ClassVar[Mapping[str, Method[Any, Any]]] = {
        "get_book": _GET_BOOK,
        "list_books": _LIST_BOOKS,
    }

    async def get_book(self, request: GetBookRequest, context: ServerContext) -> Book:
        """Serve `library.Library/GetBook`."""
        raise unimplemented(_GET_BOOK.name)

    async def list_books(self, request: ListBooksRequest, context: ServerContext) -> ListBooksResponse:
        """Serve `library.Library/ListBooks`."""
        raise unimplemented(_LIST_BOOKS.name)
