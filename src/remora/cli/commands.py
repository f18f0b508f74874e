"""The subcommands of `remora`: what they are called and which module has them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One subcommand.

    Attributes:
        declare: adds the arguments to the subcommand's parser.
        run: does the work; gives the exit code.
    """

    name: str
    summary: str
    description: str
    examples: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def _declare_config(parser: argparse.ArgumentParser) -> None:
    from remora.config import cli

    cli.add_arguments(parser)


def _run_config(args: argparse.Namespace) -> int:
    from remora.config import cli

    return cli.run(args)


def _declare_dev(parser: argparse.ArgumentParser) -> None:
    from remora.dev import cli

    cli.add_arguments(parser)


def _run_dev(args: argparse.Namespace) -> int:
    from remora.dev import cli

    return cli.run(args)


def _declare_generate(parser: argparse.ArgumentParser) -> None:
    from remora_codegen import cli

    cli.add_generate_arguments(parser)


def _run_generate(args: argparse.Namespace) -> int:
    from remora_codegen import cli

    return cli.run_generate(args)


def _declare_vendor(parser: argparse.ArgumentParser) -> None:
    from remora_codegen import cli

    cli.add_vendor_arguments(parser)


def _run_vendor(args: argparse.Namespace) -> int:
    from remora_codegen import cli

    return cli.run_vendor(args)


COMMANDS = (
    Command(
        name="config",
        summary="show the settings of a client and where they come from",
        description=(
            "Show what a client made here would use: from the environment and the first config file there is.\n"
            "Secrets are masked."
        ),
        examples=(
            "examples:\n"
            "  remora config show                               a table\n"
            "  remora config show --json                        for programs\n"
            "  remora config show --config-file ./config.yaml   a file that is trusted because it is named\n"
            "\n"
            "exit codes: 0 a client can be made; 1 there is no endpoint; 2 a setting cannot be used\n"
        ),
        declare=_declare_config,
        run=_run_config,
    ),
    Command(
        name="dev",
        summary="start a control plane on this machine",
        description=(
            "Start a control plane on this machine: the services a client needs, an executor that runs the\n"
            "containers' commands as local processes, and storage. It listens on loopback only and prints one\n"
            "line of JSON with its endpoint when it is ready."
        ),
        examples=(
            "examples:\n"
            "  remora dev                                       state in a directory of the user, any free port\n"
            "  remora dev --port 8090 --data ./plane            a fixed port, state in ./plane\n"
            "  remora dev --ephemeral                           forget everything at the end\n"
        ),
        declare=_declare_dev,
        run=_run_dev,
    ),
    Command(
        name="generate",
        summary="write a typed Python package from .proto files and a manifest",
        description=(
            "Write messages, stubs and server bases for .proto files, and entities for a manifest. Defaults come\n"
            "from [tool.remora] in the nearest pyproject.toml. Nothing is written unless everything is right."
        ),
        examples=(
            "examples:\n"
            "  remora generate                                  everything as pyproject.toml says\n"
            "  remora generate --check                          write nothing, name what is stale (for CI)\n"
            "  remora generate --protos api --out src --package acme_api\n"
            "                                                   api/**.proto as src/acme_api\n"
            "  remora generate --templates my_templates         replace single templates, keep the rest\n"
            "\n"
            "exit codes: 0 done or fresh; 1 stale (--check); 2 a mistake in the input, nothing written\n"
        ),
        declare=_declare_generate,
        run=_run_generate,
    ),
    Command(
        name="vendor",
        summary="bring .proto files in from a package that carries their descriptors",
        description=(
            "Print .proto files from the descriptors of a Python package, for some of its services and all they\n"
            "reach, and write protos.lock. Shows what changed since the lock; the same version changes nothing."
        ),
        examples=(
            "examples:\n"
            "  remora vendor --from-wheel flyteidl2==2.0.51 --services RunService,TaskService\n"
            "  remora vendor --from-wheel flyteidl2==2.0.52     the services in protos.lock again\n"
            "  remora vendor --from-wheel flyteidl2==2.0.51 --all --protos idl\n"
        ),
        declare=_declare_vendor,
        run=_run_vendor,
    ),
)
