"""An upload from beginning to end: check what was asked for, do it, report."""

from __future__ import annotations

import contextlib
import os
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from remora.client import Client, resolve_client
from remora.errors import InvalidArgument, RemoraError, UploadError, UploadIncomplete
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import Seconds
from remora.transfer.locations import Locations
from remora.transfer.many_files import Batch
from remora.transfer.names import store_name
from remora.transfer.one_file import FileUpload, Tools
from remora.transfer.progress import Reporter
from remora.transfer.reports import Progress, UploadedFile, UploadReport
from remora.transfer.sources import directory, file_item
from remora.transfer.store import ObjectStore
from remora.transfer.together import OutOfTime, within
from remora.transfer.tree import Item, list_tree
from remora.transfer.workers import Workers

MOST_AT_ONCE = 256
_SHOWN = 10


@dataclass(frozen=True)
class Owner:
    """Who an upload is for, as far as the caller said it."""

    client: Client | None = None
    project: str | None = None
    domain: str | None = None

    def locations(self, prefix: str) -> Locations:
        """What asks the control plane for locations.

        Raises:
            ConfigError: nothing says which client, project or domain.
        """
        client = resolve_client(self.client)
        return Locations(
            client=client,
            org=client.value("org", None, required=False),
            project=client.value("project", self.project),
            domain=client.value("domain", self.domain),
            prefix=prefix,
        )


@dataclass(frozen=True)
class Manner:
    """How an upload is done."""

    verify: bool | str | ssl.SSLContext = True
    timeout: Seconds | None = None
    progress: Progress = None
    concurrency: int = 1


async def upload_one(
    fp: str | os.PathLike[str], owner: Owner, manner: Manner, *, fname: str | None, content_type: str | None
) -> UploadReport:
    """Upload one file."""
    started = time.perf_counter()
    item = file_item(fp, fname)
    locations = owner.locations("")
    deadline = Deadline(manner.timeout)

    async def run() -> UploadedFile:
        async with _tools(locations, manner, item.name, content_type=content_type) as tools:
            tools.reporter.expect(1, item.size)
            upload = FileUpload(tools, item)
            return await upload.prepare() or await upload.send()

    try:
        file = await within(deadline.left(), run())
    except OutOfTime:
        raise UploadError(f"{item.path} was not uploaded in time", path=item.path) from None
    return UploadReport(file.uri, "", (file,), time.perf_counter() - started)


async def upload_tree(
    dir_path: str | os.PathLike[str],
    owner: Owner,
    manner: Manner,
    *,
    prefix: str | None,
    ignore: Sequence[str],
    follow_symlinks: bool,
) -> UploadReport:
    """Upload the files of a directory."""
    started = time.perf_counter()
    path, title = directory(dir_path)
    if not 1 <= manner.concurrency <= MOST_AT_ONCE:
        raise InvalidArgument(f"concurrency must be from 1 to {MOST_AT_ONCE}, got {manner.concurrency}")
    root = uuid.uuid4().hex if prefix is None else store_name(prefix.rstrip("/"), "prefix")
    locations = owner.locations(root)
    deadline = Deadline(manner.timeout)
    batch: Batch | None = None

    async def run() -> None:
        nonlocal batch
        async with _tools(locations, manner, title, resume=prefix is not None) as tools:
            items = await tools.workers.run(_listed, path, ignore, follow_symlinks)
            tools.reporter.expect(len(items), sum(item.size for item in items))
            batch = Batch(tools, items, manner.concurrency)
            await batch.run()

    in_time = True
    try:
        await within(deadline.left(), run())
    except OutOfTime:
        in_time = False
    if batch is None:
        raise UploadError(f"{path} was not uploaded in time", path=path)
    files = tuple(sorted(batch.done, key=lambda file: file.path))
    uri = _common(files)
    report = UploadReport(uri, root, files, time.perf_counter() - started)
    if batch.missing:
        raise _incomplete(path, batch.missing, report, in_time=in_time)
    if not uri:
        raise UploadError(f"the control plane has put the files of {path} in several places", path=path)
    return report


def _listed(path: str, ignore: Sequence[str], follow_symlinks: bool) -> list[Item]:
    return list_tree(path, ignore, follow_symlinks=follow_symlinks)


@contextlib.asynccontextmanager
async def _tools(
    locations: Locations, manner: Manner, title: str, *, content_type: str | None = None, resume: bool = False
) -> AsyncIterator[Tools]:
    """What an upload needs, and its end: no connection and no thread stays."""
    workers = Workers(min(manner.concurrency, os.cpu_count() or 1) + 1)
    store = ObjectStore(locations.client, manner.verify, manner.concurrency)
    try:
        with Reporter(manner.progress, title) as reporter:
            yield Tools(locations, store, workers, reporter, content_type, resume)
    finally:
        try:
            await store.aclose()
        finally:
            await workers.close()


def _common(files: Sequence[UploadedFile]) -> str:
    """The address of the directory: that of each file without the file's own path; empty if there is none."""
    found = {file.uri.removesuffix(f"/{file.path}") for file in files}
    return found.pop() if len(found) == 1 and not any(file.uri in found for file in files) else ""


def _incomplete(path: str, missing: dict[str, RemoraError], report: UploadReport, *, in_time: bool) -> UploadIncomplete:
    shown = [f"{name}: {_reason(error)}" for name, error in list(missing.items())[:_SHOWN]]
    more = f"\n  and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    late = "" if in_time else "not uploaded in time: "
    total = len(missing) + len(report.files)
    listed = "".join(f"\n  {line}" for line in shown)
    return UploadIncomplete(
        f"{path}: {late}{len(missing)} of {total} files are missing in the store{listed}{more}",
        path=path,
        prefix=report.prefix,
        failures=missing,
        report=report,
        hint=f"upload it again with prefix={report.prefix!r}, and only these are sent",
    )


def _reason(error: RemoraError) -> str:
    if isinstance(error, UploadError):
        return error.message.partition(" was not uploaded: ")[2] or error.message
    return str(error)
