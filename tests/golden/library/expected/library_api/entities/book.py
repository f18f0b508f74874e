"""The entity `Book`, which wraps the message `library.Book`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from remora.contract.v1.entities import AsyncPager, Entity, Page, Pager, PageSource, merged, resolve_client, run_sync

from .. import library

if TYPE_CHECKING:
    from remora.contract.v1.entities import Client

_Self = TypeVar("_Self", bound="Book")


class _BookGet(Generic[_Self]):
    """Both forms of `Book.get`: call it to block, or use `.aio`."""

    __slots__ = ("_cls",)

    def __init__(self, owner: type[_Self]) -> None:
        self._cls = owner

    def __call__(
        self,
        key: str,
        *,
        request: library.GetBookRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> _Self:
        """Read one book.

        Args:
            key: Key of the book.
            request: Further fields of the request; what the other parameters say wins.
            timeout: Deadline of the call in seconds; the client's own when None.
            client: The client to use; the current or the default one when None.

        Raises:
            NotFound: there is no such book.
        """
        return run_sync(self._cls._get(key, request=request, timeout=timeout, client=client), "Book.get")

    async def aio(
        self,
        key: str,
        *,
        request: library.GetBookRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> _Self:
        """Read one book.

        Args:
            key: Key of the book.
            request: Further fields of the request; what the other parameters say wins.
            timeout: Deadline of the call in seconds; the client's own when None.
            client: The client to use; the current or the default one when None.

        Raises:
            NotFound: there is no such book.
        """
        return await self._cls._get(key, request=request, timeout=timeout, client=client)


class _BookGetDescriptor:
    """Binds `Book.get` to the class that it is asked of."""

    def __get__(self, instance: object, owner: type[_Self]) -> _BookGet[_Self]:
        return _BookGet(owner)


class _BookListall(Generic[_Self]):
    """Both forms of `Book.listall`: call it to block, or use `.aio`."""

    __slots__ = ("_cls",)

    def __init__(self, owner: type[_Self]) -> None:
        self._cls = owner

    def __call__(
        self,
        shelf: str,
        *,
        limit: int | None = None,
        page_size: int = 100,
        request: library.ListBooksRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> Pager[_Self]:
        """Books of a shelf, in the order of the shelf.

        Args:
            shelf: Name of the shelf.
            limit: At most so many items in all; None for all of them.
            page_size: How many items to ask for at a time.
            request: Further fields of the request; what the other parameters say wins.
            timeout: Deadline in seconds of the call for one page; the client's own when None.
            client: The client to use; the current or the default one when None.
        """
        return Pager(
            self._cls._listall(
                shelf, limit=limit, page_size=page_size, request=request, timeout=timeout, client=client
            ),
            "Book.listall",
        )

    def aio(
        self,
        shelf: str,
        *,
        limit: int | None = None,
        page_size: int = 100,
        request: library.ListBooksRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> AsyncPager[_Self]:
        """Books of a shelf, in the order of the shelf.

        Args:
            shelf: Name of the shelf.
            limit: At most so many items in all; None for all of them.
            page_size: How many items to ask for at a time.
            request: Further fields of the request; what the other parameters say wins.
            timeout: Deadline in seconds of the call for one page; the client's own when None.
            client: The client to use; the current or the default one when None.
        """
        return AsyncPager(
            self._cls._listall(shelf, limit=limit, page_size=page_size, request=request, timeout=timeout, client=client)
        )


class _BookListallDescriptor:
    """Binds `Book.listall` to the class that it is asked of."""

    def __get__(self, instance: object, owner: type[_Self]) -> _BookListall[_Self]:
        return _BookListall(owner)


class Book(Entity["library.Book"]):
    """A book on a shelf."""

    __slots__ = ()
    pb2: library.Book

    get = _BookGetDescriptor()
    listall = _BookListallDescriptor()

    @property
    def key(self) -> str:
        """What the shelf calls it."""
        return self.pb2.key

    @property
    def title(self) -> str:
        """Title as printed."""
        return self.pb2.title

    @classmethod
    async def _get(
        cls: type[_Self],
        key: str,
        *,
        request: library.GetBookRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> _Self:
        client = resolve_client(client)
        message = library.GetBookRequest(key=key)
        response = await library.LibraryStub(client).get_book(merged(request, message), timeout=timeout)
        return cls(response, client=client)

    @classmethod
    def _listall(
        cls: type[_Self],
        shelf: str,
        *,
        limit: int | None = None,
        page_size: int = 100,
        request: library.ListBooksRequest | None = None,
        timeout: float | None = None,
        client: Client | None = None,
    ) -> PageSource[_Self]:
        client = resolve_client(client)

        async def fetch(token: str, size: int) -> Page[_Self]:
            message = library.ListBooksRequest(shelf=shelf, token=token, limit=size)
            response = await library.LibraryStub(client).list_books(merged(request, message), timeout=timeout)
            return Page([cls(item, client=client) for item in response.books], response.token)

        return PageSource(fetch, limit=limit, page_size=page_size)
