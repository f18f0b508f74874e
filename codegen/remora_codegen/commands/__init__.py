"""The command line of a package: its groups and commands as declarations, which the runtime makes commands of."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from remora_codegen.commands.program import program_source
from remora_codegen.commands.views import entry_view
from remora_codegen.manifest import Manifest
from remora_codegen.model import Schema
from remora_codegen.render import Options, Output, Templates


def outputs(schema: Schema, manifest: Manifest, templates: Templates, options: Options) -> Iterator[Output]:
    """The modules of all commands, and what starts them; nothing for a manifest without commands.

    Raises:
        GeneratorError: a template is broken.
    """
    if not manifest.commands:
        return
    module = options.package if options.entities == "entities" else f"{options.package}.{options.entities}"
    root = module.replace(".", "/")
    sources = (manifest.file, *manifest.included)
    for entry in manifest.commands:
        view = entry_view(schema, options, entry)
        text = templates.render("commands/entry.py.jinja", view=view)
        yield Output(f"{root}/commands/{module_name(entry.name)}.py", text, sources)
    program = program_source(manifest, options, module)
    names = ", ".join(name for name in ("Entry", "Program", "Shown", "run") if f"{name}(" in f"{program}run(")
    text = templates.render("commands/package.py.jinja", program=program, names=names)
    yield Output(f"{root}/commands/__init__.py", text, sources)
    yield Output(f"{root}/__main__.py", templates.render("commands/main.py.jinja", module=module), sources)


def module_name(command: str) -> str:
    """The module of a command or group."""
    name = command.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name
