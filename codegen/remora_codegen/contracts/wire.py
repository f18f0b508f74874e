"""What messages are on the wire, by google's own runtime, so that our codecs are not their own judge."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from remora_codegen.contracts.values import Keyed, Member, Record, Scalar, Several, Value


class Wire:
    """Encodes sample messages.

    Args:
        files: descriptors of all files, imports included.
    """

    def __init__(self, files: Iterable[descriptor_pb2.FileDescriptorProto]) -> None:
        self._files = tuple(files)

    @cached_property
    def _pool(self) -> descriptor_pool.DescriptorPool:
        pool = descriptor_pool.DescriptorPool()
        for file in self._files:
            pool.Add(file)
        return pool

    def encoded(self, record: Record) -> bytes:
        """The message as bytes."""
        message = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(record.type_name))()
        _fill(message, record)
        return bytes(message.SerializePartialToString(deterministic=True))


def _fill(message: Any, record: Record) -> None:
    message.SetInParent()
    for name, value in record.fields.items():
        if isinstance(value, Record):
            _fill(getattr(message, name), value)
        elif isinstance(value, Several):
            for item in value.items:
                if isinstance(item, Record):
                    _fill(getattr(message, name).add(), item)
                else:
                    getattr(message, name).append(_plain(item))
        elif isinstance(value, Keyed):
            entries = getattr(message, name)
            if isinstance(value.item, Record):
                _fill(entries[value.key.value], value.item)
            else:
                entries[value.key.value] = _plain(value.item)
        else:
            setattr(message, name, _plain(value))


def _plain(value: Value) -> Any:
    assert isinstance(value, (Scalar, Member))
    return value.number if isinstance(value, Member) else value.value
