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


def _declare_init(parser: argparse.ArgumentParser) -> None:
    from remora_codegen import cli

    cli.add_init_arguments(parser)


def _run_init(args: argparse.Namespace) -> int:
    from remora_codegen import cli

    return cli.run_init(args)


def _declare_diff(parser: argparse.ArgumentParser) -> None:
    from remora_codegen import cli

    cli.add_diff_arguments(parser)


def _run_diff(args: argparse.Namespace) -> int:
    from remora_codegen import cli

    return cli.run_diff(args)


def _declare_check(parser: argparse.ArgumentParser) -> None:
    from remora_codegen import cli

    cli.add_check_arguments(parser)


def _run_check(args: argparse.Namespace) -> int:
    from remora_codegen import cli

    return cli.run_check(args)


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
            "Write messages, stubs and server bases for a schema, and entities for a manifest. The schema comes from\n"
            ".proto files, a descriptor set, an installed package or a running server, with the same result. Defaults\n"
            "come from [tool.remora] in the nearest pyproject.toml. Nothing is written unless everything is right."
        ),
        examples=(
            "examples:\n"
            "  remora generate                                  everything as pyproject.toml says\n"
            "  remora generate --check                          write nothing, name what is stale (for CI)\n"
            "  remora generate --protos api --out src --package acme_api\n"
            "                                                   api/**.proto as src/acme_api\n"
            "  remora generate --from-reflection localhost:50051 --package acme_api\n"
            "                                                   what a running server offers\n"
            "  remora generate --only OrderService              one service and all it needs\n"
            "  remora generate --templates my_templates         replace single templates, keep the rest\n"
            "\n"
            "exit codes: 0 done or fresh; 1 stale (--check); 2 a mistake in the input, nothing written\n"
        ),
        declare=_declare_generate,
        run=_run_generate,
    ),
    Command(
        name="init",
        summary="propose a manifest for the services of a schema",
        description=(
            "Look at the services of a schema, propose an entity for every message that RPCs get, list, create,\n"
            "update, delete or watch, and write that as a manifest which generates as it is, with the settings in\n"
            "pyproject.toml. Says which RPCs found no place. Never overwrites a file."
        ),
        examples=(
            "examples:\n"
            "  remora init --protos protos                      writes remora.yaml and [tool.remora]\n"
            "  remora init --from-reflection localhost:50051 --package acme_api --out src\n"
            "  remora init --descriptor-set acme.pb --manifest acme.yaml\n"
            "\n"
            "exit codes: 0 written; 2 a mistake in the input, or a file in the way, nothing written\n"
        ),
        declare=_declare_init,
        run=_run_init,
    ),
    Command(
        name="diff",
        summary="say what changed between two versions of a schema and its manifest",
        description=(
            "Compare two versions of the protos and the manifest, and sort every change: breaks the wire, breaks the\n"
            "Python surface, behaves differently, adds. Each is told with its place in the protos and the manifest."
        ),
        examples=(
            "examples:\n"
            "  remora diff git:main                             the working tree against a branch or commit\n"
            "  remora diff old/protos new/protos                two directories of .proto files\n"
            "  remora diff acme-1.pb acme-2.pb --manifest acme.yaml --format markdown\n"
            "  remora diff flyteidl2==2.0.50 flyteidl2==2.0.51 --fail-on wire\n"
            "\n"
            "exit codes: 0 nothing as bad as --fail-on; 2 a mistake in the input; otherwise by the worst change:\n"
            "3 adds, 4 behaves differently, 5 breaks the Python surface, 6 breaks the wire\n"
        ),
        declare=_declare_diff,
        run=_run_diff,
    ),
    Command(
        name="check",
        summary="what CI runs: is everything fresh, right and compatible?",
        description=(
            "Look for stale generated code, mistakes in the protos and the manifest, and changes that break users\n"
            "since this branch left the default branch. Everything comes from [tool.remora] in pyproject.toml."
        ),
        examples=(
            "examples:\n"
            "  remora check                                     against where this branch left the default branch\n"
            "  remora check --against v1.2.0                    against a release\n"
            "  remora check --fail-on wire --format markdown    for the summary of a CI job\n"
            "  remora check --no-diff                           without git\n"
            "\n"
            "exit codes: 0 all is well; 1 stale; 2 a mistake in the input; otherwise by the worst change:\n"
            "3 adds, 4 behaves differently, 5 breaks the Python surface, 6 breaks the wire\n"
        ),
        declare=_declare_check,
        run=_run_check,
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
