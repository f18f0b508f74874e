"""Uploading one file: hash it, ask where it may go, send it, repeat what may be repeated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from remora.errors import UploadError
from remora.transfer.attempts import Attempts, Failed
from remora.transfer.body import FileBody, SmallBody
from remora.transfer.content import Content, FileChanged, Hasher, NotRegular, Pieces
from remora.transfer.locations import Location, Locations
from remora.transfer.progress import Reporter
from remora.transfer.reports import UploadedFile
from remora.transfer.store import ObjectStore
from remora.transfer.targets import host_of, upload_headers
from remora.transfer.tree import Item
from remora.transfer.workers import Workers

_NOT_READ = Failed("the file has not been read yet", changed=True)


@dataclass(frozen=True)
class Tools:
    """What the files of one upload share.

    Attributes:
        locations: Asks where a file may go.
        store: Sends it.
        workers: Read it.
        reporter: Is told of each step.
        content_type: Media type to store, if the caller said it.
        resume: Ask first whether the store has the file.
    """

    locations: Locations
    store: ObjectStore
    workers: Workers
    reporter: Reporter
    content_type: str | None = None
    resume: bool = False


@dataclass
class FileUpload:
    """One upload of one file: `prepare`, and if it returns nothing, `send`.

    Both raise `UploadError` when the file cannot be uploaded, and what the control plane answers as it is.
    """

    tools: Tools
    item: Item
    attempts: Attempts = field(default_factory=Attempts)
    _content: Content = field(init=False)
    _location: Location = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._progress = self.tools.reporter.file(self.item.name, self.item.size)

    async def prepare(self) -> UploadedFile | None:
        """Hash the file and get a URL; what is known of it if the store has it already."""
        await self._recover(await self._renew(_NOT_READ))
        if self.tools.resume and await self._is_there():
            self._progress.end()
            return self._done(sent=False)
        return None

    async def send(self) -> UploadedFile:
        """Send the file, as often as it takes and makes sense."""
        while (failed := await self._attempt()) is not None:
            await self._recover(failed)
        self._progress.end()
        return self._done(sent=True)

    async def _attempt(self) -> Failed | None:
        """Send the file once; what went wrong if it has not arrived."""
        try:
            if self._location.stale:
                self._location = await self._locate()
            await self._put()
        except Failed as failed:
            return failed
        return None

    async def _recover(self, failed: Failed | None) -> None:
        """Get ready for the next attempt.

        Raises:
            UploadError: there should be none.
        """
        while failed is not None:
            pause = self.attempts.pause(failed)
            if pause is None:
                raise self._error(failed) from None
            await asyncio.sleep(pause)
            failed = await self._renew(failed)

    async def _renew(self, failed: Failed) -> Failed | None:
        """Read the file again, or get another URL, if that is needed; what went wrong."""
        try:
            if failed.changed:
                await self._read()
            if failed.changed or failed.fresh_url:
                self._location = await self._locate()
        except Failed as again:
            return again
        return None

    async def _read(self) -> None:
        """Take the digest.

        Raises:
            Failed: the file cannot be read, or is being written to.
        """
        workers = self.tools.workers
        hasher = Hasher(self.item.path, follow=self.item.follow)
        step = workers.submit(hasher.step)
        try:
            while (content := await asyncio.wrap_future(step)) is None:
                self._progress.hashed(hasher.size)
                step = workers.submit(hasher.step)
        except (FileChanged, NotRegular, OSError) as error:
            raise _unreadable(error) from None
        finally:
            # Not before the thread has finished with it, also when this is cancelled.
            step.add_done_callback(lambda _: hasher.close())
        self._content = content
        self._progress.size = content.size

    async def _locate(self) -> Location:
        content = self._content
        return await self.tools.locations.get(self.item.name, content.md5, content.size)

    async def _is_there(self) -> bool:
        content = self._content
        return await self.tools.locations.has(self.item.name, content.md5, content.size)

    async def _put(self) -> None:
        """Send the file once.

        Raises:
            Failed: it did not arrive.
        """
        content, location = self._content, self._location
        headers = upload_headers(
            location.headers, location.native_url, content.md5, content.size, self.tools.content_type
        )
        self._progress.begin("uploading")
        store, url = self.tools.store, location.signed_url
        if content.data is not None:
            await store.upload(url, headers, SmallBody(content.data, self._advance))
            return
        body = FileBody(Pieces(self.item.path, content, follow=self.item.follow), self.tools.workers, self._advance)
        try:
            await store.upload(url, headers, body)
        except (Failed, FileChanged, OSError) as error:
            if body.error is not None:
                raise _unreadable(body.error) from None
            raise error if isinstance(error, Failed) else Failed(f"{type(error).__name__} at {host_of(url)}") from None
        finally:
            body.close()

    def _advance(self, count: int) -> None:
        self._progress.advance("uploading", count)

    def _done(self, *, sent: bool) -> UploadedFile:
        content = self._content
        return UploadedFile(
            path=self.item.name,
            uri=self._location.native_url,
            md5=content.md5.hex(),
            size=content.size,
            retries=self.attempts.failed,
            sent=sent,
        )

    def _error(self, failed: Failed) -> UploadError:
        return UploadError(
            f"{self.item.path} was not uploaded: {self.attempts.sentence(failed)}",
            path=self.item.path,
            status=failed.status,
            hint=failed.hint,
        )


def _unreadable(error: Exception) -> Failed:
    """What it means that a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return Failed("the file has vanished", repeat=False)
    if isinstance(error, NotRegular):
        return Failed("it is not a regular file any more", repeat=False)
    if isinstance(error, OSError):
        return Failed(f"it cannot be read: {error.strerror}", repeat=False)
    return Failed("the file changes while it is being read", changed=True)
