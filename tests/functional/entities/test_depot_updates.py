"""Updates by field mask: what is given is changed, None clears, the rest stays."""

from __future__ import annotations

import inspect
from datetime import datetime, timezone
from typing import Any

import pytest

from remora.errors import ValidationError
from remora.unset import UNSET

pytestmark = pytest.mark.usefixtures("depot_client")


@pytest.fixture
def item(depot: Any, depot_service: Any) -> Any:
    depot_service.add(1)
    item = depot.Item.get("d", "i1")
    depot_service.requests.clear()
    return item


def test_what_is_given_is_changed(item: Any, depot_service: Any, depot_messages: Any) -> None:
    day = datetime(2024, 2, 29, tzinfo=timezone.utc)
    assert item.update(title="New", row=7, grade=depot_messages.Grade.USED, made_at=day, tags=["a"]) is item
    (sent,) = depot_service.requests
    assert sent.update_mask.paths == ["title", "place.row", "grade", "tags", "made_at"]
    assert sent.item.name == "depots/d/items/i1"
    assert (item.title, item.hall, item.row, item.tags, item.made_at) == ("New", "A", 7, ["a"], day)


def test_none_clears(item: Any, depot_service: Any) -> None:
    item.update(note="x", tags=["a"])
    assert (item.note, item.tags) == ("x", ["a"])
    item.update(note=None, tags=None, title=None, hall=None)
    assert depot_service.requests[-1].update_mask.paths == ["title", "place.hall", "tags", "note"]
    assert (item.note, item.tags, item.title, item.hall, item.row) == (None, [], "", None, 1)


async def test_the_same_in_async_form(item: Any, depot_service: Any) -> None:
    await item.update.aio(digest=b"\x01")
    assert item.digest == b"\x01"
    await item.update.aio(digest=None)
    assert item.digest == b""


def test_nothing_to_change_is_an_error(item: Any, depot_service: Any) -> None:
    with pytest.raises(ValidationError, match="nothing to change") as caught:
        item.update()
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("give at least one of the fields: title, place.hall,")
    assert depot_service.requests == []


def test_a_mask_of_the_callers_own(item: Any, depot_service: Any, depot_messages: Any) -> None:
    from remora_api.google.protobuf import FieldMask

    mask = FieldMask(paths=["title"])
    request = depot_messages.UpdateItemRequest(item=depot_messages.Item(title="Own"), update_mask=mask)
    item.update(request=request)
    assert item.title == "Own"


def test_what_names_the_thing_is_no_change(depot: Any, item: Any, depot_service: Any) -> None:
    changed = depot.Item.update_named(item.name, title="loud")
    assert (changed.title, depot_service.requests[-1].update_mask.paths) == ("LOUD", ["title"])
    assert depot.Item.update_named(item.name, title=None).title == ""


def test_the_signature_says_so(item: Any) -> None:
    parameters = inspect.signature(item.update.__call__).parameters
    assert parameters["title"].default is UNSET
    assert repr(UNSET) == "UNSET"
    assert parameters["title"].annotation == "str | Unset | None"
