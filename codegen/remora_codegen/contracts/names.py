"""What a test module imports. Tests are outside of the package, so nothing is relative."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from remora_codegen import config, reads
from remora_codegen.entities.names import ModuleNames
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.model import Schema
from remora_codegen.pytypes import EntityName, Name, SelfName
from remora_codegen.render import Options

VARIABLES = frozenset(
    {
        *("again", "answer", "awaited", "blocking", "call", "client", "entity", "expected", "fake", "item", "method"),
        *("program", "read", "request", "requests", "response", "responses", "stream", "stub", "tmp_path"),
    }
)
"""Variables of tests, which nothing imported may be called like."""


class TestNames(ModuleNames):
    """The names of one test module.

    Args:
        entity: The entity that is tested; one without a name for a test of stubs.
        ours: Which top-level packages are the project's own.
    """

    def __init__(
        self,
        schema: Schema,
        manifest: Manifest,
        options: Options,
        entity: Entity,
        ours: FirstParty,
        taken: Collection[str] = (),
    ) -> None:
        super().__init__(schema, manifest, options, Entity("", "", ""), (*taken, *VARIABLES))
        self._tested = entity.name
        self._ours = ours

    def name(self, name: Name, *, type_only: bool) -> str:
        """One name, imported as needed."""
        if isinstance(name, SelfName):
            return self.entity(self._tested, type_only=type_only)
        if isinstance(name, EntityName):
            return self.entity(name.name, type_only=type_only)
        return super().name(name, type_only=type_only)

    def entity(self, name: str, *, type_only: bool = False) -> str:
        """The class of an entity."""
        return self.use(self.entity_module(name), name, type_only=type_only)

    def entity_module(self, name: str) -> str:
        """Where entities are imported from."""
        return f"{self._options.package}.{self._options.entities}"

    def _relative(self, module: str) -> str:
        return module

    def _entity_name(self, name: str) -> str:
        return self.entity(name, type_only=True)

    def _block(self, module: str) -> int:
        top = module.partition(".")[0]
        return 0 if top in sys.stdlib_module_names else 2 if self._ours.has(top) else 1


class FirstParty:
    """The project's own packages, as ruff knows them: their imports stand in a block of their own.

    Args:
        package: The generated package.
        out: The directory that holds it.
    """

    def __init__(self, package: str, out: Path) -> None:
        root = (config.table_directory(Path.cwd()) or Path.cwd()).resolve()
        settings = _ruff(root)
        isort = settings.get("lint", {}).get("isort", settings.get("isort", {}))
        self._known = frozenset(isort.get("known-first-party", ()))
        self._roots = [(root / item).resolve() for item in settings.get("src", (".", "src"))]
        if out.resolve() in self._roots:
            self._known |= {package.partition(".")[0]}

    def has(self, top: str) -> bool:
        """Whether a top-level package is the project's own."""
        return top in self._known or any(
            (root / f"{top}.py").is_file() or (root / top).is_dir() for root in self._roots
        )


def _ruff(root: Path) -> dict[str, Any]:
    """The settings of ruff for a project."""
    for name in (".ruff.toml", "ruff.toml", "pyproject.toml"):
        path = root / name
        if reads.exists(path):
            content = path.read_bytes()
            reads.note(path, content)
            found = config.toml(content.decode())
            found = found.get("tool", {}).get("ruff") if name == "pyproject.toml" else found
            if found is not None:
                return dict(found)
    return {}
