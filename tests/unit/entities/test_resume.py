"""Streams that go on after a loss, without a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from remora import resume
from remora.errors import InvalidArgument, RpcError, Unavailable
from remora.resume import resumed


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "FIRST_DELAY", 0.0)


class Calls:
    """Streams of positions that end with an error or well, one after the other."""

    def __init__(self, *calls: list[Any]) -> None:
        self.calls = list(calls)
        self.asked: list[Any] = []
        self.closed = 0

    def start(self, position: Any, left: float | None) -> Any:
        self.asked.append(position)
        return _Stream(self, self.calls.pop(0) if self.calls else [Unavailable("gone")])


class _Stream:
    def __init__(self, owner: Calls, items: list[Any]) -> None:
        self._owner = owner
        self._items = items

    async def __aenter__(self) -> _Stream:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._owner.closed += 1

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self._items:
            if isinstance(item, RpcError):
                raise item
            yield item


async def read(calls: Calls, **given: Any) -> list[Any]:
    return [item async for item in resumed(calls.start, lambda item: item or None, **{"give_up": 60, **given})]


LOST = Unavailable("lost")


async def test_it_goes_on_from_the_last_position() -> None:
    calls = Calls([1, 2, LOST], [LOST], [3, LOST], [4])
    assert await read(calls) == [1, 2, 3, 4]
    assert calls.asked == [None, 2, 2, 3]
    assert calls.closed == 4


async def test_what_comes_again_is_left_out() -> None:
    assert await read(Calls([1, 2, 2, LOST], [1, 2, 2, 3, 3])) == [1, 2, 2, 3, 3]
    assert await read(Calls(["a", "b", LOST], ["b", "c", "b"])) == ["a", "b", "c", "b"]


async def test_a_response_without_a_position_is_passed_on() -> None:
    assert await read(Calls([0, 1, 0, LOST], [0, 2])) == [0, 1, 0, 0, 2]


async def test_the_first_response_may_tell_the_position() -> None:
    calls = Calls([0, LOST], [8])
    assert await read(calls, first=lambda item: 7) == [0, 8]
    assert calls.asked == [None, 7]


async def test_it_gives_up() -> None:
    with pytest.raises(Unavailable, match="lost"):
        await read(Calls([1, LOST]), give_up=0)
    calls = Calls()
    with pytest.raises(Unavailable, match="gone"):
        await read(calls, give_up=0.05)
    assert len(calls.asked) > 1


async def test_a_refusal_is_no_loss() -> None:
    calls = Calls([1, InvalidArgument("no")])
    with pytest.raises(InvalidArgument):
        await read(calls)
    assert calls.asked == [None]
