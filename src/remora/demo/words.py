"""The demo's task: statistics over the words of a folder of text files.

It runs as a container command would: inputs are files in one directory, outputs are files in another, and what it
prints is the log. Nothing of Remora is needed inside a task.
"""

from __future__ import annotations

import collections
import json
import re
import sys
import time
from pathlib import Path

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def main(inputs: Path, outputs: Path) -> int:
    """Read `documents`, `top` and `min_length`; write `words`, `distinct`, `most_common` and `per_document`."""
    top = int((inputs / "top").read_text())
    min_length = int((inputs / "min_length").read_text())
    if min_length < 1:
        print(f"min_length must be at least 1, got {min_length}", file=sys.stderr)
        return 2
    counts: collections.Counter[str] = collections.Counter()
    per_document: dict[str, int] = {}
    documents = inputs / "documents"
    for path in sorted(path for path in documents.rglob("*") if path.is_file()):
        started = time.perf_counter()
        words = [word.lower() for word in _WORD.findall(path.read_text("utf-8", "replace"))]
        kept = [word for word in words if len(word) >= min_length]
        counts.update(kept)
        name = path.relative_to(documents).as_posix()
        per_document[name] = len(kept)
        elapsed = (time.perf_counter() - started) * 1e3
        print(f"{name}: {len(kept)} of {len(words)} words kept in {elapsed:.1f} ms", flush=True)
    results = {
        "words": counts.total(),
        "distinct": len(counts),
        "most_common": dict(counts.most_common(top)),
        "per_document": per_document,
    }
    outputs.mkdir(parents=True, exist_ok=True)
    for name, value in results.items():
        (outputs / name).write_text(json.dumps(value))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
