"""What a process pays before its first useful answer: import, connect, list 100 runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from processes import Cost, compare, environment, installed_megabytes

PEERS = {
    "flyte 2.12.1": ("flyte==2.12.1",),
    "flyte 2.0.0b38": ("flyte==2.0.0b38", "grpcio==1.76.0", "protobuf<7"),
}

IMPORT_REMORA = "import remora; remora.Run"
IMPORT_FLYTE = "from flyte.remote import Run"
LIST_REMORA = """
import remora
remora.init({endpoint!r}, project="bench", domain="development")
assert sum(1 for run in remora.Run.listall(limit=100) if run.name) == 100
"""
LIST_FLYTE = """
import flyte
from flyte.remote import Run
flyte.init(endpoint={target!r}, insecure=True, org="bench", project="bench", domain="development")
assert sum(1 for run in Run.listall(limit=100) if run.name) == 100
"""


def _row(name: str, cost: Cost, own: Cost) -> str:
    ratio = "1" if cost is own else f"{cost.cpu / own.cpu:.1f}"
    return f"| {name} | {cost.cpu:.0f} | {cost.wall:.0f} | {cost.memory:.0f} | {ratio} |"


def report(home: Path) -> str:
    """The start-up tables in Markdown; needs the network once, to install the peers."""
    peers = {name: environment(home, name.replace(" ", "-"), needs, sys.executable) for name, needs in PEERS.items()}
    programs = {"python": (sys.executable, ""), "remora": (sys.executable, IMPORT_REMORA)}
    programs |= {name: (python, IMPORT_FLYTE) for name, python in peers.items()}
    costs = compare(programs)
    floor = costs.pop("python")
    lines = ["### Import and touch `Run`, beyond a bare interpreter", ""]
    lines += ["| | CPU ms | wall ms | more peak MB | CPU ratio |", "|-|-|-|-|-|"]
    beyond = {name: cost - floor for name, cost in costs.items()}
    lines += [_row(name, cost, beyond["remora"]) for name, cost in beyond.items()]

    lines += ["", "### Cold process: import, connect, list 100 runs", ""]
    lines += ["| | CPU ms | wall ms | peak MB | CPU ratio |", "|-|-|-|-|-|"]
    with PlaneWithRuns() as plane:
        b38 = "flyte 2.0.0b38"
        listing = compare(
            {
                "remora": (sys.executable, LIST_REMORA.format(endpoint=plane.endpoint)),
                "for scale: only `import grpclib.client`": (sys.executable, "import grpclib.client"),
                "for scale: a bare interpreter": (sys.executable, ""),
                b38: (peers[b38], LIST_FLYTE.format(target=plane.endpoint.removeprefix("http://"))),
            }
        )
    lines += [_row(name, cost, listing["remora"]) for name, cost in listing.items()]
    lines += ["", "flyte 2.12.1 is missing here: it speaks Connect, which the local control plane does not serve."]

    own = environment(home, "remora", [_own_requirement()], sys.executable)
    sizes = {"remora": own} | peers
    lines += ["", "### Installed size", "", "| | MB |", "|-|-|"]
    lines += [f"| {name} | {installed_megabytes(python):.1f} |" for name, python in sizes.items()]
    return "\n".join(lines)


def _own_requirement() -> str:
    return str(Path(__file__).resolve().parents[2])


class PlaneWithRuns:
    """A local control plane whose project `bench` holds 100 finished runs."""

    def __enter__(self) -> PlaneWithRuns:
        from remora.testing import ControlPlane

        self._plane = ControlPlane()
        self.endpoint = self._plane.__enter__().endpoint
        import remora

        with remora.Client(self.endpoint, project="bench", domain="development"):
            remora.Project.create("bench", "bench")
            task = remora.Task.deploy("bench.nothing", image="local", command=["true"])
            runs = [task.run() for _ in range(100)]
            for run in runs:
                run.wait(timeout=120, quiet=True)
        return self

    def __exit__(self, *exc: object) -> None:
        self._plane.__exit__(None, None, None)


if __name__ == "__main__":
    subprocess.run([sys.executable, "-V"], check=True)
    print(report(Path(sys.argv[1])))
