"""Lists of a service that has no page tokens: numbers, offsets, last keys, streams."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora.dual import AsyncPager, Pager
from remora.errors import ValidationError

pytestmark = pytest.mark.usefixtures("depot_client")


def titles(items: Any) -> list[int]:
    return [int(item.title.removeprefix("Item ")) for item in items]


@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 7])
@pytest.mark.parametrize("largest", [2, 1000])
@pytest.mark.parametrize(
    "method", ["numbered", "numbered_to_the_end", "numbered_by_pages", "zero_based", "offset", "stream", "batches"]
)
def test_every_item_once_in_both_forms(depot: Any, depot_service: Any, method: str, count: int, largest: int) -> None:
    depot_service.add(count)
    depot_service.largest = largest
    items = getattr(depot.Item, method)()
    assert isinstance(items, Pager)
    assert titles(items) == list(range(1, count + 1))
    assert titles(items) == list(range(1, count + 1))  # again from the beginning

    async def collected() -> list[Any]:
        found = getattr(depot.Item, method).aio()
        assert isinstance(found, AsyncPager)
        return [item async for item in found]

    assert titles(asyncio.run(collected())) == list(range(1, count + 1))


@pytest.mark.parametrize("method", ["numbered", "numbered_by_pages", "offset", "offset_short", "stream", "batches"])
def test_limits_and_the_first_item(depot: Any, depot_service: Any, method: str) -> None:
    depot_service.add(10)
    list_ = getattr(depot.Item, method)
    for limit in (0, 1, 4, 5, 10, 20):
        assert titles(list_(limit=limit)) == list(range(1, min(limit, 10) + 1))
    assert list_().first().title == "Item 1"
    assert list_(limit=0).first() is None


def test_what_is_asked_for(depot: Any, depot_service: Any) -> None:
    depot_service.add(7)
    assert [len(page) for page in depot.Item.numbered().pages()] == [3, 3, 1]
    assert [(sent.page, sent.per_page) for sent in depot_service.requests] == [(1, 3), (2, 3), (3, 3)]
    depot_service.requests.clear()
    list(depot.Item.numbered(page_size=3, limit=4))
    assert [(sent.page, sent.per_page) for sent in depot_service.requests] == [(1, 3), (2, 3)]  # pages stay aligned
    depot_service.requests.clear()
    list(depot.Item.numbered_by_pages(page_size=100))
    assert [sent.per_page for sent in depot_service.requests] == [4, 4]
    depot_service.requests.clear()
    list(depot.Item.offset_short(page_size=5))
    assert [(sent.offset, sent.count) for sent in depot_service.requests] == [(0, 5), (5, 5)]
    depot_service.requests.clear()
    list(depot.Item.offset(page_size=5, limit=6))
    assert [(sent.offset, sent.count) for sent in depot_service.requests] == [(0, 5), (5, 1)]


def test_last_keys_of_bytes(depot: Any, depot_service: Any) -> None:
    keys = [b"a", b"a\x00", b"a\x00\x00", b"b", b"\xff\xfe", b"c"]
    depot_service.pairs = {key: key.hex() for key in keys}
    assert [pair.key for pair in depot.Pair.list()] == sorted(keys)
    assert [sent.key for sent in depot_service.requests] == [b"", b"a\x00\x00", b"b\x00"]
    assert [pair.key for pair in depot.Pair.list(prefix=b"b")] == [b"b", b"c", b"\xff\xfe"]
    assert [pair.key for pair in depot.Pair.list(limit=3)] == sorted(keys)[:3]


async def test_last_keys_that_are_the_items(depot: Any, depot_service: Any) -> None:
    depot_service.names = ["b", "a", "\u00e9", "c"]
    assert [name async for name in depot.Pair.names.aio()] == ["a", "b", "c", "\u00e9"]
    assert [sent.start_after for sent in depot_service.requests] == ["", "b", "\u00e9"]


def test_pages_can_be_continued_by_their_tokens(depot: Any, depot_service: Any) -> None:
    depot_service.pairs = {b"a": "1", b"b": "2", b"c": "3"}
    first, last = depot.Pair.list().pages()
    assert (first.token, last.token) == ("=62", "")
    with pytest.raises(ValidationError, match="limit must not be negative"):
        depot.Item.stream(limit=-1)


def test_a_stream_is_one_page(depot: Any, depot_service: Any) -> None:
    depot_service.add(5)
    (page,) = depot.Item.stream().pages()
    assert titles(page) == [1, 2, 3, 4, 5]


async def test_a_stream_is_one_page_in_async_form(depot: Any, depot_service: Any) -> None:
    depot_service.add(5)
    assert titles(await depot.Item.stream.aio(limit=3)) == [1, 2, 3]
    assert [len(page) async for page in depot.Item.batches.aio().pages()] == [5]
    first = await depot.Item.batches.aio().first()
    assert first.title == "Item 1"


def test_leaving_a_stream_early_ends_the_call(depot: Any, depot_service: Any) -> None:
    depot_service.add(5000)
    for item in depot.Item.stream():
        assert item.title == "Item 1"
        break
    assert depot_service.left.wait(20)


async def test_leaving_a_stream_early_in_async_form(depot: Any, depot_service: Any) -> None:
    depot_service.add(5000)
    async for item in depot.Item.stream.aio():
        assert item.title == "Item 1"
        break
    assert await asyncio.to_thread(depot_service.left.wait, 20)
