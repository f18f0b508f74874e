"""How one generated module refers to the classes of others, and the imports this takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from remora_codegen.layout import from_import, module_order, relative_module
from remora_codegen.messages.well_known import WELL_KNOWN_FILES
from remora_codegen.model import File, Schema
from remora_codegen.render import Options


def home(file: File, options: Options) -> str:
    """The top package that holds the module of a file: the shipped well-known types, or the one being generated."""
    return options.runtime_package if file.name in WELL_KNOWN_FILES else options.package


class Scope:
    """The names of one module."""

    def __init__(self, file: File, schema: Schema, options: Options, checked: frozenset[str]) -> None:
        self.file = file
        self.schema = schema
        self.options = options
        self.checked = checked
        self.aliases = self._aliases()

    def _aliases(self) -> Mapping[str, str]:
        """Imported file -> the name of its module here: with as much of its package in front as tells them apart."""
        used = {
            self.schema.type_file(item.type_name).name
            for message in self.file.messages
            for item in message.fields
            if item.type_name
        } - {self.file.name}
        found: dict[str, str] = {}
        for name in sorted(used):
            other = self.schema.by_file[name]
            parts = other.package_path
            count = 0 if parts == self.file.package_path else 1
            while (alias := "_".join((*parts[len(parts) - count :], other.module))) in found.values():
                count += 1
            found[name] = alias
        return found

    def reference(self, full_name: str) -> str:
        """The class of a message or enum, as this module writes it."""
        other = self.schema.type_file(full_name)
        own = self.schema.python_name(full_name)
        return own if other.name == self.file.name else f"{self.aliases[other.name]}.{own}"

    def imports(self) -> list[str]:
        """The import statements of modules in the same tree: relative, the furthest package first."""
        by_package: dict[str, list[str]] = {}
        for other, name in self._imported():
            if home(other, self.options) == self.options.package:
                package = relative_module(self.file.package_path, (*other.package_path, "")).removesuffix(".") or "."
                by_package.setdefault(package, []).append(name)
        return _statements((package, by_package[package]) for package in sorted(by_package, key=module_order))

    def foreign_imports(self) -> list[str]:
        """The import statements of well-known types that the runtime package ships."""
        by_package: dict[str, list[str]] = {}
        for other, name in self._imported():
            if home(other, self.options) != self.options.package:
                package = ".".join((home(other, self.options), *other.package_path))
                by_package.setdefault(package, []).append(name)
        return _statements(sorted(by_package.items()))

    def _imported(self) -> Iterator[tuple[File, str]]:
        for name, alias in self.aliases.items():
            other = self.schema.by_file[name]
            yield other, other.module if alias == other.module else f"{other.module} as {alias}"


def _statements(imports: Iterable[tuple[str, list[str]]]) -> list[str]:
    texts = [text for package, names in imports for text in from_import(package, names)]
    return [line for text in texts for line in text.split("\n")]
