"""Starting runs: what is sent, what is refused before, and what happens when an answer is lost."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import AlreadyExists, Internal, InvalidArgument, NotFound, Unavailable, Unimplemented, ValuesError
from remora.flyte.interface import literal_type, variable_map
from remora.flyte.run_options import RunOptions
from remora.flyte.start import LAUNCH_ID
from remora.flyte.to_literal import to_literal
from remora_api.entities import Run, Task, TaskDetails
from remora_api.flyteidl2 import common, core, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

TASK_ID = tasks.TaskIdentifier(org="acme", project="tproj", domain="tdom", name="env.count", version="v1")
INTERFACE = core.TypedInterface(inputs=variable_map({"text": str, "top": int, "rate": float}, "inputs"))
DEFAULT = core.Parameter(default=to_literal(0.5, literal_type(float)))
SPEC = tasks.TaskSpec(
    task_template=core.TaskTemplate(interface=INTERFACE),
    default_inputs=[
        tasks.NamedParameter(name="text", parameter=core.Parameter(required=True)),
        tasks.NamedParameter(name="rate", parameter=DEFAULT),
    ],
)
OFFLOADED = common.OffloadedInputData(uri="s3://b/inputs", inputs_hash="h")


class Server:
    """Runs by name, as a backend keeps them; creating one that is there gives the one that is there."""

    def __init__(self, client: Any) -> None:
        self.runs: dict[str, workflow.RunDetails] = {}
        self.client = client
        client.answers |= {
            "GetTaskDetails": self.get_task,
            "UploadInputs": lambda request: dataproxy.UploadInputsResponse(offloaded_input_data=OFFLOADED),
            "CreateRun": self.create,
            "GetRunDetails": self.get,
        }

    def get_task(self, request: tasks.GetTaskDetailsRequest) -> tasks.GetTaskDetailsResponse:
        return tasks.GetTaskDetailsResponse(details=tasks.TaskDetails(task_id=TASK_ID, spec=SPEC))

    def create(self, request: workflow.CreateRunRequest) -> workflow.CreateRunResponse:
        name = request.run_id.name if request.run_id is not None else "rmadeup"
        if name not in self.runs:
            run = common.RunIdentifier(project="tproj", domain="tdom", name=name)
            action = workflow.ActionDetails(id=common.ActionIdentifier(run=run, name="a0"))
            self.runs[name] = workflow.RunDetails(run_spec=request.run_spec, action=action)
        found = self.runs[name].action
        assert found is not None
        return workflow.CreateRunResponse(run=workflow.Run(action=workflow.Action(id=found.id)))

    def get(self, request: workflow.GetRunDetailsRequest) -> workflow.GetRunDetailsResponse | NotFound:
        assert request.run_id is not None
        found = self.runs.get(request.run_id.name)
        return NotFound("no such run") if found is None else workflow.GetRunDetailsResponse(details=found)

    def created(self) -> workflow.CreateRunRequest:
        """The one request that was made."""
        (request,) = self.client.requests("CreateRun")
        assert isinstance(request, workflow.CreateRunRequest)
        return request


@pytest.fixture
def server(client: Any) -> Server:
    return Server(client)


@pytest.fixture
def details(client: Any) -> TaskDetails:
    return TaskDetails(tasks.TaskDetails(task_id=TASK_ID, spec=SPEC), client=client)


def values(message: tasks.Inputs | None) -> dict[str, object]:
    assert message is not None
    primitives = [
        (item.name, item.value and item.value.scalar and item.value.scalar.primitive) for item in message.literals
    ]
    return {name: getattr(value, value.which_oneof("value") or "") for name, value in primitives if value is not None}


async def test_inputs_are_uploaded_in_the_order_of_the_interface_with_defaults(
    server: Server, details: TaskDetails
) -> None:
    run = await details.run.aio(top=3, text="to be")
    assert run.name == "rmadeup"
    assert server.client.names() == ["UploadInputs", "CreateRun"]
    (upload,) = server.client.requests("UploadInputs")
    assert list(values(upload.inputs).items()) == [("text", "to be"), ("top", 3), ("rate", 0.5)]
    assert upload.task_id == TASK_ID
    assert upload.project_id == common.ProjectIdentifier(organization="acme", name="tproj", domain="tdom")
    request = server.created()
    assert request.offloaded_input_data == OFFLOADED
    assert request.which_oneof("id") == "project_id"
    assert request.project_id == upload.project_id
    assert request.task_id == TASK_ID
    assert request.run_spec == tasks.RunSpec()


@pytest.mark.parametrize("error", [Unimplemented("no such method"), NotFound("no such method")])
async def test_an_older_backend_gets_the_inputs_inside_the_request(
    server: Server, details: TaskDetails, error: Exception
) -> None:
    server.client.answers["UploadInputs"] = lambda request: error
    await details.run.aio(text="a", top=1)
    assert values(server.created().inputs) == {"text": "a", "top": 1, "rate": 0.5}


async def test_all_wrong_inputs_are_reported_at_once_and_nothing_is_sent(server: Server, details: TaskDetails) -> None:
    with pytest.raises(ValuesError) as caught:
        await details.run.aio(top="3", txt="a", rate=True)
    assert str(caught.value).splitlines() == [
        "task 'env.count' has no input 'txt' (did you mean 'text'?)",
        "input 'text' of task 'env.count' is missing: expected string",
        "input 'top' of task 'env.count': expected integer, got str '3' (did you mean 3?)",
        "input 'rate' of task 'env.count': expected float, got bool True",
    ]
    assert server.client.calls == []


async def test_a_listed_task_fetches_its_interface_first(server: Server, client: Any) -> None:
    task = Task(tasks.Task(task_id=TASK_ID), client=client)
    await task.run.aio(text="a", top=1)
    assert client.names() == ["GetTaskDetails", "UploadInputs", "CreateRun"]
    assert client.requests("GetTaskDetails")[0].task_id == TASK_ID


async def test_every_option_reaches_the_server(server: Server, details: TaskDetails) -> None:
    launcher = details.with_options(
        name="nightly-1",
        project="p",
        domain="d",
        labels={"team": "data"},
        annotations={"a": "b"},
        env_vars={"X": "1"},
        queue="q",
        cluster_pool="c",
        interruptible=False,
        overwrite_cache=True,
        max_action_concurrency=7,
        raw_data_path="s3://raw",
        service_account="sa",
    )
    run = await launcher.run.aio(text="a", top=1)
    assert run.name == "nightly-1"
    assert run.labels == {"team": "data"}
    request = server.created()
    assert request.run_id == common.RunIdentifier(org="acme", project="p", domain="d", name="nightly-1")
    spec = request.run_spec
    assert spec is not None
    assert spec.annotations is not None
    mark = spec.annotations.values.pop(LAUNCH_ID)
    assert len(mark) == 32
    as_json = spec.to_dict()
    assert as_json == {
        "labels": {"values": {"team": "data"}},
        "annotations": {"values": {"a": "b"}},
        "envs": {"values": [{"key": "X", "value": "1"}]},
        "interruptible": False,
        "overwriteCache": True,
        "queue": "q",
        "rawDataStorage": {"rawDataPrefix": "s3://raw"},
        "securityContext": {"runAs": {"k8sServiceAccount": "sa"}},
        "cacheConfig": {"overwriteCache": True},
        "maxActionConcurrency": 7,
        "clusterPool": "c",
    }


async def test_run_create_by_name_takes_the_latest_version(server: Server, client: Any) -> None:
    listed = tasks.ListTasksResponse(tasks=[tasks.Task(task_id=TASK_ID)])
    client.answers["ListTasks"] = lambda request: listed
    run = await Run.create.aio("env.count", inputs={"text": "a", "top": 1}, client=client)
    assert run.name == "rmadeup"
    assert client.names() == ["ListTasks", "GetTaskDetails", "UploadInputs", "CreateRun"]
    (request,) = client.requests("ListTasks")
    assert request.request.limit == 1
    assert [(item.field, item.values) for item in request.request.filters] == [("name", ["env.count"])]
    assert [(item.key, int(item.direction)) for item in request.request.sort_by_fields] == [("created_at", 0)]


async def test_run_create_with_a_version_and_with_a_task(server: Server, details: TaskDetails, client: Any) -> None:
    await Run.create.aio("env.count", version="v1", inputs={"text": "a", "top": 1}, client=client)
    assert client.names()[0] == "GetTaskDetails"
    await Run.create.aio(details, inputs={"text": "a", "top": 1})
    with pytest.raises(InvalidArgument, match="version is only for a task that is given by its name"):
        await Run.create.aio(details, version="v1")


async def test_a_taken_name_is_an_error_or_gives_the_run_that_has_it(server: Server, details: TaskDetails) -> None:
    first = await details.with_options(name="one").run.aio(text="a", top=1)
    with pytest.raises(AlreadyExists, match=r"there is a run 'one' in project 'tproj', domain 'tdom' already"):
        await details.with_options(name="one").run.aio(text="b", top=1)
    again = await details.with_options(name="one", on_existing="return").run.aio(text="b", top=1)
    assert again.name == first.name


async def test_a_server_that_says_already_exists_is_understood(server: Server, details: TaskDetails) -> None:
    await details.with_options(name="one").run.aio(text="a", top=1)
    server.client.answers["CreateRun"] = lambda request: AlreadyExists("run exists")
    with pytest.raises(AlreadyExists, match="there is a run 'one'"):
        await details.with_options(name="one").run.aio(text="a", top=1)
    assert (await details.with_options(name="one", on_existing="return").run.aio(text="a", top=1)).name == "one"


async def test_a_run_of_another_sdk_counts_as_existing(server: Server, details: TaskDetails) -> None:
    server.create(workflow.CreateRunRequest(run_id=common.RunIdentifier(name="one")))
    with pytest.raises(AlreadyExists):
        await details.with_options(name="one").run.aio(text="a", top=1)


@pytest.mark.parametrize("error", [Unavailable("lost"), Internal("RST_STREAM")])
async def test_after_a_lost_answer_a_named_run_is_looked_up_and_not_sent_again(
    server: Server, details: TaskDetails, error: Exception
) -> None:
    def arrives_but_the_answer_does_not(request: workflow.CreateRunRequest) -> Exception:
        server.create(request)
        return error

    server.client.answers["CreateRun"] = arrives_but_the_answer_does_not
    assert (await details.with_options(name="one").run.aio(text="a", top=1)).name == "one"
    assert server.client.names() == ["UploadInputs", "CreateRun", "GetRunDetails"]


async def test_a_request_that_did_not_arrive_is_reported_as_it_is(server: Server, details: TaskDetails) -> None:
    server.client.answers["CreateRun"] = lambda request: Unavailable("lost")
    with pytest.raises(Unavailable, match="lost"):
        await details.with_options(name="one").run.aio(text="a", top=1)


async def test_without_a_name_a_lost_answer_is_not_repeated_and_explained(server: Server, details: TaskDetails) -> None:
    server.client.answers["CreateRun"] = lambda request: Unavailable("lost")
    with pytest.raises(Unavailable, match="a run may have been started; give it a name"):
        await details.run.aio(text="a", top=1)
    assert server.client.names() == ["UploadInputs", "CreateRun"]


async def test_a_created_run_is_not_lost_when_the_look_up_fails(server: Server, details: TaskDetails) -> None:
    server.client.answers["GetRunDetails"] = lambda request: Unavailable("busy")
    assert (await details.with_options(name="one").run.aio(text="a", top=1)).name == "one"


async def test_a_clear_refusal_is_not_looked_up(server: Server, details: TaskDetails) -> None:
    server.client.answers["CreateRun"] = lambda request: NotFound('project "tproj" not found')
    with pytest.raises(NotFound, match='project "tproj" not found'):
        await details.with_options(name="one").run.aio(text="a", top=1)
    assert "GetRunDetails" not in server.client.names()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": ""}, "name: '' cannot be the name of a run"),
        ({"name": "Nightly"}, "name: 'Nightly' cannot be the name of a run .*a-z, 0-9"),
        ({"name": "a" * 31}, "cannot be the name of a run .*at most 30"),
        ({"name": "a-"}, "cannot be the name of a run"),
        ({"name": "a\n"}, "cannot be the name of a run"),
        ({"on_existing": "ignore"}, "on_existing: 'ignore' is unknown"),
        ({"max_action_concurrency": -1}, "max_action_concurrency: -1 is out of range"),
        ({"labels": {"": "x"}}, "labels has an empty key"),
    ],
)
def test_options_are_checked_when_they_are_given(details: TaskDetails, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        details.with_options(**options)
    with pytest.raises(TypeError, match="env_vars: keys and values must be strings"):
        RunOptions(env_vars={"X": 1})  # type: ignore[dict-item]


def test_an_input_may_be_called_like_anything() -> None:
    """No parameter of `run` is in the way of an input's name."""
    import inspect

    kinds = {parameter.kind for parameter in inspect.signature(Task(tasks.Task()).run).parameters.values()}
    assert kinds == {inspect.Parameter.VAR_KEYWORD}
