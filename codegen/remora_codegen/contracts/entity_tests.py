"""The tests of one entity: methods bound to RPCs are called, of hand-written ones the signature is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remora_codegen import layout
from remora_codegen.contracts.exchange import Exchange, exchange
from remora_codegen.contracts.given import NotByData
from remora_codegen.contracts.names import TestNames
from remora_codegen.contracts.values import Record, Scalar, Several, Value
from remora_codegen.entities import docs
from remora_codegen.entities.arguments import arguments
from remora_codegen.entities.source import Bracketed, Source, call, keyword, laid_out
from remora_codegen.literals import literal
from remora_codegen.manifest import Entity, EntityMethod, Manifest
from remora_codegen.manifest.model import Delegate
from remora_codegen.model import Schema
from remora_codegen.pytypes import Type
from remora_codegen.signatures import Function

CONTRACT = "remora.contract.v1.testing"
_INDENT = 4
_LONGEST = layout.WIDTH - _INDENT - len('""""""')


@dataclass(frozen=True)
class ProtocolView:
    """The agreed signature of a method.

    Attributes:
        forms: signatures of its forms, laid out.
    """

    name: str
    base: str
    doc: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class TestView:
    """One test; all text is laid out already.

    Attributes:
        agreed: what stands before the function.
    """

    signature: str
    doc: str
    body: str
    agreed: ProtocolView | None = None


class EntityTests:
    """Makes the tests of one entity."""

    def __init__(self, schema: Schema, manifest: Manifest, names: TestNames, testing: str, entity: Entity) -> None:
        self.schema = schema
        self.manifest = manifest
        self.names = names
        self.testing = testing
        self.entity = entity

    def tests(self) -> tuple[TestView, ...]:
        """The tests of all methods, those of collections included."""
        methods = [*self.entity.methods, *(item for group in self.entity.collections for item in group.methods)]
        return tuple(self._test(method) for method in methods)

    def _test(self, method: EntityMethod) -> TestView:
        binding = method.binding.method.binding if isinstance(method.binding, Delegate) else method.binding
        if isinstance(binding, Function):
            where = f"{binding.module}.{binding.name}"
            return self._signature(method, f"`{where}` is written by hand")
        try:
            return self._called(method, exchange(self.schema, self.manifest, self.entity, method))
        except NotByData as reason:
            return self._signature(method, str(reason))

    def _called(self, method: EntityMethod, found: Exchange) -> TestView:
        rpc = found.call.rpc
        lines = self._before(method, found)
        lines += self._run(method, found)
        lines += self._after(method, found)
        path = f"{found.call.service.full_name}/{rpc.name}"
        summary = f"`{method.what}` calls `{path}`."
        parameters = [
            f"fake: {self.names.use(self.testing, 'FakeServer', type_only=True)}",
            f"client: {self.names.contract('Client', type_only=True)}",
        ]
        if found.call.result.join == "file":
            parameters.append(f"tmp_path: {self.names.use('pathlib', 'Path', type_only=True)}")
        return TestView(
            signature=layout.bracketed(f"def test_{method.key}(", parameters, ") -> None:"),
            doc=docs.quoted(summary if len(summary) <= _LONGEST else f"Call `{path}`.", (), _INDENT),
            body="\n".join(lines),
        )

    def _text(self, value: Value) -> Source:
        return value.source(self.names, self.schema)

    def _before(self, method: EntityMethod, found: Exchange) -> list[str]:
        """The program of the server, and the entity on which the method is called."""
        service, rpc = found.call.service, found.call.rpc
        base = f"{self.names.message_package(service.full_name)}{service.base_name}.{rpc.python_name}"
        lines = self._set("request", [self._request(found, item) for item in found.requests])
        distinct = found.responses[:1] if rpc.server_streaming else found.responses
        lines += self._set("response", [self._text(item) for item in distinct])
        if found.expected is not None:
            lines += self._set("expected", [self._text(found.expected)])
        lines += laid_out(call("fake.on", [base]), _INDENT, "program = ")
        lines += self._program(found)
        if method.level == "instance":
            made = call(self.names.entity(self.entity.name), [self._text(found.own), "client=client"])
            lines += self._set("entity", [made])
            if found.call.result.kind == "refresh":
                lines += self._set("again", [made])
        return [*lines, ""]

    def _set(self, name: str, sources: Sequence[Source]) -> list[str]:
        """A variable with a value, or one called by the plural with a list of values."""
        if len(sources) == 1:
            return laid_out(sources[0], _INDENT, f"{name} = ")
        return laid_out(Bracketed("[", tuple(sources), "]"), _INDENT, f"{name}s = ")

    def _request(self, found: Exchange, item: Record) -> Source:
        """A request, on top of what a hand-written function makes."""
        if found.base is None:
            return self._text(item)
        function, given = found.base
        name = self.names.name(function, type_only=False)
        made = call(name, ["client", *(keyword(item_, self._text(value)) for item_, value in given)])
        return call(self.names.contract("merged"), [made, self._text(item)]) if item.fields else made

    def _program(self, found: Exchange) -> list[str]:
        if found.call.rpc.server_streaming:
            items = ["response"] * len(found.responses)
            return [f"    program.stream({', '.join([*items, *(['hold=True'] if found.opened else [])])})"]
        if len(found.responses) == 1:
            return ["    program.answer(response)"]
        return ["    for response in responses * 2:", "        program.answer(response)"]

    def _arguments(self, method: EntityMethod, found: Exchange) -> list[Source]:
        items = [
            keyword(name, self._text(value)) if name else self._text(value)
            for name, value in sorted(found.arguments, key=lambda item: bool(item[0]))
        ]
        pages = found.call.pages
        if pages is not None and pages.page_size is not None:
            items.append("page_size=1")
        return [*items, "client=client"] if method.level == "class" else items

    def _receiver(self, method: EntityMethod, variable: str) -> str:
        start = self.names.entity(self.entity.name) if method.level == "class" else variable
        return f"{start}.{f'{method.collection}.' if method.collection else ''}{method.name}"

    def _run(self, method: EntityMethod, found: Exchange) -> list[str]:
        """Both forms."""
        given = self._arguments(method, found)
        second = "again" if found.call.result.kind == "refresh" else "entity"
        blocking = call(self._receiver(method, "entity"), given)
        asynchronous = call(f"{self._receiver(method, second)}.aio", given)
        run = f"{self.names.use('', 'asyncio')}.run"
        indent = _INDENT + 4 if method.deprecated else _INDENT
        lines = []
        if method.shape == "unary":
            kind = "" if found.expected is None else f": {self.names.type(method.returns)} = "
            first, other = (f"blocking{kind}", f"awaited{kind}") if kind else ("", "")
            lines = [*laid_out(blocking, indent, first), *laid_out(call(run, [asynchronous]), indent, other)]
        else:
            lines = self._iterated(found, method.returns, blocking, asynchronous, indent)
        if not method.deprecated:
            return lines
        return [f"    with {self.names.use('', 'pytest')}.deprecated_call():", *lines]

    def _iterated(
        self, found: Exchange, item: Type, blocking: Bracketed, asynchronous: Bracketed, indent: int
    ) -> list[str]:
        kind = f"{self.names.builtin('list', ())}[{self.names.type(item)}]"
        space = " " * indent
        run = f"{self.names.use('', 'asyncio')}.run(read())"
        if not found.opened:
            return [
                *laid_out(call("list", [blocking]), indent, f"blocking: {kind} = "),
                "",
                f"{space}async def read() -> {kind}:",
                *laid_out(asynchronous, indent + 4, "stream = "),
                f"{space}    return [item async for item in stream]",
                "",
                f"{space}awaited = {run}",
            ]
        count = len(found.expected.items) if isinstance(found.expected, Several) else 0
        return [
            *laid_out(blocking, indent, "with ", " as stream:"),
            f"{space}    blocking: {kind} = [{', '.join(['next(stream)'] * count)}]",
            "",
            f"{space}async def read() -> {kind}:",
            *laid_out(asynchronous, indent + 4, "async with ", " as stream:"),
            f"{space}        return [{', '.join(['await anext(stream)'] * count)}]",
            "",
            f"{space}awaited = {run}",
        ]

    def _after(self, method: EntityMethod, found: Exchange) -> list[str]:
        rpc = found.call.rpc
        path = literal(f"/{found.call.service.full_name}/{rpc.name}")
        pages = len(found.requests) if found.call.pages is not None and found.call.pages.style != "stream" else 1
        lines = [
            f"    assert [call.path for call in program.calls] == [{path}] * {2 * pages}",
            f"    assert program.requests == {'[request]' if len(found.requests) == 1 else 'requests'} * 2",
        ]
        for name, value in found.headers.items():
            header = f'    assert [call.metadata["{name}"] for call in program.calls] == ['
            source = self._text(value)
            assert isinstance(source, str)
            lines.append(f"{header}{source}] * {2 * pages}")
        if found.expected is not None:
            if isinstance(found.expected, Scalar) and isinstance(found.expected.value, bool):
                lines.append("    assert blocking is awaited is expected")
            else:
                lines.append("    assert blocking == awaited == expected")
            if found.call.result.kind == "refresh":
                lines += ["    assert blocking is entity", "    assert awaited is again"]
        return ["", *lines]

    def _signature(self, method: EntityMethod, reason: str) -> TestView:
        names = self.names
        title = "".join(part[:1].upper() + part[1:] for part in method.key.split("_"))
        name = f"{title}Forms"
        given = arguments(names, method)
        item = names.type(method.returns)
        blocking, asynchronous = item, item
        if method.shape == "pages":
            blocking = f"{names.contract('Pager', type_only=True)}[{item}]"
            asynchronous = f"{names.contract('AsyncPager', type_only=True)}[{item}]"
        elif method.shape == "stream":
            blocking = f"{names.contract('Stream', type_only=True)}[{item}]"
            asynchronous = f"{names.contract('AsyncStream', type_only=True)}[{item}]"
        forms = [layout.bracketed("def __call__(", ["self", *given.definition], f") -> {blocking}: ...", _INDENT)]
        if method.shape != "plain":
            head = "async def aio(" if method.shape == "unary" else "def aio("
            forms.append(layout.bracketed(head, ["self", *given.definition], f") -> {asynchronous}: ...", _INDENT))
        own = names.entity(self.entity.name)
        lines = []
        receiver = self._receiver(method, "entity")
        if method.level == "instance":
            lines += self._set("entity", [call(own, [call(names.message(self.entity.message), [])])])
        lines.append(f"    method: {name} = {receiver}")
        lines.append(f"    {names.use(CONTRACT, 'check_signature')}(method, {name}, {own})")
        summary = f"`{method.what}` takes and gives what was agreed"
        return TestView(
            signature=f"def test_{method.key}() -> None:",
            doc=docs.quoted(f"{summary}.", (f"What it does is not tried here: {reason}.",), _INDENT),
            body="\n".join(lines),
            agreed=ProtocolView(
                name=name,
                base=names.use("typing", "Protocol"),
                doc=docs.quoted(
                    f"Both forms of `{method.what}`." if len(forms) > 1 else f"`{method.what}`.", (), _INDENT
                ),
                forms=tuple(forms),
            ),
        )
