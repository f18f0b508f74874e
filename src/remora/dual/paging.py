"""Paging: one source of pages, read in a blocking or an async loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from remora.errors import PagingError, ValidationError

from .calls import run_blocking
from .streams import AsyncStream, Stream, stream_async, stream_sync

if TYPE_CHECKING:
    from typing import TypeAlias

T = TypeVar("T")

MAX_PAGE_SIZE = 200
"""Most items that a Flyte backend puts on one page; a larger page size is sent as this."""

MAX_EMPTY_PAGES = 1000
"""Empty pages in a row, each with a new token, after which the server is held to be broken."""

Fetch: TypeAlias = Callable[[str, int], Coroutine[Any, Any, "Page[T]"]]
"""Fetches the page at a token ("" is the first) with at most so many items."""


class Page(Generic[T]):
    """Items of one answer, and where to go on.

    Attributes:
        items: What the server sent; may be empty even if there are more pages.
        token: Token of the next page; "" on the last one.
    """

    __slots__ = ("items", "token")

    def __init__(self, items: Sequence[T], token: str = "") -> None:
        self.items = items
        self.token = token

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __repr__(self) -> str:
        return f"Page({len(self.items)} items{', more' if self.token else ''})"


def _check_int(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name}: expected an int, got {type(value).__name__}")


def _check_limit(limit: int | None) -> None:
    if limit is None:
        return
    _check_int("limit", limit)
    if limit < 0:
        raise ValidationError(f"limit must not be negative, got {limit}", field="limit")


def _unwatchable() -> ValidationError:
    return ValidationError(
        "the service does not stream the changes of this list", hint="read it again from time to time"
    )


class PageSource(Generic[T]):
    """How to fetch a list, page by page. It keeps no state, so it can be read any number of times.

    Args:
        fetch: Fetches one page, given its token and the largest number of items.
        limit: Most items of the whole list, over all pages; None for all.
        page_size: Items to ask for at a time, a hint to the server.
        max_page_size: Most items that are asked for at a time.
        even: Ask for equally many items each time, for servers that count in pages. Otherwise the last page is asked
            for no more than the limit needs.
        watch: Opens a stream of the items and of their changes, for lists that a service streams.

    Raises:
        ValidationError: `limit` is negative or `page_size` is less than 1.
        TypeError: one of them is not an int.
    """

    __slots__ = ("even", "fetch", "limit", "page_size", "watch")

    def __init__(
        self,
        fetch: Fetch[T],
        *,
        limit: int | None = None,
        page_size: int = 100,
        max_page_size: int = MAX_PAGE_SIZE,
        even: bool = False,
        watch: Callable[[], AsyncGenerator[T, None]] | None = None,
    ) -> None:
        _check_limit(limit)
        _check_int("page_size", page_size)
        if page_size < 1:
            raise ValidationError(f"page_size must be at least 1, got {page_size}", field="page_size")
        self.fetch = fetch
        self.limit = limit
        self.page_size = min(page_size, max_page_size)
        self.even = even
        self.watch = watch

    def watched(self) -> AsyncGenerator[T, None]:
        """The stream of items and changes, not yet started.

        Raises:
            ValidationError: the service has no such stream.
        """
        if self.watch is None:
            raise _unwatchable()
        return self.watch()

    def start(self) -> Cursor[T]:
        """A position before the first page."""
        return Cursor(self.fetch, self.limit, self.page_size, even=self.even)

    def first_only(self) -> PageSource[T]:
        """A source of the first item alone."""
        limit = 1 if self.limit is None else min(1, self.limit)
        return PageSource(self.fetch, limit=limit, page_size=1, even=self.even)


class StreamSource(Generic[T]):
    """How to fetch a list that the server sends as a stream. It keeps no state, so it can be read any number of times.

    Args:
        read: Starts the call; gives the items, and ends the call when it is closed.
        limit: Most items of the list; None for all.

    Raises:
        ValidationError: `limit` is negative.
        TypeError: it is not an int.
    """

    __slots__ = ("limit", "read")

    def __init__(self, read: Callable[[], AsyncGenerator[T, None]], *, limit: int | None = None) -> None:
        _check_limit(limit)
        self.read = read
        self.limit = limit

    def first_only(self) -> StreamSource[T]:
        """A source of the first item alone."""
        return StreamSource(self.read, limit=1 if self.limit is None else min(1, self.limit))

    async def items(self) -> AsyncGenerator[T, None]:
        """The items up to the limit. Closing it, or reaching the limit, ends the call."""
        left = -1 if self.limit is None else self.limit
        if left == 0:
            return
        source = self.read()
        try:
            async for item in source:
                yield item
                left -= 1
                if left == 0:
                    return
        finally:
            await source.aclose()

    async def page(self) -> Page[T]:
        """The whole list."""
        return Page([item async for item in self.items()])

    def watched(self) -> AsyncGenerator[T, None]:
        """Never gives anything: such a stream ends with the list.

        Raises:
            ValidationError: always.
        """
        raise _unwatchable()


class Cursor(Generic[T]):
    """A position in a list; it belongs to one reader."""

    __slots__ = ("_empty", "_even", "_fetch", "_left", "_seen", "_size", "_token")

    def __init__(self, fetch: Fetch[T], limit: int | None, page_size: int, *, even: bool = False) -> None:
        self._fetch = fetch
        self._left = limit
        self._even = even
        self._size = min(page_size, limit) if even and limit else page_size
        self._token: str | None = None if limit == 0 else ""
        self._seen: set[str] = set()
        self._empty = 0

    @property
    def at_end(self) -> bool:
        """There is nothing more to fetch."""
        return self._token is None

    async def next_page(self) -> Page[T]:
        """Fetch the next page, cut to what is left of the limit.

        Raises:
            PagingError: The server gave a token it had given before, or page after page without an item.
        """
        if self._token is None:
            return Page(())
        size = self._size if self._left is None or self._even else min(self._size, self._left)
        page = await self._fetch(self._token, size)
        items = page.items
        if self._left is not None:
            if len(items) > self._left:
                items = items[: self._left]
            self._left -= len(items)
        token = page.token
        if self._left == 0:
            token = ""
        self._advance(token, bool(items))
        return page if items is page.items and token == page.token else Page(items, token)

    def _advance(self, token: str, any_items: bool) -> None:
        if not token:
            self._token = None
            return
        self._empty = 0 if any_items else self._empty + 1
        if token in self._seen:
            self._token = None
            raise PagingError(f"the server gave the page token {token!r} twice, so the list would never end")
        if self._empty >= MAX_EMPTY_PAGES:
            self._token = None
            raise PagingError(f"the server gave {self._empty} empty pages in a row, each with a token for more")
        self._seen.add(token)
        self._token = token


class Pager(Generic[T]):
    """A list that is fetched while it is read, in blocking form. Each loop over it starts from the beginning.

    Example:
        >>> for run in Run.listall(limit=500):  # doctest: +SKIP
        ...     print(run.name)
    """

    __slots__ = ("_source", "_what")

    def __init__(self, source: PageSource[T] | StreamSource[T], what: str) -> None:
        self._source = source
        self._what = what

    def __iter__(self) -> Iterator[T]:
        source = self._source
        if isinstance(source, StreamSource):
            with stream_sync(source.items(), self._what, generated=0) as items:
                yield from items
            return
        cursor = source.start()
        while not cursor.at_end:
            yield from self._fetch(cursor.next_page()).items

    def pages(self) -> Iterator[Page[T]]:
        """The same list page by page, for programs that hand the page tokens on. A stream is one page."""
        source = self._source
        if isinstance(source, StreamSource):
            yield self._fetch(source.page())
            return
        cursor = source.start()
        while not cursor.at_end:
            yield self._fetch(cursor.next_page())

    def first(self) -> T | None:
        """The first item, or None if the list is empty; no more than that is fetched."""
        source = self._source.first_only()
        if isinstance(source, StreamSource):
            return next(iter(self._fetch(source.page())), None)
        cursor = source.start()
        while not cursor.at_end:
            for item in self._fetch(cursor.next_page()).items:
                return item
        return None

    def watch(self) -> Stream[T]:
        """The items of the list and then every change, as the service streams them, until the stream is closed.

        `limit` does not count here, and the order is the one in which things change.

        Raises:
            ValidationError: the service does not stream this list.
        """
        return stream_sync(self._source.watched(), f"{self._what}.watch")

    def _fetch(self, page: Coroutine[Any, Any, Page[T]]) -> Page[T]:
        return run_blocking(page, self._what, f"async for ... in {self._what}.aio(...)", generated=0)

    def __repr__(self) -> str:
        return f"<Pager of {self._what}>"


class AsyncPager(Generic[T]):
    """A list that is fetched while it is read, on the caller's event loop.

    Example:
        >>> async for run in Run.listall.aio(limit=500):  # doctest: +SKIP
        ...     print(run.name)
        >>> page = await Run.listall.aio()  # the first page alone  # doctest: +SKIP
    """

    __slots__ = ("_source",)

    def __init__(self, source: PageSource[T] | StreamSource[T]) -> None:
        self._source = source

    async def __aiter__(self) -> AsyncIterator[T]:
        source = self._source
        if isinstance(source, StreamSource):
            items = source.items()
            try:
                async for item in items:
                    yield item
            finally:
                await items.aclose()
            return
        cursor = source.start()
        while not cursor.at_end:
            for item in (await cursor.next_page()).items:
                yield item

    def __await__(self) -> Generator[Any, None, Page[T]]:
        source = self._source
        page = source.page() if isinstance(source, StreamSource) else source.start().next_page()
        return page.__await__()

    async def pages(self) -> AsyncIterator[Page[T]]:
        """The same list page by page, for programs that hand the page tokens on. A stream is one page."""
        source = self._source
        if isinstance(source, StreamSource):
            yield await source.page()
            return
        cursor = source.start()
        while not cursor.at_end:
            yield await cursor.next_page()

    async def first(self) -> T | None:
        """The first item, or None if the list is empty; no more than that is fetched."""
        source = self._source.first_only()
        if isinstance(source, StreamSource):
            return next(iter(await source.page()), None)
        cursor = source.start()
        while not cursor.at_end:
            for item in (await cursor.next_page()).items:
                return item
        return None

    def watch(self) -> AsyncStream[T]:
        """The items of the list and then every change, as the service streams them, until the stream is closed.

        `limit` does not count here, and the order is the one in which things change.

        Raises:
            ValidationError: the service does not stream this list.
        """
        return stream_async(self._source.watched())
