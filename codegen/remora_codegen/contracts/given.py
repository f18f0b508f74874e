"""Sample arguments of a method, and what becomes of each in the request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remora_codegen.contracts import samples
from remora_codegen.contracts.samples import Pair
from remora_codegen.contracts.values import Called, Scalar, Several, Text, Value
from remora_codegen.manifest import EntityMethod, Parameter
from remora_codegen.manifest.model import Call, FromParameter, FromPosition, FromTemplate, Sending, Source
from remora_codegen.model import Schema
from remora_codegen.pytypes import Imported
from remora_codegen.signatures import Function


class NotByData(Exception):
    """A method that cannot be tried with sample data alone; the text completes "because"."""


@dataclass(frozen=True)
class Given:
    """The arguments of one call.

    Attributes:
        values: by parameter: what is passed, and what is sent for it.
    """

    method: EntityMethod
    values: Mapping[str, Pair]

    @classmethod
    def of(cls, schema: Schema, method: EntityMethod, call: Call, fixed: frozenset[str]) -> Given:
        """Arguments for all parameters that data alone decides.

        Raises:
            NotByData: there is none for a required parameter.
        """
        taken: set[tuple[str, str]] = set()
        found: dict[str, Pair] = {}
        for item in method.parameters:
            if item.name in fixed or item.kind in ("var_positional", "var_keyword"):
                continue
            pair = _pair(schema, call, item, taken)
            if pair is not None:
                found[item.name] = pair
            elif item.default is None and not item.change:
                raise NotByData(f"nobody but its function knows what `{item.name}` may be")
        return cls(method, found)

    def arguments(self) -> tuple[tuple[str, Value], ...]:
        """What is passed, by name; by position where there is no other way."""
        kinds = {item.name: item.kind for item in self.method.parameters}
        return tuple(
            ("" if kinds[name] == "positional_only" else name, pair.python) for name, pair in self.values.items()
        )

    def default(self, source: FromParameter) -> Value | None:
        """What is sent for a parameter that is not given."""
        item = next(item for item in self.method.parameters if item.name == source.name)
        if source.optional or item.default in (None, "None") or item.change:
            return None
        assert item.default is not None
        return called(source.function, Text((item.default,))) if source.function else Text((item.default,))


def called(function: Function, value: Value) -> Value:
    """What a hand-written function makes of a value."""
    return Called(Imported(function.module, function.name), (value,))


def _pair(schema: Schema, call: Call, item: Parameter, taken: set[tuple[str, str]]) -> Pair | None:
    if call.sending is not None and item.name == call.sending.parameter:
        return _sent(schema, call, call.sending)
    if call.result.join == "file" and item.name == "to":
        path = Text(("tmp_path / ", '"content"'))
        return Pair(path, path)
    fills = [fill for fill in call.fills if item.name in dict(_used(fill.source))]
    sources = [source for fill in fills for name, source in _used(fill.source) if name == item.name]
    if any(source.setting for source in sources) and item.default is not None:
        return None
    if any(source.function for source in sources):
        return _converted(item, sources[0]) if item.default is None or item.change else None
    direct = [fill for fill in fills if not isinstance(fill.source, FromTemplate)]
    if not direct:
        value = samples.of_type(item.type, item.name)
        return None if value is None else Pair(value, value)
    places = {(str(fill.path).rpartition(".")[0], fill.path.leaf.oneof) for fill in direct if fill.path.leaf.oneof}
    if places & taken:
        return None
    pair = samples.sent_and_read(schema, direct[0].path.leaf, sources[0].conversion.message)
    if pair is not None:
        taken |= {(path, oneof) for path, oneof in places if oneof}
    return pair


def _used(source: Source) -> Iterator[tuple[str, FromParameter]]:
    """The parameters behind a source."""
    if isinstance(source, FromParameter):
        yield source.name, source
    elif isinstance(source, FromTemplate):
        yield from ((item.name, item) for _, item in source.parts)
    elif isinstance(source, FromPosition) and source.first is not None:
        yield from _used(source.first)


def _converted(item: Parameter, source: FromParameter) -> Pair | None:
    value = samples.of_type(item.type, item.name)
    if value is None or source.function is None:
        return None
    return Pair(value, called(source.function, value))


def _sent(schema: Schema, call: Call, sending: Sending) -> Pair | None:
    """One item to send."""
    if sending.chunk_size:
        content = Scalar(b"content"[: sending.chunk_size])
        return Pair(content, content)
    if sending.path is None:
        if sending.function is not None:
            return None
        request: Value = samples.small(schema, call.rpc.request)
        return Pair(Several((request,)), Several((request,)))
    if sending.function is not None:
        return None
    leaf = sending.path.leaf
    pair = samples.sent_and_read(schema, leaf, sending.conversion.message)
    return None if pair is None else Pair(Several((pair.python,)), Several((pair.sent,)))
