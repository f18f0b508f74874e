from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from remora.client import Client
from remora.testing import ControlPlane
from remora.testing.fixtures import control_plane as control_plane
from remora.testing.fixtures import control_plane_options as control_plane_options
from remora_api.flyteidl2 import (
    app,
    artifact,
    auth,
    cluster,
    common,
    core,
    dataproxy,
    project,
    secret,
    settings,
    task,
    trigger,
    workflow,
)

PROJECT = common.ProjectIdentifier(name="testing", domain="development")
INTEGER = core.LiteralType(simple=core.SimpleType.INTEGER)
STRING = core.LiteralType(simple=core.SimpleType.STRING)


def variables(types: dict[str, core.LiteralType]) -> core.VariableMap:
    entries = [core.VariableEntry(key=name, value=core.Variable(type=kind)) for name, kind in types.items()]
    return core.VariableMap(variables=entries)


def shell(
    script: str,
    *,
    inputs: dict[str, core.LiteralType] | None = None,
    outputs: dict[str, core.LiteralType] | None = None,
    metadata: core.TaskMetadata | None = None,
    data: bool = True,
) -> task.TaskSpec:
    """A task that is a shell script."""
    template = core.TaskTemplate(
        type="container",
        metadata=metadata,
        interface=core.TypedInterface(inputs=variables(inputs or {}), outputs=variables(outputs or {})),
        container=core.Container(
            image="ghcr.io/nobody/nothing:1",
            command=["sh", "-c", script],
            data_config=core.DataLoadingConfig(enabled=data, input_path="/var/inputs", output_path="/var/outputs"),
        ),
    )
    return task.TaskSpec(task_template=template)


def task_inputs(**inputs: core.Literal) -> task.Inputs:
    return task.Inputs(literals=[task.NamedLiteral(name=name, value=value) for name, value in inputs.items()])


@dataclass(frozen=True)
class Api:
    """Stubs of every service, and a few calls that many tests make."""

    client: Client
    projects: project.ProjectServiceStub
    tasks: task.TaskServiceStub
    runs: workflow.RunServiceStub
    internal: workflow.InternalRunServiceStub
    events: workflow.EventsProxyServiceStub
    translator: workflow.TranslatorServiceStub
    data: dataproxy.DataProxyServiceStub
    clusters: cluster.ClusterServiceStub
    identity: auth.IdentityServiceStub
    auth: auth.AuthMetadataServiceStub
    secrets: secret.SecretServiceStub
    triggers: trigger.TriggerServiceStub
    apps: app.AppServiceStub
    app_logs: app.AppLogsServiceStub
    artifacts: artifact.ArtifactServiceStub
    settings: settings.SettingsServiceStub

    project_id = PROJECT
    integer = INTEGER
    string = STRING
    shell = staticmethod(shell)
    inputs = staticmethod(task_inputs)
    variables = staticmethod(variables)

    @staticmethod
    def of(client: Client) -> Api:
        return Api(
            client,
            project.ProjectServiceStub(client),
            task.TaskServiceStub(client),
            workflow.RunServiceStub(client),
            workflow.InternalRunServiceStub(client),
            workflow.EventsProxyServiceStub(client),
            workflow.TranslatorServiceStub(client),
            dataproxy.DataProxyServiceStub(client),
            cluster.ClusterServiceStub(client),
            auth.IdentityServiceStub(client),
            auth.AuthMetadataServiceStub(client),
            secret.SecretServiceStub(client),
            trigger.TriggerServiceStub(client),
            app.AppServiceStub(client),
            app.AppLogsServiceStub(client),
            artifact.ArtifactServiceStub(client),
            settings.SettingsServiceStub(client),
        )

    async def deploy(self, name: str, spec: task.TaskSpec, version: str = "1") -> task.TaskIdentifier:
        identifier = task.TaskIdentifier(project="testing", domain="development", name=name, version=version)
        await self.tasks.deploy_task(task.DeployTaskRequest(task_id=identifier, spec=spec))
        return identifier

    async def start(self, spec: task.TaskSpec, name: str = "", **inputs: core.Literal) -> common.ActionIdentifier:
        """Run a task; returns the root action."""
        request = workflow.CreateRunRequest(task_spec=spec, inputs=task_inputs(**inputs))
        if name:
            request.run_id = common.RunIdentifier(project="testing", domain="development", name=name)
        else:
            request.project_id = PROJECT
        response = await self.runs.create_run(request)
        assert response.run is not None
        assert response.run.action is not None
        assert response.run.action.id is not None
        return response.run.action.id

    async def watch(self, action: common.ActionIdentifier) -> list[workflow.ActionDetails]:
        """Every state of an action that is told, until it is finished."""
        request = workflow.WatchActionDetailsRequest(action_id=action)
        return [
            message.details
            async for message in self.runs.watch_action_details(request, timeout=60)
            if message.details is not None
        ]

    async def finish(self, action: common.ActionIdentifier) -> workflow.ActionDetails:
        """Wait until an action is finished."""
        return (await self.watch(action))[-1]

    async def reach(self, action: common.ActionIdentifier, phase: common.ActionPhase) -> workflow.ActionDetails:
        """Wait until an action is in a phase."""
        request = workflow.WatchActionDetailsRequest(action_id=action)
        async with self.runs.watch_action_details(request, timeout=60) as messages:
            async for message in messages:
                details = message.details
                if details is not None and details.status is not None and details.status.phase == phase:
                    return details
        raise AssertionError(f"the action ended and was never {phase.name}")

    async def outputs(self, action: common.ActionIdentifier) -> dict[str, core.Literal | None]:
        response = await self.data.get_action_data(dataproxy.GetActionDataRequest(action_id=action))
        assert response.outputs is not None
        return {item.name: item.value for item in response.outputs.literals}

    async def log(self, action: common.ActionIdentifier, attempt: int = 1) -> list[str]:
        request = dataproxy.TailLogsRequest(action_id=action, attempt=attempt)
        return [
            line.message
            async for message in self.data.tail_logs(request, timeout=60)
            for logs in message.logs
            for line in logs.lines
        ]


@pytest.fixture
async def api(control_plane: ControlPlane) -> AsyncIterator[Api]:
    api = Api.of(control_plane.client())
    yield api
    await api.client.aclose()


@pytest.fixture
def connect() -> Callable[[str], Api]:
    """Makes an `Api` of any endpoint."""
    return lambda endpoint: Api.of(Client(endpoint, insecure=True, trust_env=False))
