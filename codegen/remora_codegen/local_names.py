"""Which names a generated module imports, and what they are called in it."""

from __future__ import annotations

from collections.abc import Iterable

from remora_codegen import layout

_STANDARD = ("builtins", "collections.abc", "typing")


class LocalNames:
    """Names of one module. An imported name keeps its own, unless the module has another use for that name."""

    def __init__(self, taken: Iterable[str]) -> None:
        """Begin with names that nothing imported may have."""
        self._taken = set(taken)
        self._local: dict[tuple[str, str], str] = {}
        self._type_only: dict[tuple[str, str], bool] = {}

    def is_taken(self, name: str) -> bool:
        """True when the name stands for something of the module's own."""
        return name in self._taken

    def own(self, name: str) -> str:
        """A name for something that the module defines, free of collisions."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def use(self, module: str, name: str, *, type_only: bool = False) -> str:
        """The local name of something that is imported.

        Args:
            module: where from; relative modules begin with dots.
            name: what.
            type_only: the name is used in annotations alone. One use that is not makes it a real import.
        """
        key = (module, name)
        if key not in self._local:
            self._local[key] = self.own(name)
        self._type_only[key] = self._type_only.get(key, True) and type_only
        return self._local[key]

    def statements(self, *, type_only: bool, indent: int = 0) -> tuple[str, ...]:
        """Import statements in blocks: the standard library, other packages, the own package."""
        modules: dict[str, list[str]] = {}
        for (module, name), local in self._local.items():
            if self._type_only[(module, name)] is type_only:
                modules.setdefault(module, []).append(name if local == name else f"{name} as {local}")
        blocks: list[list[str]] = [[], [], []]
        for module in sorted(modules, key=layout.module_order):
            place = 2 if module.startswith(".") else 0 if module in _STANDARD else 1
            blocks[place] += layout.from_import(module, modules[module], indent)
        return tuple("\n".join(block) for block in blocks if block)
