"""A download from beginning to end: ask for links, fetch, unpack, keep in a file or in memory."""

from __future__ import annotations

import contextlib
import os
import secrets
import ssl
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from remora.client import Client
from remora.errors import DownloadError, InvalidArgument, RemoraError
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import Seconds
from remora.transfer import archive
from remora.transfer.fetch import Fetch
from remora.transfer.links import Artifact, Links, client_for
from remora.transfer.places import FilePlace, Memory, Place
from remora.transfer.progress import Reporter
from remora.transfer.reports import Progress
from remora.transfer.sources import path_of
from remora.transfer.store import ObjectStore
from remora.transfer.together import OutOfTime, within
from remora.transfer.workers import Workers

if TYPE_CHECKING:
    from remora.transfer.links import Source

T = TypeVar("T")


@dataclass(frozen=True)
class Download:
    """What is to be downloaded, and how."""

    source: Source
    artifact: Artifact
    attempt: int | None
    verify: bool | str | ssl.SSLContext
    progress: Progress
    timeout: Seconds | None
    client: Client | None

    async def to_file(self, dest: str | os.PathLike[str] | None) -> Path:
        """Download one file; where it is."""
        place = path_of("." if dest is None else dest, "dest")
        return await self._in_time(place, self._file(place))

    async def to_folder(self, dest: str | os.PathLike[str]) -> Path:
        """Download all files, and unpack them if there is one and it is an archive; the folder that has them."""
        place = path_of(dest, "dest")
        return await self._in_time(place, self._folder(place))

    async def unpacked_in(self, folder: str, label: str) -> Path:
        """Download one archive and unpack it among what is in a folder already; the folder.

        Args:
            folder: The folder; it is made if it is not there.
            label: How errors call what is downloaded.
        """
        return await self._in_time(label, self._unpacked(folder, label))

    async def content(self, most: int, label: str) -> bytes:
        """Download one file into memory.

        Args:
            most: Bytes that it may have; a larger one is refused.
            label: How errors call it.
        """
        return await self._in_time(label, self._content(most, label))

    async def _file(self, place: str) -> Path:
        async with self._session() as session:
            url = await session.only()
            target = await session.workers.run(_target, place, url)
            await session.fetch(0, url, target, FilePlace(target))
            return Path(target)

    async def _content(self, most: int, label: str) -> bytes:
        async with self._session() as session:
            memory = Memory(most)
            await session.fetch(0, await session.only(), label, memory)
            return memory.content

    async def _unpacked(self, folder: str, label: str) -> Path:
        async with self._session() as session:
            url = await session.only()
            beside = os.path.join(folder, f".{secrets.token_hex(8)}.part")
            packed = os.path.join(beside, "packed")
            try:
                await session.workers.run(os.makedirs, beside)
                await session.fetch(0, url, label, FilePlace(packed))
                await session.workers.run(archive.unpack, packed, folder, label)
            finally:
                session.leave(beside)
            return Path(folder)

    async def _folder(self, place: str) -> Path:
        async with self._session() as session:
            folder = await session.workers.run(_free, place)
            await self._fill(session, await session.links.get(), folder)
            return Path(folder)

    async def _fill(self, session: _Session, urls: list[str], folder: str) -> None:
        # Everything happens in a folder beside it, which takes its name when it is complete.
        beside = f"{folder}.{secrets.token_hex(8)}.part"
        session.reporter.expect(len(urls), 0)
        try:
            await session.workers.run(os.makedirs, beside)
            names = _different([name_in(url) for url in urls])
            for number, (url, name) in enumerate(zip(urls, names, strict=True)):
                target = os.path.join(beside, name)
                await session.fetch(number, url, target, FilePlace(target))
            await session.workers.run(_finish, beside, names, folder)
        except BaseException:
            session.leave(beside)
            raise

    async def _in_time(self, label: str, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await within(Deadline(self.timeout).left(), work)
        except OutOfTime:
            raise DownloadError(f"{label} was not downloaded in time", path=label) from None
        except RemoraError:  # some are an OSError as well
            raise
        except OSError as error:
            raise DownloadError(
                f"{label} was not downloaded: {error.strerror or type(error).__name__}", path=label
            ) from None

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        client = client_for(self.source, self.client)
        links = Links(client, self.source, self.artifact, self.attempt)
        workers = Workers(1)  # so that what is removed after a failure is removed last
        store = ObjectStore(client, self.verify, 1)
        try:
            with Reporter(self.progress, self.artifact) as reporter:
                yield _Session(client, links, workers, store, reporter)
        finally:
            try:
                await store.aclose()
            finally:
                await workers.close()


@dataclass(frozen=True)
class _Session:
    """What the files of one download share."""

    client: Client
    links: Links
    workers: Workers
    store: ObjectStore
    reporter: Reporter

    async def only(self) -> str:
        """The URL of an artifact that is one file.

        Raises:
            DownloadError: it consists of several.
        """
        urls = await self.links.get()
        if len(urls) != 1:
            raise DownloadError(
                f"the {self.links.artifact} consists of {len(urls)} files", hint="download_dir downloads all of them"
            )
        self.reporter.expect(1, 0)
        return urls[0]

    async def fetch(self, number: int, url: str, name: str, place: Place) -> None:
        """Download one file.

        Args:
            number: Which of the control plane's URLs it is; another answer has the new one at the same place.
            url: Where it is.
            name: How errors and progress call it.
            place: Where it goes.
        """

        async def renew() -> str:
            urls = await self.links.get()
            if number >= len(urls):
                raise DownloadError(f"{name} was not downloaded: it has gone", path=name)
            return urls[number]

        plaintext_ok = isinstance(self.links.source, str) or not self.client.config.endpoint.tls
        await Fetch(url, name, place, renew, plaintext_ok, self.store, self.workers, self.reporter).run()

    def leave(self, folder: str) -> None:
        """Remove a folder, after whatever still works in it."""
        self.workers.submit(archive.remove, folder)


def name_in(url: str) -> str:
    """A file name from the last part of a URL's path, harmless wherever it is used."""
    name = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    name = "".join("_" if ord(char) < 32 or char in '/\\:*?"<>|\x7f' else char for char in name).strip(" .")
    return name[-200:] or "download"


def _different(names: list[str]) -> list[str]:
    """Names that are all different: a number goes before one that was there already."""
    found: list[str] = []
    for number, name in enumerate(names):
        found.append(f"{number}-{name}" if name in names[:number] else name)
    return found


def _target(place: str, url: str) -> str:
    """Where a file goes: into a folder that is there, else where the caller said."""
    if os.path.isdir(place) or place.endswith(os.sep):
        os.makedirs(place, exist_ok=True)
        return os.path.join(place, name_in(url))
    folder = os.path.dirname(os.path.abspath(place))
    if not os.path.isdir(folder):
        raise InvalidArgument(f"dest: there is no folder {folder}")
    return place


def _free(place: str) -> str:
    """The path of a folder that is still to be made; what comes is not mixed with what is there.

    Raises:
        InvalidArgument: the folder is there and not empty, or a file has its name.
    """
    folder = os.path.abspath(place)
    if os.path.lexists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise InvalidArgument(f"dest: {folder} is there already and not an empty folder", hint="name one that is not")
    return folder


def _finish(beside: str, names: list[str], folder: str) -> None:
    """Unpack what came, if it is one archive, and give it its place."""
    complete = beside
    only = os.path.join(beside, names[0])
    if len(names) == 1 and archive.is_archive(only):
        complete = os.path.join(beside, "unpacked")
        if only == complete:
            only = os.path.join(beside, "packed")
            os.rename(complete, only)
        os.mkdir(complete)
        archive.unpack(only, complete)
    if os.path.isdir(folder):
        os.rmdir(folder)
    os.replace(complete, folder)
    if complete != beside:
        archive.remove(beside)
