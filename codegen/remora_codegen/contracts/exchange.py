"""One method with sample arguments: what it must send, what the server answers, and what must come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from remora_codegen.contracts import answers, samples
from remora_codegen.contracts.given import Given, NotByData
from remora_codegen.contracts.values import Record, Scalar, Several, Text, Value
from remora_codegen.manifest import Entity, EntityMethod, Manifest
from remora_codegen.manifest.model import (
    Call,
    Delegate,
    FieldPath,
    Fill,
    FromConstant,
    FromContext,
    FromLocal,
    FromMask,
    FromParameter,
    FromPosition,
    FromSelf,
    FromTemplate,
    Pages,
    Source,
)
from remora_codegen.model import Schema
from remora_codegen.pytypes import Imported

PAGE_SIZE = 1


@dataclass(frozen=True)
class Exchange:
    """What a test says of one method.

    Attributes:
        call: the RPC.
        own: the message of the entity on which the method is called.
        arguments: by name; those of an empty name are given by position.
        base: the call of the hand-written function that makes the request, as (function, arguments).
        requests: messages of one call, in order; of a list, one for each page that is asked for.
        headers: by name.
        responses: messages of the answer; of a list, one for each page.
        expected: what comes back; None when nothing does. Of streams and lists, the items.
        opened: the client keeps its side of the stream open, so the test ends the call.
    """

    call: Call
    own: Record
    arguments: tuple[tuple[str, Value], ...]
    requests: tuple[Record, ...]
    headers: Mapping[str, Value]
    responses: tuple[Record, ...]
    expected: Value | None
    base: tuple[Imported, tuple[tuple[str, Value], ...]] | None = None
    opened: bool = False


@dataclass
class _Evaluation:
    """The values of one method."""

    schema: Schema
    manifest: Manifest
    entity: Entity
    method: EntityMethod
    call: Call
    given: Given
    own: Record
    fixed: Mapping[str, FieldPath] = field(default_factory=dict)

    def value(self, source: Source, fill: Fill | None, page: int = 0) -> Value | None:
        """What a source gives; None when the field stays unset."""
        if isinstance(source, FromParameter):
            return self._parameter(source)
        if isinstance(source, FromSelf):
            return self.own.at(source.path)
        if isinstance(source, FromContext):
            return Scalar(source.setting)
        if isinstance(source, FromConstant):
            return Text(source.constant.parts)
        if isinstance(source, FromTemplate):
            parts = {part: self._parameter(value) for part, value in source.parts}
            if not all(isinstance(value, Scalar) for value in parts.values()):
                raise NotByData("its resource name is made by a function")
            return Scalar(source.template.format(**{n: v.value for n, v in parts.items() if isinstance(v, Scalar)}))
        if isinstance(source, FromMask):
            assert self.call.mask is not None
            assert fill is not None
            paths = tuple(Scalar(path) for name, path in self.call.mask.changes if name in self.given.values)
            return Record(fill.path.leaf.type_name, {"paths": Several(paths)})
        if isinstance(source, FromLocal):
            return Scalar(PAGE_SIZE) if source.name == "size" else self._token(page)
        assert isinstance(source, FromPosition)
        return self._position(source, page)

    def _parameter(self, source: FromParameter) -> Value | None:
        if source.name in self.fixed:
            return self.own.at(self.fixed[source.name])
        if source.name in self.given.values:
            return self.given.values[source.name].sent
        if source.setting:
            return Scalar(source.setting)
        return self.given.default(source)

    def _token(self, page: int) -> Value | None:
        return Scalar("next") if page else None

    def _position(self, source: FromPosition, page: int) -> Value | None:
        if source.style == "page":
            return Scalar(source.first_page + page)
        if not page:
            return None if source.style == "offset" or source.first is None else self.value(source.first, None)
        if source.style == "offset":
            return Scalar(page)
        assert self.call.pages is not None
        key = answers.key(self.schema, self.call, page - 1)
        if not isinstance(key, Scalar) or not source.inclusive:
            return key
        if isinstance(key.value, bytes):
            return Scalar(key.value + b"\0")
        return Scalar(f"{key.value}\0") if isinstance(key.value, str) else Scalar(key.value + 1)

    def request(self, fills: tuple[Fill, ...], page: int = 0) -> Record:
        """The request that these fills make."""
        made = Record(self.call.rpc.request)
        for fill in fills:
            value = self.value(fill.source, fill, page)
            if value is not None:
                made = made.with_value(fill.path, value)
            elif not (isinstance(fill.source, FromParameter) and fill.source.optional):
                made = made.with_parents(fill.path)
        return made


def exchange(schema: Schema, manifest: Manifest, entity: Entity, method: EntityMethod) -> Exchange:
    """What a test says of a method that is bound to an RPC.

    Raises:
        NotByData: a hand-written function decides, of which nobody knows what it takes or gives.
    """
    binding, fixed = method.binding, dict[str, FieldPath]()
    if isinstance(binding, Delegate):
        fixed, binding = dict(binding.filled), binding.method.binding
    assert isinstance(binding, Call)
    if binding.signature_test:
        raise NotByData("its functions refuse sample values")
    own = _own(schema, entity, binding, fixed)
    given = Given.of(schema, method, binding, frozenset(fixed))
    made = _Evaluation(schema, manifest, entity, method, binding, given, own, fixed)
    headers = {item.name: made.value(item.source, None) for item in binding.headers}
    found = Exchange(
        call=binding,
        own=own,
        arguments=given.arguments(),
        requests=(),
        headers={name: value for name, value in headers.items() if value is not None},
        responses=(),
        expected=None,
    )
    if binding.builder is not None:
        items = [
            (item.name, made.value(dict(binding.builder.arguments)[item.name], None))
            if item.name in dict(binding.builder.arguments)
            else (item.name, given.values[item.name].python if item.name in given.values else None)
            for item in binding.builder.function.arguments[1:]
        ]
        function = Imported(binding.builder.function.module, binding.builder.function.name)
        found = replace(found, base=(function, tuple((n, v) for n, v in items if v is not None)))
    if binding.pages is not None and binding.pages.style != "stream":
        return _paged(made, found, binding.pages)
    found = replace(found, requests=tuple(_requests(made, binding)))
    return answers.answered(schema, manifest, entity, found)


def _own(schema: Schema, entity: Entity, call: Call, fixed: Mapping[str, FieldPath]) -> Record:
    """The entity's own message, with the fields from which the method fills a request."""
    own = Record(entity.message)
    arguments = call.builder.arguments if call.builder else ()
    sources: list[Source] = [item.source for item in call.fills]
    sources += [item.source for item in call.headers]
    sources += [source for _, source in arguments]
    for path in (*(item.path for item in sources if isinstance(item, FromSelf)), *fixed.values()):
        if not path.steps:
            whole = samples.small(schema, entity.message)
            own = Record(entity.message, {**whole.fields, **own.fields})
            continue
        value = samples.whole(schema, path.leaf)
        if value is None:
            raise NotByData("an enum of one value cannot be told from an unset one")
        own = own.with_value(path, value)
    return own


def _requests(made: _Evaluation, call: Call) -> Iterator[Record]:
    """The messages of one call."""
    sending = call.sending
    if sending is None:
        yield made.request(call.fills)
        return
    item = made.given.values[sending.parameter].sent
    assert isinstance(item, Several) or sending.chunk_size
    one = item.items[0] if isinstance(item, Several) else item
    if sending.others == "alone":
        yield made.request(call.fills)
    base = made.request(call.fills) if sending.others in ("first", "each") else Record(call.rpc.request)
    if sending.path is None:
        assert isinstance(one, Record)
        yield Record(one.type_name, {**base.fields, **one.fields})
    else:
        yield base.with_value(sending.path, one)


def _paged(made: _Evaluation, found: Exchange, pages: Pages) -> Exchange:
    told = pages.style == "token" or pages.more or pages.total or pages.total_pages
    count = 2 if told else 3
    requests = tuple(made.request(found.call.fills, page) for page in range(count))
    found = replace(found, requests=requests)
    return answers.in_pages(made.schema, made.manifest, made.entity, found, count)
