"""Listing, watching and reading many runs: the CPU that the client's process pays per item, beside the official SDK.

Both talk to the same gRPC server in another process, which answers from memory. CPU time is that of the client's whole
process, all threads included; the server's is not counted.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import environment

PEER = "flyte 2.0.0b38"
NEEDS = ("flyte==2.0.0b38", "grpcio==1.76.0", "protobuf<7")
RUNS = 10_000
UPDATES = 10_000
READS = 1_000
ROUNDS = 3

# What every program begins and ends with: a first call pays for connecting and importing, then the work is measured.
HEAD = """
import asyncio, json, os, sys, time
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
def measured(function, items):
    cpu, wall = time.process_time(), time.perf_counter()
    count = function()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert count == items, count
    print(json.dumps({"cpu": cpu / items * 1e6, "wall": wall / items * 1e6, "peak": peak()}))
"""
REMORA = """
import remora
from remora import ActionDetails, Run, RunDetails
from remora_api.flyteidl2.common import ActionIdentifier, RunIdentifier
remora.init({endpoint!r}, project="bench", domain="development")
"""
FLYTE = """
import flyte
from flyte.remote import ActionDetails, Run, RunDetails
from flyteidl2.common.identifier_pb2 import ActionIdentifier, RunIdentifier
flyte.init(endpoint={target!r}, insecure=True, org="bench", project="bench", domain="development")
"""
ACTION = """
action = ActionIdentifier(run=RunIdentifier(org="bench", project="bench", domain="development", name="r1"), name="a0")
"""
PROGRAMS: dict[str, tuple[int, str]] = {
    "list, blocking": (
        RUNS,
        """
list(Run.listall(limit=1))
measured(lambda: sum(1 for run in Run.listall(limit=ITEMS) if run.name), ITEMS)
""",
    ),
    "list, async": (
        RUNS,
        """
async def main():
    async for _ in Run.listall.aio(limit=1):
        pass
    cpu, wall = time.process_time(), time.perf_counter()
    count = 0
    async for run in Run.listall.aio(limit=ITEMS):
        count += bool(run.name)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert count == ITEMS, count
    print(json.dumps({"cpu": cpu / ITEMS * 1e6, "wall": wall / ITEMS * 1e6, "peak": peak()}))
asyncio.run(main())
""",
    ),
    "watch, blocking": (
        UPDATES,
        ACTION
        + """
list(Run.listall(limit=1))
measured(lambda: sum(1 for details in ActionDetails.watch(action)), ITEMS)
""",
    ),
    "watch, async": (
        UPDATES,
        ACTION
        + """
async def main():
    async for _ in Run.listall.aio(limit=1):
        pass
    cpu, wall = time.process_time(), time.perf_counter()
    count = 0
    async for _ in ActionDetails.watch.aio(action):
        count += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert count == ITEMS, count
    print(json.dumps({"cpu": cpu / ITEMS * 1e6, "wall": wall / ITEMS * 1e6, "peak": peak()}))
asyncio.run(main())
""",
    ),
    "RunDetails.get, one after the other": (
        READS,
        """
RunDetails.get("r1")
measured(lambda: sum(1 for _ in range(ITEMS) if RunDetails.get("r1").name), ITEMS)
""",
    ),
    "RunDetails.get, 64 at a time": (
        READS,
        """
async def main():
    await RunDetails.get.aio("r1")
    async def some(number):
        return sum([1 for _ in range(number) if (await RunDetails.get.aio("r1")).name])
    share = [ITEMS // 64 + (number < ITEMS % 64) for number in range(64)]
    cpu, wall = time.process_time(), time.perf_counter()
    count = sum(await asyncio.gather(*(some(number) for number in share)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert count == ITEMS, count
    print(json.dumps({"cpu": cpu / ITEMS * 1e6, "wall": wall / ITEMS * 1e6, "peak": peak()}))
asyncio.run(main())
""",
    ),
}
MEMORY = """
count = sum(1 for run in Run.listall(limit=10_000) if run.name)
first = peak()
count += sum(1 for run in Run.listall(limit=100_000) if run.name)
assert count == 110_000, count
print(json.dumps({"first": first, "growth": peak() - first}))
"""


async def serve() -> None:
    """Serve runs from memory until stdin ends."""
    import asyncio

    from remora.channel.server import serve as listen

    async with await listen([_service()]) as server:
        print(server.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _service() -> Any:
    from remora.channel.service import ServerContext
    from remora_api.flyteidl2 import common, workflow
    from remora_api.flyteidl2 import task as tasks
    from remora_api.google.protobuf import Timestamp

    def run_id(number: int) -> common.RunIdentifier:
        return common.RunIdentifier(org="bench", project="bench", domain="development", name=f"r{number}")

    def action(number: int) -> workflow.Action:
        task = tasks.TaskIdentifier(
            org="bench", project="bench", domain="development", name="stats.count", version=f"v{number % 7}"
        )
        user = common.User(id=common.UserIdentifier(subject="00u1a2b3c4"))
        status = workflow.ActionStatus(
            phase=common.ActionPhase.RUNNING,
            start_time=Timestamp(seconds=1_700_000_000 + number, nanos=number),
            attempts=1,
        )
        metadata = workflow.ActionMetadata(
            task=workflow.TaskActionMetadata(id=task, task_type="container", short_name="count"),
            executed_by=common.EnrichedIdentity(user=user),
            environment_name="stats",
        )
        return workflow.Action(
            id=common.ActionIdentifier(run=run_id(number), name="a0"), metadata=metadata, status=status
        )

    runs = [workflow.Run(action=action(number)) for number in range(1000)]
    root = action(1)
    details = workflow.ActionDetails(id=root.id, metadata=root.metadata, status=root.status)

    class Runs(workflow.RunServiceBase):
        async def list_runs(
            self, request: workflow.ListRunsRequest, context: ServerContext
        ) -> workflow.ListRunsResponse:
            asked = request.request or common.ListRequest()
            begin = int(asked.token or 0)
            page = [runs[number % len(runs)] for number in range(begin, begin + asked.limit)]
            return workflow.ListRunsResponse(runs=page, token=str(begin + asked.limit))

        async def get_run_details(
            self, request: workflow.GetRunDetailsRequest, context: ServerContext
        ) -> workflow.GetRunDetailsResponse:
            found = workflow.RunDetails(run_spec=tasks.RunSpec(queue="q"), action=details)
            return workflow.GetRunDetailsResponse(details=found)

        async def watch_action_details(
            self, request: workflow.WatchActionDetailsRequest, context: ServerContext
        ) -> AsyncIterator[workflow.WatchActionDetailsResponse]:
            phase = common.ActionPhase
            for number in range(1, UPDATES + 1):
                status = workflow.ActionStatus(
                    phase=phase.SUCCEEDED if number == UPDATES else phase.RUNNING,
                    start_time=Timestamp(seconds=1_700_000_000, nanos=number),
                    attempts=number,
                )
                state = workflow.ActionDetails(id=root.id, metadata=root.metadata, status=status)
                yield workflow.WatchActionDetailsResponse(details=state)

    return Runs()


@contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, str(Path(__file__).resolve()), "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def _run(python: str, code: str) -> dict[str, float]:
    # An interpreter that may not write byte code compiles everything at each start, which no user's process does.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=600, check=False, env=env)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(home: Path) -> str:
    """The tables in Markdown; needs the network once, to install the peer."""
    peer = environment(home, PEER.replace(" ", "-"), NEEDS, sys.executable)
    with _server() as endpoint:
        heads = {
            "remora": (sys.executable, HEAD + REMORA.format(endpoint=endpoint)),
            PEER: (peer, HEAD + FLYTE.format(target=endpoint.removeprefix("http://"))),
        }
        lines = [f"| per item, µs of CPU (and wall) | remora | {PEER} | CPU ratio |", "|-|-|-|-|"]
        peaks: dict[str, list[float]] = {name: [] for name in heads}
        for what, (items, code) in PROGRAMS.items():
            found: dict[str, list[dict[str, float]]] = {name: [] for name in heads}
            # In turn, so that a drift of the machine meets both.
            for _ in range(ROUNDS):
                for name, (python, head) in heads.items():
                    found[name].append(_run(python, head + code.replace("ITEMS", str(items))))
            own, other = (_medians(found[name]) for name in heads)
            for name in heads:
                peaks[name] += [sample["peak"] for sample in found[name] if what.startswith("list")]
            ratio = other["cpu"] / own["cpu"]
            shown = [f"{cost['cpu']:.1f} ({cost['wall']:.0f})" for cost in (own, other)]
            lines.append(f"| {what} | {shown[0]} | {shown[1]} | {ratio:.1f} |")
        lines += ["", f"| memory, MB | remora | {PEER} |", "|-|-|-|"]
        own_peak, other_peak = (statistics.median(peaks[name]) for name in heads)
        lines.append(f"| peak of a process that lists {RUNS:,} runs | {own_peak:.0f} | {other_peak:.0f} |")
        growth = [_run(python, head + MEMORY)["growth"] for python, head in heads.values()]
        lines.append(f"| growth while it lists 100,000 more | {growth[0]:.1f} | {growth[1]:.1f} |")
    return "\n".join(lines)


def _medians(samples: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(sample[name] for sample in samples) for name in samples[0]}


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        import asyncio

        asyncio.run(serve())
    else:
        print(report(Path(sys.argv[1])))
