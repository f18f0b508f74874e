"""Runs in the environment of the peers: times every codec on the same bytes, in turn, and prints JSON.

Usage: codec_cases.py SAMPLES FOLDER, with the samples as JSON (title -> class and hexadecimal bytes) and the folder of
the trees that betterproto2 and protobuf-py generated.
"""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LIST, SMALL = "ListRunsResponse, 100 runs", "GetRunDetailsRequest"
ROUNDS = 60
# A slice is shorter than what an operating system gives a process at once, so that some run undisturbed.
SLICE = 0.002
NAME = {"org": "acme", "project": "flytesnacks", "domain": "development", "name": "rb5x7mq9dlv2wz8k4jtq"}


def rows(page: Any) -> list[tuple[Any, ...]]:
    """Read 12 fields of every run: what a table of runs shows."""
    return [
        (
            run.action.id.run.org,
            run.action.id.run.project,
            run.action.id.run.domain,
            run.action.id.run.name,
            run.action.id.name,
            run.action.status.phase,
            run.action.status.attempts,
            run.action.status.duration_ms,
            run.action.status.start_time.seconds,
            run.action.status.end_time.seconds,
            run.action.metadata.task.short_name,
            run.action.metadata.executed_by.user.spec.email,
        )
        for run in page.runs
    ]


def rows_betterproto2(page: Any) -> list[tuple[Any, ...]]:
    """The same; moments are datetimes."""
    return [
        (
            run.action.id.run.org,
            run.action.id.run.project,
            run.action.id.run.domain,
            run.action.id.run.name,
            run.action.id.name,
            run.action.status.phase,
            run.action.status.attempts,
            run.action.status.duration_ms,
            run.action.status.start_time,
            run.action.status.end_time,
            run.action.metadata.task.short_name,
            run.action.metadata.executed_by.user.spec.email,
        )
        for run in page.runs
    ]


def rows_protobuf_py(page: Any) -> list[tuple[Any, ...]]:
    """The same; members of a oneof are read through it."""
    return [
        (
            run.action.id.run.org,
            run.action.id.run.project,
            run.action.id.run.domain,
            run.action.id.run.name,
            run.action.id.name,
            run.action.status.phase,
            run.action.status.attempts,
            run.action.status.duration_ms,
            run.action.status.start_time.seconds,
            run.action.status.end_time.seconds,
            run.action.metadata.spec.value.short_name,
            run.action.metadata.executed_by.principal.value.spec.email,
        )
        for run in page.runs
    ]


class Library:
    """One library: where its classes are, and how it decodes and encodes."""

    def __init__(
        self,
        module: Callable[[str, str], str],
        decode: str,
        encode: Callable[[Any], Callable[[], bytes]],
        read: Callable[[Any], object] = rows,
    ) -> None:
        self._module = module
        self.decode = decode
        self.encode = encode
        self.read = read

    def find(self, path: str) -> Any:
        """The class at `package.file.Class`."""
        package, file, name = path.split(".")
        return getattr(importlib.import_module(self._module(package, file)), name)


def libraries(folder: Path) -> dict[str, Library]:
    """The libraries that can be imported here."""
    sys.path.insert(0, str(folder))
    found = {
        "google protobuf (upb)": Library(
            lambda package, file: f"flyteidl2.{package}.{file}_pb2",
            "FromString",
            lambda message: message.SerializeToString,
        ),
        "remora": Library(
            lambda package, file: f"remora_api.flyteidl2.{package}.{file}_pb",
            "parse",
            lambda message: message.__bytes__,
        ),
        "betterproto2": Library(
            lambda package, file: f"flyteidl2_b2.flyteidl2.{package}",
            "parse",
            lambda message: message.__bytes__,
            rows_betterproto2,
        ),
    }
    if (folder / "flyteidl2_py").exists():
        found["protobuf-py"] = Library(
            lambda package, file: f"flyteidl2_py.flyteidl2.{package}.{file}_pb",
            "from_binary",
            lambda message: message.to_binary,
            rows_protobuf_py,
        )
    return found


def operations(library: Library, title: str, path: str, data: bytes) -> dict[str, Callable[[], object]]:
    """What is timed."""
    cls = library.find(path)
    decode = getattr(cls, library.decode)
    message = decode(data)
    found: dict[str, Callable[[], object]] = {"decode": lambda: decode(data), "encode": library.encode(message)}
    if title == LIST:
        found["decode, read 12 fields"] = lambda: library.read(decode(data))
    if title == SMALL:
        run_id = library.find("common.identifier.RunIdentifier")
        found["build and encode"] = lambda: library.encode(cls(run_id=run_id(**NAME)))()
    return found


def measure(candidates: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least CPU microseconds of one call; candidates take turns, so that a drift of the machine meets all."""
    counts = {}
    for name, function in candidates.items():
        count = 1
        while _spent(function, count) < SLICE / 2:
            count *= 2
        counts[name] = count
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(ROUNDS):
        for name, function in candidates.items():
            best[name] = min(best[name], _spent(function, counts[name]) / counts[name] * 1e6)
    return best


def _spent(function: Callable[[], object], count: int) -> float:
    # Once before, because the other candidates have used the caches meanwhile.
    function()
    started = time.process_time()
    for _ in range(count):
        function()
    return time.process_time() - started


def main() -> None:
    """Print title -> operation -> library -> microseconds."""
    samples = json.loads(sys.argv[1])
    found = libraries(Path(sys.argv[2]))
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for title, (path, text) in samples.items():
        data = bytes.fromhex(text)
        by_library = {name: operations(library, title, path, data) for name, library in found.items()}
        gc.collect()
        gc.freeze()
        figures[title] = {
            operation: measure({name: functions[operation] for name, functions in by_library.items()})
            for operation in by_library["remora"]
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
