from __future__ import annotations

from typing import Any

import pytest

from remora.dual import AsyncPager, Page, Pager, PageSource
from remora.errors import PagingError, SyncInAsyncWarning, ValidationError


class Server:
    """Lists `count` numbers; `extra_empty` adds an empty last page, as real servers may."""

    def __init__(
        self, count: int, *, largest: int = 200, extra_empty: bool = False, ignores_size: bool = False
    ) -> None:
        self.count = count
        self.largest = largest
        self.extra_empty = extra_empty
        self.ignores_size = ignores_size
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, token: str, size: int) -> Page[int]:
        self.asked.append((token, size))
        start = int(token or 0)
        end = min(start + (self.largest if self.ignores_size else min(size, self.largest)), self.count)
        more = end < self.count or (self.extra_empty and start < self.count)
        return Page(list(range(start, end)), str(end) if more else "")


async def collect(source: PageSource[int]) -> list[int]:
    return [item async for item in AsyncPager(source)]


@pytest.mark.parametrize("extra_empty", [False, True])
@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 21, 100])
def test_every_item_once_in_both_forms(count: int, extra_empty: bool) -> None:
    import asyncio

    source = PageSource(Server(count, extra_empty=extra_empty).fetch, page_size=10)
    pager = Pager(source, "Run.listall")
    assert list(pager) == list(range(count))
    assert list(pager) == list(range(count))  # again from the beginning
    assert asyncio.run(collect(source)) == list(range(count))
    assert pager.first() == (0 if count else None)
    assert [list(page) for page in pager.pages() if page.items] == [
        list(range(start, min(start + 10, count))) for start in range(0, count, 10)
    ]


@pytest.mark.parametrize("ignores_size", [False, True])
@pytest.mark.parametrize("limit", [0, 1, 9, 10, 11, 25, 1000])
def test_limit_is_the_total(limit: int, ignores_size: bool) -> None:
    server = Server(100, largest=10, ignores_size=ignores_size)
    source = PageSource(server.fetch, limit=limit, page_size=10)
    assert list(Pager(source, "Run.listall")) == list(range(min(limit, 100)))
    assert len(server.asked) == -(-min(limit, 100) // 10)
    assert all(size <= 10 for _, size in server.asked)


def test_no_more_is_asked_for_than_is_left_of_the_limit() -> None:
    server = Server(1000)
    assert len(list(Pager(PageSource(server.fetch, limit=230, page_size=100), "Run.listall"))) == 230
    assert server.asked == [("", 100), ("100", 100), ("200", 30)]


def test_a_page_size_over_what_servers_give_is_cut() -> None:
    server = Server(500)
    list(Pager(PageSource(server.fetch, page_size=1000), "Run.listall"))
    assert [size for _, size in server.asked] == [200, 200, 200]


def test_pages_are_fetched_when_they_are_needed() -> None:
    server = Server(100)
    items = iter(Pager(PageSource(server.fetch, page_size=10), "Run.listall"))
    assert server.asked == []
    for _ in range(10):
        next(items)
    assert len(server.asked) == 1
    next(items)
    assert len(server.asked) == 2


def test_first_asks_for_one_item() -> None:
    server = Server(100)
    assert Pager(PageSource(server.fetch), "Run.listall").first() == 0
    assert server.asked == [("", 1)]
    assert Pager(PageSource(server.fetch, limit=0), "Run.listall").first() is None


async def test_first_goes_past_empty_pages() -> None:
    async def fetch(token: str, size: int) -> Page[str]:
        return Page([], "b") if not token else Page(["x"])

    assert await AsyncPager(PageSource(fetch)).first() == "x"


async def test_awaiting_gives_the_first_page_and_its_token() -> None:
    pager = AsyncPager(PageSource(Server(25).fetch, page_size=10))
    page = await pager
    assert (list(page), page.token, len(page)) == (list(range(10)), "10", 10)
    assert repr(page) == "Page(10 items, more)"
    assert [item async for item in pager] == list(range(25))
    assert [len(page) async for page in pager.pages()] == [10, 10, 5]
    empty: Page[int] = await AsyncPager(PageSource(Server(0).fetch, limit=0))
    assert (list(empty), empty.token) == ([], "")


@pytest.mark.parametrize("tokens", [["a", "a"], ["a", "b", "a"]])
def test_a_repeated_token_is_an_error_and_not_an_endless_loop(tokens: list[str]) -> None:
    asked: list[str] = []

    async def fetch(token: str, size: int) -> Page[int]:
        asked.append(token)
        return Page([len(asked)], tokens[(len(asked) - 1) % len(tokens)])

    with pytest.raises(PagingError, match="page token 'a' twice"):
        list(Pager(PageSource(fetch), "Run.listall"))
    assert len(asked) <= 3


def test_empty_pages_without_end_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remora.dual.paging.MAX_EMPTY_PAGES", 5)
    asked: list[str] = []

    async def fetch(token: str, size: int) -> Page[int]:
        asked.append(token)
        return Page([], str(len(asked)))

    with pytest.raises(PagingError, match="5 empty pages in a row"):
        list(Pager(PageSource(fetch), "Run.listall"))
    assert len(asked) == 5


@pytest.mark.parametrize(("arguments", "field"), [({"limit": -1}, "limit"), ({"page_size": 0}, "page_size")])
def test_senseless_sizes_are_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError, match=field) as caught:
        PageSource(Server(1).fetch, **arguments)
    assert caught.value.field == field


def test_an_error_of_the_fetch_comes_through() -> None:
    async def fetch(token: str, size: int) -> Page[int]:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        list(Pager(PageSource(fetch), "Run.listall"))


async def test_a_blocking_list_in_a_running_loop_warns_at_the_users_line() -> None:
    pager = Pager(PageSource(Server(3).fetch), "Run.listall")
    with pytest.warns(SyncInAsyncWarning, match=r"use `async for \.\.\. in Run\.listall\.aio\(\.\.\.\)`") as seen:
        assert list(pager) == [0, 1, 2]
    assert seen[0].filename == __file__
    assert repr(pager) == "<Pager of Run.listall>"
