"""From the output of a process to log lines."""

from __future__ import annotations

import asyncio
import codecs
import collections
from collections.abc import Callable, Sequence

from remora.dev.clock import now
from remora.dev.store.database import Database, Transaction
from remora.dev.store.logs import LogRow
from remora_api.flyteidl2.logs.dataplane import LogLineOriginator

_CHUNK = 64 * 1024
# A line that does not end is cut into pieces of this many characters.
_MAX_LINE = 64 * 1024
_TAIL_LINES = 10
_TAIL_CHARACTERS = 2000

Append = Callable[[Transaction, Sequence[LogRow]], None]


class LineSplitter:
    """Cuts bytes that come in any pieces into lines; each keeps its line break."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes, *, final: bool = False) -> list[str]:
        """Add bytes and return the lines that are complete; with `final` what is left is one, too."""
        *lines, self._rest = (self._rest + self._decoder.decode(data, final)).split("\n")
        lines = [line + "\n" for line in lines]
        while len(self._rest) >= _MAX_LINE:
            lines.append(self._rest[:_MAX_LINE])
            self._rest = self._rest[_MAX_LINE:]
        if final and self._rest:
            lines.append(self._rest)
            self._rest = ""
        return lines


class LogWriter:
    """Stores the lines of one process in the order in which they were read.

    Lines that arrive while others are being stored go together into the next transaction; a process that writes faster
    than they can be stored is held up by its full pipe, so memory stays bounded.
    """

    def __init__(self, database: Database, append: Append, first: int = 0) -> None:
        """Prepare.

        Args:
            database: The store.
            append: Puts lines into it.
            first: The number of the first line.
        """
        self._database = database
        self._append = append
        self._pending: list[LogRow] = []
        self._number = first
        self._lock = asyncio.Lock()
        self._tail: collections.deque[str] = collections.deque(maxlen=_TAIL_LINES)

    async def pump(self, reader: asyncio.StreamReader, *, errors: bool) -> None:
        """Store everything that comes from one pipe, until it ends."""
        splitter = LineSplitter()
        while True:
            data = await reader.read(_CHUNK)
            lines = splitter.feed(data, final=not data)
            if errors:
                self._tail.extend(lines)
            if lines:
                await self._store(lines)
            if not data:
                return

    async def _store(self, lines: list[str]) -> None:
        moment = now()
        for line in lines:
            self._pending.append(LogRow(self._number, moment, int(LogLineOriginator.USER), line))
            self._number += 1
        async with self._lock:
            if self._pending:
                batch, self._pending = self._pending, []
                await self._database.run(lambda tx: self._append(tx, batch))

    @property
    def last_errors(self) -> str:
        """The last lines of standard error."""
        return "".join(self._tail)[-_TAIL_CHARACTERS:].strip()
