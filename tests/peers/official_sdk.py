"""Runs inside the official SDK's own environment: reads what Remora made, prints it as one JSON object."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import flyte
from flyte.remote import Action, Run, Task


async def watch(run_name: str, gate: Path) -> list[str]:
    """Follow a running action; opening the gate after the first update lets its task finish."""
    action = await Action.get.aio(run_name=run_name, name="a0")
    phases = []
    async for details in action.watch():
        phases.append(details.phase)
        open_gate(gate)
    return phases


def open_gate(gate: Path) -> None:
    gate.touch()


def main() -> None:
    target, project, domain, finished, running, task_name, version, gate = sys.argv[1:]
    flyte.init(endpoint=target, insecure=True, org="peers", project=project, domain=domain)
    tasks = list(Task.listall())
    task = Task.get(task_name, project=project, domain=domain, version=version).fetch()
    latest = Task.get(task_name, project=project, domain=domain, auto_version="latest").fetch()
    run = Run.get(finished)
    seen = {
        "runs": sorted(item.name for item in Run.listall(limit=50)),
        "succeeded": sorted(item.name for item in Run.listall(in_phase=("succeeded",), limit=50)),
        "run": {"name": run.name, "phase": run.phase, "done": run.done(), "task": run.action.task_name},
        "tasks": sorted((item.name, item.version) for item in tasks),
        "task": {"name": task.name, "version": task.version, "type": task.task_type, "required": task.required_args},
        "latest": latest.version,
        "actions": [item.name for item in Action.listall(for_run_name=finished)],
        "watched": asyncio.run(watch(running, Path(gate))),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
