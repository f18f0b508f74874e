"""The descriptors that an installed Python package carries."""

from __future__ import annotations

import importlib.metadata
import sys

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Location
from remora_codegen.vendor.wheel import Wheel


def package_files(name: str) -> dict[str, FileDescriptorProto]:
    """The files of a package and all they import, by name.

    Args:
        name: a distribution (`flyteidl2`) or one of its import names, as installed here; or `NAME==VERSION`, which is
            installed into a temporary environment when it is not the version that is here.

    Raises:
        GeneratorError: it is not installed, or carries no descriptors.
    """
    wheel = Wheel.parse(name) if "==" in name else _installed(name)
    found = wheel.descriptors(lambda line: print(line, file=sys.stderr))
    # Read again without the pool of custom options, which nothing here looks at.
    return {file.name: FileDescriptorProto.FromString(file.SerializeToString()) for file in found}


def _installed(name: str) -> Wheel:
    try:
        return Wheel(name, importlib.metadata.version(name))
    except (importlib.metadata.PackageNotFoundError, ValueError):
        pass
    owners = importlib.metadata.packages_distributions()
    if len(set(owners.get(name, ()))) == 1:
        owner = owners[name][0]
        return Wheel(owner, importlib.metadata.version(owner))
    known = {item.metadata["Name"] for item in importlib.metadata.distributions()}
    hint = (
        did_you_mean(name, [*(item for item in known if item), *owners]) or f"pip install {name}, or use NAME==VERSION"
    )
    raise GeneratorError([Diagnostic(Location("--from-package"), f"no package '{name}' is installed here", hint)])
