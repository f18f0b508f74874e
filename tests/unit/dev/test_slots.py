from __future__ import annotations

import asyncio

import pytest

from remora.dev.executor.slots import Slots


async def test_places_go_round_in_order() -> None:
    slots = Slots(1)
    await slots.acquire(None)
    assert slots.full
    waiting = [asyncio.ensure_future(slots.acquire(None)) for _ in range(2)]
    await asyncio.sleep(0)
    slots.release()
    await waiting[0]
    assert not waiting[1].done()
    slots.release()
    await waiting[1]
    slots.release()
    assert not slots.full


async def test_waiting_ends_in_time() -> None:
    slots = Slots(1)
    await slots.acquire(None)
    with pytest.raises(asyncio.TimeoutError):
        await slots.acquire(0.001)
    slots.release()
    await slots.acquire(0.001)


async def test_a_place_given_to_somebody_who_left_is_not_lost() -> None:
    slots = Slots(1)
    await slots.acquire(None)
    leaving = asyncio.ensure_future(slots.acquire(None))
    await asyncio.sleep(0)
    slots.release()  # the place is now theirs, but they have not noticed yet
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert not slots.full
