"""The tests of one service's stub: what each method sends and receives, down to the bytes."""

from __future__ import annotations

from remora_codegen import layout
from remora_codegen.contracts import samples
from remora_codegen.contracts.entity_tests import TestView
from remora_codegen.contracts.names import TestNames
from remora_codegen.contracts.wire import Wire
from remora_codegen.entities import docs
from remora_codegen.entities.source import call, laid_out
from remora_codegen.literals import literal
from remora_codegen.model import Method, Schema, Service

_INDENT = 4
_DEPTH = 2
_PIECE = layout.WIDTH - 2 * _INDENT


class StubTests:
    """Makes the tests of one service."""

    def __init__(self, schema: Schema, names: TestNames, testing: str, service: Service, wire: Wire) -> None:
        self.schema = schema
        self.names = names
        self.testing = testing
        self.service = service
        self.wire = wire

    def tests(self) -> tuple[TestView, ...]:
        """The tests of all methods."""
        return tuple(self._test(method) for method in self.service.methods)

    def _test(self, method: Method) -> TestView:
        request = samples.record(self.schema, method.request, _DEPTH)
        response = samples.record(self.schema, method.response, _DEPTH)
        path = f"{self.service.full_name}/{method.name}"
        parameters = [
            f"fake: {self.names.use(self.testing, 'FakeServer', type_only=True)}",
            f"client: {self.names.contract('Client', type_only=True)}",
        ]
        base = f"{self.names.message_package(self.service.full_name)}{self.service.base_name}.{method.python_name}"
        program = "program.stream(response, response)" if method.server_streaming else "program.answer(response)"
        count = 2 if method.client_streaming else 1
        lines = [
            *laid_out(request.source(self.names, self.schema), _INDENT, "request = "),
            *laid_out(response.source(self.names, self.schema), _INDENT, "response = "),
            *laid_out(call("fake.on", [base]), _INDENT, "program = "),
            f"    {program}",
            "",
            *self._run(method),
            "",
            "    (call,) = program.calls",
            f"    assert call.path == {literal(f'/{path}')}",
            f"    assert call.requests == [{', '.join(['request'] * count)}]",
            '    assert call.metadata["x-contract"] == "kept"',
            f"    assert answer == {'[response, response]' if method.server_streaming else 'response'}",
            *_bytes("request", self.wire.encoded(request)),
            *_bytes("response", self.wire.encoded(response)),
        ]
        return TestView(
            signature=layout.bracketed(f"def test_{method.python_name}(", parameters, ") -> None:"),
            doc=docs.quoted(f"Call `{path}`.", (), _INDENT),
            body="\n".join(lines),
        )

    def _run(self, method: Method) -> list[str]:
        stub = f"{self.names.message_package(self.service.full_name)}{self.service.stub_name}"
        lines = [f"    stub = {stub}(client)"]
        sent = "[request, request]" if method.client_streaming else "request"
        made = call(f"stub.{method.python_name}", [sent, 'metadata={"x-contract": "kept"}'])
        kind = self.names.message(method.response, type_only=True)
        run = f"{self.names.use('', 'asyncio')}.run"
        if not method.server_streaming:
            return [*lines, *laid_out(call(run, [made]), _INDENT, f"answer: {kind} = ")]
        return [
            *lines,
            "",
            f"    async def read() -> list[{kind}]:",
            *laid_out(made, 2 * _INDENT, "responses = "),
            "        return [response async for response in responses]",
            "",
            f"    answer = {run}(read())",
        ]


def _bytes(name: str, content: bytes) -> list[str]:
    """The assertion of what a message is on the wire."""
    line = f"    assert bytes({name}) == {literal(content)}"
    if len(line) <= layout.WIDTH:
        return [line]
    return [f"    assert bytes({name}) == (", *(f"        {piece}" for piece in _pieces(content)), "    )"]


def _pieces(content: bytes) -> list[str]:
    """The content as literals that fit on lines of their own."""
    found: list[str] = []
    start = 0
    while start < len(content):
        end = start + 1
        while end < len(content) and len(literal(content[start : end + 1])) <= _PIECE:
            end += 1
        found.append(literal(content[start:end]))
        start = end
    return found
