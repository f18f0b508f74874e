"""Codecs of google protobuf (upb, C), betterproto2 and Remora on the same bytes, in CPU time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


def report(home: Path) -> str:
    """The codec table in Markdown."""
    from flyteidl2.workflow import run_service_pb2

    from remora_api.flyteidl2 import workflow

    sys.path.insert(0, str(_betterproto2_tree(home)))
    import flyteidl2_b2.flyteidl2.workflow as b2

    cases = {"ListRunsResponse, 100 runs": _hundred_runs(), "GetRunDetailsRequest": _small()}
    types = {
        "google protobuf (upb)": {
            "ListRunsResponse, 100 runs": run_service_pb2.ListRunsResponse,
            "GetRunDetailsRequest": run_service_pb2.GetRunDetailsRequest,
        },
        "remora": {
            "ListRunsResponse, 100 runs": workflow.ListRunsResponse,
            "GetRunDetailsRequest": workflow.GetRunDetailsRequest,
        },
        "betterproto2": {
            "ListRunsResponse, 100 runs": b2.ListRunsResponse,
            "GetRunDetailsRequest": b2.GetRunDetailsRequest,
        },
    }
    lines = []
    for case, data in cases.items():
        figures = {name: _figures(name, chosen[case], data) for name, chosen in types.items()}
        own = figures["remora"]
        lines += [f"### {case} ({len(data):,} bytes)", ""]
        lines += ["| | decode µs | encode µs | decode ratio | encode ratio |", "|-|-|-|-|-|"]
        lines += [
            f"| {name} | {decode:.1f} | {encode:.1f} | {decode / own[0]:.2f} | {encode / own[1]:.2f} |"
            for name, (decode, encode) in figures.items()
        ]
        lines.append("")
    return "\n".join(lines)


def _figures(name: str, kind: Any, data: bytes) -> tuple[float, float]:
    if name.startswith("google"):
        message = kind.FromString(data)
        return _best(lambda: kind.FromString(data)), _best(message.SerializeToString)
    message = kind.parse(data)
    return _best(lambda: kind.parse(data)), _best(lambda: bytes(message))


def _best(function: Callable[[], object]) -> float:
    """The least CPU microseconds of one call over several rounds."""
    count, spent = 1, 0.0
    while spent < 0.05:
        count *= 2
        started = time.process_time()
        for _ in range(count):
            function()
        spent = time.process_time() - started
    rounds = [spent]
    for _ in range(6):
        started = time.process_time()
        for _ in range(count):
            function()
        rounds.append(time.process_time() - started)
    return min(rounds) / count * 1e6


def _small() -> bytes:
    from remora_api.flyteidl2 import common, workflow

    run_id = common.RunIdentifier(org="acme", project="flytesnacks", domain="development", name="rb5x7mq9dlv2wz8k4jtq")
    return bytes(workflow.GetRunDetailsRequest(run_id=run_id))


def _hundred_runs() -> bytes:
    from remora_api.flyteidl2 import common, task, workflow
    from remora_api.google.protobuf import Timestamp

    runs = []
    for number in range(100):
        run_id = common.RunIdentifier(org="acme", project="flytesnacks", domain="development", name=f"r{number:019d}")
        task_id = task.TaskIdentifier(
            org="acme",
            project="flytesnacks",
            domain="development",
            name=f"training.step_{number % 7}",
            version="0f3c5a9be2d14c7788",
        )
        metadata = workflow.ActionMetadata(
            group="",
            environment_name="training",
            funtion_name=f"step_{number % 7}",
            task=workflow.TaskActionMetadata(id=task_id, task_type="python", short_name=f"step_{number % 7}"),
            executed_by=common.EnrichedIdentity(
                user=common.User(
                    id=common.UserIdentifier(subject=f"00u{number:017d}"),
                    spec=common.UserSpec(first_name="Ada", last_name="Lovelace", email="ada@example.com"),
                )
            ),
        )
        status = workflow.ActionStatus(
            phase=common.ActionPhase.SUCCEEDED,
            start_time=Timestamp(seconds=1_760_000_000 + number, nanos=123_456_789),
            end_time=Timestamp(seconds=1_760_000_100 + number, nanos=987_654_321),
            attempts=1,
            duration_ms=100_864,
        )
        action_id = common.ActionIdentifier(run=run_id, name="a0")
        runs.append(workflow.Run(action=workflow.Action(id=action_id, metadata=metadata, status=status)))
    return bytes(workflow.ListRunsResponse(runs=runs, token="100"))


def _betterproto2_tree(home: Path) -> Path:
    """The same protos through betterproto2's own compiler, once."""
    root = home / "betterproto2-tree"
    package = root / "flyteidl2_b2"
    if not package.exists():
        package.mkdir(parents=True)
        protos = REPOSITORY / "protos"
        plugin = Path(sys.executable).parent / "protoc-gen-python_betterproto2"
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", f"--python_betterproto2_out={package}"]
        command += [f"--plugin=protoc-gen-python_betterproto2={plugin}"]
        files = [path.relative_to(protos).as_posix() for path in sorted(protos.glob("flyteidl2/**/*.proto"))]
        # The plugin calls `ruff` by its plain name.
        environment = os.environ | {"PATH": f"{plugin.parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([*command, *files], check=True, cwd=protos, env=environment, stderr=subprocess.DEVNULL)
        (package / "__init__.py").touch()
    return root


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))
