"""Checks of properties: a field path with its conversion, or a hand-written function."""

from __future__ import annotations

from remora_codegen import pytypes
from remora_codegen.manifest.format import PropertyNode
from remora_codegen.manifest.model import Conversion, FieldPath, Property
from remora_codegen.manifest.resource_names import check_part
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe, read_type
from remora_codegen.pytypes import EntityName, Type
from remora_codegen.signatures import Function


def resolve_property(scope: Scope, entity: str, message: str, name: Text, node: PropertyNode) -> Property | None:
    """The checked property, or None after reporting what is wrong."""
    aliases = tuple(alias.value for alias in node.aliases)
    if node.function is not None:
        return _by_function(scope, entity, name, node, node.function, aliases)
    path = scope.path(message, node.field or name)
    if path is None:
        return None
    doc = node.doc.value if node.doc else path.leaf.doc
    leaf = path.leaf
    convertible = read_type(leaf)[1].read and (node.convert is None or node.convert.value != "none")
    if node.present and (not leaf.is_message or leaf.is_repeated or leaf.is_map or convertible or node.optional):
        scope.report(node.at, f"'present' is for a message that stays one, but field '{path}' is {describe(leaf)}")
        return None
    if node.part_of is not None:
        return _part(scope, name, node, node.part_of, path, aliases)
    if node.entity is not None:
        return _entity(scope, name, node, path, doc, aliases)
    raw = node.convert is not None and node.convert.value == "none"
    type_, conversion = read_type(path.leaf, converted=not raw)
    function = None
    if node.convert is not None and not raw:
        function = scope.converter(node.convert)
        if function is None:
            return None
        raw_type, conversion = read_type(path.leaf, converted=False)[0], Conversion()
        raw_type = pytypes.required(raw_type) if node.present else raw_type
        _check_argument(scope, node.convert, function, raw_type)
        type_ = pytypes.optional(function.returns) if raw_type.is_optional else function.returns
    if node.optional:
        if path.leaf.presence or path.leaf.is_message:
            scope.report(node.at, f"'optional' has no effect: field '{path}' reads as None when it is not set anyway")
        type_ = pytypes.optional(type_)
    if node.present and function is None:
        type_ = pytypes.required(type_)
    return Property(
        name.value,
        type_,
        doc,
        path,
        conversion,
        function=function,
        empty_is_none=node.optional,
        none_is_empty=node.present,
        aliases=aliases,
    )


def _part(
    scope: Scope, name: Text, node: PropertyNode, template: Text, path: FieldPath, aliases: tuple[str, ...]
) -> Property | None:
    """A part of a resource name."""
    useless = [key for key in ("convert", "entity", "present") if getattr(node, key)]
    if useless:
        scope.report(node.at, f"a property with 'part_of' takes no {', '.join(repr(key) for key in useless)}")
    leaf = path.leaf
    if leaf.is_repeated or leaf.is_map or leaf.type_name or leaf.kind.python != "str" or leaf.presence:
        unset = " that can be unset" if leaf.presence else ""
        scope.report(template.at, f"a resource name is a plain string, but field '{path}' is {describe(leaf)}{unset}")
        return None
    if not check_part(scope, template, name):
        return None
    type_ = pytypes.builtin("str")
    return Property(
        name.value,
        pytypes.optional(type_) if node.optional else type_,
        node.doc.value if node.doc else f"The part `{name}` of the name `{template}`.",
        path,
        empty_is_none=node.optional,
        template=template.value,
        aliases=aliases,
    )


def _by_function(
    scope: Scope, entity: str, name: Text, node: PropertyNode, reference: Text, aliases: tuple[str, ...]
) -> Property | None:
    useless = [key for key in ("field", "convert", "entity", "part_of", "optional", "present") if getattr(node, key)]
    if useless:
        listed = ", ".join(f"'{key}'" for key in useless)
        scope.report(node.at, f"a property with 'function' takes no {listed}; the function decides")
    function = scope.function(reference, "'function'")
    if function is None:
        return None
    if function.shape != "plain" or function.first != "self" or function.arguments:
        scope.report(
            reference.at,
            f"function '{function.name}' cannot be a property",
            "it must be a plain function whose only parameter is `self`, the entity",
        )
        return None
    scope.owned(entity, reference, function)
    doc = node.doc.value if node.doc else function.doc
    return Property(name.value, function.returns, doc, function=function, aliases=aliases)


def _entity(
    scope: Scope, name: Text, node: PropertyNode, path: FieldPath, doc: str, aliases: tuple[str, ...]
) -> Property | None:
    assert node.entity is not None
    entity = scope.entity(node.entity)
    if node.convert or node.optional:
        scope.report(node.at, "a property with 'entity' takes no 'convert' or 'optional'")
    if entity is None:
        return None
    leaf = path.leaf
    if leaf.is_map or leaf.type_name != entity.message.value:
        scope.report(
            node.entity.at, f"entity '{node.entity}' wraps '{entity.message}', but field '{path}' is {describe(leaf)}"
        )
        return None
    wrapped = Type((EntityName(node.entity.value),))
    type_ = wrapped if node.present else pytypes.optional(wrapped)
    if leaf.is_repeated:
        type_ = pytypes.generic(pytypes.Builtin("list"), wrapped)
    return Property(name.value, type_, doc, path, entity=node.entity.value, none_is_empty=node.present, aliases=aliases)


def _check_argument(scope: Scope, reference: Text, function: Function, given: Type) -> None:
    """Warn of a converter for an obviously different type: scalars only, since classes may be bases or protocols."""
    wanted = pytypes.required(function.arguments[0].type)
    value = pytypes.required(given)
    if len(value.parts) == len(wanted.parts) == 1 and value != wanted:
        known = (pytypes.Builtin,)
        if isinstance(wanted.parts[0], known) and isinstance(value.parts[0], known):
            scope.report(reference.at, f"function '{function.name}' takes {wanted}, but the field is {value}")
