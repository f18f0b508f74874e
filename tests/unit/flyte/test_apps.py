"""Apps: deploying, changing, starting, stopping, waiting and their logs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora.errors import (
    AlreadyExists,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    RunFailed,
    Unavailable,
    Unimplemented,
    WaitTimeout,
)
from remora.flyte import app_logs, app_states
from remora.flyte.states import Policy
from remora_api.entities import App, AppLogs
from remora_api.flyteidl2 import app, core
from remora_api.flyteidl2.logs import dataplane
from remora_api.google.protobuf import Timestamp

ID = app.Identifier(project="proj", domain="dev", name="dashboard")
STATUS = app.StatusDeploymentStatus
QUICK = Policy(idle=0.02, first_delay=0.001, largest_delay=0.002, failures=2, poll=0.01)


def make(status: str | None = "ACTIVE", desired: str = "STARTED", image: str = "web:1", message: str = "") -> app.App:
    conditions = [] if status is None else [app.Condition(deployment_status=STATUS[status], message=message)]
    return app.App(
        metadata=app.Meta(id=ID, revision=3, labels={"team": "data"}),
        spec=app.Spec(container=core.Container(image=image), desired_state=app.SpecDesiredState[desired]),
        status=app.Status(conditions=conditions, ingress=app.Ingress(public_url="https://d.example.com")),
    )


@pytest.fixture
def service(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client whose server has one app, and takes every change."""
    current = [make()]

    def update(request: Any) -> Any:
        current[0] = request.app
        return app.UpdateResponse(app=request.app)

    client.current = current
    client.answers["Get"] = lambda request: app.GetResponse(app=current[0])
    client.answers["Update"] = update
    client.answers["Create"] = lambda request: app.CreateResponse(app=request.app)
    client.answers["Delete"] = lambda request: app.DeleteResponse()
    client.answers["List"] = lambda request: app.ListResponse(apps=[current[0]])
    monkeypatch.setattr(app_states, "POLICY", QUICK)
    monkeypatch.setattr(app_states.app_states, "__defaults__", (QUICK,))
    monkeypatch.setattr(app_logs, "_POLICY", QUICK)
    monkeypatch.setattr(app_logs, "_IDLE", 0.02)
    return client


async def test_what_an_app_tells(service: Any) -> None:
    found = await App.get.aio("dashboard", client=service)
    assert (found.name, found.revision, found.endpoint) == ("dashboard", 3, "https://d.example.com")
    assert found.is_active()
    assert not found.is_deactivated()
    assert found.url == "https://console.example.com/v2/domain/dev/project/proj/apps/dashboard"
    assert [item.name async for item in App.listall.aio(client=service)] == ["dashboard"]
    assert App(make(None), client=service).deployment_status == STATUS.UNSPECIFIED


def test_filters_of_a_list(service: Any) -> None:
    list(App.listall("ada", in_status=("active", "DEPLOYMENT_STATUS_FAILED"), order_by="-name", client=service))
    (request,) = service.requests("List")
    assert [(item.field, item.values) for item in request.request.filters] == [
        ("created_by", ["ada"]),
        ("status_phase", ["DEPLOYMENT_STATUS_ACTIVE", "DEPLOYMENT_STATUS_FAILED"]),
    ]
    with pytest.raises(InvalidArgument, match="in_status: 'odd' is unknown"):
        App.listall(in_status="odd", client=service)


async def test_creating_replaces_what_is_there(service: Any) -> None:
    new = app.App(metadata=app.Meta(id=app.Identifier(name="dashboard")), spec=make(image="web:2").spec)
    made = await App.create.aio(new, client=service)
    assert made.pb2.metadata is not None
    assert made.pb2.metadata.id == ID
    service.answers["Create"] = lambda request: AlreadyExists("there")
    made = await App.create.aio(new, client=service)
    assert made.pb2.spec is not None
    assert made.pb2.spec.container == core.Container(image="web:2")
    with pytest.raises(AlreadyExists):
        await App.create.aio(new, on_existing="raise", client=service)


async def test_an_equal_specification_is_not_sent_again(service: Any) -> None:
    spec = make().spec
    assert spec is not None
    await App.replace.aio("dashboard", spec, "again", client=service)
    assert service.names() == ["Get"]
    await App.replace.aio("dashboard", spec, "labels", {"team": "web"}, client=service)
    (request,) = service.requests("Update")
    assert request.app.metadata.labels == {"team": "web"}
    assert request.reason == "labels"


async def test_deleting_twice(service: Any) -> None:
    await App.delete.aio("dashboard", client=service)
    service.answers["Delete"] = lambda request: NotFound("gone")
    await App.delete.aio("dashboard", client=service)


@pytest.mark.parametrize("name", ["", "-a", "a-", "a_b", "ü", "x" * 31, "x" * 10_000_000])
async def test_bad_names(service: Any, name: str) -> None:
    with pytest.raises(InvalidArgument, match="name"):
        await App.get.aio(name, client=service)
    with pytest.raises(InvalidArgument, match="reason has 101"):
        await App.update.aio(make(), "r" * 101, client=service)
    assert service.calls == []


def event(message: app.App) -> app.WatchResponse:
    return app.WatchResponse(update_event=app.UpdateEvent(updated_app=message))


async def test_starting_and_waiting(service: Any) -> None:
    stopped = App(make("STOPPED", "STOPPED"), client=service)
    service.current[0] = stopped.pb2
    stream = [
        app.WatchResponse(create_event=app.CreateEvent(app=make(None))),
        event(make("DEPLOYING")),
        Unavailable("gone"),
    ]
    last = [event(make("ACTIVE"))]
    streams = [stream, last]
    service.answers["Watch"] = lambda request: streams.pop(0)
    assert await stopped.activate.aio(wait=True, timeout=10) is stopped
    assert stopped.is_active()
    sent = service.requests("Update")[0].app.spec.desired_state
    assert sent == app.SpecDesiredState.STARTED
    service.calls.clear()
    assert await stopped.activate.aio() is stopped  # nothing to do
    assert service.calls == []


async def test_an_app_that_fails_or_is_deleted(service: Any) -> None:
    found = App(make("PENDING"), client=service)
    service.current[0] = make("PENDING")
    service.answers["Watch"] = lambda request: [event(make("FAILED", message="no such image"))]
    with pytest.raises(RunFailed, match="dashboard could not be deployed: no such image"):
        await found.watch.aio(timeout=10)
    service.answers["Watch"] = lambda request: [app.WatchResponse(delete_event=app.DeleteEvent())]
    with pytest.raises(NotFound, match="was deleted"):
        await found.watch.aio(timeout=10)


async def test_time_is_over_and_silent_streams(service: Any) -> None:
    found = App(make("PENDING"), client=service)
    service.current[0] = make("PENDING")
    service.answers["Watch"] = lambda request: [asyncio.Event()]
    with pytest.raises(WaitTimeout, match="it is pending"):
        await found.watch.aio(timeout=0.1)
    service.current[0] = make("STOPPED", "STOPPED")
    assert (await found.watch.aio("deactivated", timeout=10)).is_deactivated()
    service.answers["Watch"] = lambda request: Unimplemented("no")
    assert (await found.watch.aio("deactivated", timeout=10)).is_deactivated()
    with pytest.raises(InvalidArgument, match="wait_for"):
        await found.watch.aio("running")  # type: ignore[arg-type]


async def test_the_context_stops_the_app_also_after_an_error(service: Any) -> None:
    def watch(request: Any) -> Any:
        wanted = service.current[0].spec.desired_state
        started = wanted == app.SpecDesiredState.STARTED
        return [event(make("ACTIVE" if started else "STOPPED", wanted.name))]

    service.answers["Watch"] = watch
    found = App(make("STOPPED", "STOPPED"), client=service)
    service.current[0] = found.pb2

    async def fail() -> None:
        async with found.ephemeral_ctx():
            assert found.is_active()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert found.is_deactivated()


def test_the_context_in_the_blocking_form(service: Any) -> None:
    service.answers["Watch"] = lambda request: [event(make("STOPPED", "STOPPED"))]
    found = App(make("ACTIVE"), client=service)
    with found.ephemeral_ctx_sync():
        assert found.is_active()
    assert found.is_deactivated()


def lines(*texts: str, replica: str = "r1") -> app.TailLogsResponse:
    found = [
        dataplane.LogLine(message=text, timestamp=Timestamp(seconds=1000 + number)) for number, text in enumerate(texts)
    ]
    identifier = app.ReplicaIdentifier(app_id=ID, name=replica)
    batch = app.LogLines(replica_id=identifier, structured_lines=found)
    return app.TailLogsResponse(batches=app.LogLinesBatch(logs=[batch]))


async def test_log_lines_come_once_through_lost_streams(service: Any) -> None:
    streams = [[lines("one", "two"), Unavailable("gone")], [lines("one", "two", "three")]]
    service.answers["TailLogs"] = lambda request: streams.pop(0) if streams else []
    found = App(make(), client=service)
    seen = [(line.pod, line.message) async for line in found.logs.aio(follow=False)]
    assert seen == [("r1", "one"), ("r1", "two"), ("r1", "three")]


def test_logs_by_identifier_and_on_stdout(service: Any, capsys: pytest.CaptureFixture[str]) -> None:
    service.answers["TailLogs"] = lambda request: [lines("one", "\x1b[31mtwo")]
    tail = AppLogs.tail(ID, "r1", follow=False, idle_reconnects=0, client=service)
    assert [line.message for line in tail] == ["one", "\x1b[31mtwo"]
    assert service.requests("TailLogs")[0].replica_id.name == "r1"
    App(make(), client=service).show_logs(max_lines=1, follow=False)
    assert capsys.readouterr().out == "[r1] \\x1b[31mtwo\n"
    service.answers["TailLogs"] = lambda request: [lines("one"), PermissionDenied("enough")]
    with pytest.raises(PermissionDenied):
        AppLogs.create_viewer(ID, client=service)
    assert capsys.readouterr().out == "one\n"


def test_a_log_that_is_never_there(service: Any) -> None:
    service.answers["TailLogs"] = lambda request: [NotFound("no such replica")]
    with pytest.raises(NotFound):
        list(AppLogs.tail(ID, "r9", retry=1, client=service))
    with pytest.raises(InvalidArgument, match="retry"):
        list(AppLogs.tail(ID, retry=-1, client=service))
