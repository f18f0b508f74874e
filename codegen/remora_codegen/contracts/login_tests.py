"""The tests of a package's logins: what each sends, and where its token goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remora_codegen import layout
from remora_codegen.contracts import samples
from remora_codegen.contracts.entity_tests import TestView
from remora_codegen.contracts.names import TestNames
from remora_codegen.contracts.values import Record, Scalar
from remora_codegen.entities import docs
from remora_codegen.entities.source import call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest.model import Login
from remora_codegen.model import File, Method, Schema, Service
from remora_codegen.names import snake_case

_INDENT = 4
_TOKEN = "token"


def login_tests(
    schema: Schema, names: TestNames, testing: str, entities: str, logins: Iterable[Login], files: Iterable[File]
) -> Iterator[TestView]:
    """The tests of logins; of one whose RPC is the only one of the package there is none.

    Args:
        schema: all services and messages.
        names: of the test module.
        testing: the package's module for tests.
        entities: the package's package of entities.
        logins: what is tested.
        files: those whose services the package has.
    """
    served = [(service, method) for file in files for service in file.services for method in service.methods]
    for login in logins:
        other = next((item for item in served if _plain(item[1]) and item[1] is not login.rpc), None)
        if other is not None:
            yield _test(schema, names, testing, names.use(entities, login.name), login, *other)


def _plain(method: Method) -> bool:
    return not (method.client_streaming or method.server_streaming)


def _test(
    schema: Schema, names: TestNames, testing: str, own: str, login: Login, service: Service, method: Method
) -> TestView:
    given, request = [], Record(login.rpc.request)
    for item in login.parameters:
        value = samples.scalar(item.path.leaf.kind, item.name, item.path.leaf.number)
        given.append(keyword(item.name, value.source(names, schema)))
        request = request.with_value(item.path, value)
    response = Record(login.rpc.response).with_value(login.token, Scalar(_TOKEN))
    header = f"{login.scheme} {_TOKEN}" if login.scheme else _TOKEN
    stub = f"{names.message_package(service.full_name)}{service.stub_name}(client)"
    asked = call(f"{stub}.{method.python_name}", [f"{names.message(method.request)}()"])
    lines = [
        *laid_out(request.source(names, schema), _INDENT, "request = "),
        *laid_out(response.source(names, schema), _INDENT, "response = "),
        *_program(names, login.service, login.rpc, "program"),
        "    program.answer(response)",
        *_program(names, service, method, "other"),
        f"    other.answer({names.message(method.response)}())",
        "",
        *laid_out(call("fake.client", [keyword("auth", call(own, given)), "validate=False"]), _INDENT, "client = "),
        *laid_out(call(f"{names.use('', 'asyncio')}.run", [asked]), _INDENT),
        "",
        "    assert program.requests == [request]",
        f"    assert [call.metadata[{literal(login.header)}] for call in other.calls] == [{literal(header)}]",
    ]
    path = f"{login.service.full_name}/{login.rpc.name}"
    parameters = [f"fake: {names.use(testing, 'FakeServer', type_only=True)}"]
    return TestView(
        signature=layout.bracketed(f"def test_{snake_case(login.name)}(", parameters, ") -> None:"),
        doc=docs.quoted(f"`{login.name}` logs in with `{path}`.", (), _INDENT),
        body="\n".join(lines),
    )


def _program(names: TestNames, service: Service, method: Method, variable: str) -> list[str]:
    base = f"{names.message_package(service.full_name)}{service.base_name}.{method.python_name}"
    return laid_out(call("fake.on", [base]), _INDENT, f"{variable} = ")
