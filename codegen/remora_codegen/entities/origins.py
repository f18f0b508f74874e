"""Functions that make an entity's message of another one."""

from __future__ import annotations

from remora_codegen.entities.body import Body, plain, statement
from remora_codegen.entities.names import Locals, ModuleNames
from remora_codegen.entities.reading import empty, in_variable, read
from remora_codegen.entities.requests import request_expression
from remora_codegen.entities.views import MemberView
from remora_codegen.manifest.model import Constant, Entity, Fill, FromConstant, Origin
from remora_codegen.model import Schema


def origin_member(schema: Schema, names: ModuleNames, entity: Entity, origin: Origin) -> MemberView:
    """The static method for one other message."""
    body = Body(schema, names, Locals(names, {"message"}))
    lines: list[str] = []
    fills = []
    for target, source in origin.fields:
        reading = read(schema, names, body.local, "message", source)
        if reading.may_be_none and not target.leaf.presence:
            reading = in_variable(reading, body.local, source.leaf.name)
            value = f"{empty(schema, names, target.leaf)} if {reading.value} is None else {reading.value}"
        else:
            value = reading.value
        lines += reading.lines
        fills.append(Fill(target, FromConstant(Constant((value,)))))
    made = request_expression(body, entity.message, fills)
    given = names.message(origin.message, type_only=True)
    wanted = names.message(entity.message, type_only=True)
    return MemberView(
        "@staticmethod",
        f"    def {origin.name}(message: {given}) -> {wanted}:",
        "",
        "\n".join([*plain(lines), *statement("return ", made)]),
    )
