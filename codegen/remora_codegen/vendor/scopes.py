"""How a type may be written at a place: the shortest name that protoc resolves to it."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto

_CONTAINER, _TYPE, _OTHER = "container", "type", "other"


class Scopes:
    """Every symbol of a set of files, and protoc's rule for finding one from inside a scope.

    The rule (language specification, "Name resolution"): the innermost scope that knows the first part of a dotted
    name decides, whether or not the rest is found there.
    """

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self._symbols: dict[str, str] = {}
        for file in files:
            parts = file.package.split(".") if file.package else []
            for end in range(1, len(parts) + 1):
                self._symbols[".".join(parts[:end])] = _CONTAINER
            prefix = file.package + "." if file.package else ""
            for message in file.message_type:
                self._add_message(message, prefix)
            for enum in file.enum_type:
                self._add_enum(enum, prefix)
            for service in file.service:
                self._symbols[prefix + service.name] = _CONTAINER
                for method in service.method:
                    self._symbols[f"{prefix}{service.name}.{method.name}"] = _OTHER
            for extension in file.extension:
                self._symbols[prefix + extension.name] = _OTHER

    def _add_message(self, message: DescriptorProto, prefix: str) -> None:
        self._symbols[prefix + message.name] = _TYPE
        inner = f"{prefix}{message.name}."
        for item in (*message.field, *message.extension):
            self._symbols[inner + item.name] = _OTHER
        for oneof in message.oneof_decl:
            self._symbols[inner + oneof.name] = _OTHER
        for enum in message.enum_type:
            self._add_enum(enum, inner)
        for nested in message.nested_type:
            self._add_message(nested, inner)

    def _add_enum(self, enum: EnumDescriptorProto, prefix: str) -> None:
        self._symbols[prefix + enum.name] = _TYPE
        for value in enum.value:
            # Values of an enum are its siblings.
            self._symbols.setdefault(prefix + value.name, _OTHER)

    def name(self, target: str, scope: str, *, package: str) -> str:
        """How to write `target` inside `scope`.

        Args:
            target: full name of a type or extension, with or without the leading dot.
            scope: full name of the message, service or package around the place.
            package: the package of the file; its own types are written short, others in full.
        """
        target = target.lstrip(".")
        parts = target.split(".")
        own = bool(package) and target.startswith(package + ".")
        starts = range(len(parts) - 1, -1, -1) if own or not package else [0]
        for start in starts:
            candidate = ".".join(parts[start:])
            if self._resolve(candidate, scope, type_only=self._symbols.get(target) == _TYPE) == target:
                return candidate
        return "." + target

    def _resolve(self, name: str, scope: str, *, type_only: bool) -> str | None:
        first, _, rest = name.partition(".")
        while True:
            found = f"{scope}.{first}" if scope else first
            kind = self._symbols.get(found)
            if rest and kind in (_CONTAINER, _TYPE):
                full = f"{found}.{rest}"
                return full if full in self._symbols else None
            if not rest and kind is not None and (kind == _TYPE or not type_only):
                return found
            if not scope:
                return None
            scope = scope.rpartition(".")[0]
