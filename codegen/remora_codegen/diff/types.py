"""Types of two sides: whether they are the same to whoever uses them, and how to tell them apart."""

from __future__ import annotations

from remora_codegen.pytypes import EntityName, Imported, Name, SelfName, Type

_ENTITIES = ".entities"
_TYPING = ("typing", "typing_extensions")


def differing(old: Type, new: Type) -> tuple[str, str] | None:
    """Both types in words that tell them apart; None when nothing differs that anybody could see."""
    if _normal(old) == _normal(new):
        return None
    texts = str(old), str(new)
    if texts[0] == texts[1]:
        texts = _with_modules(old), _with_modules(new)
    return None if texts[0] == texts[1] else texts


def _normal(type_: Type) -> tuple[str | Name, ...]:
    """The parts, with an entity of the package in one spelling, whichever module a function has it from."""
    parts: list[str | Name] = []
    for part in type_.parts:
        if isinstance(part, Imported) and f"{_ENTITIES}." in f"{part.module}.":
            part = EntityName(part.name)
        elif isinstance(part, Imported) and part.name == "Self" and part.module in _TYPING:
            part = SelfName()
        # Text may be cut anywhere.
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return tuple(parts)


def _with_modules(type_: Type) -> str:
    return "".join(part if isinstance(part, str) else _full(part) for part in type_.parts)


def _full(name: Name) -> str:
    return f"{name.module}.{name.name}" if isinstance(name, Imported) else str(Type((name,)))
