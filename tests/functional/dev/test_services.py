"""What every service has in common, and the small ones."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest

from remora.contract.v1.messages import Message
from remora.dev.errors import ControlPlaneError
from remora.dev.literals import make
from remora.errors import (
    Internal,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    RpcError,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    Unknown,
)
from remora.testing import ControlPlane
from remora_api.flyteidl2 import (
    artifact,
    auth,
    cluster,
    common,
    core,
    project,
    secret,
    settings,
    task,
    trigger,
    workflow,
)
from remora_api.flyteidl2.app import LeaseRequest
from remora_api.google.protobuf import Struct

IDLE = task.TaskSpec(task_template=core.TaskTemplate(type="idle"))


async def raw_call(
    plane: ControlPlane, path: str, body: bytes, headers: dict[str, str] | None = None
) -> dict[str, str]:
    """Send bytes as they are; returns the trailers."""
    host, _, port = plane.endpoint.partition("://")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    fields = {
        ":method": "POST",
        ":scheme": "http",
        ":path": path,
        ":authority": host,
        "te": "trailers",
        "content-type": "application/grpc",
        **(headers or {}),
    }
    connection.send_headers(1, list(fields.items()))
    connection.send_data(1, body, end_stream=True)
    writer.write(connection.data_to_send())
    found: dict[str, str] = {}
    try:
        while True:
            data = await asyncio.wait_for(reader.read(65536), 10)
            assert data, "the server closed the connection"
            for event in connection.receive_data(data):
                if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
                    found.update(dict(event.headers))  # type: ignore[arg-type]
                if isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                    return found
            writer.write(connection.data_to_send())
    finally:
        writer.close()
        await writer.wait_closed()


def framed(body: bytes) -> bytes:
    return struct.pack(">BI", 0, len(body)) + body


BODIES = [
    b"\xff",
    b"\x0a\xff\xff\xff\xff\x0f",
    b"\x0a\x05abc",
    b"\x0a\x02\xff\xff",
    b"\x07",
    b"\x0a" * 500,
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "method", ["workflow.RunService/CreateRun", "workflow.RunService/WatchActionDetails", "task.TaskService/DeployTask"]
)
async def test_bodies_that_do_not_parse(control_plane: ControlPlane, api: Any, method: str, body: bytes) -> None:
    trailers = await raw_call(control_plane, f"/flyteidl2.{method}", framed(body))
    assert trailers["grpc-status"] == "3", trailers
    await api.runs.list_runs(workflow.ListRunsRequest(org="x"))


async def test_frames_that_are_cut(control_plane: ControlPlane, api: Any) -> None:
    trailers = await raw_call(control_plane, "/flyteidl2.workflow.RunService/ListRuns", b"\0\0\0\0\x09abc")
    assert trailers["grpc-status"] == "3"
    await api.runs.list_runs(workflow.ListRunsRequest(org="x"))


async def test_what_is_not_there_is_unimplemented(control_plane: ControlPlane, api: Any) -> None:
    for path in ("/flyteidl2.workflow.RunService/NoSuchMethod", "/no.such.Service/Method", "/"):
        assert (await raw_call(control_plane, path, framed(b"")))["grpc-status"] == "12"
    with pytest.raises(Unimplemented):
        await api.apps.lease(LeaseRequest()).__anext__()
    with pytest.raises(Unimplemented):
        await api.runs.get_action_data(workflow.GetActionDataRequest())


@pytest.mark.parametrize("control_plane_options", [{}, {"strict": True}, {"oss_quirks": True}], ids=str)
async def test_every_method_answers_an_empty_request(api: Any) -> None:
    """Nothing that is missing may be an internal error."""
    stubs = [api.projects, api.tasks, api.runs, api.internal, api.events, api.translator]
    stubs += [api.data, api.clusters, api.identity, api.auth]
    stubs += [api.secrets, api.triggers, api.apps, api.app_logs, api.artifacts, api.settings]
    count = 0
    for stub in stubs:
        module = __import__(type(stub).__module__, fromlist=["x"])
        base = getattr(module, type(stub).__name__.removesuffix("Stub") + "Base")
        for name, method in base.METHODS.items():
            if method.name.endswith(("RunService/WatchRuns", "AppService/Watch")):  # never end
                continue
            call, request = getattr(stub, name), method.request_type()
            if method.shape.client_streaming:
                answer = collect(call([request]))
            elif method.shape.server_streaming:
                answer = collect(call(request))
            else:
                answer = call(request)
            (result,) = await asyncio.gather(answer, return_exceptions=True)
            assert not isinstance(result, (Internal, Unknown)), name
            assert isinstance(result, (RpcError, Message, list)), name
            count += 1
    assert count > 70


async def collect(stream: Any) -> list[Any]:
    return [message async for message in stream]


async def test_cluster_and_metadata(api: Any, control_plane: ControlPlane) -> None:
    response = await api.clusters.select_cluster(cluster.SelectClusterRequest())
    assert (response.cluster_endpoint, response.cluster) == (control_plane.endpoint, "")
    config = await api.auth.get_public_client_config(auth.GetPublicClientConfigRequest())
    assert (config.authorization_metadata_key, config.dataplane_domain) == ("authorization", control_plane.endpoint)
    with pytest.raises(Unimplemented, match="oauth2 metadata is not configured"):
        await api.auth.get_oauth2_metadata(auth.GetOAuth2MetadataRequest())


async def test_the_cluster_may_be_another_control_plane(control_plane: ControlPlane) -> None:
    with ControlPlane(cluster_endpoint=control_plane.endpoint) as plane:
        stub = cluster.ClusterServiceStub(plane.client())
        request = cluster.SelectClusterRequest(
            project_id=common.ProjectIdentifier(organization="acme", name="testing", domain="development"),
            operation=cluster.SelectClusterRequestOperation.USE_SECRETS,
        )
        assert (await stub.select_cluster(request)).cluster_endpoint == control_plane.endpoint
    with pytest.raises(ControlPlaneError, match="is no URL of this machine"):
        ControlPlane(cluster_endpoint="http://example.com:80")


def token(**claims: str) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


async def test_identity(api: Any) -> None:
    async def who(**metadata: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in metadata.items()}
        return await api.identity.user_info(auth.UserInfoRequest(), metadata=given)

    info = await who(authorization=f"Bearer {token(sub='me', email='me@x', given_name='M', family_name='E')}")
    assert (info.subject, info.email, info.given_name, info.family_name) == ("me", "me@x", "M", "E")
    assert (await who(x_amzn_oidc_identity="proxy")).subject == "proxy"
    first = await who(x_amzn_oidc_data=token(sub="data"), authorization=f"Bearer {token(sub='other')}")
    assert first.subject == "data"
    for metadata in (
        {},
        {"authorization": "Bearer opaque"},
        {"authorization": "Bearer a.!.c"},
        {"authorization": "Basic x"},
    ):
        with pytest.raises(Unauthenticated, match="no authenticated identity on request"):
            await who(**metadata)


async def test_who_created_and_aborted_a_run(api: Any) -> None:
    me = {"authorization": f"Bearer {token(sub='me', email='me@x')}"}
    request = workflow.CreateRunRequest(project_id=api.project_id, task_spec=IDLE)
    run = (await api.runs.create_run(request, metadata=me)).run
    assert run.action.metadata.executed_by.user.spec.email == "me@x"
    mine = common.ListRequest(filters=[common.Filter(field="created_by_subject", values=["me"])])
    assert len((await api.runs.list_runs(workflow.ListRunsRequest(request=mine, org=""))).runs) == 1
    await api.runs.abort_run(workflow.AbortRunRequest(run_id=run.action.id.run), metadata=me)
    details = (await api.runs.get_run_details(workflow.GetRunDetailsRequest(run_id=run.action.id.run))).details
    assert details.action.abort_info.aborted_by.user.id.subject == "me"


async def test_json_values(api: Any) -> None:
    types = api.variables({"n": api.integer, "s": api.string})
    values = Struct.from_python({"n": 5, "s": "x"})
    request = workflow.JsonValuesToLiteralsRequest(variables=types, values=values)
    response = await api.translator.json_values_to_literals(request)
    assert {item.name: item.value for item in response.literals} == {"n": make.integer(5), "s": make.string("x")}
    for bad, message in (
        ({"n": "five"}, r"values\.n: 'five' is not an integer"),
        ({"z": 1}, r"values\.z: there is no such"),
    ):
        request.values = Struct.from_python(bad)
        with pytest.raises(InvalidArgument, match=message):
            await api.translator.json_values_to_literals(request)


async def test_launch_forms(api: Any) -> None:
    types = api.variables({"n": api.integer, "s": api.string})
    literals = api.inputs(n=make.integer(5)).literals
    request = workflow.LiteralsToLaunchFormJsonRequest(variables=types, literals=literals)
    form = (await api.translator.literals_to_launch_form_json(request)).json.to_python()
    assert form == {
        "type": "object",
        "properties": {"n": {"type": "integer", "default": 5.0}, "s": {"type": "string"}},
        "required": ["s"],
    }
    run = (
        await api.runs.create_run(
            workflow.CreateRunRequest(project_id=api.project_id, task_spec=IDLE, inputs=api.inputs(s=make.string("x")))
        )
    ).run
    uri = f"remora://runs/testing/development/{run.action.id.run.name}/inputs/inputs.pb"
    request = workflow.LiteralsToLaunchFormJsonRequest(variables=types, literals_uri=uri)
    form = (await api.translator.literals_to_launch_form_json(request)).json.to_python()
    assert form["properties"]["s"]["default"] == "x"
    request.literals_uri = "remora://runs/none"
    with pytest.raises(NotFound, match="there are no literals at"):
        await api.translator.literals_to_launch_form_json(request)
    spec = api.shell("", inputs={"n": api.integer})
    form = await api.translator.task_spec_to_launch_form_json(workflow.TaskSpecToLaunchFormJsonRequest(task_spec=spec))
    assert form.json.to_python()["required"] == ["n"]


async def test_literals_from_a_launch_form(api: Any) -> None:
    kinds = {
        "n": (api.integer, make.integer(5)),
        "items": (core.LiteralType(collection_type=api.string), make.collection([make.string("a")])),
        "when": (core.LiteralType(simple=core.SimpleType.DATETIME), make.datetime(10**9)),
        "colour": (core.LiteralType(enum_type=core.EnumType(values=["red", "green"])), make.string("green")),
        "file": (
            core.LiteralType(blob=core.BlobType()),
            make.stored("remora://x", core.LiteralType(blob=core.BlobType())),
        ),
    }
    types = api.variables({**{name: kind for name, (kind, _) in kinds.items()}, "empty": api.string})
    literals = api.inputs(**{name: value for name, (_, value) in kinds.items()}).literals
    form = await api.translator.literals_to_launch_form_json(
        workflow.LiteralsToLaunchFormJsonRequest(variables=types, literals=literals)
    )
    back = await api.translator.launch_form_json_to_literals(workflow.LaunchFormJsonToLiteralsRequest(json=form.json))
    assert {item.name: item.value for item in back.literals} == {item.name: item.value for item in literals}
    for properties, message in (
        ([], "json.properties is not an object"),
        ({"x": 1}, r"json\.properties\.x: its schema is not an object"),
        ({"x": {"type": "colour", "default": 1}}, r"json\.properties\.x: its schema has the unknown type 'colour'"),
        ({"x": {"type": "integer", "default": "a"}}, r"json\.properties\.x: 'a' is not an integer"),
    ):
        bad = workflow.LaunchFormJsonToLiteralsRequest(json=Struct.from_python({"properties": properties}))
        with pytest.raises(InvalidArgument, match=message):
            await api.translator.launch_form_json_to_literals(bad)


async def test_faults_of_calls(control_plane: ControlPlane) -> None:
    # A plain channel: our client would repeat what fails.
    control_plane.faults.unavailable("ProjectService/GetProject", every=2)
    host, _, port = control_plane.endpoint.partition("://")[2].partition(":")
    body = framed(bytes(project.GetProjectRequest(id="testing")))
    path = "/flyteidl2.project.ProjectService/GetProject"
    assert (host, bool(port)) == ("127.0.0.1", True)
    statuses = [(await raw_call(control_plane, path, body))["grpc-status"] for _ in range(4)]
    assert statuses == ["0", "14", "0", "14"]
    control_plane.faults.clear()
    control_plane.faults.delay(0.2, times=1)
    loop = asyncio.get_running_loop()
    before = loop.time()
    await raw_call(control_plane, path, body)
    assert loop.time() - before >= 0.2


@pytest.mark.parametrize("how", ["unavailable", "reset", "end"])
async def test_dropped_streams(api: Any, control_plane: ControlPlane, how: str) -> None:
    action = await api.start(IDLE)
    control_plane.faults.drop("RunService/WatchActionDetails", after=1, how=how, times=1)
    stream = api.runs.watch_action_details(workflow.WatchActionDetailsRequest(action_id=action))
    assert (await stream.__anext__()).details.status.phase == common.ActionPhase.QUEUED
    if how == "end":
        with pytest.raises(StopAsyncIteration):
            await stream.__anext__()
    else:
        with pytest.raises(Unavailable if how == "unavailable" else RpcError):
            await stream.__anext__()
    async with api.runs.watch_action_details(workflow.WatchActionDetailsRequest(action_id=action)) as again:
        assert (await again.__anext__()).details is not None


@pytest.mark.parametrize(
    "method",
    ["SecretService/ListSecrets", "TriggerService/ListTriggers", "SettingsService/GetSettings", "ArtifactService/*"],
)
async def test_faults_of_every_service(api: Any, control_plane: ControlPlane, method: str) -> None:
    control_plane.faults.unavailable(method, status=8)
    calls = {
        "SecretService": api.secrets.list_secrets(secret.ListSecretsRequest()),
        "TriggerService": api.triggers.list_triggers(trigger.ListTriggersRequest()),
        "SettingsService": api.settings.get_settings(settings.GetSettingsRequest(key=settings.SettingsKey())),
        "ArtifactService": api.artifacts.list_artifacts(artifact.ListArtifactsRequest(project_id=api.project_id)),
    }
    for service, call in calls.items():
        if method.startswith(service):
            with pytest.raises(ResourceExhausted, match="injected fault"):
                await call
        else:
            await call
