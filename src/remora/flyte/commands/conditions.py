"""Values for conditions as a command line gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.flyte.commands.inputs import from_text
from remora.flyte.interface import literal_type

if TYPE_CHECKING:
    from remora_api.entities import Condition


def signal(self: Condition, value: str, *, timeout: float | None = None) -> None:
    """Give a run the value that it waits for.

    Args:
        self: The condition.
        value: The value, of the type that the condition expects: true or false, a number, or text.
        timeout: Deadline of the call in seconds.

    Raises:
        ValuesError: the value is of another type.
        FailedPrecondition: nothing waits there any more.
    """
    expected = self.expected_type
    payload = value if expected is None else from_text(value, literal_type(expected), f"condition {self.name!r}")
    self.signal(payload, timeout=timeout)
