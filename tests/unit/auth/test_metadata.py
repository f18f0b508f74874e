from __future__ import annotations

import asyncio
import threading

import pytest

import remora
from remora.auth.credentials import CallCredentials
from remora.auth.metadata import current_metadata
from remora.channel.credentials import Grant
from remora.errors import ValidationError

PASSING = CallCredentials(None, None)


def test_headers_of_a_block() -> None:
    assert current_metadata() == {}
    with remora.auth_metadata(("Authorization", "Bearer a"), ("x-user", "u")):
        assert current_metadata() == {"authorization": "Bearer a", "x-user": "u"}
        with remora.auth_metadata(("authorization", "Bearer b")):
            assert current_metadata() == {"authorization": "Bearer b"}
        assert current_metadata()["authorization"] == "Bearer a"
    assert current_metadata() == {}


def test_a_block_that_fails_ends_too() -> None:
    with pytest.raises(RuntimeError), remora.auth_metadata(("a", "b")):
        raise RuntimeError
    assert current_metadata() == {}


async def test_concurrent_tasks_see_their_own() -> None:
    turns = asyncio.Barrier(3) if hasattr(asyncio, "Barrier") else None

    async def one(name: str) -> dict[str, str]:
        with remora.auth_metadata(("authorization", name)):
            if turns is not None:
                await turns.wait()
            await asyncio.sleep(0)
            return dict((await PASSING.grant()).headers)

    async def outside() -> dict[str, str]:
        if turns is not None:
            await turns.wait()
        return dict((await PASSING.grant()).headers)

    found = await asyncio.gather(one("a"), outside(), one("b"))
    assert found == [{"authorization": "a"}, {}, {"authorization": "b"}]


def test_threads_see_nothing_of_each_other() -> None:
    found: list[dict[str, str]] = []
    with remora.auth_metadata(("authorization", "a")):
        thread = threading.Thread(target=lambda: found.append(current_metadata()))
        thread.start()
        thread.join()
    assert found == [{}]


async def test_nothing_is_renewed() -> None:
    assert not await PASSING.renew(Grant({"authorization": "a"}))
    PASSING.reject(Grant({"authorization": "a"}))
    assert not PASSING.asks_a_person


@pytest.mark.parametrize("pair", [("te", "x"), ("a b", "x"), ("a", "hush\n"), ("a", "hüsh"), ("a", b"hush"), ("a",)])
def test_what_may_not_be_sent(pair: tuple[str, str]) -> None:
    with pytest.raises(ValidationError) as caught, remora.auth_metadata(pair):
        raise AssertionError
    assert "hush" not in str(caught.value)


def test_a_grant_shows_no_values() -> None:
    assert repr(Grant({"authorization": "hush"})) == "Grant(authorization)"
