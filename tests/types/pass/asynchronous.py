"""The same program on an event loop, and subclasses of entities."""

from __future__ import annotations

import asyncio

from typing_extensions import assert_type

import remora
from remora import Action, ActionDetails, ActionOutputs, LogLine, Project, Run, RunDetails, Task, TaskDetails


class NightlyRun(Run):
    """A subclass: class-level methods give its own type back."""

    @property
    def night(self) -> str:
        return self.name.removeprefix("nightly-")


async def main() -> None:
    async with remora.Client("http://localhost:8090", project="p", domain="d"):
        task = Task.get("stats.count", auto_version="latest")
        assert_type(await task.fetch.aio(), TaskDetails)
        run = await task.run.aio(text="to be", top=3)
        assert_type(run, Run)
        assert_type(await task.with_options(name="nightly").run.aio(text="to be"), Run)
        async for details in run.watch.aio():
            assert_type(details, ActionDetails)
        async with run.watch.aio(timeout=5) as updates:
            async for details in updates:
                print(details.phase)
        async for line in run.logs.aio(attempt=1):
            assert_type(line, LogLine)
        async for text in run.get_logs.aio():
            assert_type(text, str)
        assert_type(await run.wait.aio(timeout=60), RunDetails)
        assert_type(await run.outputs.aio(), ActionOutputs)
        assert_type(await run.sync.aio(), Run)
        async for item in Run.listall.aio(in_phase="failed", limit=500):
            assert_type(item, Run)
        page = await Run.listall.aio()
        assert_type(page.token, str)
        assert_type(await Run.listall.aio().first(), Run | None)
        assert_type(await Project.get.aio("flytesnacks"), Project)
        assert_type(await Action.get.aio("nightly/a0"), Action)
        assert_type(await remora.upload_file.aio("documents.zip"), tuple[str, str])
        assert_type(await remora.upload_dir.aio("corpus", follow_symlinks=True), str)
        assert_type((await remora.upload.aio("corpus")).uris, dict[str, str])
        both = await asyncio.gather(Run.get.aio("a"), Run.get.aio("b"))
        assert_type([run.name for run in both], list[str])


async def subclasses() -> list[str]:
    assert_type(NightlyRun.get("nightly-1"), NightlyRun)
    assert_type(await NightlyRun.get.aio("nightly-1"), NightlyRun)
    assert_type(NightlyRun.create("stats.count"), NightlyRun)
    found = await NightlyRun.get.aio("nightly-1")
    assert_type(await found.sync.aio(), NightlyRun)
    nights = [run.night for run in NightlyRun.listall(limit=3)]
    return nights + [run.night async for run in NightlyRun.listall.aio(limit=3)]


asyncio.run(main())
