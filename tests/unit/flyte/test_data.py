"""Inputs and outputs: when they exist, what is kept, and what they look like."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Mapping
from typing import Any

import pytest

from remora.errors import NotFound, OutputsNotReady, RunFailed, ValuesError
from remora.flyte.action_data import ActionInputs, ActionOutputs
from remora.flyte.interface import variable_map
from remora.flyte.to_literal import to_literal
from remora_api.entities import Action, ActionDetails, Run, RunDetails
from remora_api.flyteidl2 import common, core, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")
INTERFACE = core.TypedInterface(
    inputs=variable_map({"text": str, "top": int}, "inputs"),
    outputs=variable_map({"words": int, "longest": list[str]}, "outputs"),
)
SPEC = tasks.TaskSpec(task_template=core.TaskTemplate(interface=INTERFACE))


def details(phase: str, **fields: Any) -> workflow.ActionDetails:
    if not fields:
        fields = {"task": SPEC}
    return workflow.ActionDetails(id=ACTION, status=workflow.ActionStatus(phase=common.ActionPhase[phase]), **fields)


def named(values: Mapping[str, Any], interface: core.VariableMap | None) -> list[tasks.NamedLiteral]:
    kinds = {entry.key: entry.value.type for entry in interface.variables if entry.value} if interface else {}
    return [tasks.NamedLiteral(name=name, value=to_literal(value, kinds.get(name))) for name, value in values.items()]


def data(outputs: Mapping[str, Any] | None = None) -> dataproxy.GetActionDataResponse:
    return dataproxy.GetActionDataResponse(
        inputs=tasks.Inputs(literals=named({"text": "to be", "top": 3}, INTERFACE.inputs)),
        outputs=None if outputs is None else tasks.Outputs(literals=named(outputs, INTERFACE.outputs)),
    )


DONE = {"words": 2, "longest": ["to", "be"]}


@pytest.fixture
def at(client: Any) -> Any:
    """Puts the action into a state, with what the data proxy answers for it."""

    def put(state: workflow.ActionDetails, answer: dataproxy.GetActionDataResponse | Exception) -> Any:
        client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=state)
        client.answers["GetActionData"] = lambda request: answer
        return client

    return put


def entities(client: Any, phase: str) -> list[Run | RunDetails | Action | ActionDetails]:
    """One object of each kind that was read when the action was in a phase."""
    found = details(phase)
    summary = workflow.Action(id=ACTION, status=found.status)
    return [
        Run(workflow.Run(action=summary), client=client),
        RunDetails(workflow.RunDetails(action=found), client=client),
        Action(summary, client=client),
        ActionDetails(found, client=client),
    ]


@pytest.mark.parametrize("kind", range(4))
async def test_outputs_of_every_kind_of_object(at: Any, kind: int) -> None:
    client = at(details("SUCCEEDED"), data(DONE))
    entity = entities(client, "RUNNING")[kind]
    outputs = await entity.outputs.aio()
    assert outputs == (2, ["to", "be"])
    assert (outputs.words, outputs.longest) == (2, ["to", "be"])
    assert outputs.named_outputs == DONE
    assert await entity.inputs.aio() == {"text": "to be", "top": 3}
    # All of it is kept: the action has ended.
    await entity.output_literals.aio()
    await entity.input_literals.aio()
    assert client.names() == ["GetActionDetails", "GetActionData"]


@pytest.mark.parametrize("kind", range(4))
@pytest.mark.parametrize("phase", ["QUEUED", "RUNNING", "PAUSED", "UNSPECIFIED"])
async def test_outputs_of_an_unfinished_action_are_not_ready_and_never_kept(at: Any, phase: str, kind: int) -> None:
    # The data proxy answers with an empty message, which must not be taken for outputs.
    client = at(details(phase), data({}))
    entity = entities(client, phase)[kind]
    with pytest.raises(OutputsNotReady, match=f"r1 has no outputs yet, it is {phase.lower()} .*wait") as caught:
        await entity.outputs.aio()
    assert caught.value.phase == phase.lower()
    with pytest.raises(OutputsNotReady):
        await entity.output_literals.aio()
    assert "GetActionData" not in client.names()
    at(details("SUCCEEDED"), data(DONE))
    assert await entity.outputs.aio() == (2, ["to", "be"])


async def test_inputs_of_an_unfinished_action_are_read_anew(at: Any) -> None:
    client = at(details("RUNNING"), dataproxy.GetActionDataResponse())
    run = entities(client, "RUNNING")[0]
    assert await run.inputs.aio() == {}
    at(details("RUNNING"), data())
    assert await run.inputs.aio() == {"text": "to be", "top": 3}


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (details("FAILED", task=SPEC, error_info=workflow.ErrorInfo(message="boom")), "run r1 failed: boom"),
        (details("ABORTED", task=SPEC, abort_info=workflow.AbortInfo(reason="no")), "run r1 was aborted: no"),
        (details("TIMED_OUT"), "run r1 timed out"),
    ],
)
async def test_outputs_after_a_failure_are_an_error_that_says_why(
    at: Any, end: workflow.ActionDetails, message: str
) -> None:
    run = entities(at(end, data({})), "RUNNING")[0]
    with pytest.raises(RunFailed, match=message) as caught:
        await run.outputs.aio()
    assert isinstance(caught.value.details, ActionDetails)
    assert await run.inputs.aio() == {"text": "to be", "top": 3}


async def test_recovered_outputs_exist(at: Any) -> None:
    assert await entities(at(details("RECOVERED"), data(DONE)), "RUNNING")[0].outputs.aio() == (2, ["to", "be"])


async def test_outputs_that_the_backend_has_lost_are_an_error_and_not_kept(at: Any) -> None:
    run = entities(at(details("SUCCEEDED"), dataproxy.GetActionDataResponse()), "SUCCEEDED")[0]
    with pytest.raises(OutputsNotReady, match="r1 succeeded, but the backend does not have its outputs"):
        await run.outputs.aio()
    at(details("SUCCEEDED"), data(DONE))
    assert await run.outputs.aio() == (2, ["to", "be"])


async def test_an_action_without_outputs_has_none(at: Any) -> None:
    nothing = tasks.TaskSpec(task_template=core.TaskTemplate(interface=core.TypedInterface()))
    client = at(details("SUCCEEDED", task=nothing), dataproxy.GetActionDataResponse())
    outputs = await entities(client, "RUNNING")[0].outputs.aio()
    assert outputs == ()
    assert outputs.named_outputs == {}


async def test_that_there_are_no_inputs_is_remembered_as_well(at: Any) -> None:
    client = at(details("SUCCEEDED"), dataproxy.GetActionDataResponse())
    run = entities(client, "RUNNING")[0]
    assert [await run.inputs.aio(), await run.inputs.aio()] == [{}, {}]
    assert client.names() == ["GetActionDetails", "GetActionData"]


async def test_a_traced_step_uses_its_own_interface(at: Any) -> None:
    trace = tasks.TraceSpec(interface=INTERFACE)
    client = at(details("SUCCEEDED", trace=trace), data({"longest": [], "words": 0}))
    # The order is that of the interface, whatever the backend sends.
    assert await entities(client, "RUNNING")[2].outputs.aio() == (0, [])


async def test_a_condition_has_what_it_was_signalled_with(at: Any) -> None:
    signal = workflow.SignalInfo(output=to_literal(True, core.LiteralType(simple=core.SimpleType.BOOLEAN)))
    condition = workflow.ConditionAction(name="ok?")
    state = details("SUCCEEDED", condition=condition, signal_info=signal)
    outputs = await entities(at(state, NotFound("no data")), "RUNNING")[2].outputs.aio()
    assert outputs == (True,)
    assert outputs.o0 is True


async def test_one_strange_output_does_not_spoil_the_others(at: Any) -> None:
    strange = core.Literal.parse(b"\xfa\x01\x02ab")
    answer = data({"words": 2})
    assert answer.outputs is not None
    answer.outputs.literals.append(tasks.NamedLiteral(name="longest", value=strange))
    outputs = await entities(at(details("SUCCEEDED"), answer), "RUNNING")[0].outputs.aio()
    assert outputs.words == 2
    assert outputs.longest is strange


async def test_more_literals_than_declared_come_last(at: Any) -> None:
    answer = data({"words": 2})
    assert answer.outputs is not None
    extra = to_literal("x", core.LiteralType(simple=core.SimpleType.STRING))
    answer.outputs.literals.insert(0, tasks.NamedLiteral(name="extra", value=extra))
    assert await entities(at(details("SUCCEEDED"), answer), "RUNNING")[0].outputs.aio() == (2, "x")


async def test_raw_literals_are_reachable_when_a_value_is_not(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "msgpack", None)
    packed = core.Literal(scalar=core.Scalar(binary=core.Binary(value=b"\x01", tag="msgpack")))
    answer = dataproxy.GetActionDataResponse(
        outputs=tasks.Outputs(literals=[tasks.NamedLiteral(name="words", value=packed)])
    )
    run = entities(at(details("SUCCEEDED"), answer), "RUNNING")[0]
    with pytest.raises(ValuesError, match="output 'words': reading a msgpack value needs the extra"):
        await run.outputs.aio()
    assert await run.output_literals.aio() == {"words": packed}


def test_inputs_are_a_mapping_that_remembers_its_literals() -> None:
    message = tasks.Inputs(literals=[tasks.NamedLiteral(name="n")])
    inputs = ActionInputs(message, {"n": 1})
    assert dict(inputs) == {"n": 1}
    assert (inputs.get("n"), inputs.get("m", 5), inputs.pop("n")) == (1, 5, 1)
    assert inputs.pb2 is message
    assert inputs.to_dict() == {"literals": [{"name": "n"}]}
    assert '"n"' in inputs.to_json()
    inputs["n"] = 2
    assert copy.copy(inputs) == inputs.copy() == {"n": 2}
    assert repr(inputs) == "ActionInputs({'n': 2})"


def test_outputs_are_a_tuple_with_names() -> None:
    message = tasks.Outputs()
    outputs = ActionOutputs(message, (1, "b"))
    first, second = outputs
    assert (first, second, outputs[-1], outputs.o0, outputs.o1) == (1, "b", "b", 1, "b")
    assert outputs.count(1) == 1
    assert (outputs.to_dict(), outputs.to_json()) == ({}, "{}")
    assert repr(outputs) == "ActionOutputs(o0=1, o1='b')"
    assert "o1" in dir(outputs)
    with pytest.raises(AttributeError, match="no output 'o2'; outputs are: o0, o1"):
        _ = outputs.o2
    again = pickle.loads(pickle.dumps(outputs))
    assert (again, again.o1, again.pb2) == (outputs, "b", message)
    assert copy.deepcopy(outputs).named_outputs == {"o0": 1, "o1": "b"}
    # An output that is called like a method is still there, by index and by name.
    assert ActionOutputs(message, (5,), ["count"]).named_outputs == {"count": 5}
    with pytest.raises(ValueError, match="1 names for 2 outputs"):
        ActionOutputs(message, (1, 2), ["a"])
