"""Codecs of google protobuf (upb, C), betterproto2, protobuf-py (Rust) and Remora on the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from codec_cases import measure
from processes import compare, environment
from samples import encoded

REPOSITORY = Path(__file__).resolve().parents[2]
UPB, OWN, B2 = "google protobuf (upb)", "remora", "betterproto2"

NEEDS = ["flyteidl2==2.0.51", "betterproto2==0.10.0", "betterproto2-compiler==0.10.1", "grpcio-tools", "ruff"]
# It needs Python 3.11.
if sys.version_info >= (3, 11):
    NEEDS += ["protobuf-py==0.7.0", "protoc-gen-py==0.7.0"]

# (sample, operation, most times upb's, least times faster than betterproto2)
GOALS = {
    ("ListRunsResponse, 100 runs", "decode, read 12 fields"): (3.0, 10.0),
    ("ListRunsResponse, 100 runs", "encode"): (35.0, 10.0),
    ("GetRunDetailsRequest", "build and encode"): (2.0, None),
}

_HOLD = """
import sys
sys.path[:0] = {path!r}
from {module} import Run
data = bytes.fromhex({data!r})
decode = Run.{decode}
decode(data)
kept = [decode(data) for _ in range({count})]
"""


def report(home: Path) -> str:
    """The codec tables in Markdown; needs the network once, to install the peers."""
    python = environment(home, "codecs", NEEDS, sys.executable)
    trees = _trees(home, python)
    samples = encoded()
    texts = json.dumps({title: (path, data.hex()) for title, (path, data) in samples.items()})
    script = str(Path(__file__).with_name("codec_cases.py"))
    done = subprocess.run(
        [python, script, texts, str(trees)], env=_environment(), check=True, capture_output=True, text=True
    )
    figures = json.loads(done.stdout)
    lines = []
    for title, operations in figures.items():
        lines += [f"### {title} ({len(samples[title][1]):,} bytes)", ""]
        lines += [
            "| CPU µs (times upb's) |" + "".join(f" {name} |" for name in operations),
            "|-|" + "-|" * len(operations),
        ]
        for library in operations["decode"]:
            cells = [f"{found[library]:.1f} ({found[library] / found[UPB]:.1f})" for found in operations.values()]
            lines.append(f"| {library} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join([*lines, *_goals(figures), *_validation(), *_memory(python, trees), *_imports(python, trees)])


def _goals(figures: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    lines = ["### Goals", "", "| | times upb's | at most | times faster than betterproto2 | at least |", "|-|-|-|-|-|"]
    for (title, operation), (most, least) in GOALS.items():
        found = figures[title][operation]
        line = f"| {title}: {operation} | {found[OWN] / found[UPB]:.1f} | {most:g} | {found[B2] / found[OWN]:.1f} |"
        lines.append(f"{line} {'' if least is None else f'{least:g}'} |")
    return [*lines, ""]


def _validation() -> list[str]:
    """What `validate()` costs, with rules and without any."""
    from remora_api.flyteidl2 import auth, workflow

    samples = encoded()
    request = workflow.GetRunDetailsRequest.parse(samples["GetRunDetailsRequest"][1])
    page = workflow.ListRunsResponse.parse(samples["ListRunsResponse, 100 runs"][1])
    figures = measure(
        {
            "GetRunDetailsRequest: 8 rules": request.validate,
            "ListRunsResponse, 100 runs": page.validate,
            "UserInfoResponse: no rules": auth.UserInfoResponse(name="Ada").validate,
        }
    )
    lines = ["### Validation", "", "| | CPU µs |", "|-|-|"]
    return [*lines, *(f"| {name} | {figure:.2f} |" for name, figure in figures.items()), ""]


def _environment() -> dict[str, str]:
    path = os.pathsep.join(str(REPOSITORY / name) for name in ("src", "generated"))
    return {**os.environ, "PYTHONPATH": path}


def _modules(trees: Path) -> dict[str, tuple[str, str]]:
    """Library -> module of `Run`, and the name of its decoder."""
    found = {
        UPB: ("flyteidl2.workflow.run_definition_pb2", "FromString"),
        OWN: ("remora_api.flyteidl2.workflow.run_definition_pb", "parse"),
        B2: ("flyteidl2_b2.flyteidl2.workflow", "parse"),
    }
    if (trees / "flyteidl2_py").exists():
        found["protobuf-py"] = ("flyteidl2_py.flyteidl2.workflow.run_definition_pb", "from_binary")
    return found


def _memory(python: str, trees: Path, count: int = 10_000) -> list[str]:
    from remora_api.flyteidl2 import workflow

    page = workflow.ListRunsResponse.parse(encoded()["ListRunsResponse, 100 runs"][1])
    data = bytes(page.runs[0])
    path = [str(REPOSITORY / "src"), str(REPOSITORY / "generated"), str(trees)]
    programs = {}
    for name, (module, decode) in _modules(trees).items():
        for label, kept in (("none", 0), (name, count)):
            code = _HOLD.format(path=path, module=module, data=data.hex(), decode=decode, count=kept)
            programs[f"{name} {label}"] = (python, code)
    costs = compare(programs, rounds=3)
    held = {name: costs[f"{name} {name}"].memory - costs[f"{name} none"].memory for name in _modules(trees)}
    lines = [f"### {count:,} decoded runs held ({len(data)} bytes each; goal: at most 1.3 times upb's)", ""]
    lines += ["| | MB | times upb's |", "|-|-|-|"]
    lines += [f"| {name} | {memory:.1f} | {memory / held[UPB]:.2f} |" for name, memory in held.items()]
    return [*lines, ""]


def _imports(python: str, trees: Path) -> list[str]:
    path = [str(REPOSITORY / "src"), str(REPOSITORY / "generated"), str(trees)]
    modules = _modules(trees) | {
        UPB: ("flyteidl2.workflow.run_service_pb2", ""),
        OWN: ("remora_api.flyteidl2.workflow.run_service_pb", ""),
    }
    if "protobuf-py" in modules:
        modules["protobuf-py"] = ("flyteidl2_py.flyteidl2.workflow.run_service_pb", "")
    programs = {"python": (python, f"import sys; sys.path[:0] = {path!r}")}
    for name, (module, _) in modules.items():
        programs[name] = (python, f"import sys; sys.path[:0] = {path!r}; import {module}")
    costs = compare(programs)
    floor = costs.pop("python")
    lines = ["### Import of the run service's messages and all they need, beyond a bare interpreter", ""]
    lines += ["| | CPU ms (goal: 45) | times upb's | more peak MB |", "|-|-|-|-|"]
    for name, cost in costs.items():
        more = cost - floor
        lines.append(f"| {name} | {more.cpu:.0f} | {more.cpu / (costs[UPB] - floor).cpu:.2f} | {more.memory:.0f} |")
    return lines


def _trees(home: Path, python: str) -> Path:
    """The same protos through the compilers of betterproto2 and protobuf-py, once."""
    root = home / "codec-trees"
    binaries = Path(python).parent
    protos = REPOSITORY / "protos"
    own = [path.relative_to(protos).as_posix() for path in sorted(protos.glob("flyteidl2/**/*.proto"))]
    every = [path.relative_to(protos).as_posix() for path in sorted(protos.glob("**/*.proto"))]
    wanted = {"flyteidl2_b2": ("python_betterproto2", own), "flyteidl2_py": ("py", every)}
    for name, (plugin, files) in wanted.items():
        program, package = binaries / f"protoc-gen-{plugin}", root / name
        if package.exists() or not program.exists():
            continue
        package.mkdir(parents=True)
        command = [python, "-m", "grpc_tools.protoc", f"-I{protos}", f"--{plugin}_out={package}"]
        # The plugin of betterproto2 calls `ruff` by its plain name.
        environ = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
        command += [f"--plugin=protoc-gen-{plugin}={program}", *files]
        subprocess.run(command, check=True, cwd=protos, env=environ, stderr=subprocess.DEVNULL)
        (package / "__init__.py").touch()
    return root


if __name__ == "__main__":
    print(report(Path(sys.argv[1])))
