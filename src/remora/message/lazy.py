"""Packages whose names are imported when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_names(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make the `__getattr__` and `__dir__` of a package.

    Args:
        package: Its `__name__`.
        modules: Public name -> module inside the package that defines it, or `module:name` for what is elsewhere.
    """

    def get(name: str) -> object:
        module = modules.get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        elsewhere, separator, attribute = module.partition(":")
        if separator:
            value = getattr(import_module(elsewhere), attribute)
        else:
            value = getattr(import_module(f"{package}.{module}"), name)
        # The next look-up finds it without coming here.
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names
