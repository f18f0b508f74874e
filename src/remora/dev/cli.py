"""`remora dev`: the local control plane as a command."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import TextIO

from remora._version import __version__
from remora.dev.options import DOMAINS, Options, default_parallelism
from remora.errors import RemoraError

_CANNOT_START = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command to a parser."""
    parser.description = (
        "Start a local control plane on loopback. When it is ready it prints one line of JSON with its endpoint. "
        "Stop it with Ctrl-C or SIGTERM."
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--data", type=Path, metavar="DIR", help="where state lives (default: below the user's data)")
    place.add_argument("--ephemeral", action="store_true", help="keep nothing: use a temporary directory")
    parser.add_argument("--port", type=port_number, default=0, help="port of the gRPC endpoint (default: a free one)")
    parser.add_argument(
        "--object-port", type=port_number, default=0, help="port of the object store (default: a free one)"
    )
    parser.add_argument(
        "--project",
        action="append",
        default=[],
        metavar="NAME",
        help="create this project if missing; repeatable",
    )
    parser.add_argument(
        "--domain", action="append", metavar="NAME", help=f"domains of every project (default: {', '.join(DOMAINS)})"
    )
    parser.add_argument(
        "--parallel",
        type=count,
        default=0,
        metavar="N",
        help=f"attempts that run at the same time (default: {default_parallelism()})",
    )
    parser.add_argument(
        "--catch-up",
        type=whole_number,
        default=1,
        metavar="N",
        help="runs that a trigger starts, at most, for times that it missed while nothing was running (default: 1)",
    )
    parser.add_argument("--no-execute", action="store_true", help="leave runs queued, to be driven from outside")
    parser.add_argument("--keep-work", action="store_true", help="keep the working directories of finished attempts")
    parser.add_argument(
        "--abort-grace",
        type=seconds,
        default=5.0,
        metavar="S",
        help="seconds from SIGTERM to SIGKILL (default: 5)",
    )
    parser.add_argument(
        "--cluster-endpoint",
        default="",
        metavar="URL",
        help="what SelectCluster answers, another control plane of this machine (default: this one)",
    )
    parser.add_argument("--auth", action="store_true", help="let nobody in without a login, and offer all of them")
    parser.add_argument("--strict", action="store_true", help="enforce the field rules of the protos")
    parser.add_argument("--oss-quirks", action="store_true", help="copy surprises of the open-source backend too")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="RULE",
        help="inject a failure, for example 'unavailable,every=5' or 'drop,method=*/Watch*,after=2'; repeatable",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit code: 0 when it was stopped, 2 when it could not start."""
    if os.name != "posix":
        print("remora dev: error: this system is not supported; use Linux, macOS or WSL", file=sys.stderr)
        return _CANNOT_START
    try:
        return asyncio.run(_serve(args))
    except RemoraError as error:
        print(f"remora dev: error: {error}", file=sys.stderr)
        return _CANNOT_START
    except KeyboardInterrupt:  # before the handlers were in place
        return 0


async def _serve(args: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    from remora.dev.datadir import default_data_dir
    from remora.dev.faults import parse_fault
    from remora.dev.server import LocalControlPlane

    faults = [parse_fault(text) for text in args.fault]
    options = Options(
        data_dir=None if args.ephemeral else args.data or default_data_dir(),
        port=args.port,
        object_port=args.object_port,
        projects=tuple(args.project),
        domains=tuple(args.domain or DOMAINS),
        strict=args.strict,
        oss_quirks=args.oss_quirks,
        execute=not args.no_execute,
        parallel=args.parallel,
        abort_grace=args.abort_grace,
        keep_work=args.keep_work,
        catch_up=args.catch_up,
        cluster_endpoint=args.cluster_endpoint,
        auth=args.auth,
    )
    plane = LocalControlPlane(options)
    for fault in faults:
        plane.faults.add(fault)
    async with plane:
        facts: dict[str, object] = {
            "endpoint": plane.endpoint,
            "object_store": plane.object_store,
            "data_dir": plane.data_dir,
            "pid": os.getpid(),
            "version": __version__,
        }
        if plane.login is not None:
            facts["login"] = plane.login.facts()
        _say(json.dumps(facts), sys.stdout)
        kept = "removed at the end" if args.ephemeral else "kept"
        _say(f"Remora control plane at {plane.endpoint}; state in {plane.data_dir} ({kept}).", sys.stderr)
        variables = [f"FLYTE_ADMIN_ENDPOINT={plane.endpoint}"]
        if options.projects:
            variables += [f"FLYTE_TASK_PROJECT={options.projects[0]}", f"FLYTE_TASK_DOMAIN={options.domains[0]}"]
        _say(f"Use it with {' '.join(variables)}; stop it with Ctrl-C.", sys.stderr)
        if plane.login is not None:
            _say(plane.login.instructions(plane.endpoint), sys.stderr)
        await stop.wait()
    return 0


def _say(line: str, file: TextIO) -> None:
    try:
        print(line, file=file, flush=True)
    except BrokenPipeError:
        # Whoever started this stopped to listen; that is no reason to end, nor to complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())


def port_number(text: str) -> int:
    """Read a port; argparse shows the name of this function to the user."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def count(text: str) -> int:
    """Read a number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def whole_number(text: str) -> int:
    """Read a number from 0 to 100."""
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError("must be from 0 to 100")
    return number


def seconds(text: str) -> float:
    """Read a span of time."""
    number = float(text)
    if not 0 <= number < 86400:
        raise argparse.ArgumentTypeError("must be a number of seconds, at least 0")
    return number
