"""Telling new log lines from those that a new subscription sends once more.

A log stream has no position to go on from: after a reconnect the backend sends the log again from its beginning. Lines
of one container come in the order of their time stamps, so what is older than the newest line seen has been seen.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

Stamp = tuple[int, int]
"""Seconds and nanoseconds; (0, 0) for a line without a time."""

NO_STAMP: Stamp = (0, 0)


class Replay:
    """What has been seen so far, per source (a container of a pod). Its size does not grow with the log."""

    def __init__(self) -> None:
        self._sources: dict[Hashable, _Source] = {}

    def restart(self) -> None:
        """A new subscription begins: lines may come again."""
        for source in self._sources.values():
            source.restart()

    def is_new(self, source: Hashable, stamp: Stamp, message: str) -> bool:
        """Whether a line has not been seen before this subscription; remembers it."""
        found = self._sources.get(source)
        if found is None:
            found = self._sources[source] = _Source()
        return found.is_new(stamp, message)


class _Source:
    __slots__ = ("_at_newest", "_newest", "_repeated", "_repeating", "_unstamped", "_unstamped_left")

    def __init__(self) -> None:
        self._newest = NO_STAMP
        # Several lines can carry the newest time, also equal ones; they are told apart by counting.
        self._at_newest: Counter[str] = Counter()
        self._repeating = False
        self._repeated: Counter[str] = Counter()
        self._unstamped = 0
        self._unstamped_left = 0

    def restart(self) -> None:
        self._repeating = True
        self._repeated = self._at_newest.copy()
        self._unstamped_left = self._unstamped

    def is_new(self, stamp: Stamp, message: str) -> bool:
        if stamp == NO_STAMP:
            if self._unstamped_left:
                self._unstamped_left -= 1
                return False
            self._unstamped += 1
            return True
        if self._repeating:
            if stamp < self._newest:
                return False
            if stamp == self._newest and self._repeated[message]:
                self._repeated[message] -= 1
                return False
            self._repeating = stamp == self._newest
        if stamp > self._newest:
            self._newest = stamp
            self._at_newest.clear()
        if stamp == self._newest:
            self._at_newest[message] += 1
        return True
