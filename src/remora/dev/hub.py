"""Tells those who watch a run or a log that it changed."""

from __future__ import annotations

import asyncio
from types import TracebackType

from remora.dev.store.database import Topic

# The topic of every change of a run.
ALL_RUNS: Topic = ()


class Subscription:
    """A watcher's place in the hub, for the time of a `with` block.

    Changes are coalesced: however many happened since the last `wait`, the next one returns at once, a single time.
    Whoever reads the state after `wait` returned has seen them all.
    """

    def __init__(self, listeners: dict[Topic, set[asyncio.Event]], topics: tuple[Topic, ...]) -> None:
        self._listeners = listeners
        self._topics = topics
        self._event = asyncio.Event()

    def __enter__(self) -> Subscription:
        for topic in self._topics:
            self._listeners.setdefault(topic, set()).add(self._event)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for topic in self._topics:
            events = self._listeners[topic]
            events.discard(self._event)
            if not events:
                del self._listeners[topic]

    async def wait(self) -> None:
        """Return when something changed since the previous call."""
        await self._event.wait()
        self._event.clear()


class Hub:
    """Fan-out of changes inside one event loop."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, set[asyncio.Event]] = {}

    def watch(self, *topics: Topic) -> Subscription:
        """Listen for changes of any of these topics."""
        return Subscription(self._listeners, topics)

    def notify(self, topics: set[Topic]) -> None:
        """Wake the watchers of these topics, and those of all runs if a run is among them."""
        runs = any(len(topic) == 3 for topic in topics)
        for topic in (*topics, ALL_RUNS) if runs else topics:
            for event in self._listeners.get(topic, ()):
                event.set()
