"""Validation rules of the protos, enforced where the control plane is told to be strict."""

from __future__ import annotations

from remora.contract.v1.messages import Message
from remora.errors import InvalidArgument, ValidationError


def check(request: Message) -> None:
    """Check a request and everything in it, by the rules that clients check before they send it.

    Raises:
        InvalidArgument: A rule is broken; says which field, what it should be, and the rule's name.
    """
    try:
        request.validate()
    except ValidationError as error:
        raise InvalidArgument(f"validation error: {error.message}") from error
