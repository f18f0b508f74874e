"""What generated methods use around an RPC: merged requests, required answers, declared retries."""

from __future__ import annotations

import math
from typing import Any

import pytest

from remora.bindings import RetrySafe, merged, present
from remora.contract.v1.services import Method, Shape
from remora.errors import Internal
from remora_api.flyteidl2 import common, workflow


def test_the_users_request_lies_below_the_parameters() -> None:
    given = workflow.ListRunsRequest(
        org="theirs", request=common.ListRequest(limit=9, token="t"), paused_actions_only=True
    )
    made = workflow.ListRunsRequest(project_id=common.ProjectIdentifier(name="p"), request=common.ListRequest(limit=5))
    assert merged(given, made) == workflow.ListRunsRequest(
        project_id=common.ProjectIdentifier(name="p"),
        request=common.ListRequest(limit=5, token="t"),
        paused_actions_only=True,
    )
    assert merged(None, made) is made


def test_what_an_answer_must_hold() -> None:
    assert present("x", "a.B/C", "d") == "x"
    with pytest.raises(Internal, match="the server answered without 'd'"):
        present(None, "a.B/C", "d")


class _Recorder:
    """A caller that only remembers which method it was given."""

    def __init__(self) -> None:
        self.seen: list[tuple[Method[Any, Any], float | None]] = []

    async def unary_unary(self, method: Any, request: Any, *, timeout: Any = None, metadata: Any = None) -> Any:
        self.seen.append((method, timeout))
        return request

    def unary_stream(self, method: Any, request: Any, *, timeout: Any = None, metadata: Any = None) -> Any:
        self.seen.append((method, timeout))
        return request

    async def stream_unary(self, method: Any, requests: Any, *, timeout: Any = None, metadata: Any = None) -> Any:
        self.seen.append((method, timeout))
        return requests

    def stream_stream(self, method: Any, requests: Any, *, timeout: Any = None, metadata: Any = None) -> Any:
        self.seen.append((method, timeout))
        return requests


async def test_declared_retries() -> None:
    recorder = _Recorder()
    caller = RetrySafe(recorder)
    methods = [Method(f"/a.B/{shape.value}", workflow.Run, workflow.Run, shape) for shape in Shape]
    run = workflow.Run()
    assert await caller.unary_unary(methods[0], run, timeout=1) is run
    stream: Any = caller.unary_stream(methods[1], run, timeout=math.inf)
    assert stream is run
    await caller.stream_unary(methods[2], [run])
    caller.stream_stream(methods[3], [run])
    assert [(method.path, method.may_repeat) for method, _ in recorder.seen] == [
        ("/a.B/unary_unary", True),
        ("/a.B/unary_stream", True),
        ("/a.B/stream_unary", False),
        ("/a.B/stream_stream", False),
    ]
    assert [timeout for _, timeout in recorder.seen] == [1, math.inf, None, None]
    assert not any(method.may_repeat for method in methods)
