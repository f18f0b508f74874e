"""Mistakes between the two forms, which a checker finds before the program runs."""

from __future__ import annotations

from remora import Run


async def main(run: Run) -> None:
    # error-mypy: misc
    # error-pyright: reportGeneralTypeIssues
    await run.wait()
    # error-mypy: unused-coroutine
    # error-pyright: reportUnusedCoroutine
    run.wait.aio()
    # error-mypy: attr-defined
    # error-pyright: reportAttributeAccessIssue
    print(run.outputs.aio().named_outputs)
    # error-mypy: attr-defined
    # error-pyright: reportGeneralTypeIssues
    async for details in run.watch():
        print(details)
    # error-mypy: attr-defined
    # error-pyright: reportGeneralTypeIssues
    for line in run.get_logs.aio():
        print(line)
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    await run.wait.aio(timeout="soon")
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    await Run.get.aio(nme="nightly")
