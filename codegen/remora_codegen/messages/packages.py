"""The `__init__` of every generated package: its names, imported when they are first used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from remora_codegen.layout import import_key, natural
from remora_codegen.messages.formatting import exploded, fits, quoted, sequence
from remora_codegen.messages.scope import home
from remora_codegen.model import File, Schema
from remora_codegen.render import Options, Output, Templates


def packages(schema: Schema, templates: Templates, options: Options) -> Iterator[Output]:
    """One `__init__` for every proto package of the schema, and for the packages above them."""
    own = {
        package: [file for file in files if home(file, options) == options.package]
        for package, files in schema.packages()
    }
    paths: dict[tuple[str, ...], tuple[str, list[File]]] = {(): ("", [])}
    for package, files in own.items():
        if files:
            path = files[0].package_path
            for count in range(1, len(path)):
                paths.setdefault(path[:count], (".".join(package.split(".")[:count]), []))
            paths[path] = (package, files)
    root = options.package.replace(".", "/")
    for path, (package, files) in sorted(paths.items()):
        names = exports(files)
        text = templates.render(
            "messages/package.py.jinja",
            package=package,
            names=sorted(names, key=import_key),
            all=_all(names),
            imports=_imports(names),
            where=_where(names),
        )
        yield Output("/".join((root, *path, "__init__.py")), text, tuple(file.name for file in files))


def exports(files: Sequence[File]) -> dict[str, str]:
    """Public name -> module of a package: messages, enums, stubs and server bases."""
    found: dict[str, str] = {}
    for file in files:
        found.update((item.python_name, file.module) for item in file.enums)
        found.update((item.python_name, file.module) for item in file.messages)
        for service in file.services:
            found[service.stub_name] = found[service.base_name] = file.service_module
    return found


def _all(names: Mapping[str, str]) -> list[str]:
    return sequence("__all__ = [", [quoted(name) for name in sorted(names, key=_all_key)], "]", 0)


def _all_key(name: str) -> tuple[int, list[tuple[int, str]]]:
    """The order of `__all__`: unlike that of imports, capital letters come before small ones."""
    return import_key(name)[0], natural(name)


def _where(names: Mapping[str, str]) -> list[str]:
    entries = [f"{quoted(name)}: {quoted(names[name])}" for name in sorted(names)]
    return exploded("_MODULES = {", entries, "}")


def _imports(names: Mapping[str, str]) -> list[str]:
    pairs = sorted(((module, name) for name, module in names.items()), key=lambda pair: (pair[0], import_key(pair[1])))
    return [line for module, name in pairs for line in _import(f"from .{module} import ", f"{name} as {name}")]


def _import(head: str, item: str) -> list[str]:
    return [head + item] if fits(head + item, 1) else exploded(f"{head}(", [item], ")")
