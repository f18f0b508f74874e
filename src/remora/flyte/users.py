"""Who the control plane takes the caller for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remora_api.entities import User


def subject(self: User) -> str:
    """Identifier that the identity provider gives. A method, not a property, as in flyte.remote."""
    return self.pb2.subject


def name(self: User) -> str:
    """Full name. A method, not a property, as in flyte.remote."""
    return self.pb2.name
