"""`Logs` and `User`: what needs no entity at hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from remora.errors import ConfigError, InvalidArgument, NotFound
from remora_api.entities import Logs, User
from remora_api.flyteidl2 import auth, common, dataproxy, workflow
from remora_api.flyteidl2.logs import dataplane
from remora_api.google.protobuf import Timestamp

ACTION = common.ActionIdentifier(run=common.RunIdentifier(project="proj", domain="dev", name="r1"), name="a0")


@pytest.fixture
def service(client: Any) -> Any:
    """A client whose server has the log of an action that runs."""
    status = workflow.ActionStatus(phase=common.ActionPhase.RUNNING, attempts=1)
    found = workflow.ActionDetails(id=ACTION, status=status)
    lines = [
        dataplane.LogLine(message=f"line {number}\n", timestamp=Timestamp(seconds=number, nanos=1))
        for number in (1, 2, 3)
    ]
    messages = [
        dataproxy.TailLogsResponse(logs=[dataproxy.TailLogsResponseLogs(lines=lines)]),
        asyncio.Event(),
    ]
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=found)
    client.answers["WatchActionDetails"] = lambda request: [workflow.WatchActionDetailsResponse(details=found)]
    client.answers["TailLogs"] = lambda request: messages
    return client


async def test_the_caller_may_know_that_it_has_ended(service: Any) -> None:
    asked = []

    async def is_terminal() -> bool:
        asked.append(1)
        return True

    tail = Logs.tail.aio(ACTION, idle_timeout=0.01, is_terminal=is_terminal, client=service)
    assert [line.message async for line in tail] == ["line 1", "line 2", "line 3"]
    assert asked


async def test_a_viewer_prints(service: Any, capsys: pytest.CaptureFixture[str]) -> None:
    async def is_terminal() -> bool:
        return True

    await Logs.create_viewer.aio(ACTION, idle_timeout=0.01, is_terminal=is_terminal, client=service)
    assert capsys.readouterr().out == "line 1\nline 2\nline 3\n"
    await Logs.create_viewer.aio(
        ACTION, panel=True, max_lines=2, idle_timeout=0.01, is_terminal=is_terminal, client=service
    )
    shown = capsys.readouterr().out
    assert "line 3" in shown
    assert "r1" in shown


async def test_retries_are_counted(service: Any) -> None:
    service.answers["TailLogs"] = lambda request: [NotFound("no log")]
    with pytest.raises(NotFound):
        async for _ in Logs.tail.aio(ACTION, retry=0, client=service):
            pass


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attempt": 0}, "attempt must be at least 1"),
        ({"retry": -1}, "retry must not be negative"),
        ({"idle_timeout": 0}, "idle_timeout must be more than 0"),
        ({"idle_timeout": -1}, "idle_timeout must not be negative"),
    ],
)
async def test_bad_input(client: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        async for _ in Logs.tail.aio(ACTION, client=client, **arguments):
            pass
    with pytest.raises(TypeError, match="attempt"):
        async for _ in Logs.tail.aio(ACTION, "1", client=client):  # type: ignore[arg-type]
            pass
    assert client.calls == []


async def test_a_panel_needs_rich(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rich.live", None)
    with pytest.raises(ConfigError, match="extra `progress`"):
        await Logs.create_viewer.aio(ACTION, panel=True, client=service)


async def test_who_is_logged_in(client: Any) -> None:
    info = auth.UserInfoResponse(subject="s1", name="Ada", email="ada@example.com")
    client.answers["UserInfo"] = lambda request: info
    user = await User.get.aio(client=client)
    assert (user.subject(), user.name(), user.email) == ("s1", "Ada", "ada@example.com")
    assert user.to_dict() == {"subject": "s1", "name": "Ada", "email": "ada@example.com"}
