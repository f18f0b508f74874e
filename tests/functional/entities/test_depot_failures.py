"""Errors of the service's own, and statuses that stand in answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora.errors import FailedPrecondition, NotFound, RpcError, StatusCode, Unknown

pytestmark = pytest.mark.usefixtures("depot_client")


@pytest.fixture
def item(depot: Any, depot_service: Any) -> Any:
    depot_service.add(1)
    return depot.Item.get("d", "i1")


def test_a_status_that_is_fine(item: Any) -> None:
    assert item.reserve("ada") == "ada-1"


def test_a_status_in_the_answer(item: Any, depot: Any, depot_service: Any) -> None:
    depot_service.items.clear()
    with pytest.raises(depot.MissingItem) as caught:
        item.reserve("ada")
    error = caught.value
    assert isinstance(error, NotFound)
    assert (error.message, error.code) == ("no item depots/d/items/i1", StatusCode.NOT_FOUND)
    assert error.method == "depot.v1.Depot/Reserve"
    assert error.endpoint.startswith("http://")


async def test_a_status_that_no_rule_knows(item: Any) -> None:
    with pytest.raises(Unknown) as caught:
        await item.reserve.aio("nobody")
    assert caught.value.message == "ODD: a person is needed"


def test_a_status_of_the_method_itself(depot: Any, item: Any) -> None:
    """Without `ok`, only an unset code is fine."""
    with pytest.raises(Unknown, match="OK"):
        depot.Item.reserve_raw(item.name, "ada")


def test_an_error_with_a_detail(item: Any, depot: Any, depot_messages: Any) -> None:
    with pytest.raises(depot.ItemTaken) as caught:
        item.reserve("late")
    error = caught.value
    assert type(error) is depot.ItemTaken
    assert error.detail == depot_messages.Taken(person="Ada")
    assert (error.code, error.method) == (StatusCode.FAILED_PRECONDITION, "depot.v1.Depot/Reserve")
    assert isinstance(error.__cause__, FailedPrecondition)


def test_the_first_rule_that_fits_counts(item: Any, depot: Any, depot_service: Any) -> None:
    depot_service.error = FailedPrecondition("late again")
    with pytest.raises(depot.LateItem) as caught:
        item.reserve("ada")
    assert isinstance(caught.value, depot.ItemTaken)
    assert caught.value.detail is None
    depot_service.error = FailedPrecondition("relate")
    with pytest.raises(FailedPrecondition) as other:
        item.reserve("ada")
    assert type(other.value) is FailedPrecondition


def test_errors_of_streams(depot: Any, depot_service: Any) -> None:
    depot_service.add(1)
    depot_service.error = RpcError("it is broken")
    with pytest.raises(depot.JobBroken):
        list(depot.Item.stream())
    with pytest.raises(depot.JobBroken):
        asyncio.run(depot.Item.numbered.aio().first())


def test_where_they_are(depot: Any) -> None:
    from depot_api.entities import errors

    assert depot.ItemTaken is errors.ItemTaken
    assert {"ItemTaken", "LateItem", "MissingItem", "JobBroken"} <= set(dir(depot))
    assert depot.LateItem.__doc__ == "The item came too late."
