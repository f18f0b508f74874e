"""Entities made of several messages, old names, and manifests that include another one."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("depot_client")


def test_an_entity_of_another_message(depot: Any, depot_service: Any, depot_messages: Any) -> None:
    depot_service.add(12)
    found = depot.Item.find("Item 1")
    assert [item.name for item in found] == [f"depots/d/items/i{number}" for number in (1, 10, 11, 12)]
    assert [type(item) for item in found] == [depot.Item] * 4
    assert (found[0].title, found[0].hall, found[0].row) == ("Item 1", "A", 1)
    assert isinstance(found[0].pb2, depot_messages.Item)


def test_old_names_warn(depot: Any, depot_service: Any) -> None:
    depot_service.add(1)
    with pytest.warns(DeprecationWarning, match="Item.search is deprecated: use `find`") as caught:
        (item,) = depot.Item.search("Item")
    assert Path(caught[0].filename).name == Path(__file__).name
    with pytest.warns(DeprecationWarning, match="Item.caption is deprecated: use `title`"):
        assert item.caption == "Item 1"
    with pytest.warns(DeprecationWarning, match="Item.heading is deprecated: use title instead"):
        assert item.heading == "Item 1"
    with pytest.warns(DeprecationWarning, match="Item.look_up is deprecated: use find instead"):
        assert len(asyncio.run(depot.Item.look_up.aio("Item"))) == 1


def test_docstrings_say_so(depot: Any) -> None:
    text = inspect.getdoc(depot.Item.look_up.__call__)
    assert text is not None
    assert "Deprecated: use find instead." in text
    assert depot.Item.caption.__doc__ is not None
    assert "Deprecated: use `title`." in depot.Item.caption.__doc__


def test_the_banner_names_what_was_included(depot: Any) -> None:
    assert "common.yaml, depot.yaml" in Path(depot.__file__).read_text()
