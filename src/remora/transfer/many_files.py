"""Uploading many files at once, each step with a limit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from remora.errors import (
    AlreadyExists,
    NotFound,
    PermissionDenied,
    RemoraError,
    Unauthenticated,
    Unimplemented,
    UploadError,
)
from remora.transfer.one_file import FileUpload, Tools
from remora.transfer.reports import UploadedFile
from remora.transfer.together import together
from remora.transfer.tree import Item

GIVE_UP_AFTER = 16
"""So many files that fail in a row, with none that succeeds in between, and the others are not tried."""

_HOPELESS = (NotFound, PermissionDenied, Unauthenticated, Unimplemented)


class Batch:
    """Uploads files: some are prepared (hashed, and given a URL) while as many others are sent.

    A file that is prepared waits in a queue as long as the files being sent, so few wait at a time, and a URL that has
    run out meanwhile is replaced.

    Args:
        tools: What the files share.
        items: The files.
        concurrency: How many are sent at a time, and how many wait to be.

    Attributes:
        done: Files that the store has.
        failures: What went wrong with the others, by name; those that were not tried are missing.
    """

    def __init__(self, tools: Tools, items: Sequence[Item], concurrency: int) -> None:
        self._tools = tools
        self._items = items
        self._concurrency = min(concurrency, len(items))
        self._left = deque(items)
        self._ready: asyncio.Queue[FileUpload | None] = asyncio.Queue(self._concurrency)
        self._in_a_row = 0
        self.done: list[UploadedFile] = []
        self.failures: dict[str, RemoraError] = {}

    async def run(self) -> None:
        """Upload all files that can be.

        Raises:
            RpcError: the control plane refuses uploads altogether, and has done so from the first file on.
        """
        self._preparing = self._concurrency
        await together(
            [self._prepare() for _ in range(self._concurrency)] + [self._send() for _ in range(self._concurrency)]
        )

    @property
    def missing(self) -> dict[str, RemoraError]:
        """What went wrong with each file that the store does not have."""
        arrived = {file.path for file in self.done}
        missing = dict(self.failures)
        for item in self._items:
            if item.name not in arrived and item.name not in missing:
                missing[item.name] = UploadError(f"{item.path} was not uploaded: it was not tried", path=item.path)
        return missing

    async def _prepare(self) -> None:
        while self._left:
            await self._begin(FileUpload(self._tools, self._left.popleft()))
        self._preparing -= 1
        if self._preparing == 0:
            for _ in range(self._concurrency):
                await self._ready.put(None)

    async def _begin(self, upload: FileUpload) -> None:
        try:
            known = await upload.prepare()
        except RemoraError as error:
            self._fail(upload.item, error)
        else:
            if known is None:
                await self._ready.put(upload)
            else:
                self._succeed(known)

    async def _send(self) -> None:
        while (upload := await self._ready.get()) is not None:
            await self._finish(upload)

    async def _finish(self, upload: FileUpload) -> None:
        try:
            self._succeed(await upload.send())
        except RemoraError as error:
            self._fail(upload.item, error)

    def _succeed(self, file: UploadedFile) -> None:
        self.done.append(file)
        self._in_a_row = 0

    def _fail(self, item: Item, error: RemoraError) -> None:
        """Take note of a failure, and begin with no other file when none is worth trying.

        Raises:
            RpcError: it is the answer to the whole upload.
        """
        if isinstance(error, _HOPELESS) and not self.done:
            raise error
        self.failures[item.name] = _about(item, error)
        self._in_a_row += 1
        if self._in_a_row >= GIVE_UP_AFTER or isinstance(error, _HOPELESS):
            self._left.clear()


def _about(item: Item, error: RemoraError) -> RemoraError:
    """An error that says which file it is about."""
    if isinstance(error, AlreadyExists):
        return UploadError(f"{item.path} was not uploaded: the store has another file with this name", path=item.path)
    return error
