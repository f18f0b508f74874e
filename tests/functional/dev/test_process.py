"""The control plane as a process: the command, signals, and what survives a kill."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from remora.dev.literals import make
from remora.testing import ControlPlane
from remora_api.flyteidl2 import app, artifact, common, core, secret, settings, trigger, workflow
from remora_api.flyteidl2.common import ActionPhase

COMMAND = [sys.executable, "-m", "remora.dev"]


class Server:
    """`remora dev` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        late = threading.Timer(30, self.process.kill)
        late.start()
        line = self.process.stdout.readline()
        late.cancel()
        assert line, self.process.communicate()[1]
        self.facts = json.loads(line)

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; returns exit code, the rest of standard output, and standard error."""
        self.process.send_signal(number)
        out, errors = self.process.communicate(timeout=20)
        return self.process.returncode, out, errors


@pytest.fixture
def server() -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        started.append(Server(*arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.communicate()


def running(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        if Path("/proc/self/stat").exists():
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_line_when_ready_and_a_clean_end(server: Callable[..., Server], number: int) -> None:
    one = server("--ephemeral")
    assert set(one.facts) == {"endpoint", "object_store", "data_dir", "pid", "version"}
    assert one.facts["endpoint"].startswith("http://127.0.0.1:")
    assert one.facts["pid"] == one.process.pid
    assert Path(one.facts["data_dir"]).is_dir()
    code, out, errors = one.end(number)
    assert (code, out) == (0, "")
    assert "stop it with Ctrl-C" in errors
    assert "Traceback" not in errors
    assert not Path(one.facts["data_dir"]).exists()


async def test_options(server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path / "d"), "--project", "p", "--project", "q", "--domain", "only", "--no-execute"]
    arguments += ["--catch-up", "0", "--cluster-endpoint", "http://127.0.0.1:9"]
    one = server(*arguments, "--strict", "--fault", "unavailable,method=TaskService/*,status=8")
    api = connect(one.facts["endpoint"])
    from remora.errors import InvalidArgument, ResourceExhausted
    from remora_api.flyteidl2.cluster import SelectClusterRequest, SelectClusterRequestOperation
    from remora_api.flyteidl2.project import ListProjectsRequest
    from remora_api.flyteidl2.task import ListTasksRequest

    listed = (await api.projects.list_projects(ListProjectsRequest())).projects.projects
    assert [(project.id, [domain.id for domain in project.domains]) for project in listed] == [
        ("p", ["only"]),
        ("q", ["only"]),
    ]
    with pytest.raises(ResourceExhausted, match="injected fault"):
        await api.tasks.list_tasks(ListTasksRequest())
    with pytest.raises(InvalidArgument):
        await api.runs.list_runs(workflow.ListRunsRequest())
    request = SelectClusterRequest(project_id=api.project_id, operation=SelectClusterRequestOperation.GET_ACTION_DATA)
    assert (await api.clusters.select_cluster(request)).cluster_endpoint == "http://127.0.0.1:9"
    await api.client.aclose()
    errors = one.end(signal.SIGINT)[2]
    assert f"FLYTE_ADMIN_ENDPOINT={one.facts['endpoint']} FLYTE_TASK_PROJECT=p FLYTE_TASK_DOMAIN=only;" in errors


def fails(*arguments: str) -> str:
    """Start the command, which must refuse; returns its one line."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = fails("--ephemeral", "--port", port)
        assert f"cannot listen on 127.0.0.1:{port}" in line
        assert "choose another port with --port" in line
        assert "--object-port" in fails("--ephemeral", "--object-port", port)


def test_a_data_directory_that_is_in_use(server: Callable[..., Server], tmp_path: Path) -> None:
    one = server("--data", str(tmp_path))
    line = fails("--data", str(tmp_path))
    assert f"in use by another server (process {one.process.pid})" in line
    assert one.end(signal.SIGTERM)[0] == 0


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot use the data directory" in fails("--data", str(tmp_path / "file" / "below"))


def test_a_newer_schema(tmp_path: Path) -> None:
    with ControlPlane(data_dir=tmp_path):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "remora.db")) as connection:
        connection.execute("PRAGMA user_version = 9999")
    line = fails("--data", str(tmp_path))
    assert "schema version 9999" in line
    assert "upgrade remora" in line


def test_a_cluster_elsewhere() -> None:
    assert "is no URL of this machine" in fails("--ephemeral", "--cluster-endpoint", "http://example.com:80")


def test_bad_faults() -> None:
    assert "unknown fault 'explode'" in fails("--ephemeral", "--fault", "explode")


SLEEP = "sleep 60 & echo $!; echo $$; wait"


async def start_sleeping(api: Any, name: str, **metadata: Any) -> list[int]:
    """Start a run that sleeps; returns the numbers of its two processes."""
    spec = api.shell(SLEEP, metadata=core.TaskMetadata(**metadata))
    action = await api.start(spec, name)
    await api.reach(action, ActionPhase.RUNNING)
    from remora_api.flyteidl2.dataproxy import TailLogsRequest

    lines: list[str] = []
    async with api.data.tail_logs(TailLogsRequest(action_id=action, attempt=1)) as messages:
        async for message in messages:
            lines += [line.message for logs in message.logs for line in logs.lines]
            if len(lines) == 2:
                break
    return [int(line) for line in lines]


async def end_of(api: Any, name: str) -> workflow.ActionDetails:
    run = common.RunIdentifier(project="testing", domain="development", name=name)
    details: workflow.ActionDetails = await api.finish(common.ActionIdentifier(run=run, name="a0"))
    return details


async def test_a_stop_ends_running_tasks(
    server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path
) -> None:
    one = server("--data", str(tmp_path), "--project", "testing")
    api = connect(one.facts["endpoint"])
    pids = await start_sleeping(api, "sleeping")
    await api.client.aclose()
    code, _, errors = one.end(signal.SIGTERM)
    assert code == 0, errors
    assert not any(running(pid) for pid in pids)
    with ControlPlane(data_dir=tmp_path) as plane:
        api = connect(plane.endpoint)
        details = await end_of(api, "sleeping")
        await api.client.aclose()
    assert details.status.phase == ActionPhase.FAILED
    assert details.error_info.message == "the local control plane stopped while attempt 1 was running"


async def test_a_kill_loses_nothing_that_was_finished(
    server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path
) -> None:
    one = server("--data", str(tmp_path), "--project", "testing", "--parallel", "2")
    api = connect(one.facts["endpoint"])
    spec = api.shell("echo log; echo 7 > /var/outputs/y", outputs={"y": api.integer})
    done = await api.start(spec, "done")
    before = await api.finish(done)
    pids = await start_sleeping(api, "sleeping")
    pids += await start_sleeping(api, "again", retries=core.RetryStrategy(retries=1))
    waiting = await api.start(spec, "waiting")
    await api.reach(waiting, ActionPhase.WAITING_FOR_RESOURCES)
    await api.client.aclose()
    assert one.end(signal.SIGKILL)[0] == -signal.SIGKILL
    wait_until(lambda: not any(running(pid) for pid in pids))

    two = server("--data", str(tmp_path), "--parallel", "2")
    api = connect(two.facts["endpoint"])
    after = (await api.runs.get_action_details(workflow.GetActionDetailsRequest(action_id=done))).details
    assert after == before
    assert await api.outputs(done) == {"y": make.integer(7)}
    assert await api.log(done) == ["log\n"]
    details = await end_of(api, "sleeping")
    assert details.status.phase == ActionPhase.FAILED
    assert details.error_info.kind == workflow.ErrorInfoKind.SYSTEM
    assert details.error_info.message == "the local control plane stopped while attempt 1 was running"
    assert (await end_of(api, "waiting")).status.phase == ActionPhase.SUCCEEDED
    run = common.RunIdentifier(project="testing", domain="development", name="again")
    again = common.ActionIdentifier(run=run, name="a0")
    request = workflow.WatchActionDetailsRequest(action_id=again)
    async with api.runs.watch_action_details(request) as messages:
        async for message in messages:
            if message.details.attempts[-1].attempt == 2 and message.details.attempts[-1].logs_available:
                break
    assert [attempt.phase.name for attempt in message.details.attempts] == ["FAILED", "RUNNING"]
    await api.client.aclose()
    assert two.end(signal.SIGTERM)[0] == 0


async def test_killed_in_the_middle_of_much(
    server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path
) -> None:
    """Whatever was answered is there after a kill, and everything comes to an end."""
    created: list[str] = []
    for round_ in range(3):
        one = server("--data", str(tmp_path), "--project", "testing", "--parallel", "3")
        api = connect(one.facts["endpoint"])

        async def create(number: int, api: Any = api, round_: int = round_) -> None:
            spec = api.shell("seq 200; echo {{.inputs.n}} > /var/outputs/n", outputs={"n": api.integer})
            action = await api.start(spec, f"r{round_}-{number}", n=make.integer(number))
            created.append(action.run.name)

        pending = [asyncio.ensure_future(create(number)) for number in range(15)]
        await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        one.process.kill()
        one.process.wait()
        await asyncio.gather(*pending, return_exceptions=True)
        await api.client.aclose()
    one = server("--data", str(tmp_path))
    api = connect(one.facts["endpoint"])
    assert created
    for name in created:
        details = await end_of(api, name)
        assert details.status.phase in (ActionPhase.SUCCEEDED, ActionPhase.FAILED)
        if details.status.phase == ActionPhase.FAILED:
            assert "the local control plane stopped" in details.error_info.message
    await api.client.aclose()


def threads() -> set[threading.Thread]:
    """Threads of a control plane and of event loops."""
    return {thread for thread in threading.enumerate() if thread.name.startswith(("remora-dev", "asyncio_"))}


def test_the_fixture_leaves_nothing_behind() -> None:
    plane = ControlPlane()
    with pytest.raises(RuntimeError, match="the control plane is not running"):
        _ = plane.endpoint
    before = threads()
    with plane:
        assert threads() > before
        data_dir = plane.data_dir
        client = plane.client()
        with pytest.raises(RuntimeError, match="running already"):
            plane.start()
    assert threads() <= before
    assert not os.path.exists(data_dir)
    from remora.errors import ClientClosed
    from remora_api.flyteidl2.workflow import RunServiceStub

    with pytest.raises(ClientClosed):
        asyncio.run(RunServiceStub(client).list_runs(workflow.ListRunsRequest()))


def test_the_fixture_can_be_started_again(tmp_path: Path) -> None:
    plane = ControlPlane(data_dir=tmp_path)
    with plane:
        endpoint = plane.endpoint
        plane.restart()
        assert plane.endpoint != endpoint
        assert plane.data_dir == str(tmp_path)
    plane.stop()


def test_the_fixture_reports_why_it_cannot_start(tmp_path: Path) -> None:
    from remora.dev.errors import ControlPlaneError

    (tmp_path / "file").touch()
    before = threads()
    with pytest.raises(ControlPlaneError, match="cannot use the data directory"):
        ControlPlane(data_dir=tmp_path / "file").start()
    assert threads() <= before


def test_the_plugin(pytester_like: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(pytester_like)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=pytester_like,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.fixture
def pytester_like(tmp_path: Path) -> Path:
    """A project of a user with a test that uses the fixture."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["remora.testing"]\n')
    (tmp_path / "test_users.py").write_text(
        "import pytest\n"
        "def test_default(control_plane):\n"
        "    assert control_plane.endpoint.startswith('http://127.0.0.1:')\n"
        "class TestOptions:\n"
        "    @pytest.fixture\n"
        "    def control_plane_options(self):\n"
        "        return {'project': 'mine', 'strict': True}\n"
        "    def test_mine(self, control_plane):\n"
        "        assert control_plane.project == 'mine'\n"
    )
    return tmp_path


def test_the_next_start_ends_processes_that_were_left(tmp_path: Path) -> None:
    from remora.dev.executor.guard_main import process_start

    with ControlPlane(data_dir=tmp_path):
        pass
    (tmp_path / "work" / "1-1").mkdir()
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    left, other = (subprocess.Popen(command, start_new_session=True) for _ in range(2))
    try:
        with contextlib.closing(sqlite3.connect(tmp_path / "remora.db", isolation_level=None)) as connection:
            connection.execute("INSERT INTO processes VALUES (?, ?)", (left.pid, process_start(left.pid)))
            connection.execute("INSERT INTO processes VALUES (?, ?)", (other.pid, "another start"))
        with ControlPlane(data_dir=tmp_path):
            assert left.wait(10) == -signal.SIGKILL
            assert other.poll() is None
            assert not list((tmp_path / "work").iterdir())
    finally:
        for process in (left, other):
            process.kill()
            process.wait()


def test_a_stop_does_not_wait_for_clients() -> None:
    with contextlib.ExitStack() as connections:
        with ControlPlane() as plane:
            for url in (plane.endpoint, plane.object_store):
                host, _, port = url.partition("://")[2].partition(":")
                connections.enter_context(socket.create_connection((host, int(port))))
            before = time.monotonic()
        assert time.monotonic() - before < 5


LISTEN = """
import os, socket
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
print(os.getpid(), flush=True)
while True:
    server.accept()
"""


async def active_app(api: Any) -> app.App:
    request = app.WatchRequest(app_id=app.Identifier(project="testing", domain="development", name="web"))
    async with api.apps.watch(request, timeout=60) as events:
        async for event in events:
            found = event.create_event.app if event.create_event is not None else event.update_event.updated_app
            if found.status.conditions[-1].deployment_status == app.StatusDeploymentStatus.ACTIVE:
                return found  # type: ignore[no-any-return]
    raise AssertionError("the app was deleted")


async def pids_of(api: Any, count: int) -> list[int]:
    """Wait until as many processes of the app have written their numbers into its log."""
    target = app.TailLogsRequest(app_id=app.Identifier(project="testing", domain="development", name="web"))
    lines: list[str] = []
    async with api.app_logs.tail_logs(target, timeout=60) as messages:
        async for message in messages:
            batches = message.batches.logs if message.batches is not None else []
            lines += [line.message for batch in batches for line in batch.structured_lines]
            if len(lines) >= count:
                break
    return [int(line) for line in lines]


async def test_a_kill_ends_apps_and_the_next_server_starts_them(
    server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path
) -> None:
    one = server("--data", str(tmp_path), "--project", "testing")
    api = connect(one.facts["endpoint"])
    identifier = app.Identifier(project="testing", domain="development", name="web")
    container = core.Container(command=["python", "-c", LISTEN])
    created = app.App(metadata=app.Meta(id=identifier), spec=app.Spec(container=container))
    await api.apps.create(app.CreateRequest(app=created))
    before = await active_app(api)
    (pid,) = await pids_of(api, 1)
    await api.client.aclose()
    assert one.end(signal.SIGKILL)[0] == -signal.SIGKILL
    wait_until(lambda: not running(pid))

    two = server("--data", str(tmp_path))
    api = connect(two.facts["endpoint"])
    after = await active_app(api)
    assert after.status.conditions[: len(before.status.conditions)] == before.status.conditions
    _, again = await pids_of(api, 2)
    assert again != pid
    assert after.status.ingress == before.status.ingress
    await api.client.aclose()
    assert two.end(signal.SIGTERM)[0] == 0
    assert not running(again)


async def test_a_kill_loses_no_secret_trigger_setting_artifact_or_condition(
    server: Callable[..., Server], connect: Callable[[str], Any], tmp_path: Path
) -> None:
    one = server("--data", str(tmp_path), "--project", "testing")
    api = connect(one.facts["endpoint"])
    owner = secret.SecretIdentifier(name="key", project="testing", domain="development")
    value = secret.SecretSpec(string_value="hidden")
    await api.secrets.create_secret(secret.CreateSecretRequest(id=owner, secret_spec=value))
    name = common.TriggerName(project="testing", domain="development", name="t", task_name="job")
    spec = trigger.TriggerSpec(task_version="1", active=True)
    await api.triggers.deploy_trigger(trigger.DeployTriggerRequest(name=name, spec=spec))
    key = settings.SettingsKey(domain="development", project="testing")
    await api.settings.create_settings(settings.CreateSettingsRequest(key=key, settings=settings.Settings()))
    version = artifact.ArtifactIdentifier(
        name=artifact.ArtifactName(project="testing", domain="development", name="a"), version="1"
    )
    published = artifact.ArtifactSpec(value=make.integer(1), type=api.integer)
    await api.artifacts.create_artifact(artifact.CreateArtifactRequest(artifact_id=version, spec=published))
    action = await api.start(api.shell("sleep 60", metadata=core.TaskMetadata(retries=core.RetryStrategy(retries=1))))
    await api.reach(action, ActionPhase.RUNNING)
    gate = common.ActionIdentifier(run=action.run, name="gate")
    condition = workflow.ConditionAction(name="ok", type=core.LiteralType(simple=core.SimpleType.BOOLEAN))
    await api.internal.record_action(workflow.RecordActionRequest(action_id=gate, parent="a0", condition=condition))

    async def state(api: Any) -> list[Any]:
        return [
            await api.secrets.get_secret(secret.GetSecretRequest(id=owner)),
            await api.triggers.get_trigger_details(trigger.GetTriggerDetailsRequest(name=name)),
            await api.settings.get_settings_for_edit(settings.GetSettingsForEditRequest(key=key)),
            await api.artifacts.get_artifact(artifact.GetArtifactRequest(name=version.name)),
            await api.runs.get_action_details(workflow.GetActionDetailsRequest(action_id=gate)),
        ]

    before = await state(api)
    await api.client.aclose()
    assert one.end(signal.SIGKILL)[0] == -signal.SIGKILL
    two = server("--data", str(tmp_path))
    api = connect(two.facts["endpoint"])
    assert await state(api) == before
    payload = workflow.EventPayload(bool_value=True)
    await api.runs.signal_event(workflow.SignalEventRequest(action_id=gate, payload=payload))
    asks = api.shell("printf %s $KEY > /var/outputs/seen", outputs={"seen": api.string})
    asks.task_template.security_context = core.SecurityContext(secrets=[core.Secret(key="key")])
    reader = await api.start(asks)
    await api.finish(reader)
    assert await api.outputs(reader) == {"seen": make.string("hidden")}
    await api.client.aclose()
