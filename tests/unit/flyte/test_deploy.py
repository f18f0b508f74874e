"""Deploying: what is sent, and that the same content gets the same version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import remora
from remora.errors import InvalidArgument, NotFound, ValuesError
from remora_api.entities import Task
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks


@pytest.fixture
def server(client: Any) -> Any:
    """Keeps what is deployed."""
    kept: dict[str, tasks.TaskDetails] = {}

    def deploy(request: tasks.DeployTaskRequest) -> tasks.DeployTaskResponse:
        assert request.task_id is not None
        kept[request.task_id.version] = tasks.TaskDetails(task_id=request.task_id, spec=request.spec)
        return tasks.DeployTaskResponse()

    def get(request: tasks.GetTaskDetailsRequest) -> tasks.GetTaskDetailsResponse:
        assert request.task_id is not None
        return tasks.GetTaskDetailsResponse(details=kept[request.task_id.version])

    client.answers |= {"DeployTask": deploy, "GetTaskDetails": get}
    return client


async def deploy(client: Any, **arguments: Any) -> tuple[tasks.DeployTaskRequest, Any]:
    details = await Task.deploy.aio(
        arguments.pop("name", "env.f"), image=arguments.pop("image", "i"), client=client, **arguments
    )
    return client.requests("DeployTask")[-1], details


async def test_everything_is_sent(server: Any) -> None:
    server.org = "acme"
    request, details = await deploy(
        server,
        command=["sh", "-c"],
        args=("echo {{.inputs.n}}",),
        inputs={"n": int, "names": list[str], "doc": remora.File},
        outputs={"o": dict[str, float]},
        defaults={"names": ["a"]},
        version="v1",
        env_vars={"X": "1"},
        cpu="500m",
        memory="1Gi",
        gpu="1",
        ephemeral_storage="2Gi",
        retries=2,
        max_runtime=timedelta(minutes=1),
        max_queued_time=5,
        interruptible=False,
        cache_version="c1",
        short_description="counts",
        long_description="counts words",
        project="p",
        domain="d",
    )
    assert request.task_id == tasks.TaskIdentifier(org="acme", project="p", domain="d", name="env.f", version="v1")
    spec = request.spec
    assert spec is not None
    assert spec.to_dict()["taskTemplate"] == {
        "id": {
            "resourceType": "TASK",
            "project": "p",
            "domain": "d",
            "name": "env.f",
            "version": "v1",
            "org": "acme",
        },
        "type": "container",
        "metadata": {
            "discoverable": True,
            "timeout": "60s",
            "retries": {"retries": 2},
            "discoveryVersion": "c1",
            "interruptible": False,
            "timeouts": {"queuedTimeout": "5s"},
        },
        "interface": {
            "inputs": {
                "variables": [
                    {"key": "n", "value": {"type": {"simple": "INTEGER"}}},
                    {"key": "names", "value": {"type": {"collectionType": {"simple": "STRING"}}}},
                    {"key": "doc", "value": {"type": {"blob": {}}}},
                ]
            },
            "outputs": {"variables": [{"key": "o", "value": {"type": {"mapValueType": {"simple": "FLOAT"}}}}]},
        },
        "container": {
            "image": "i",
            "command": ["sh", "-c"],
            "args": ["echo {{.inputs.n}}"],
            "resources": {
                kind: [
                    {"name": "CPU", "value": "500m"},
                    {"name": "MEMORY", "value": "1Gi"},
                    {"name": "GPU", "value": "1"},
                    {"name": "EPHEMERAL_STORAGE", "value": "2Gi"},
                ]
                for kind in ("requests", "limits")
            },
            "env": [{"key": "X", "value": "1"}],
            "dataConfig": {"enabled": True, "inputPath": "/var/inputs", "outputPath": "/var/outputs"},
        },
    }
    assert (spec.short_name, spec.environment) == ("f", tasks.Environment(name="env"))
    assert spec.documentation == tasks.DocumentationEntity(short_description="counts", long_description="counts words")
    assert details.required_args == ("n", "doc")
    assert details.default_input_args == ("names",)
    assert details.inputs == {"n": int, "names": list[str], "doc": remora.File}
    assert details.outputs == {"o": dict[str, float]}
    assert details.resources[0] == {"cpu": "500m", "memory": "1Gi", "gpu": "1", "ephemeral_storage": "2Gi"}
    assert details.task_type == "container"


async def test_the_version_follows_the_content(server: Any) -> None:
    first, _ = await deploy(server, inputs={"n": int})
    same, _ = await deploy(server, inputs={"n": int}, project="elsewhere")
    other, _ = await deploy(server, inputs={"n": float})
    versions = [request.task_id.version if request.task_id else "" for request in (first, same, other)]
    assert versions[0] == versions[1] != versions[2]
    assert 1 <= len(versions[0]) <= 63


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": ""}, InvalidArgument, "name is empty"),
        ({"image": ""}, InvalidArgument, "image is empty"),
        ({"version": ""}, InvalidArgument, "version is empty"),
        ({"command": "echo hi"}, TypeError, "command: expected a list of words, got one string"),
        ({"inputs": {"a/b": int}}, InvalidArgument, "inputs: 'a/b' cannot be a name"),
        ({"outputs": {"": int}}, InvalidArgument, "outputs: '' cannot be a name"),
        ({"inputs": {"n": bytes}, "outputs": {"o": set}}, ValuesError, r"(?s)inputs\['n'\].*outputs\['o'\]"),
        ({"inputs": {"n": int}, "defaults": {"m": 1}}, InvalidArgument, "defaults: there is no input 'm' .*known: n"),
        ({"inputs": {"n": int}, "defaults": {"n": "1"}}, ValuesError, r"defaults\['n'\]: expected integer"),
        ({"retries": -1}, InvalidArgument, "retries: -1 is out of range"),
        ({"max_runtime": 0}, InvalidArgument, "max_runtime must be more than 0"),
    ],
)
async def test_mistakes_are_refused_before_any_call(
    server: Any, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await deploy(server, **arguments)
    assert server.calls == []


async def test_a_missing_project_is_the_servers_answer(server: Any) -> None:
    server.answers["DeployTask"] = lambda request: NotFound('project "proj" not found')
    with pytest.raises(NotFound, match='project "proj" not found'):
        await deploy(server)


async def test_templates_of_other_kinds_have_no_resources(client: Any) -> None:
    spec = tasks.TaskSpec(task_template=core.TaskTemplate(type="spark"))
    details = remora.TaskDetails(tasks.TaskDetails(spec=spec), client=client)
    assert details.resources == ({}, {})
    assert remora.TaskDetails(tasks.TaskDetails()).inputs == {}
