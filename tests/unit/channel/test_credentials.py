"""What a channel does with credentials, whatever they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from remora.channel import Channel, ChannelOptions, RetryPolicy, parse_endpoint
from remora.channel.credentials import Grant
from remora.errors import AuthError, DeadlineExceeded, LoginTimeout, Unauthenticated, Unavailable

Make = Callable[..., Channel]


class Fake:
    """Credentials that do as they are told."""

    def __init__(self, *, asks_a_person: bool = False, more: bool = True) -> None:
        self.asks_a_person = asks_a_person
        self.serial = 1
        self.renewed: list[Grant] = []
        self.rejected: list[Grant] = []
        self.error: AuthError | None = None
        self.during: Callable[[], None] = lambda: None
        self._more = more

    def ready(self) -> Grant | None:
        return None

    async def grant(self) -> Grant:
        self.during()
        if self.error is not None:
            raise self.error
        return Grant({"authorization": f"Bearer {self.serial}"}, (self.serial,))

    async def renew(self, refused: Grant) -> bool:
        self.during()
        self.renewed.append(refused)
        self.serial += 1
        return self._more

    def reject(self, refused: Grant) -> None:
        self.rejected.append(refused)


@pytest.fixture
async def make(server: Any) -> AsyncIterator[Make]:
    channels: list[Channel] = []

    def made(credentials: Fake, **options: Any) -> Channel:
        settings = ChannelOptions(**{"timeout": 20, "retry": RetryPolicy(initial=0.001, maximum=0.002), **options})
        channels.append(Channel(parse_endpoint(server.url).endpoint(), options=settings, credentials=credentials))
        return channels[-1]

    yield made
    for each in channels:
        each.close()


def _sent(echo: Any) -> list[object]:
    return [each.metadata.get("authorization") for each in echo.contexts]


async def test_each_attempt_asks_anew(echo: Any, make: Make, message: Any) -> None:
    fake = Fake()

    def later() -> None:
        fake.serial += 1

    fake.during = later
    echo.fail_next = [Unavailable("busy"), Unavailable("busy")]
    await make(fake).unary_unary(echo.SAFE, message(value="a"))
    assert _sent(echo) == ["Bearer 2", "Bearer 3", "Bearer 4"]


async def test_a_refused_call_is_repeated_once(echo: Any, make: Make, message: Any) -> None:
    fake = Fake()
    echo.fail_next = [Unauthenticated("no")]
    assert (await make(fake).unary_unary(echo.UNARY, message(value="a"))).value == "A"
    assert (fake.renewed, fake.rejected) == ([Grant({"authorization": "Bearer 1"}, (1,))], [])
    echo.fail_next = [Unauthenticated("no"), Unauthenticated("no")]
    with pytest.raises(Unauthenticated):
        await make(fake).unary_unary(echo.UNARY, message(value="a"))
    assert len(fake.renewed) == 2


async def test_without_other_credentials_the_server_has_the_last_word(echo: Any, make: Make, message: Any) -> None:
    fake = Fake(more=False)
    echo.fail_next = [Unauthenticated("no")]
    with pytest.raises(Unauthenticated):
        await make(fake).unary_unary(echo.UNARY, message(value="a"))
    assert len(echo.calls) == 1


async def test_a_stream_is_repeated_before_its_first_message_only(echo: Any, make: Make, message: Any) -> None:
    fake = Fake()
    channel = make(fake)
    echo.fail_next = [Unauthenticated("no")]
    assert [each.value async for each in channel.unary_stream(echo.COUNT, message(value="2"))] == ["0", "1"]
    assert len(fake.renewed) == 1
    responses = channel.unary_stream(echo.COUNT, message(value="1 then UNAUTHENTICATED"))
    assert (await responses.__anext__()).value == "0"
    with pytest.raises(Unauthenticated):
        await responses.__anext__()
    assert (len(fake.renewed), [each.serial for each in fake.rejected]) == (1, [(2,)])


async def test_the_callers_own_header_wins(echo: Any, make: Make, message: Any) -> None:
    fake = Fake()
    channel = make(fake)
    await channel.unary_unary(echo.UNARY, message(value="a"), metadata={"Authorization": "mine"})
    echo.fail_next = [Unauthenticated("no")]
    with pytest.raises(Unauthenticated):
        await channel.unary_unary(echo.UNARY, message(value="a"), metadata={"authorization": "mine"})
    assert _sent(echo) == ["mine", "mine"]
    assert fake.renewed == []


@pytest.mark.parametrize("error", [AuthError("no"), LoginTimeout("late")])
async def test_credentials_that_cannot_be_had(echo: Any, make: Make, message: Any, error: AuthError) -> None:
    fake = Fake()
    fake.error = error
    with pytest.raises(type(error)) as caught:
        await make(fake).unary_unary(echo.SAFE, message(value="a"))
    assert caught.value is error
    assert echo.calls == []


@pytest.mark.parametrize(
    ("asks_a_person", "timeout", "in_time"), [(True, None, True), (True, 20.0, False), (False, None, False)]
)
async def test_whose_time_a_login_takes(
    echo: Any, make: Make, message: Any, asks_a_person: bool, timeout: float | None, in_time: bool
) -> None:
    """The time of a person counts against a deadline that the caller gave; the time of a program counts always."""
    loop = asyncio.get_running_loop()
    real, offset = loop.time, 0.0
    fake = Fake(asks_a_person=asks_a_person)

    def hour() -> None:
        nonlocal offset
        offset += 3600

    fake.during = hour
    loop.time = lambda: real() + offset  # type: ignore[method-assign]
    try:
        call = make(fake).unary_unary(echo.UNARY, message(value="a"), timeout=timeout)
        if in_time:
            assert (await call).value == "A"
        else:
            with pytest.raises(DeadlineExceeded):
                await call
    finally:
        del loop.time
