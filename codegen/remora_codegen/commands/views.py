"""What the template of a command, or of a group of commands, sees."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from remora_codegen import layout
from remora_codegen.commands.program import commands_of, sequence
from remora_codegen.commands.texts import command_doc, for_people, parameter_doc, summary
from remora_codegen.entities.source import Bracketed, Item, LongText, call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest.command_model import Command, CommandGroup, CommandParameter, Step
from remora_codegen.manifest.model import EntityMethod
from remora_codegen.messages.scope import home
from remora_codegen.model import Schema
from remora_codegen.render import Options

CONTRACT = "remora.contract.v1.commands"


@dataclass(frozen=True)
class EntryView:
    """One module: a group with its commands, or a command."""

    doc: str
    imports: str
    entry: str


def entry_view(schema: Schema, options: Options, entry: Command | CommandGroup) -> EntryView:
    """The view of a group, or of a command that is in none."""
    views = _Views(schema, options)
    if isinstance(entry, CommandGroup):
        doc = f'"""The commands `{entry.name} ...`."""'
        commands = sequence(views.command(item) for item in entry.commands)
        source = call("Group", [literal(entry.name), LongText(summary(entry)), commands])
    else:
        doc = f'"""The command `{entry.name}`."""'
        source = views.command(entry)
    names = {"Group", "Command", "Call"} if isinstance(entry, CommandGroup) else {"Command", "Call"}
    parameters = [item for command in commands_of(entry) for item in command.parameters]
    names |= {"Option" if item.flag else "Argument" for item in parameters}
    (imports,) = layout.from_import(CONTRACT, names)
    return EntryView(doc, imports, "\n".join(laid_out(source, 0, before="ENTRY = ")))


class _Views:
    def __init__(self, schema: Schema, options: Options) -> None:
        self._schema = schema
        self._options = options

    def command(self, command: Command) -> Bracketed:
        """The declaration of a command."""
        doc = command_doc(command)
        items: list[Item] = [literal(command.name), LongText(for_people(doc.summary, command))]
        if doc.body:
            paragraphs = (LongText(for_people(paragraph, command)) for paragraph in doc.body)
            items.append(keyword("more", sequence(paragraphs)))
        items.append(keyword("calls", sequence(self._call(step) for step in command.steps)))
        if command.parameters:
            parameters = (self._parameter(command, item) for item in command.parameters)
            items.append(keyword("parameters", sequence(parameters)))
        if command.columns:
            items.append(keyword("columns", sequence(map(literal, command.columns))))
        if command.steps[-1].what.returns.is_optional:
            items.append(keyword("optional", "True"))
        return call("Command", items)

    def _call(self, step: Step) -> Bracketed:
        if not isinstance(step.what, EntityMethod):
            what = f"{step.what.module}:{step.what.name}"
        elif step.entity:
            what = f"{step.entity}.{step.what.name}"
        else:
            what = f".{step.what.name}"
        items: list[Item] = [literal(what)]
        for name, given in step.takes:
            place = "/" if name in step.by_place else ""
            items.append(literal(f"{place}{name}" if name == given else f"{place}{name}={given}"))
        if step.fills:
            fills = [(name, self._call(fill)) for name, fill in step.fills]
            made = (Bracketed(f"{literal(name)}: {item.head}", item.items, item.tail) for name, item in fills)
            items.append(keyword("fills", Bracketed("{", tuple(made), "}")))
        return call("Call", items)

    def _parameter(self, command: Command, item: CommandParameter) -> Bracketed:
        kind = item.kind
        items: list[Item] = [literal(item.name), LongText(parameter_doc(command, item))]
        if item.flag and item.flag != f"--{item.name.replace('_', '-')}":
            items.append(keyword("flag", literal(item.flag)))
        if kind.name != "text":
            items.append(keyword("kind", literal(kind.name)))
        if kind.many:
            items.append(keyword("many", "True"))
        if kind.choices:
            items.append(keyword("choices", sequence(map(literal, kind.choices))))
        if kind.type_name:
            items.append(keyword("of", literal(self._class(kind.type_name))))
        if item.default is None:
            if item.flag:
                items.append(keyword("required", "True"))
        elif not item.flag:
            items.append(keyword("required", "False"))
        if item.preset:
            items.append(keyword("preset", literal(item.preset)))
        if shown := _shown(item.default):
            items.append(keyword("default", literal(shown)))
        return call("Option" if item.flag else "Argument", items)

    def _class(self, full_name: str) -> str:
        """Where the class of a message or enum is, as `module:name`."""
        file = self._schema.type_file(full_name)
        module = ".".join((home(file, self._options), *file.package_path))
        return f"{module}:{self._schema.python_name(full_name)}"


def _shown(default: str | None) -> str:
    """A default as help shows it; what stands for nothing is not shown. For a flag: what it is without the option."""
    if default in (None, "UNSET"):
        return ""
    value = ast.literal_eval(default or "None")
    return str(value) if value or value is True else ""
