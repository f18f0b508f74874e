"""The declaration of a whole command line, without what its commands take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remora_codegen.commands.texts import summary
from remora_codegen.entities.source import Bracketed, Item, LongText, call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest import Manifest
from remora_codegen.manifest.command_model import Command, CommandGroup
from remora_codegen.manifest.model import Call, EntityMethod, FromContext, FromParameter
from remora_codegen.render import Options

# Those of every client that a command line may have options for.
_SETTINGS = ("project", "domain", "org")


def program_source(manifest: Manifest, options: Options, module: str) -> str:
    """The assignment of `PROGRAM`; `module` is the package that has the commands."""
    entries = [call("Entry", [literal(item.name), LongText(summary(item))]) for item in manifest.commands]
    items: list[Item] = [
        keyword("commands", literal(f"{module}.commands")),
        keyword("entities", literal(f"{options.package}.{options.entities}")),
        keyword("entries", sequence(entries)),
        keyword("shown", _shown(manifest)),
    ]
    if settings := _settings(manifest):
        items.append(keyword("settings", sequence(map(literal, settings))))
    if manifest.context:
        context = (call("Entry", [literal(name), LongText(text)]) for name, text in manifest.context.items())
        items.append(keyword("context", sequence(context)))
    return "\n".join(laid_out(call("Program", items), 0, before="PROGRAM = "))


def sequence(items: Iterable[Item]) -> Bracketed:
    """A tuple."""
    made = tuple(items)
    return Bracketed("(", made, ",)" if len(made) == 1 else ")")


def _shown(manifest: Manifest) -> Bracketed:
    """Names of the properties of every entity; deprecated ones are left out."""
    found = []
    for entity in manifest.entities:
        names = [literal(item.name) for item in entity.properties if not item.deprecated]
        if names:
            found.append(call("Shown", [literal(entity.name), *names]))
    return sequence(found)


def _settings(manifest: Manifest) -> list[str]:
    """Which settings of a client mean something to the commands."""
    used = set(_used(manifest))
    if "project" in used:
        # Where there is a project there may be an organization, which only the client names.
        used.add("org")
    return [name for name in _SETTINGS if name in used]


def _used(manifest: Manifest) -> Iterator[str]:
    for entry in manifest.commands:
        for command in commands_of(entry):
            yield from (item.name for item in command.parameters)
            for step in command.steps:
                if isinstance(step.what, EntityMethod) and isinstance(step.what.binding, Call):
                    yield from _of_call(step.what.binding)


def _of_call(binding: Call) -> Iterator[str]:
    for source in (*(item.source for item in binding.fills), *(item.source for item in binding.headers)):
        if isinstance(source, (FromContext, FromParameter)):
            yield source.setting


def commands_of(entry: Command | CommandGroup) -> tuple[Command, ...]:
    """The commands of a group, or the command itself."""
    return entry.commands if isinstance(entry, CommandGroup) else (entry,)
