"""What the demo does, step by step."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import remora
from remora.demo.plane import LocalPlane
from remora.errors import RemoraError, RunFailed

# The paths that a container would see; the local control plane maps them to a directory of the attempt.
INPUTS, OUTPUTS = "/var/inputs", "/var/outputs"


def main(arguments: Sequence[str]) -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m remora.demo", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="text files to count (default: README.md and docs/)")
    files = parser.parse_args(arguments).files or _own_documents()
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        parser.error(f"not a file: {', '.join(missing)}")
    started = time.perf_counter()
    try:
        with LocalPlane() as endpoint:
            say(f"local control plane at {endpoint}")
            with remora.Client(endpoint, project="demo", domain="development"):
                _tell(files)
    except RemoraError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    say(f"everything stopped after {time.perf_counter() - started:.1f} s")
    return 0


def _tell(files: Sequence[Path]) -> None:
    with step("create project"):
        project = remora.Project.create("demo", "Demo", description="made by python -m remora.demo")
    say(f"  {project!r}")

    with step("deploy task"):
        task = remora.Task.deploy(
            "demo.word_statistics",
            image="python:3.12-slim",
            command=["python", "-m", "remora.demo.words", INPUTS, OUTPUTS],
            inputs={"documents": remora.Dir, "top": int, "min_length": int},
            outputs={"words": int, "distinct": int, "most_common": dict[str, int], "per_document": dict[str, int]},
        )
    say(f"  {task.name} version {task.version}")

    with step(f"upload {len(files)} documents"), _folder(files) as folder:
        report = remora.upload(folder)
    say(f"  {report.uri}: {len(report.files)} files, {report.bytes:,} bytes")
    documents = remora.Dir(report.uri)

    run = task.run(documents=documents, top=5, min_length=4)
    say(f"run {run.name} started: {run.url}")
    follow(run)
    outputs = run.outputs()
    say("outputs:")
    for name, value in outputs.named_outputs.items():
        say(f"  {name} = {value!r}")
    _durations(run)

    failing = task.run(documents=documents, top=5, min_length=0)
    say(f"run {failing.name} started with a bad input, to see it fail")
    follow(failing)
    try:
        failing.wait(raise_on_failure=True)
    except RunFailed as error:
        say(f"  RunFailed: {error}")
    _durations(failing)


def follow(run: remora.Run) -> None:
    """Print phase changes and log lines as they come, until the run has finished."""
    logs = threading.Thread(target=_print_logs, args=(run,), name="logs", daemon=True)
    logs.start()
    last = None
    for details in run.watch():
        if details.phase != last:
            last = details.phase
            say(f"  phase {details.phase}")
    logs.join()


def _print_logs(run: remora.Run) -> None:
    for line in run.get_logs():
        say(f"  | {line.rstrip()}")


def _durations(run: remora.Run) -> None:
    say("time in each phase:")
    for info in run.details().get_phase_transitions():
        if not info.phase.is_terminal:
            say(f"  {info.phase:<24} {info.duration.total_seconds() * 1e3:7.1f} ms")


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    started = time.perf_counter()
    yield
    say(f"{name}: {(time.perf_counter() - started) * 1e3:.0f} ms")


def say(text: str) -> None:
    """One line on stdout, at once."""
    print(text, flush=True)


@contextlib.contextmanager
def _folder(files: Sequence[Path]) -> Iterator[Path]:
    """A temporary folder with the documents and nothing else, under their paths below what they have in common."""
    paths = [path.resolve() for path in files]
    common = os.path.commonpath([path.parent for path in paths])
    with tempfile.TemporaryDirectory(prefix="remora-demo-") as folder:
        for path in paths:
            target = Path(folder) / path.relative_to(common)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        yield Path(folder)


def _own_documents() -> list[Path]:
    """The README and docs of a checkout when run inside one, else the texts of the installed package."""
    documents = sorted(path for path in (Path("README.md"), *Path("docs").glob("*.md")) if path.is_file())
    return documents or sorted(Path(__file__).resolve().parents[1].rglob("*.py"))
