"""How requests say which thing is meant: metadata, resource names, settings of the client's own."""

from __future__ import annotations

from typing import Any

import pytest

from remora.client import Client
from remora.errors import ConfigError, NotFound, ValidationError

pytestmark = pytest.mark.usefixtures("depot_client")


def test_a_resource_name_in_the_metadata(depot: Any, depot_service: Any) -> None:
    depot_service.add(2)
    item = depot.Item.get("d", "i2")
    assert (item.name, item.depot, item.item, item.title) == ("depots/d/items/i2", "d", "i2", "Item 2")
    sent = depot_service.metadata[-1]
    assert (sent["x-item-name"], sent["x-tenant"], sent["x-digest-bin"]) == ("depots/d/items/i2", "acme", b"")
    assert "x-etag" not in sent


async def test_metadata_in_async_form(depot: Any, depot_service: Any) -> None:
    depot_service.add(1)
    await depot.Item.get.aio("d", "i1", etag="e1", digest=b"\x00\xff")
    sent = depot_service.metadata[-1]
    assert (sent["x-etag"], sent["x-digest-bin"]) == ("e1", b"\x00\xff")


def test_a_header_from_a_parameter_wins_over_the_common_one(depot: Any, depot_service: Any) -> None:
    depot_service.add(1)
    depot.Item.named("depots/d/items/i1")
    depot.Item.named("depots/d/items/i1", tenant="other")
    assert [sent["x-tenant"] for sent in depot_service.metadata] == ["acme", "other"]


def test_headers_from_the_entity_and_the_client(depot: Any, depot_service: Any) -> None:
    depot_service.add(1)
    item = depot.Item.get("d", "i1")
    item.pb2.digest = b"\x01\x02"
    assert item.reload() is item
    sent = depot_service.metadata[-1]
    assert sent["x-item-name"] == "depots/d/items/i1"
    assert sent["x-digest-bin"] == b"\x01\x02"
    assert (sent["x-kind"], sent["x-hall"]) == ("again", "A")
    assert not sent.keys() & {"x-note", "x-org"}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("", "i1"), "depot is empty, and depots/{depot}/items/{item} needs it"),
        (("d", "a/b"), "item 'a/b' holds a slash, which separates the parts of depots/{depot}/items/{item}"),
    ],
)
def test_wrong_parts_of_a_resource_name(depot: Any, given: tuple[str, str], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        depot.Item.get(*given)
    assert caught.value.message == problem


def test_a_name_of_another_form(depot: Any, depot_messages: Any) -> None:
    with pytest.raises(ValidationError, match=r"'halls/A' is not of the form depots/\{depot\}/items/\{item\}"):
        assert depot.Item(depot_messages.Item(name="halls/A")).depot
    unnamed = depot.Item(depot_messages.Item())
    assert (unnamed.depot, unnamed.item) == ("", None)


def test_a_setting_that_the_client_lacks(depot: Any, depot_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(depot_client.endpoint, config_file=False) as other:
        with pytest.raises(ConfigError, match="no tenant: the call names none and the client has none"):
            depot.Item.named("x", client=other)
        monkeypatch.setenv("REMORA_CONTEXT_TENANT", "from-environment")
        with pytest.raises(NotFound):
            depot.Item.named("x", client=other)


def test_text_that_no_header_can_hold(depot: Any) -> None:
    with pytest.raises(ValidationError, match="'x-item-name' has characters other than printable ASCII"):
        depot.Item.named("depots/d/items/\u00e9")
