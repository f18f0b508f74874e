"""Validation rules of a schema, as data: what buf.validate says about fields, oneofs and messages."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = int | float | str | bytes | bool | tuple[int, int]
"""What a rule compares with; a pair is a duration in seconds and nanoseconds."""


@dataclass(frozen=True)
class Rule:
    """One rule: its identifier in buf.validate, such as `string.min_len`, and its value."""

    name: str
    value: Scalar | tuple[Scalar, ...]

    @property
    def short_name(self) -> str:
        """The identifier without the type, such as `min_len`."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Rules:
    """The rules of one value.

    Attributes:
        required: it must be set; where the schema cannot tell, it must not have the default.
        skip_empty: the other rules do not apply to the default (IGNORE_IF_ZERO_VALUE).
        ignored: nothing is checked, inside a message neither (IGNORE_ALWAYS).
        own: rules of the value; of a list or a map, those about it as a whole.
        items: rules of each element of a list, or of each value of a map.
        keys: rules of each key of a map.
        foreign: rules that cannot be written as a plain check, for people to read.
    """

    required: bool = False
    skip_empty: bool = False
    ignored: bool = False
    own: tuple[Rule, ...] = ()
    items: Rules | None = None
    keys: Rules | None = None
    foreign: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to check, apart from what is inside a message."""
        inner = [rules for rules in (self.items, self.keys) if rules is not None]
        return not self.required and not self.own and all(rules.is_empty for rules in inner)

    def all_foreign(self) -> tuple[str, ...]:
        """The foreign rules, those of elements and keys included."""
        inner = [text for rules in (self.items, self.keys) if rules is not None for text in rules.all_foreign()]
        return (*self.foreign, *inner)


NO_RULES = Rules()
