"""Apps: processes that listen, with their states, logs and addresses."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from remora.dev.options import Options
from remora.dev.server import LocalControlPlane
from remora.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Unimplemented
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, core, secret
from remora_api.flyteidl2.app import (
    App,
    Condition,
    ConsumedArtifactFilter,
    CreateRequest,
    DeleteRequest,
    GetRequest,
    Identifier,
    Ingress,
    Input,
    InputList,
    ListRequest,
    Meta,
    ReplicaIdentifier,
    SecurityContext,
    Spec,
    SpecDesiredState,
    Status,
    StatusDeploymentStatus,
    StatusSubstate,
    TailLogsRequest,
    UpdateRequest,
    UpdateStatusRequest,
    WatchRequest,
)
from remora_api.flyteidl2.logs.dataplane import LogsSource

# Answers with its process id and what it was told; listens where its command line says.
SERVER = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            print("leaving", file=sys.stderr, flush=True)
            os._exit(3)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.getpid()} {os.environ.get('WORD')} {os.environ['PORT'] == sys.argv[1]}".encode())
    def log_message(self, *args):
        print("asked for", self.path, flush=True)
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
Phase = StatusDeploymentStatus


def identifier(name: str = "web") -> Identifier:
    return Identifier(project="testing", domain="development", name=name)


def web(name: str = "web", script: str = SERVER, *, word: str = "", **spec: Any) -> App:
    container = core.Container(
        image="none",
        command=["python", "-c", script, "8000"],
        ports=[core.ContainerPort(container_port=8000)],
        env=[core.KeyValuePair(key="WORD", value=word)],
    )
    return App(metadata=Meta(id=identifier(name)), spec=Spec(container=container, **spec))


async def create(api: Any, app: App) -> App:
    created: App = (await api.apps.create(CreateRequest(app=app))).app
    return created


async def update(api: Any, app: App, reason: str = "") -> App:
    updated: App = (await api.apps.update(UpdateRequest(app=app, reason=reason))).app
    return updated


async def get(api: Any, name: str = "web") -> App:
    found: App = (await api.apps.get(GetRequest(app_id=identifier(name)))).app
    return found


async def reach(api: Any, phase: Phase, name: str = "web", *, revision: int = 1) -> App:
    """Wait until an app is in a state, at a revision or a later one."""
    async with api.apps.watch(WatchRequest(app_id=identifier(name)), timeout=60) as events:
        async for event in events:
            app: App | None = None
            if event.create_event is not None:
                app = event.create_event.app
            elif event.update_event is not None:
                app = event.update_event.updated_app
            if app is not None and app.status is not None and app.status.conditions:
                last = app.status.conditions[-1]
                if last.deployment_status == phase and last.revision >= revision:
                    return app
    raise AssertionError("the app was deleted")


async def reach_states(api: Any, count: int) -> list[Condition]:
    """Wait until as many states were told, and return all."""
    async with api.apps.watch(WatchRequest(app_id=identifier()), timeout=60) as events:
        async for event in events:
            app = event.create_event.app if event.create_event is not None else event.update_event.updated_app
            if len(app.status.conditions) >= count:
                found: list[Condition] = app.status.conditions
                return found
    raise AssertionError("the app was deleted")


def url_of(app: App) -> str:
    assert app.status is not None
    assert app.status.ingress is not None
    return app.status.ingress.public_url


async def ask(app: App, path: str = "/") -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(url_of(app) + path)).text


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else True


async def gone(pid: int) -> None:
    async def ended() -> None:
        while alive(pid):  # noqa: ASYNC110 - nobody tells of the end of a process that is not a child
            await asyncio.sleep(0.005)

    await asyncio.wait_for(ended(), 20)


async def log(api: Any, **request: Any) -> list[str]:
    target = request or {"app_id": identifier()}
    return [
        line.message
        async for message in api.app_logs.tail_logs(TailLogsRequest(**target), timeout=60)
        if message.batches is not None
        for lines in message.batches.logs
        for line in lines.structured_lines
    ]


async def test_the_life_of_an_app(api: Any) -> None:
    created = await create(api, web(word="one"))
    assert created.metadata.revision == 1
    assert created.status.conditions[0].deployment_status == Phase.PENDING
    with pytest.raises(AlreadyExists, match='app "web" of testing/development already exists'):
        await create(api, web())
    active = await reach(api, Phase.ACTIVE)
    states = [condition.deployment_status for condition in active.status.conditions]
    assert states == [Phase.PENDING, Phase.DEPLOYING, Phase.ACTIVE]
    assert active.status.conditions[-1].substate == StatusSubstate.RUNNING
    assert active.status.current_replicas == 1
    assert url_of(active).startswith("http://127.0.0.1:")
    pid, word, same_port = (await ask(active)).split()
    assert (word, same_port) == ("one", "True")
    by_url = await api.apps.get(GetRequest(ingress=Ingress(public_url=url_of(active))))
    assert by_url.app == await get(api)

    # Another spec is another process, at the same address.
    await update(api, web(word="two"), "a reason")
    second = await reach(api, Phase.ACTIVE, revision=2)
    assert "a reason" in [condition.message for condition in second.status.conditions]
    assert url_of(second) == url_of(active)
    other, word, _ = (await ask(second)).split()
    assert word == "two"
    assert other != pid
    assert not alive(int(pid))

    stop = web(desired_state=SpecDesiredState.STOPPED)
    stop.metadata.revision = 1
    with pytest.raises(Aborted, match="revision 1 is given, 2 is the newest"):
        await update(api, stop)
    stop.metadata.revision = 2
    assert (await update(api, stop)).metadata.revision == 3
    stopped = await reach(api, Phase.STOPPED, revision=3)
    assert stopped.status.current_replicas == 0
    assert not alive(int(other))
    lines = await log(api)
    assert lines.count("listening\n") == 2
    assert lines.count("asked for /\n") == 2

    await update(api, web(word="three", desired_state=SpecDesiredState.ACTIVE))
    third = await reach(api, Phase.ACTIVE, revision=4)
    last = int((await ask(third)).split()[0])
    await api.apps.delete(DeleteRequest(app_id=identifier()))
    await gone(last)
    for call in (get(api), api.apps.delete(DeleteRequest(app_id=identifier())), update(api, web())):
        with pytest.raises(NotFound, match='app "web" of testing/development not found'):
            await call
    with pytest.raises(NotFound, match="no app is served at"):
        await api.apps.get(GetRequest(ingress=Ingress(public_url=url_of(third))))


async def test_an_app_that_ends_is_started_again(api: Any) -> None:
    await create(api, web())
    first = await reach(api, Phase.ACTIVE)
    pid = (await ask(first)).split()[0]
    with pytest.raises(httpx.TransportError):
        await ask(first, "/exit")

    # The end of the first is told, then the second.
    states = await reach_states(api, 6)
    assert [state.deployment_status for state in states[3:]] == [Phase.DEPLOYING, Phase.DEPLOYING, Phase.ACTIVE]
    assert states[3].message == "app ended with exit code 3: leaving"
    assert (await ask(await get(api))).split()[0] != pid


async def test_an_app_that_does_not_start_fails(api: Any) -> None:
    await create(api, web(script="import sys; sys.exit('no luck')"))
    failed = await reach(api, Phase.FAILED)
    last = failed.status.conditions[-1]
    assert last.message == "app ended with exit code 1: no luck (after 3 restarts)"
    assert (last.substate, failed.status.current_replicas) == (StatusSubstate.CRASH_LOOP, 0)
    # Its next revision gets another chance.
    await update(api, web())
    await reach(api, Phase.ACTIVE, revision=2)


async def test_apps_that_cannot_be_run(api: Any) -> None:
    for name, spec, message in (
        ("pod", Spec(pod=core.K8sPod()), "only apps with a container that has a command"),
        ("empty", Spec(container=core.Container(image="x")), "only apps with a container that has a command"),
        ("missing", Spec(container=core.Container(command=["no-such-program"])), "command 'no-such-program' not found"),
    ):
        await create(api, App(metadata=Meta(id=identifier(name)), spec=spec))
        failed = await reach(api, Phase.FAILED, name)
        assert message in failed.status.conditions[-1].message


async def test_an_app_has_to_listen(connect: Callable[[str], Any]) -> None:
    options = Options(projects=("testing",), app_start_timeout=0.2)
    async with LocalControlPlane(options) as plane:
        api = connect(plane.endpoint)
        await create(api, web(script="import time; time.sleep(60)"))
        failed = await reach(api, Phase.FAILED)
        assert "nothing listened on port" in failed.status.conditions[-1].message
        assert "within 0.2 s" in failed.status.conditions[-1].message
        await api.client.aclose()


async def test_secrets_of_an_app(api: Any) -> None:
    key = core.Secret(key="key", env_var="WORD")
    app = web(security_context=SecurityContext(secrets=[key]))
    await create(api, app)
    failed = await reach(api, Phase.FAILED)
    assert failed.status.conditions[-1].substate == StatusSubstate.SECRET_MOUNT_ERROR
    spec = secret.SecretSpec(string_value="hidden")
    owner = secret.SecretIdentifier(name="key", project="testing", domain="development")
    await api.secrets.create_secret(secret.CreateSecretRequest(id=owner, secret_spec=spec))
    await update(api, app)
    active = await reach(api, Phase.ACTIVE, revision=2)
    assert (await ask(active)).split()[1] == "hidden"
    assert "hidden" not in active.to_json()


async def test_logs(api: Any) -> None:
    await create(api, web())
    active = await reach(api, Phase.ACTIVE)
    replica = ReplicaIdentifier(app_id=identifier(), name="local-0")
    request = TailLogsRequest(replica_id=replica)
    lines: list[str] = []
    async with api.app_logs.tail_logs(request, timeout=60) as messages:
        async for message in messages:
            if message.replicas is not None:
                assert message.replicas.replicas == [replica]
                await ask(active, "/live")
                continue
            assert message.batches is not None
            for batch in message.batches.logs:
                assert batch.replica_id == replica
                lines += [line.message for line in batch.structured_lines]
            if "asked for /live\n" in lines:
                break
    assert lines == ["listening\n", "asked for /live\n"]
    assert await log(api, app_id=identifier(), source=LogsSource.PERSISTED_ONLY) == lines
    with pytest.raises(NotFound, match="replica other not found; there is local-0"):
        await log(api, replica_id=ReplicaIdentifier(app_id=identifier(), name="other"))
    with pytest.raises(NotFound, match="not found"):
        await log(api, app_id=identifier("none"))
    with pytest.raises(InvalidArgument, match="target is required"):
        await log(api, source=LogsSource.LIVE_ONLY)
    # The stream of one that is stopped ends.
    following = asyncio.ensure_future(log(api, app_id=identifier(), source=LogsSource.LIVE_ONLY))
    await update(api, web(desired_state=SpecDesiredState.STOPPED))
    assert await following == []


class TestWithoutExecution:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"execute": False}

    async def test_lists(self, api: Any) -> None:
        used = core.ArtifactVersionId(key=core.ArtifactKey(project="p", domain="d", name="model"), version="1")
        inputs = InputList(items=[Input(name="m", artifact_id=used)])
        for number in range(5):
            await create(api, web(f"app{number}", inputs=inputs if number == 3 else None))
        project = common.ProjectIdentifier(name="testing", domain="development")

        async def names(**request: Any) -> list[str]:
            scope = request if {"org", "cluster_id", "artifact"} & request.keys() else {"project": project, **request}
            return [app.metadata.id.name for app in (await api.apps.list(ListRequest(**scope))).apps]

        assert await names() == ["app4", "app3", "app2", "app1", "app0"]
        assert await names(org="x") == await names(cluster_id=common.ClusterIdentifier(name="local"))
        assert await names(cluster_id=common.ClusterIdentifier(name="other")) == []
        consumed = ConsumedArtifactFilter(project="p", domain="d", name="model")
        assert await names(artifact=consumed) == ["app3"]
        consumed.version = "2"
        assert await names(artifact=consumed) == []
        ascending = common.Sort(key="created_at", direction=common.SortDirection.ASCENDING)
        request = ListRequest(
            project=project, request=common.ListRequest(limit=2, sort_by=ascending), include_total_count=True
        )
        seen: list[str] = []
        while True:
            page = await api.apps.list(request)
            assert page.total_count == 5
            seen += [app.metadata.id.name for app in page.apps]
            if not page.token:
                break
            request.request.token = page.token
        assert seen == ["app0", "app1", "app2", "app3", "app4"]
        bad = common.ListRequest(filters=[common.Filter(field="colour", values=["x"])])
        with pytest.raises(InvalidArgument, match="invalid filter field: colour"):
            await names(request=bad)

    async def test_status_is_reported_from_outside(self, api: Any) -> None:
        await create(api, web())
        failed = Condition(deployment_status=Phase.FAILED, message="no", revision=1)
        app = App(metadata=Meta(id=identifier()), status=Status(conditions=[failed]))
        await api.apps.update_status(UpdateStatusRequest(app=app))
        assert (await get(api)).status.conditions == [failed]
        by_status = common.Filter(
            field="status_phase", function=common.FilterFunction.VALUE_IN, values=["DEPLOYMENT_STATUS_FAILED"]
        )
        request = ListRequest(org="x", request=common.ListRequest(filters=[by_status]))
        assert len((await api.apps.list(request)).apps) == 1

    async def test_watching_all_apps(self, api: Any) -> None:
        await create(api, web("first"))
        async with api.apps.watch(WatchRequest(org="x"), timeout=60) as events:
            assert (await events.__anext__()).create_event.app.metadata.id.name == "first"
            await create(api, web("second"))
            assert (await events.__anext__()).create_event.app.metadata.id.name == "second"
            await update(api, web("first", word="new"))
            changed = (await events.__anext__()).update_event
            assert (changed.old_app.metadata.revision, changed.updated_app.metadata.revision) == (1, 2)
            await api.apps.delete(DeleteRequest(app_id=identifier("second")))
            assert (await events.__anext__()).delete_event.app.metadata.id.name == "second"
        with pytest.raises(NotFound):
            await api.apps.watch(WatchRequest(app_id=identifier("second"))).__anext__()


async def test_bad_requests(api: Any) -> None:
    for app, message in (
        (None, "app.metadata.id is required"),
        (App(metadata=Meta(id=Identifier(project="testing", domain="development"))), "id.name is required"),
        (App(metadata=Meta(id=identifier())), "app.spec is required"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            await api.apps.create(CreateRequest(app=app))
    other = Identifier(project="other", domain="development", name="x")
    with pytest.raises(NotFound, match='project "other" not found'):
        await create(api, App(metadata=Meta(id=other), spec=web().spec))
    with pytest.raises(FailedPrecondition, match="runs apps itself"):
        await api.apps.update_status(UpdateStatusRequest())


class TestQuirks:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"oss_quirks": True, "execute": False}

    async def test_as_the_backend_has_it(self, api: Any) -> None:
        with pytest.raises(Unimplemented, match="by project only"):
            await api.apps.list(ListRequest(org="x"))
        with pytest.raises(Unimplemented, match="single apps"):
            await api.apps.watch(WatchRequest(org="x")).__anext__()


async def test_apps_end_with_the_server_and_begin_with_the_next(connect: Callable[[str], Any], tmp_path: Path) -> None:
    pids = []
    for _ in range(2):
        with ControlPlane(data_dir=tmp_path) as plane:
            api = connect(plane.endpoint)
            if not pids:
                await create(api, web())
                await create(api, web("stopped", desired_state=SpecDesiredState.STOPPED))
            await reach(api, Phase.STOPPED, "stopped")
            pids.append(int((await ask(await reach(api, Phase.ACTIVE))).split()[0]))
            await api.client.aclose()
        assert not alive(pids[-1])
