"""Write the descriptors of an installed distribution to a file. Run as a script by the interpreter that has it.

    python dump_descriptors.py <distribution> <output file>

It needs nothing but the distribution and the protobuf package that it depends on, and it runs apart from the
generator because importing generated modules fills a pool for the whole process.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from pathlib import Path
from typing import Any


def main(distribution: str, output: str) -> int:
    """Import every `*_pb2` module of the distribution and write their files and all imports, imports first."""
    files = importlib.metadata.files(distribution) or []
    modules = sorted(".".join(item.with_suffix("").parts) for item in files if item.name.endswith("_pb2.py"))
    if not modules:
        print(f"{distribution} has no *_pb2 modules, so it carries no descriptors", file=sys.stderr)
        return 1
    found: dict[str, bytes] = {}
    for module in modules:
        try:
            descriptor = importlib.import_module(module).DESCRIPTOR
        except Exception as error:  # whatever a foreign module raises while it is imported
            print(f"cannot import {module} of {distribution}: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
        _visit(descriptor, found)
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    result = FileDescriptorSet(file=[FileDescriptorProto.FromString(data) for data in found.values()])
    Path(output).write_bytes(result.SerializeToString())
    return 0


def _visit(descriptor: Any, found: dict[str, bytes]) -> None:
    if descriptor.name not in found:
        for dependency in descriptor.dependencies:
            _visit(dependency, found)
        found[descriptor.name] = descriptor.serialized_pb


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
