"""Checks of errors of the service's own, and of statuses that stand in answers."""

from __future__ import annotations

import re

from remora_codegen.diagnostics import did_you_mean
from remora_codegen.literals import literal
from remora_codegen.manifest.call_format import StatusNode
from remora_codegen.manifest.format import STATUSES, ErrorNode, ManifestNode
from remora_codegen.manifest.model import BodyStatus, Constant, ErrorClass, FieldPath
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Constant as Given
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import BadConstant, constant, default_value, describe
from remora_codegen.model import Method

_OF_STATUS = {status: "".join(part.capitalize() for part in status.split("_")) for status in STATUSES}
_BASES = frozenset({"RpcError", *_OF_STATUS.values()})
_RULES = ("status", "message", "detail", "body")
_STANDARD = "google.rpc.Status"


def resolve_errors(scope: Scope, read: ManifestNode) -> tuple[ErrorClass, ...]:
    """The checked classes, each after the one above it; what is wrong is reported."""
    known: dict[str, ErrorClass] = {}
    names = [name.value for name, _ in read.errors]
    for name, node in read.errors:
        usable = scope.name(name, "error")
        if usable and not name.value[:1].isupper():
            scope.report(name.at, f"error '{name}' must begin with a capital letter, as classes do")
        if name.value in scope.entities:
            scope.report(name.at, f"'{name}' is an entity already")
        found = _error(scope, name, node, known, names)
        if found is not None:
            known[name.value] = found
    return tuple(known.values())


def _error(
    scope: Scope, name: Text, node: ErrorNode, known: dict[str, ErrorClass], names: list[str]
) -> ErrorClass | None:
    if not any(getattr(node, key) for key in _RULES):
        listed = ", ".join(f"'{key}'" for key in _RULES[:-1])
        scope.report(node.at, f"error '{name}' needs at least one of {listed} and 'body', which say when it is raised")
    if node.body and (node.status or node.detail):
        scope.report(node.at, f"error '{name}' is one of an answer's 'body', which has no 'status' or 'detail'")
    if node.message is not None:
        try:
            re.compile(node.message.value)
        except re.error as error:
            scope.report(node.message.at, f"'{node.message}' is no regular expression: {error}")
    if node.detail is not None and scope.message(node.detail) is None:
        return None
    base, own = _OF_STATUS[node.status.value] if node.status else "RpcError", False
    if node.base is not None:
        base, own = node.base.value, node.base.value in names
        if own and base not in known:
            scope.report(node.base.at, f"error '{base}' must stand above '{name}', which is one of its kind")
        elif not own and base not in _BASES:
            hint = did_you_mean(base, {*_BASES, *names})
            scope.report(node.base.at, f"'{base}' is neither an error of the manifest nor an RpcError", hint)
    body = []
    for item in node.body:
        if isinstance(item.value, (str, int)):
            body.append(item.value)
        else:
            scope.report(item.at, f"{literal(item.value)} is no code; it is a string, a whole number or a bool")
    return ErrorClass(
        name.value,
        node.doc.value if node.doc else "",
        base,
        own,
        node.status.value if node.status else "",
        node.message.value if node.message else "",
        node.detail.value if node.detail else "",
        tuple(body),
    )


def resolve_status(scope: Scope, rpc: Method, own: StatusNode | None) -> BodyStatus | None:
    """The status in the answers of an RPC: the method's own, else that of the manifest where it fits."""
    if own is None:
        common = scope.status
        if common is None or not _has(scope, rpc.response, common.code):
            return None
        own = common
    code = scope.path(rpc.response, own.code)
    message = scope.path(rpc.response, own.message) if own.message else None
    if code is None or (own.message is not None and message is None):
        return None
    leaf = code.leaf
    if leaf.is_repeated or leaf.is_map or leaf.is_message or leaf.kind.python not in ("int", "str", "bool"):
        kinds = "a number, a string, a bool or an enum"
        scope.report(own.code.at, f"a code is {kinds}, but field '{code}' is {describe(leaf)}")
        return None
    if own.message is not None and message is not None and not _is_text(message):
        scope.report(own.message.at, f"a message is a string, but field '{message}' is {describe(message.leaf)}")
        return None
    ok = constants(scope, code, own.ok) or (default_value(scope.schema, leaf),)
    holder = code.steps[-2].type_name if len(code.steps) > 1 else rpc.response
    return BodyStatus(code, message, ok, holder == _STANDARD)


def constants(scope: Scope, path: FieldPath, given: tuple[Given, ...]) -> tuple[Constant, ...]:
    """Constants for a field; those that it cannot hold are reported."""
    found = (_constant(scope, path, item) for item in given)
    return tuple(item for item in found if item is not None)


def _constant(scope: Scope, path: FieldPath, given: Given) -> Constant | None:
    try:
        return constant(scope.schema, path.leaf, given.value)
    except BadConstant as error:
        scope.report(given.at, str(error), error.hint)
        return None


def _is_text(path: FieldPath) -> bool:
    leaf = path.leaf
    return not (leaf.is_repeated or leaf.is_map or leaf.type_name) and leaf.kind.python == "str"


def _has(scope: Scope, message: str, text: Text) -> bool:
    current = message
    for part in text.value.split("."):
        field = scope.schema.messages[current].by_name.get(part) if current in scope.schema.messages else None
        if field is None:
            return False
        current = field.type_name
    return True
