"""The library's server: books in memory."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import Any

from remora.errors import Aborted, NotFound, Unavailable


def make_service(v1: Any) -> Any:
    """A service with no books, on the generated server base."""

    class Library(v1.LibraryBase):  # type: ignore[misc]
        def __init__(self) -> None:
            self.books: dict[str, Any] = {}
            self.requests: list[Any] = []
            self.removals = 0
            self.watchers = 0
            self.all_left = threading.Event()

        def _page(self, books: list[Any], paging: Any) -> Any:
            start = int(paging.token or 0)
            size = paging.size or 2
            end = start + size
            return v1.BookPage(books=books[start:end], next=str(end) if end < len(books) else "")

        async def get_book(self, request: Any, context: Any) -> Any:
            self.requests.append(request)
            if request.id == "nothing":
                return v1.GetBookResponse()
            if request.id not in self.books:
                raise NotFound(f"no book {request.id}")
            return v1.GetBookResponse(book=self.books[request.id])

        async def list_books(self, request: Any, context: Any) -> Any:
            self.requests.append(request)
            books = [
                book
                for _, book in sorted(self.books.items(), reverse=request.order == "desc")
                if (not request.shelf or (book.place and book.place.shelf == request.shelf))
                and (not request.genres or book.genre in request.genres)
            ]
            return v1.ListBooksResponse(page=self._page(books, request.paging or v1.Paging()))

        async def add_book(self, request: Any, context: Any) -> Any:
            self.requests.append(request)
            if not request.validate_only:
                self.books[request.book.id] = request.book
            return request.book

        async def update_book(self, request: Any, context: Any) -> Any:
            self.requests.append(request)
            book = self.books[request.id]
            if book.revision != request.revision:
                raise Aborted("another revision")
            if request.title is not None:
                book.title = request.title
            if request.note is not None:
                book.note = request.note
            book.revision += 1
            return v1.UpdateBookResponse(book=book)

        async def remove_book(self, request: Any, context: Any) -> Any:
            self.removals += 1
            if self.removals == 1:
                raise Unavailable("try again")
            self.books.pop(request.id, None)
            from remora_api.google.protobuf import Empty

            return Empty()

        async def watch_shelf(self, request: Any, context: Any) -> AsyncIterator[Any]:
            self.watchers += 1
            try:
                books = list(self.books.values())
                yield v1.ShelfChange(books=books[:1])
                yield v1.ShelfChange(books=books[1:])
            finally:
                self.watchers -= 1
                if not self.watchers:
                    self.all_left.set()

        async def count_books(self, request: Any, context: Any) -> Any:
            self.requests.append(request)
            return v1.CountBooksResponse(count=len(self.books))

        async def shelves(self, request: Any, context: Any) -> Any:
            if request.token:
                return v1.ShelvesResponse(shelves=["C"])
            return v1.ShelvesResponse(shelves=["A", "B"], next_token="more")

    return Library()
