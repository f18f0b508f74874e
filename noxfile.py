"""What contributors run. `nox` alone runs all that must pass before a change is trusted; `nox -l` lists the rest."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
TOOLS = ("mypy>=1.13", "pyright>=1.1.390", "ruff>=0.9")
TEST_NEEDS = (
    "pytest>=8",
    "pytest-asyncio>=0.24",
    "pytest-xdist>=3.5",
    "pytest-timeout>=2.3",
    "pytest-cov>=6",
    "protobuf>=5",
    "flyteidl2==2.0.51",
    "protovalidate>=2; python_version >= '3.11'",
    "pydantic>=2",
    "nbclient>=0.10",
    "ipykernel>=6",
    "trustme>=1.1",
    "grpcio-reflection>=1.62",
)
EXTRAS = "codegen,yaml,progress,cli,msgpack,secrets,ignore,keyring"

# What another Python or other dependencies could break, without the parts that only take long.
QUICK = (
    "tests/unit",
    "--ignore=tests/unit/codegen",
    "--ignore=tests/unit/dev",
    "tests/functional/entities/test_library.py",
)

nox.options.sessions = ["lint", "generate", "types", "tests", "versions", "lowest"]
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False


def _find_interpreters() -> None:
    """Put interpreters that pyenv keeps, but does not offer by their plain names, where nox looks for them."""
    os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
    for version in VERSIONS:
        for folder in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin")):
            os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    # The interpreter that runs nox stays the default one.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


_find_interpreters()
# The suite starts many interpreters; without byte code each of them would compile everything again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _install_wheel(session: nox.Session, *options: str) -> None:
    """Build the wheel and install it with all extras, so that what is tested is what users install."""
    session.install("build", "hatchling>=1.21")
    # Not in session.create_tmp(): that becomes TMPDIR, and tests would then run inside this project.
    out = Path(session.virtualenv.location) / "dist"
    shutil.rmtree(out, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT), silent=True)
    wheel = str(next(out.glob("*.whl")))
    session.install(*options, f"{wheel}[{EXTRAS}]")
    # In an environment that is used again, an earlier build of the same version would count as installed.
    session.install("--force-reinstall", "--no-deps", wheel)


@nox.session
def demo(session: nox.Session) -> None:
    """Start a local control plane, run a task on real input, watch it finish, stop everything."""
    session.install(".[progress]")
    session.run("python", "-m", "remora.demo", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting and lint rules over everything, generated code included."""
    session.install("ruff>=0.9")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def generate(session: nox.Session) -> None:
    """Fail when generated/ is stale; `nox -s generate -- write` regenerates it."""
    session.install("-e", ".[codegen]")
    session.run("remora", "generate", *([] if session.posargs == ["write"] else ["--check"]))


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict and pyright over the sources, then typed programs of a consumer against the built wheel."""
    session.install(*TOOLS, *TEST_NEEDS, "types-PyYAML", "types-protobuf", "nox")
    _install_wheel(session)
    session.run("mypy", "src/remora", "codegen/remora_codegen", "generated/remora_api", "tests/contract", "noxfile.py")
    session.run("pyright", "--pythonpath", shutil.which("python", path=session.bin) or "python")
    session.run("pytest", "-q", "-n", "2", "tests/types", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite on the running Python."""
    session.install(*TEST_NEEDS, *TOOLS, "types-protobuf")
    _install_wheel(session)
    chosen = session.posargs or ["tests", "--ignore=tests/types"]
    session.run("pytest", "-q", "-n", "2", *chosen, env=_peers(session))


@nox.session
def coverage(session: nox.Session) -> None:
    """The same with coverage, which takes a third longer."""
    session.install(*TEST_NEEDS, *TOOLS, "types-protobuf")
    _install_wheel(session)
    chosen = session.posargs or ["tests", "--ignore=tests/types"]
    session.run("pytest", "-q", "-n", "2", "--cov", "--cov-report=term:skip-covered", *chosen, env=_peers(session))


@nox.session(python=[version for version in VERSIONS[1:] if version != RUNNING])
def versions(session: nox.Session) -> None:
    """The quick part of the suite on every other supported Python that is present; `lowest` has the oldest one."""
    session.install(*TEST_NEEDS)
    _install_wheel(session)
    session.run("pytest", "-q", "-n", "2", *(session.posargs or QUICK))


@nox.session(python=VERSIONS[0])
def lowest(session: nox.Session) -> None:
    """The quick part of the suite with the oldest dependencies that pyproject.toml allows."""
    session.install(*TEST_NEEDS)
    _install_wheel(session, "--resolution", "lowest-direct")
    session.run("pytest", "-q", "-n", "2", *(session.posargs or QUICK))


def _peers(session: nox.Session) -> dict[str, str]:
    """Where the environments of peers are kept between runs."""
    return {"REMORA_PEERS_HOME": str(Path(session.cache_dir).resolve() / "peers")}


@nox.session
def peers(session: nox.Session) -> None:
    """Programs of other makers, in environments of their own: SDK, servers, etcd, a proxy, logins, a store."""
    session.install(*TEST_NEEDS, "azure-storage-blob>=12.19")
    _install_wheel(session)
    env = {**_peers(session), "REMORA_PEERS_INSTALL": "1"}
    session.run("pytest", "-q", *(session.posargs or ["tests/peers"]), env=env)


@nox.session
def conformance(session: nox.Session) -> None:
    """The official conformance suite of protobuf, which npm brings, for proto3 in binary and JSON."""
    if shutil.which("npm") is None:
        session.skip("npm, which brings the runner of the suite, is not installed")
    _install_wheel(session)
    session.run("python", "tests/conformance/run.py", env=_peers(session))


@nox.session
def fuzz(session: nox.Session) -> None:
    """Hostile bytes and JSON for five minutes, with google protobuf as the judge; `-- SECONDS` for another time."""
    session.install(*TEST_NEEDS, "atheris")
    _install_wheel(session)
    session.run("python", "tests/fuzz/run.py", *session.posargs, env=_peers(session))


@nox.session
def bench(session: nox.Session) -> None:
    """Measure everything that has a table in docs/benchmarks.md, beside the named peers, and print the tables."""
    session.install("flyteidl2==2.0.51", "trustme>=1.1")
    _install_wheel(session)
    session.run("python", "tests/bench/run.py", *session.posargs, env=_peers(session))


@nox.session
def docs(session: nox.Session) -> None:
    """Check the reference, every link and every code sample of all pages, and build them as HTML into site/."""
    session.install(*TEST_NEEDS, *TOOLS, "types-protobuf", "mkdocs>=1.6,<2", "mkdocs-material>=9.5,<10")
    _install_wheel(session)
    session.run("remora", "generate", "--check")
    session.run("pytest", "-q", "-n", "2", "tests/docs", *session.posargs)
    session.run("python", "docs/site/build.py", "site")
    session.log("the pages are in site/index.html; `python -m http.server -d site` also lets them be searched")
