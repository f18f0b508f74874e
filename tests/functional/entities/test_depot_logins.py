"""Logins by an RPC of the service's own, and entities that keep what was asked for."""

from __future__ import annotations

import asyncio
import importlib
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from remora.errors import AuthError, ConfigError, InvalidArgument, Unauthenticated, Unavailable

SECRET = "s3cret-number"


@pytest.fixture
def fake(depot: Any) -> Iterator[Any]:
    """A fake depot."""
    with importlib.import_module("depot_api.testing").FakeServer() as server:
        yield server


@pytest.fixture
def pb(depot_messages: Any) -> Any:
    """The messages."""
    return depot_messages


def logged_in(fake: Any, pb: Any) -> Any:
    """Tokens t1, t2 and so on, and an item for whoever asks."""
    program = fake.on(pb.DepotBase.log_in)
    program.answer_with(lambda request: pb.LogInResponse(session=pb.Session(token=f"t{len(program.calls)}")))
    return program


def client_of(fake: Any, badge: Any) -> Any:
    return fake.client(auth=badge, context={"tenant": "acme"})


def headers(program: Any) -> list[str]:
    return [call.metadata["x-badge"] for call in program.calls]


def test_a_token_is_had_before_the_first_call_and_used_for_all(fake: Any, pb: Any, depot: Any) -> None:
    log_in, get = logged_in(fake, pb), fake.on(pb.DepotBase.get_item).answer(pb.Item(name="n"))
    client = client_of(fake, depot.Badge("ada", SECRET))

    async def several() -> None:
        await asyncio.gather(*(depot.Item.named.aio("n", client=client) for _ in range(5)))

    asyncio.run(several())
    depot.Item.named("n", client=client)
    assert log_in.requests == [pb.LogInRequest(who="ada", code=SECRET, realm="main")]
    assert "x-badge" not in log_in.calls[0].metadata
    assert headers(get) == ["Badge t1"] * 6


def test_a_token_that_is_refused_is_had_anew_once(fake: Any, pb: Any, depot: Any) -> None:
    log_in, get = logged_in(fake, pb), fake.on(pb.DepotBase.get_item)
    get.answer(pb.Item()).fail(Unauthenticated("it expired")).answer(pb.Item(name="n"))
    client = client_of(fake, depot.Badge("ada", SECRET))
    depot.Item.named("n", client=client)
    assert depot.Item.named("n", client=client).name == "n"
    assert headers(get) == ["Badge t1", "Badge t1", "Badge t2"]
    get.fail(Unauthenticated("and again"))
    with pytest.raises(Unauthenticated):
        depot.Item.named("n", client=client)
    assert len(log_in.calls) == 3


def test_a_token_is_renewed_when_its_time_is_over(fake: Any, pb: Any, depot: Any) -> None:
    log_in, get = logged_in(fake, pb), fake.on(pb.DepotBase.get_item).answer(pb.Item())
    badge = depot.Badge("ada", SECRET, lifetime=1e-6)
    assert depot.Badge("ada", SECRET).lifetime == 3600
    client = client_of(fake, badge)
    depot.Item.named("n", client=client)
    depot.Item.named("n", client=client)
    assert headers(get) == ["Badge t1", "Badge t2"]
    assert len(log_in.calls) == 2


def test_who_may_not_log_in_is_told_so(fake: Any, pb: Any, depot: Any) -> None:
    get = fake.on(pb.DepotBase.get_item).answer(pb.Item())
    log_in = fake.on(pb.DepotBase.log_in)
    log_in.fail(InvalidArgument("wrong number")).answer(pb.LogInResponse())
    log_in.answer(pb.LogInResponse(session=pb.Session(token="a\nb"))).fail(Unavailable("later"))
    client = client_of(fake, depot.Badge("ada", SECRET))
    for error, words in (
        (AuthError, "the login failed: wrong number"),
        (AuthError, "gave no token"),
        (AuthError, "gave no token"),
        (Unavailable, "later"),
    ):
        with pytest.raises(error, match=words) as caught:
            depot.Item.named("n", client=client)
        assert SECRET not in str(caught.value)
    assert get.calls == []


def test_secrets_are_not_shown(fake: Any, depot: Any) -> None:
    badge = depot.Badge("ada", SECRET, realm="side")
    assert repr(badge) == "Badge(lifetime=3600.0, person='ada', realm='side')"
    client = client_of(fake, badge)
    assert SECRET not in f"{client.config.explain()}{client!r}"
    assert pickle.loads(pickle.dumps(badge)) == badge
    with pytest.raises(ConfigError, match="lifetime must be more than 0"):
        depot.Badge("ada", SECRET, lifetime=0)
    with pytest.raises(ConfigError, match="contradicts api_key"):
        fake.client(auth=badge, api_key="x")


def test_what_the_answer_does_not_say_again_is_kept(fake: Any, pb: Any, depot: Any) -> None:
    fake.on(pb.DepotBase.get_job).answer(pb.GetJobResponse(job=pb.Job(state=pb.JobState.DONE)))
    with fake.client(context={"tenant": "acme"}):
        job = depot.Job.get("j1")
    assert (job.id, job.state) == ("j1", pb.JobState.DONE)
