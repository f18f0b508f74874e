"""The generator's commands. Importing this module is cheap; the generator itself is loaded when a command runs."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

# What the extra `codegen` brings: packages by one of their modules.
_NEEDED = {
    "betterproto2_compiler": "betterproto2-compiler",
    "google.protobuf": "protobuf",
    "grpc_tools": "grpcio-tools",
    "jinja2": "jinja2",
    "yaml": "pyyaml",
}


def add_generate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `remora generate` takes; defaults come from `[tool.remora]`."""
    parser.add_argument(
        "--protos",
        type=Path,
        metavar="DIR",
        help="directory of .proto files (default: protos); files, include and manifest of the table are not used then",
    )
    parser.add_argument(
        "--files",
        action="append",
        metavar="PATTERN",
        help="which files below --protos to generate, for example 'acme/**/*.proto'; may be repeated (default: all)",
    )
    parser.add_argument(
        "-I",
        "--include",
        action="append",
        type=Path,
        metavar="DIR",
        help="further directory to find imports in; nothing is generated from it unless a type of it is used",
    )
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="manifest of entities (default: none)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="directory that holds the package (default: generated)")
    parser.add_argument("--package", metavar="NAME", help="Python package to write, for example acme_api")
    parser.add_argument("--templates", type=Path, metavar="DIR", help="directory with templates that replace ours")
    parser.add_argument("--check", action="store_true", help="write nothing; name every stale, missing or extra file")


def run_generate(args: argparse.Namespace) -> int:
    """Run `remora generate`."""
    return _run(lambda: _generate(args))


def _generate(args: argparse.Namespace) -> int:
    from remora_codegen import config, generate, write

    settings = config.load(Path.cwd()).override(
        protos=args.protos,
        files=args.files,
        include=args.include,
        manifest=args.manifest,
        out=args.out,
        package=args.package,
        templates=args.templates,
    )
    tree = generate.render(settings, note=lambda item: print(item, file=sys.stderr))
    if args.check:
        findings = write.check(settings.out, settings.package, tree)
        for finding in findings:
            print(finding)
        return 1 if findings else 0
    report = write.write(settings.out, settings.package, tree)
    print(f"{write.package_directory(settings.out, settings.package)}: {report}")
    return 0


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
    missing = sorted(package for module, package in _NEEDED.items() if not _is_installed(module))
    if missing:
        print(f"error: the generator needs {', '.join(missing)}: pip install 'remora[codegen]'", file=sys.stderr)
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


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
