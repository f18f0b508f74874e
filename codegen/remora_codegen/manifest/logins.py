"""Checks of logins: RPCs of the service that give a token."""

from __future__ import annotations

from remora_codegen.manifest.format import LoginNode, LoginParameterNode, ManifestNode
from remora_codegen.manifest.headers import check_name
from remora_codegen.manifest.model import Constant, Login, LoginParameter
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import BadConstant, constant, describe
from remora_codegen.model import Kind

_OWN = frozenset({"lifetime", "log_in"})


def resolve_logins(scope: Scope, read: ManifestNode) -> tuple[Login, ...]:
    """The checked logins; what is wrong is reported and left out."""
    found = []
    for name, node in read.logins:
        if scope.name(name, "login") and not name.value[:1].isupper():
            scope.report(name.at, f"login '{name}' must begin with a capital letter, as classes do")
        if name.value in scope.entities or name.value in scope.errors:
            scope.report(name.at, f"'{name}' is an entity or an error already")
        login = _login(scope, name, node)
        if login is not None:
            found.append(login)
    return tuple(found)


def _login(scope: Scope, name: Text, node: LoginNode) -> Login | None:
    rpc = scope.rpc(node.rpc)
    if rpc is None:
        return None
    service, method = rpc
    if method.client_streaming or method.server_streaming:
        scope.report(node.rpc.at, "a login is one request and one answer, but this RPC streams")
        return None
    token = scope.path(method.response, node.token)
    if token is not None and (token.leaf.kind is not Kind.STRING or token.leaf.is_repeated or token.leaf.is_map):
        scope.report(node.token.at, f"a token is a string, but field '{token}' is {describe(token.leaf)}")
        token = None
    header = node.header.value if node.header else "authorization"
    if node.header is not None and check_name(scope, node.header) and header.endswith("-bin"):
        scope.report(node.header.at, "a token is text, so its header cannot end with '-bin'")
    parameters = [_parameter(scope, method.request, key, item) for key, item in node.parameters]
    optional = ""
    for key, item in node.parameters:
        if item.default is not None:
            optional = optional or key.value
        elif optional:
            scope.report(key.at, f"required parameter '{key}' follows '{optional}', which has a default")
    if token is None or None in parameters:
        return None
    scheme = node.scheme.value if node.scheme else "" if node.header else "Bearer"
    return Login(
        name=name.value,
        doc=node.doc.value if node.doc else method.doc,
        service=service,
        rpc=method,
        parameters=tuple(item for item in parameters if item is not None),
        token=token,
        header=header,
        scheme=scheme,
        lifetime=node.lifetime,
    )


def _parameter(scope: Scope, message: str, name: Text, node: LoginParameterNode) -> LoginParameter | None:
    scope.name(name, "parameter", _OWN)
    path = scope.path(message, node.field or name, f"parameter '{name}': " if node.field is None else "")
    if path is None:
        return None
    leaf = path.leaf
    if not leaf.kind.is_scalar or leaf.is_repeated or leaf.is_map:
        scope.report((node.field or name).at, f"a login takes plain values, but field '{path}' is {describe(leaf)}")
        return None
    default: Constant | None = None
    if node.default is not None:
        try:
            default = constant(scope.schema, leaf, node.default.value)
        except BadConstant as error:
            scope.report(node.default.at, str(error), error.hint)
    return LoginParameter(name.value, path, node.doc.value if node.doc else leaf.doc, node.secret, default)
