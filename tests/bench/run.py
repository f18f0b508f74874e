"""`nox -s bench`: print every table of docs/benchmarks.md, measured in this run."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main() -> int:
    """Print the tables asked for on the command line, all of them by default."""
    wanted = sys.argv[1:] or ["startup", "codec", "dual", "channel", "generator", "remote", "transfer"]
    home = Path(os.environ.get("REMORA_PEERS_HOME", ".nox/.cache/peers")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    print(f"CPython {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()} {platform.system()}\n")
    for name in wanted:
        module = __import__(name)
        print(f"## {name}\n\n{module.report(home)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
