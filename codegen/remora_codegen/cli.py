"""The generator's commands. Importing this module is cheap; the generator itself is loaded when a command runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from remora_codegen import arguments, requirements


def add_generate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora generate` takes; defaults come from `[tool.remora]`."""
    arguments.add_source(parser)
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="manifest of entities (default: none)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="directory that holds the package (default: generated)")
    parser.add_argument("--package", metavar="NAME", help="Python package to write, for example acme_api")
    parser.add_argument(
        "--tests", type=Path, metavar="DIR", help="directory for contract tests and nothing else (default: no tests)"
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="GLOB",
        help="entities, services, messages and enums to generate, by full or last name, with all that they need; "
        "may be repeated (default: everything)",
    )
    parser.add_argument("--templates", type=Path, metavar="DIR", help="directory with templates that replace ours")
    parser.add_argument("--reference", type=Path, metavar="DIR", help="directory for reference pages (default: none)")
    parser.add_argument("--check", action="store_true", help="write nothing; name every stale, missing or extra file")


def run_generate(args: argparse.Namespace) -> int:
    """Run `remora generate`."""
    return _run(lambda: _generate(args))


def _generate(args: argparse.Namespace) -> int:
    from remora_codegen import generation

    settings = arguments.settings(args)
    if args.check:
        findings = generation.findings(settings)
        for finding in findings:
            print(finding)
        return 1 if findings else 0
    print(generation.write(settings, note=lambda item: print(item, file=sys.stderr)))
    return 0


def add_init_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora init` takes."""
    arguments.add_source(parser)
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="manifest to write (default: remora.yaml)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="directory for the package (default: generated)")
    parser.add_argument("--package", metavar="NAME", help="Python package (default: after the protos, as acme_api)")


def run_init(args: argparse.Namespace) -> int:
    """Run `remora init`."""
    return _run(lambda: _init(args))


def _init(args: argparse.Namespace) -> int:
    from remora_codegen.propose import command

    command.init(arguments.settings(args), print)
    return 0


def add_diff_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora diff` takes."""
    parser.add_argument(
        "old",
        metavar="OLD",
        help="directory of .proto files or of a project, descriptor set, git:REF, NAME==VERSION, reflection:HOST:PORT",
    )
    parser.add_argument(
        "new", metavar="NEW", nargs="?", default="", help="the same (default: what pyproject.toml says)"
    )
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="manifest of both sides, where they name none")
    parser.add_argument("--old-manifest", type=Path, metavar="FILE", help="manifest of OLD")
    parser.add_argument("--new-manifest", type=Path, metavar="FILE", help="manifest of NEW")
    arguments.add_part(parser)
    _add_report_arguments(parser)
    arguments.add_connection(parser)


def _add_report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="(default: text)")
    parser.add_argument(
        "--fail-on",
        choices=("wire", "python", "behaves", "adds", "nothing"),
        default="python",
        help="the mildest change that makes the exit code something else than 0 (default: python)",
    )


def run_diff(args: argparse.Namespace) -> int:
    """Run `remora diff`."""
    return _run(lambda: _diff(args))


def _diff(args: argparse.Namespace) -> int:
    from remora_codegen.diff import compare, report

    both, args.manifest = args.manifest, None
    found = compare.changes(
        args.old,
        args.new,
        arguments.settings(args),
        old_manifest=args.old_manifest or both,
        new_manifest=args.new_manifest or both,
    )
    print(report.rendered(found, args.format, args.old, args.new or "the working tree"), end="")
    return compare.exit_code(found, args.fail_on)


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora check` takes."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--against",
        metavar="REF",
        help="commit, tag or branch; compared is with where this branch left it (default: the default branch)",
    )
    which.add_argument("--no-diff", action="store_true", help="look for stale output and mistakes only")
    _add_report_arguments(parser)


def run_check(args: argparse.Namespace) -> int:
    """Run `remora check`."""
    return _run(lambda: _check(args))


def _check(args: argparse.Namespace) -> int:
    from remora_codegen import check

    return check.check(
        arguments.settings(args),
        args.against,
        args.format,
        args.fail_on,
        diff=not args.no_diff,
        say=print,
        warn=lambda line: print(line, file=sys.stderr),
    )


def add_vendor_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora vendor` takes."""
    parser.add_argument(
        "--from-wheel",
        required=True,
        metavar="NAME==VERSION",
        help="the package; installed into a temporary environment unless this version is installed already",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--services",
        metavar="A,B,...",
        help="services to bring in, with everything they reach (default: those in protos.lock)",
    )
    which.add_argument("--all", action="store_true", help="every file of the package")
    parser.add_argument("--protos", type=Path, metavar="DIR", help="where to write (default: protos)")


def run_vendor(args: argparse.Namespace) -> int:
    """Run `remora vendor`."""
    return _run(lambda: _vendor(args))


def _vendor(args: argparse.Namespace) -> int:
    from remora_codegen import config
    from remora_codegen.vendor import command
    from remora_codegen.vendor.wheel import Wheel

    settings = config.load(Path.cwd()).override(protos=args.protos)
    services = [command.ALL] if args.all else [name.strip() for name in (args.services or "").split(",")]
    command.vendor(
        Wheel.parse(args.from_wheel),
        settings.protos,
        [name for name in services if name],
        say=print,
        warn=lambda line: print(line, file=sys.stderr),
    )
    return 0


def _run(command: Callable[[], int]) -> int:
    if missing := requirements.missing_packages():
        print(missing, file=sys.stderr)
        return 2
    from remora_codegen.diagnostics import GeneratorError

    try:
        return command()
    except GeneratorError as error:
        print(error, file=sys.stderr)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"{place}error: {error.strerror or error}; nothing was changed", file=sys.stderr)
    return 2
