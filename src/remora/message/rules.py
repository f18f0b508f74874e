"""What generated checks of validation rules share."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora.errors import ValidationError

    from .base import Message
    from .well_known import DurationBase, TimestampBase


class RuleBroken(Exception):
    """A validation rule is broken; `validate` turns it into a public error.

    Args:
        path: The path of the field.
        rule: The name of the rule, as buf.validate calls it.
        reason: What the value has to be. The value itself is left out, because it may be a secret.
    """

    def __init__(self, path: str, rule: str, reason: str) -> None:
        super().__init__(path, rule, reason)
        self.path = path
        self.rule = rule
        self.reason = reason

    def public(self, message: Message) -> ValidationError:
        """The public error, for the message that was checked."""
        from remora.errors import ValidationError

        text = f"{message._full_name}.{self.path}: {self.reason} ({self.rule})"
        return ValidationError(text, field=self.path, rule=self.rule)


def as_pair(moment: DurationBase | TimestampBase) -> tuple[int, int]:
    """Seconds and nanoseconds, which compare like the moment or the span."""
    return moment.seconds, moment.nanos


def matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern is found in a text; like RE2, with ASCII meanings of the classes."""
    # Imported here because most messages have no pattern; `re` itself keeps what it has compiled.
    import re

    return re.search(pattern, text, re.ASCII) is not None
