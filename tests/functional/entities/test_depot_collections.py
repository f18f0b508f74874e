"""Children that are reached through their parent."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("depot_client")


@pytest.fixture
def hall(depot: Any, depot_messages: Any) -> Any:
    return depot.Hall(depot_messages.Place(hall="B"))


def test_a_list(depot: Any, hall: Any, depot_service: Any) -> None:
    depot_service.add(4)
    items = list(hall.items.numbered(page_size=3))
    assert [type(item) for item in items] == [depot.Item] * 4
    assert [sent.hall for sent in depot_service.requests] == ["B", "B"]
    assert [item.title for item in hall.items.stream(limit=2)] == ["Item 1", "Item 2"]


async def test_both_forms(hall: Any, depot_service: Any, depot_messages: Any) -> None:
    assert await hall.items.add.aio([depot_messages.Item(name="a")]) == ["a"]
    assert depot_service.requests[-1].hall == "B"
    assert [item.title async for item in hall.items.stream.aio()] == [""]
    assert [item async for item in hall.items.watch.aio(since=1)] == []
    assert await hall.some_items.add_one.aio("b") == ["b"]


def test_what_the_parent_fills_is_no_parameter(hall: Any, depot: Any) -> None:
    parameters = inspect.signature(hall.items.numbered.__call__).parameters
    assert list(parameters) == ["limit", "page_size", "request", "timeout"]
    with pytest.raises(TypeError, match="hall"):
        hall.items.numbered(hall="A")
    assert not hasattr(hall.some_items, "stream")
    assert repr(hall.items.numbered()) == "<Pager of Hall.items.numbered>"
    assert type(hall.items).__doc__ == "What is kept in the hall."


def test_the_children_have_the_parents_client(depot: Any, depot_client: Any, hall: Any, depot_service: Any) -> None:
    depot_service.add(1)
    own = depot.Hall(hall.pb2, client=depot_client)
    (item,) = own.items.numbered()
    assert item._client is depot_client
