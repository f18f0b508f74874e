"""Conditions: finding them, and giving them their value."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import FilterWarning, InvalidArgument
from remora.flyte.interface import literal_type
from remora_api.entities import Condition
from remora_api.flyteidl2 import common, workflow

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")


def action(name: str, condition: str = "", kind: object = bool, parent: str = "a0") -> workflow.Action:
    metadata = workflow.ActionMetadata(parent=parent, action_type=workflow.ActionType.TASK)
    if condition:
        metadata.action_type = workflow.ActionType.CONDITION
        metadata.condition = workflow.ConditionActionMetadata(name=condition, type=literal_type(kind))
    status = workflow.ActionStatus(phase=common.ActionPhase.PAUSED)
    return workflow.Action(id=common.ActionIdentifier(run=RUN, name=name), metadata=metadata, status=status)


EVERYTHING = [action("a1"), action("a2", "approval"), action("a3", "amount", int, parent="a1")]


@pytest.fixture
def service(client: Any) -> Any:
    """A client of a backend that filters."""

    def answer(request: Any) -> Any:
        wanted = {item.field: item.values for item in request.request.filters}
        found = [item for item in EVERYTHING if str(int(item.metadata.action_type)) in wanted.get("action_type", ["3"])]
        found = [item for item in found if item.metadata.parent in wanted.get("parent_name", [item.metadata.parent])]
        return workflow.ListActionsResponse(actions=found)

    client.answers["ListActions"] = answer
    client.answers["SignalEvent"] = lambda request: workflow.SignalEventResponse()
    return client


async def test_conditions_are_listed_and_found(service: Any) -> None:
    found = [item async for item in Condition.listall.aio("r1", client=service)]
    assert [(item.name, item.action_name, item.expected_type) for item in found] == [
        ("approval", "a2", bool),
        ("amount", "a3", int),
    ]
    assert found[0].phase == "paused"
    assert found[0].run_name == "r1"
    assert [item.name async for item in Condition.listall.aio("r1", "a1", client=service)] == ["amount"]
    one = await Condition.get.aio("amount", run_name="r1", client=service)
    assert one is not None
    assert one.action_name == "a3"
    assert await Condition.get.aio("other", run_name="r1", client=service) is None


def test_a_backend_that_refuses_the_filter(service: Any) -> None:
    def answer(request: Any) -> Any:
        refused = [item for item in request.request.filters if item.field in ("action_type", "parent_name")]
        if refused:
            return InvalidArgument("invalid filter field: action_type")
        return workflow.ListActionsResponse(actions=EVERYTHING)

    service.answers["ListActions"] = answer
    with pytest.warns(FilterWarning, match="parent_name, action_type"):
        assert [item.name for item in Condition.listall("r1", "a1", client=service)] == ["amount"]
    # It is remembered, and said once.
    assert [item.name for item in Condition.listall("r1", client=service)] == ["approval", "amount"]
    assert len(service.requests("ListActions")) == 3


@pytest.mark.parametrize(
    ("kind", "value", "payload"),
    [
        (bool, True, {"bool_value": True}),
        (int, 7, {"int_value": 7}),
        (float, 7, {"float_value": 7.0}),
        (str, "yes", {"string_value": "yes"}),
    ],
)
async def test_signalling(service: Any, kind: Any, value: Any, payload: dict[str, Any]) -> None:
    await Condition(action("a2", "c", kind), client=service).signal.aio(value)
    (request,) = service.requests("SignalEvent")
    assert request.payload == workflow.EventPayload(**payload)
    assert request.action_id.name == "a2"
    assert request.parent_action_name == "a0"


@pytest.mark.parametrize(
    ("kind", "value"), [(bool, 1), (int, True), (int, 1.5), (str, 1), (float, "1"), (bool, None), (bool, [True])]
)
async def test_a_value_of_the_wrong_type(service: Any, kind: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="payload: "):
        await Condition(action("a2", "c", kind), client=service).signal.aio(value)
    assert service.calls == []


async def test_values_out_of_range_and_bad_names(service: Any) -> None:
    with pytest.raises(InvalidArgument, match="64 bits"):
        await Condition(action("a2", "c", int), client=service).signal.aio(2**63)
    with pytest.raises(InvalidArgument, match="run_name"):
        Condition.listall.aio("", client=service)
    with pytest.raises(InvalidArgument, match="name"):
        await Condition.get.aio("", run_name="r1", client=service)
    assert service.calls == []
