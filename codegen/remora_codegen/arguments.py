"""Arguments that several commands share. Importing this module is cheap."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora_codegen.config import Settings


def add_source(parser: argparse.ArgumentParser) -> None:
    """Declare where the schema comes from, and which part of it is wanted."""
    group = parser.add_argument_group(
        "the schema comes from one of (settings of the table that belong to another source are not used then)"
    )
    source = group.add_mutually_exclusive_group()
    source.add_argument("--protos", type=Path, metavar="DIR", help="a directory of .proto files (default: protos)")
    source.add_argument(
        "--descriptor-set",
        type=Path,
        metavar="FILE",
        help="a file that protoc --descriptor_set_out --include_imports or buf build wrote",
    )
    source.add_argument(
        "--from-package",
        metavar="NAME",
        help="an installed Python package with *_pb2 modules; NAME==VERSION installs it into a temporary environment",
    )
    source.add_argument(
        "--from-reflection",
        metavar="HOST:PORT",
        help="a running server with gRPC reflection; plaintext on this machine, TLS elsewhere",
    )
    _add_part(group)
    add_connection(parser)


def add_part(parser: argparse.ArgumentParser) -> None:
    """Declare which files of a source are wanted and where their imports are."""
    _add_part(parser)


def _add_part(group: argparse._ActionsContainer) -> None:
    group.add_argument(
        "--files",
        action="append",
        metavar="PATTERN",
        help="which files of the source to use, for example 'acme/**/*.proto'; may be repeated (default: all)",
    )
    group.add_argument(
        "-I",
        "--include",
        action="append",
        type=Path,
        metavar="DIR",
        help="further directory to find imports in, may be repeated; only what is used of it is generated",
    )


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Declare how to connect to a server with reflection."""
    connection = parser.add_argument_group("how to connect to a server for its reflection")
    security = connection.add_mutually_exclusive_group()
    security.add_argument("--plaintext", action="store_const", const=True, help="without TLS")
    security.add_argument("--tls", dest="plaintext", action="store_const", const=False, help="with TLS")
    connection.add_argument("--ca-cert", type=Path, metavar="FILE", help="PEM file of the certificates to trust")
    connection.add_argument(
        "--metadata",
        action="append",
        metavar="NAME=VALUE",
        help="header of the calls, for example authorization='Bearer ...'; may be repeated",
    )


def settings(args: argparse.Namespace) -> Settings:
    """The settings of the nearest pyproject.toml with what the command line says over them.

    Raises:
        GeneratorError: a setting is wrong.
    """
    from remora_codegen import config
    from remora_codegen.diagnostics import Diagnostic, GeneratorError
    from remora_codegen.model import Location

    headers = []
    for item in getattr(args, "metadata", None) or ():
        name, separator, value = item.partition("=")
        if not (separator and name.strip()):
            # The value of a header may be a secret, so what was given is not repeated.
            raise GeneratorError([Diagnostic(Location("--metadata"), "this is not of the form NAME=VALUE")])
        headers.append((name.strip().lower(), value))
    given = {
        name: getattr(args, name, None)
        for name in (
            *("protos", "descriptor_set", "from_package", "from_reflection", "files", "include"),
            *("manifest", "out", "package", "tests", "templates", "only", "reference"),
        )
    }
    connection = config.Connection(getattr(args, "plaintext", None), getattr(args, "ca_cert", None), tuple(headers))
    return config.load(Path.cwd()).override(connection=connection, **given)
