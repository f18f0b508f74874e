"""Downloading one file: get a URL, read it to its place, repeat what may be repeated."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

import httpx

from remora.errors import DownloadError
from remora.transfer.attempts import Attempts, Failed, judge
from remora.transfer.places import Place
from remora.transfer.progress import Reporter
from remora.transfer.received import Received
from remora.transfer.store import ObjectStore, beginning, failure
from remora.transfer.targets import check_target, host_of
from remora.transfer.workers import Workers

_BLOCK = 1024 * 1024  # bytes that are written at a time


@dataclass
class Fetch:
    """One download of one file; `run` does it.

    Attributes:
        url: Where it is.
        name: How errors and progress call it: its path, or what it is.
        place: Where it goes.
        renew: Gives a new URL when the store does not accept this one any more.
        plaintext_ok: The control plane itself is reached without TLS.
        store: Reads it.
        workers: Write it.
        reporter: Is told of each step.
    """

    url: str
    name: str
    place: Place
    renew: Callable[[], Awaitable[str]]
    plaintext_ok: bool
    store: ObjectStore
    workers: Workers
    reporter: Reporter
    attempts: Attempts = field(default_factory=Attempts)

    def __post_init__(self) -> None:
        self._progress = self.reporter.file(self.name, 0)

    async def run(self) -> None:
        """Download the file.

        Raises:
            DownloadError: it could not be downloaded.
        """
        while (failed := await self._attempt()) is not None:
            pause = self.attempts.pause(failed)
            if pause is None:
                raise DownloadError(
                    f"{self.name} was not downloaded: {self.attempts.sentence(failed)}",
                    path=self.name,
                    status=failed.status,
                    hint=failed.hint,
                )
            await asyncio.sleep(pause)
            if failed.fresh_url:
                self.url = await self.renew()
        self._progress.end()

    async def _attempt(self) -> Failed | None:
        """Download once; what went wrong."""
        received = Received(self.place)
        last: Future[None] | None = None

        async def work(function: Callable[..., None], *arguments: object) -> None:
            nonlocal last
            last = self.workers.submit(function, *arguments)
            await asyncio.wrap_future(last)

        try:
            check_target(self.url, plaintext_ok=self.plaintext_ok)
            # Not compressed on the way: the digest is that of what is stored.
            response = await self.store.send("GET", self.url, {"Accept-Encoding": "identity"})
            await self._receive(response, received, work)
        except Failed as failed:
            return failed
        except OSError as error:
            return Failed(f"it cannot be written: {error.strerror}", repeat=False)
        finally:
            # Not before the thread has finished with it, also when this is cancelled.
            if last is not None:
                last.add_done_callback(lambda _: received.discard())
        return None

    async def _receive(
        self, response: httpx.Response, received: Received, work: Callable[..., Awaitable[None]]
    ) -> None:
        host = host_of(self.url)
        if response.status_code != 200:
            raise judge(host, response.status_code, response.headers, await beginning(response))
        try:
            length = response.headers.get("content-length", "")
            size = int(length) if length.isdecimal() else 0
            self.reporter.found(size - self._progress.size)
            self._progress.size = size
            self._progress.begin("downloading")
            await work(received.begin, response.headers)
            block = bytearray()
            async with contextlib.aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
                async for piece in pieces:
                    block += piece
                    if len(block) >= _BLOCK:
                        await work(received.write, block)
                        self._progress.advance("downloading", len(block))
                        block = bytearray()
            await work(received.write, block)
            self._progress.advance("downloading", len(block))
            await work(received.commit)
        except httpx.HTTPError as error:
            raise failure(error, host) from None
        finally:
            await response.aclose()
