from __future__ import annotations

import asyncio

from remora.dev.hub import ALL_RUNS, Hub

RUN, OTHER = ("p", "d", "r"), ("p", "d", "other")


async def test_only_those_who_watch_are_told() -> None:
    hub = Hub()
    with hub.watch(RUN) as mine, hub.watch(OTHER) as other, hub.watch(ALL_RUNS) as everything:
        hub.notify({RUN})
        hub.notify({RUN})
        await asyncio.wait_for(mine.wait(), 1)
        await asyncio.wait_for(everything.wait(), 1)
        for subscription in (mine, other):  # the two changes were told as one, and the other run has none
            waiting = asyncio.ensure_future(subscription.wait())
            await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()


async def test_a_log_is_no_change_of_a_run() -> None:
    hub = Hub()
    log = (*RUN, "a0")
    with hub.watch(RUN, log) as mine, hub.watch(ALL_RUNS) as everything:
        hub.notify({log})
        await asyncio.wait_for(mine.wait(), 1)
        waiting = asyncio.ensure_future(everything.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
