"""`protoc-gen-remora`: the generator as a plugin of protoc and buf.

A plugin reads a `CodeGeneratorRequest` from standard input and writes a `CodeGeneratorResponse` to standard output
(google/protobuf/compiler/plugin.proto). A mistake of the user goes into the response, and protoc shows it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora_codegen.config import Settings

_OPTIONS = "package=NAME, manifest=FILE, only=GLOB, runtime-package=NAME, templates=DIR"
_USAGE = f"""\
protoc-gen-remora is run by protoc or buf, which give it the schema on standard input:

  protoc -I protos --remora_out=src --remora_opt=package=acme_api,manifest=acme.yaml protos/acme/*.proto

options: {_OPTIONS}
"""


def main() -> int:
    """Run the plugin; the exit code is 0 unless the input is not a request at all."""
    from remora_codegen.requirements import missing_packages

    if len(sys.argv) > 1 or sys.stdin.isatty():
        print(_USAGE, end="")
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    if missing := missing_packages():
        print(missing, file=sys.stderr)
        return 2
    from google.protobuf.message import DecodeError

    try:
        answer = respond(sys.stdin.buffer.read())
    except DecodeError:
        print("error: standard input is not a CodeGeneratorRequest; see protoc-gen-remora --help", file=sys.stderr)
        return 2
    sys.stdout.buffer.write(answer)
    return 0


def respond(request: bytes) -> bytes:
    """The response to one request, both encoded.

    Raises:
        google.protobuf.message.DecodeError: the bytes are not a request.
    """
    from google.protobuf.compiler import plugin_pb2

    from remora_codegen import generate
    from remora_codegen.diagnostics import GeneratorError

    asked = plugin_pb2.CodeGeneratorRequest.FromString(request)
    answer = plugin_pb2.CodeGeneratorResponse()
    answer.supported_features = answer.FEATURE_PROTO3_OPTIONAL
    try:
        settings = _settings(asked.parameter)
        tree = generate.render_files({file.name: file for file in asked.proto_file}, asked.file_to_generate, settings)
        for name, content in tree.items():
            answer.file.add(name=name, content=content.decode())
    except GeneratorError as error:
        answer.error = str(error)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        answer.error = f"{place}error: {error.strerror or error}"
    return answer.SerializeToString()


def _settings(parameter: str) -> Settings:
    from remora_codegen.config import Settings
    from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
    from remora_codegen.model import Location

    known = ("package", "manifest", "only", "runtime-package", "templates")
    values: dict[str, list[str]] = {}
    problems = []
    for item in filter(None, parameter.split(",")):
        key, separator, value = item.partition("=")
        if key not in known:
            hint = did_you_mean(key, known) or f"there are {_OPTIONS}"
            problems.append(Diagnostic(Location("--remora_opt"), f"there is no option '{key}'", hint))
        elif not separator or not value:
            problems.append(Diagnostic(Location("--remora_opt"), f"option '{key}' needs a value"))
        elif key in values and key != "only":
            problems.append(Diagnostic(Location("--remora_opt"), f"option '{key}' is given twice"))
        values.setdefault(key, []).append(value)
    if "package" not in values:
        hint = "use --remora_opt=package=NAME"
        problems.append(Diagnostic(Location("--remora_opt"), "the name of the package to write is missing", hint))
    if problems:
        raise GeneratorError(problems)

    def path(key: str) -> Path | None:
        return Path(values[key][0]) if key in values else None

    return Settings(
        package=values["package"][0],
        manifest=path("manifest"),
        templates=path("templates"),
        runtime_package=values.get("runtime-package", [Settings.runtime_package])[0],
        only=tuple(values.get("only", ())),
    )


if __name__ == "__main__":
    sys.exit(main())
