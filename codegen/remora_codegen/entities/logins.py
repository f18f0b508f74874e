"""The module of a package's own logins."""

from __future__ import annotations

from dataclasses import dataclass

from remora_codegen.entities import docs
from remora_codegen.entities.names import ModuleNames
from remora_codegen.entities.source import Source, call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.call_model import FieldPath
from remora_codegen.manifest.model import Login, LoginParameter
from remora_codegen.model import Schema
from remora_codegen.render import Options

MODULE = "logins"
_LIFETIME = "Seconds that a token is good for, if they are known: it is then renewed before it expires."


@dataclass(frozen=True)
class LoginView:
    """One class.

    Attributes:
        facts: class attributes, as lines.
        fields: its fields, as lines.
        response: the statement that makes the call.
        token: the expression of the token.
    """

    name: str
    doc: str
    facts: tuple[str, ...]
    fields: tuple[str, ...]
    response: str
    token: str


@dataclass(frozen=True)
class LoginsView:
    """The module."""

    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    type_checking: str
    base: str
    caller: str
    dataclass: str
    logins: tuple[LoginView, ...]


def logins_view(schema: Schema, manifest: Manifest, options: Options) -> LoginsView:
    """What the template of the module sees."""
    taken = [*(item.name for item in manifest.logins), "caller", "timeout", "response"]
    taken += [parameter.name for item in manifest.logins for parameter in item.parameters]
    names = ModuleNames(schema, manifest, options, Entity("", "", ""), taken)
    base = names.contract("RpcLogin")
    decorator = names.use("dataclasses", "dataclass")
    views = tuple(_view(names, item) for item in manifest.logins)
    caller = names.contract("Caller", type_only=True)
    type_imports = names.statements(type_only=True, indent=4)
    checking = names.use("typing", "TYPE_CHECKING")
    return LoginsView(names.statements(type_only=False), type_imports, checking, base, caller, decorator, views)


def _view(names: ModuleNames, login: Login) -> LoginView:
    facts = [] if login.header == "authorization" else [f"HEADER = {literal(login.header)}"]
    facts += [] if login.scheme == "Bearer" else [f"SCHEME = {literal(login.scheme)}"]
    fields = [_field(names, item) for item in login.parameters]
    if login.lifetime is not None:
        made = call(names.use("dataclasses", "field"), [f"default={literal(float(login.lifetime))}", "kw_only=True"])
        number = names.builtin("float", names.members, type_only=True)
        fields.append(f"lifetime: {number} | None = {made.flat()}")
    doc = docs.parse(login.doc, f"Log in with `{login.service.full_name}/{login.rpc.name}`")
    meanings = [(item.name, docs.sentence(item.doc) or f"The value of `{item.name}`.") for item in login.parameters]
    package = names.message_package(login.service.full_name)
    fills = [(item.path, f"self.{item.name}") for item in login.parameters]
    request = _request(names, login.rpc.request, fills)
    stub = f"{package}{login.service.stub_name}(caller)"
    sent = call(f"await {stub}.{login.rpc.python_name}", [request, "timeout=timeout"])
    return LoginView(
        name=login.name,
        doc=docs.compose(doc, [*meanings, ("lifetime", _LIFETIME)], doc.example, 4),
        facts=tuple(facts),
        fields=tuple(fields),
        response="\n".join(laid_out(sent, 8, "response = ")),
        token=_token(login.token),
    )


def _field(names: ModuleNames, item: LoginParameter) -> str:
    kind = names.builtin(item.path.leaf.kind.python, names.members, type_only=True)
    default = "" if item.default is None else names.text(item.default.parts, type_only=False)
    if not item.secret:
        return f"{item.name}: {kind}{f' = {default}' if default else ''}"
    given = [*([f"default={default}"] if default else []), "repr=False"]
    return f"{item.name}: {kind} = {call(names.use('dataclasses', 'field'), given).flat()}"


def _request(names: ModuleNames, message: str, fills: list[tuple[FieldPath, str]], depth: int = 0) -> Source:
    groups: dict[str, list[tuple[FieldPath, str]]] = {}
    for path, value in fills:
        groups.setdefault(path.steps[depth].python_name, []).append((path, value))
    items = []
    for name, group in groups.items():
        path, value = group[0]
        if len(path.steps) == depth + 1:
            items.append(keyword(name, value))
        else:
            items.append(keyword(name, _request(names, path.steps[depth].type_name, group, depth + 1)))
    return call(names.message(message), items)


def _token(path: FieldPath) -> str:
    """The token, empty when the answer has none."""
    current = "response"
    conditions = []
    for step in path.steps[:-1]:
        current = f"{current}.{step.python_name}"
        conditions.append(f"{current} is None")
    value = f"{current}.{path.leaf.python_name}"
    value = f'{value} or ""' if path.leaf.presence else value
    return f'"" if {" or ".join(conditions)} else {value}' if conditions else value
