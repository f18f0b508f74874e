"""Validation rules that a backend does not mean as they stand: fields that may be empty all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Field, File, Location, Message, Schema


def relaxed(schema: Schema, patterns: Sequence[str]) -> Schema:
    """The schema with rules of matching fields that are not for the empty value.

    Args:
        schema: the schema.
        patterns: full names of fields, such as `acme.v1.Item.org`; `*` stands for any text, dots included. Fields with
            a message are not among them: that one may be missing is another thing.

    Raises:
        GeneratorError: a pattern matches no field that has rules.
    """
    used: set[str] = set()

    def can_relax(field: Field) -> bool:
        return not field.rules.is_empty and not (field.is_message and not field.is_map and not field.is_repeated)

    def of_field(message: Message, field: Field) -> Field:
        name = f"{message.full_name}.{field.name}"
        found = [pattern for pattern in patterns if fnmatchcase(name, pattern)] if can_relax(field) else []
        used.update(found)
        return replace(field, rules=replace(field.rules, required=False, skip_empty=True)) if found else field

    def of_file(file: File) -> File:
        messages = [
            replace(item, fields=tuple(of_field(item, field) for field in item.fields)) for item in file.messages
        ]
        return replace(file, messages=tuple(messages))

    found = Schema(tuple(of_file(file) for file in schema.files)) if patterns else schema
    unused = [pattern for pattern in patterns if pattern not in used]
    if unused:
        names = [f"{item.full_name}.{field.name}" for item in schema.messages.values() for field in item.fields]
        raise GeneratorError(
            Diagnostic(
                Location("[tool.remora] may-be-empty"),
                f"no field with validation rules matches '{item}'",
                did_you_mean(item, names),
            )
            for item in unused
        )
    return found
