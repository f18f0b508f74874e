"""Checks of parameters: which request field each fills, of what type it is, what it defaults to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remora_codegen import pytypes
from remora_codegen.diagnostics import did_you_mean
from remora_codegen.literals import literal
from remora_codegen.manifest.call_format import ParameterNode, SourceNode
from remora_codegen.manifest.model import (
    Constant,
    FieldPath,
    Fill,
    FromConstant,
    FromContext,
    FromParameter,
    FromSelf,
    FromTemplate,
    Parameter,
    Source,
)
from remora_codegen.manifest.resource_names import check_template, parts_of
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import BadConstant, constant, describe, read_type, type_names, write_type
from remora_codegen.signatures import Function


@dataclass(frozen=True)
class Bound:
    """A parameter together with the request field that it fills."""

    parameter: Parameter
    fill: Fill


@dataclass(frozen=True)
class Loose:
    """A parameter that fills no field of its own: a part of a resource name, or a header."""

    parameter: Parameter
    source: FromParameter


def resolve_loose(scope: Scope, name: Text, node: ParameterNode, type_: pytypes.Type, *, part: bool) -> Loose | None:
    """The checked parameter of a given scalar type, or None after reporting what is wrong."""
    function = None
    if node.convert is not None:
        function = scope.converter(node.convert)
        if function is None:
            return None
        if pytypes.required(function.returns) != type_:
            scope.report(node.convert.at, f"function '{function.name}' returns {function.returns}, but not {type_}")
    given = [key for key in ("default", "optional", "context") if getattr(node, key)]
    if len(given) > 1:
        scope.report(node.at, f"parameter '{name}' has {' and '.join(repr(key) for key in given)}; one is enough")
    if node.context is not None:
        scope.setting(node.context)
        if type_ != pytypes.builtin("str"):
            scope.report(node.context.at, f"settings are strings, but parameter '{name}' is {type_}")
    if node.optional and part:
        scope.report(node.at, f"parameter '{name}' cannot be 'optional': it is a part of a resource name")
    shown = function.arguments[0].type if function else type_
    default = "None" if node.optional or node.context else None
    if node.default is not None:
        value = node.default.value
        if function is None and type_ == pytypes.builtin("bytes") and isinstance(value, str):
            value = value.encode()
        if function is None and not isinstance(value, (str, bytes)):
            scope.report(node.default.at, f"default of parameter '{name}': {literal(value)} is no {type_}")
        default = literal(value)
    if node.type is not None and node.type.value not in type_names(shown):
        scope.report(node.type.at, f"parameter '{name}' is declared as {node.type}, but it is {shown}")
    positional = node.positional if node.positional is not None else default is None
    parameter = Parameter(
        name.value,
        pytypes.optional(shown) if default == "None" else shown,
        "positional" if positional else "keyword",
        default,
        node.doc.value if node.doc else "",
    )
    setting = node.context.value if node.context else ""
    return Loose(parameter, FromParameter(name.value, function=function, setting=setting, optional=node.optional))


def resolve_parameter(
    scope: Scope, request: str, name: Text, node: ParameterNode, mask: MaskTarget | None = None
) -> Bound | None:
    """The checked parameter, or None after reporting what is wrong. With a mask it may be a change."""
    path = parameter_path(scope, request, name, node)
    if path is None:
        return None
    inside = mask is not None and mask.holds(path)
    if inside and node.mask is not False:
        return _change(scope, name, node, path)
    if node.mask is not None and not inside:
        scope.report(node.at, f"'mask' of parameter '{name}' says nothing: it would be no change anyway")
    leaf = path.leaf
    type_, conversion = write_type(leaf)
    function = None
    if node.convert is not None:
        function = _converter(scope, node.convert, path)
        if function is None:
            return None
        type_ = function.arguments[0].type
    if node.type is not None and node.type.value not in type_names(pytypes.required(type_)) | type_names(type_):
        scope.report(node.type.at, f"parameter '{name}' is declared as {node.type}, but field '{path}' takes {type_}")
    default, fallback = _default(scope, name, node, path, function)
    if default == "None":
        type_ = pytypes.optional(type_)
    positional = node.positional if node.positional is not None else default is None
    parameter = Parameter(
        name.value,
        type_,
        "positional" if positional else "keyword",
        default,
        node.doc.value if node.doc else leaf.doc,
    )
    source = FromParameter(
        name.value,
        conversion=conversion,
        function=function,
        setting=node.context.value if node.context else "",
        fallback=fallback,
        optional=default == "None" and fallback is None and node.context is None,
    )
    return Bound(parameter, Fill(path, source))


@dataclass(frozen=True)
class MaskTarget:
    """The message that a field mask is of."""

    of: FieldPath

    def holds(self, path: FieldPath) -> bool:
        """Whether a field of the request is one of the message's."""
        mine = [step.name for step in self.of.steps]
        return len(path.steps) > len(mine) and [step.name for step in path.steps[: len(mine)]] == mine


_UNSET = (" | ", pytypes.Imported("remora.unset", "Unset"))


def _change(scope: Scope, name: Text, node: ParameterNode, path: FieldPath) -> Bound | None:
    """A parameter that leaves its field alone when it is not given, and clears it when it is None."""
    useless = [key for key in ("default", "optional", "context", "positional") if getattr(node, key)]
    if useless:
        listed = ", ".join(repr(key) for key in useless)
        hint = "it names the thing that is changed? Then say 'mask: false'"
        scope.report(node.at, f"parameter '{name}' is a change, which takes no {listed}", hint)
    type_, conversion = write_type(path.leaf)
    function = None
    if node.convert is not None:
        function = _converter(scope, node.convert, path)
        if function is None:
            return None
        type_ = function.arguments[0].type
    if node.type is not None and node.type.value not in type_names(pytypes.required(type_)) | type_names(type_):
        scope.report(node.type.at, f"parameter '{name}' is declared as {node.type}, but field '{path}' takes {type_}")
    type_ = pytypes.optional(pytypes.Type((*pytypes.required(type_).parts, *_UNSET)))
    doc = node.doc.value if node.doc else path.leaf.doc
    source = FromParameter(name.value, conversion=conversion, function=function, optional=True)
    return Bound(Parameter(name.value, type_, "keyword", "UNSET", doc, change=True), Fill(path, source))


def parameter_path(scope: Scope, request: str, name: Text, node: ParameterNode) -> FieldPath | None:
    """The request field that a parameter fills: the one of its own name, unless it says which."""
    if node.field is not None:
        return scope.path(request, node.field, f"parameter '{name}': ")
    fields = scope.schema.messages[request].by_name
    if name.value not in fields:
        hint = did_you_mean(name.value, fields) or "name the field with 'field'"
        scope.report(name.at, f"parameter '{name}' fills no field of '{request}'", hint)
        return None
    return FieldPath(request, (fields[name.value],))


def _converter(scope: Scope, reference: Text, path: FieldPath) -> Function | None:
    function = scope.converter(reference)
    if function is None:
        return None
    wanted = pytypes.required(read_type(path.leaf, converted=False)[0])
    given = pytypes.required(function.returns)
    scalars = all(len(item.parts) == 1 and isinstance(item.parts[0], pytypes.Builtin) for item in (wanted, given))
    if scalars and wanted != given:
        scope.report(reference.at, f"function '{function.name}' returns {given}, but field '{path}' takes {wanted}")
    return function


def _default(
    scope: Scope, name: Text, node: ParameterNode, path: FieldPath, function: Function | None
) -> tuple[str | None, Constant | None]:
    """Text of the default (None: required), and what stands in for a default of None."""
    given = [key for key in ("default", "optional", "context") if getattr(node, key)]
    if len(given) > 1:
        scope.report(node.at, f"parameter '{name}' has {' and '.join(repr(key) for key in given)}; one is enough")
    leaf = path.leaf
    if node.context is not None:
        if not scope.setting(node.context):
            return "None", None
        if leaf.is_repeated or leaf.is_map or leaf.kind.python != "str" or leaf.type_name:
            scope.report(node.context.at, f"settings are strings, but field '{path}' is {describe(leaf)}")
        return "None", None
    if node.default is not None:
        if function is not None:
            return _converted_default(scope, node, function), None
        try:
            value = constant(scope.schema, leaf, node.default.value)
        except BadConstant as error:
            scope.report(node.default.at, f"default of parameter '{name}': {error}", error.hint)
            return "None", None
        # The class of an enum must not be loaded to define a method, so its default is looked up in the body.
        return ("None", value) if leaf.is_enum else ("".join(str(part) for part in value.parts), None)
    if node.optional:
        if not (leaf.presence or leaf.is_repeated or leaf.is_map or _inside_optional(path)):
            scope.report(
                node.at,
                f"parameter '{name}' cannot be 'optional': field '{path}' is always set",
                "give a 'default'",
            )
        return "None", None
    return None, None


def _inside_optional(path: FieldPath) -> bool:
    """A field of a nested message can be left out by leaving out the message."""
    return len(path.steps) > 1


def _converted_default(scope: Scope, node: ParameterNode, function: Function) -> str | None:
    assert node.default is not None
    value = node.default.value
    if isinstance(value, (str, int, float, bool)):
        return literal(value)
    scope.report(node.default.at, f"the default of a converted parameter must be a scalar, not {literal(value)}")
    return None


def resolve_source(
    scope: Scope,
    own_message: str,
    node: SourceNode,
    target: FieldPath | None,
    parts: Mapping[str, FromParameter] | None = None,
) -> Source | None:
    """Where a value comes from that no parameter gives; checked against the request field, if that is known.

    `parts` are the parameters that a template may use; without it there can be no template.
    """
    given = [key for key in ("self_", "context", "value", "template") if getattr(node, key) is not None]
    if len(given) != 1:
        scope.report(node.at, "a source needs exactly one of 'self', 'context', 'value' and 'template'")
        return None
    if node.optional and node.context is None:
        scope.report(node.at, "'optional' is for 'context' only")
    if node.template is not None:
        return _from_template(scope, node.template, target, parts)
    if node.self_ is not None:
        return _from_self(scope, own_message, node.self_, target)
    if node.context is not None:
        if not scope.setting(node.context):
            return None
        leaf = target.leaf if target else None
        if leaf is not None and (leaf.is_repeated or leaf.is_map or leaf.type_name or leaf.kind.python != "str"):
            scope.report(node.context.at, f"settings are strings, but field '{target}' is {describe(leaf)}")
            return None
        return FromContext(node.context.value, node.optional)
    assert node.value is not None
    if target is None:
        return FromConstant(Constant((literal(node.value.value),)))
    try:
        return FromConstant(constant(scope.schema, target.leaf, node.value.value))
    except BadConstant as error:
        scope.report(node.value.at, str(error), error.hint)
        return None


def _from_template(
    scope: Scope, text: Text, target: FieldPath | None, known: Mapping[str, FromParameter] | None
) -> Source | None:
    if known is None:
        scope.report(text.at, "a 'template' cannot be here; it needs the parameters of a method")
        return None
    if not check_template(scope, text):
        return None
    if target is not None and (target.leaf.is_repeated or target.leaf.type_name or target.leaf.kind.python != "str"):
        scope.report(text.at, f"a resource name is a string, but field '{target}' is {describe(target.leaf)}")
        return None
    missing = [part for part in parts_of(text.value) if part not in known]
    for part in missing:
        hint = did_you_mean(part, known) or "add it to 'parameters'"
        scope.report(text.at, f"part '{part}' of the template is no parameter of the method", hint)
    if missing:
        return None
    return FromTemplate(text.value, tuple((part, known[part]) for part in parts_of(text.value)))


def _from_self(scope: Scope, own_message: str, text: Text, target: FieldPath | None) -> Source | None:
    path = FieldPath(own_message, ()) if text.value == "." else scope.path(own_message, text)
    if path is None or target is None:
        return FromSelf(path) if path else None
    leaf = target.leaf
    if path.steps:
        own = path.leaf
        same = (own.kind, own.type_name, own.label, own.map_key) == (
            leaf.kind,
            leaf.type_name,
            leaf.label,
            leaf.map_key,
        )
        what = describe(own)
    else:
        same = leaf.type_name == own_message and not leaf.is_repeated and not leaf.is_map
        what = f"a {own_message}"
    if not same:
        scope.report(text.at, f"field '{target}' of the request is {describe(leaf)}, but '{text}' is {what}")
        return None
    return FromSelf(path)
