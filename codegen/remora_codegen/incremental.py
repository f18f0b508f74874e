"""Which modules need not be rendered again.

A module of messages or stubs depends on its own .proto file, on how the types that it uses are called and where they
are, on which messages have anything to validate, and, of enums, on their values: not on anything else that another
file says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping

from remora_codegen import reads
from remora_codegen.config import Settings
from remora_codegen.inputs import Descriptors
from remora_codegen.messages.scope import home
from remora_codegen.messages.validation import checked_messages
from remora_codegen.model import File, Schema
from remora_codegen.render import Options
from remora_codegen.stamp import Stamp


def keys(descriptors: Descriptors, schema: Schema, options: Options) -> dict[str, str]:
    """For the path of every module that comes from one .proto file, what stands for all it depends on."""
    by_name = {file.name: file for file in descriptors.files}
    found = {}
    checked = checked_messages(schema)
    for file in schema.files:
        if home(file, options) == options.package:
            total = hashlib.sha256(by_name[file.name].SerializeToString(deterministic=True))
            if source := descriptors.sources.get(file.name):
                total.update(source.SerializeToString(deterministic=True))
            for fact in _facts(file, schema, checked):
                total.update(fact.encode())
            for path in _paths(file, options):
                found[path] = total.hexdigest()
    return found


def kept(modules: Mapping[str, str], stamp: Stamp, settings: Settings) -> dict[str, bytes]:
    """Content of the modules that would come out as the stamp says that they are on disk, and that are so."""
    found = {}
    for path, key in modules.items():
        if stamp.modules.get(path) == key and path in stamp.outputs:
            try:
                content = (settings.out / path).read_bytes()
            except OSError:
                continue
            if reads.digest(content) == stamp.outputs[path]:
                found[path] = content
    return found


def _paths(file: File, options: Options) -> Iterator[str]:
    directory = "/".join((*options.package.split("."), *file.package_path))
    yield f"{directory}/{file.module}.py"
    if file.services:
        yield f"{directory}/{file.service_module}.py"


def _facts(file: File, schema: Schema, checked: Collection[str]) -> Iterator[str]:
    # With `--only`, a part of the file is left out.
    yield repr([item.full_name for item in file.messages])
    yield repr([item.full_name for item in file.enums])
    yield repr([item.full_name for item in file.services])
    used = {item.type_name for message in file.messages for item in message.fields if item.type_name}
    for service in file.services:
        used |= {name for method in service.methods for name in (method.request, method.response)}
    for name in sorted(used):
        other = schema.type_file(name)
        yield repr((name, schema.python_name(name), other.name, other.package, name in checked))
        if enum := schema.enums.get(name):
            yield repr((enum.closed, [(value.name, value.python_name, value.number) for value in enum.values]))
