"""What a channel asks for the headers that say who makes a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class Grant(NamedTuple):
    """Headers of one attempt, and which tokens are in them.

    Attributes:
        headers: Names in lower case, and values.
        serial: Numbers of the tokens; a later token has another number.
    """

    headers: Mapping[str, str]
    serial: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"Grant({', '.join(self.headers)})"


class Credentials(Protocol):
    """Gives the headers that say who makes a call, fresh for each attempt, to any event loop and thread."""

    @property
    def asks_a_person(self) -> bool:
        """Getting a grant may wait for someone to log in."""
        ...

    def ready(self) -> Grant | None:
        """The headers of an attempt if they are there already, so that most calls wait for nothing; else None."""
        ...

    async def grant(self) -> Grant:
        """The headers of an attempt, waited for if need be.

        Raises:
            AuthError: There are none and there should be.
        """
        ...

    async def renew(self, refused: Grant) -> bool:
        """Get other headers, because a server did not accept these.

        Returns:
            Whether there are others.

        Raises:
            AuthError: There could be others, but they cannot be had.
        """
        ...

    def reject(self, refused: Grant) -> None:
        """Note that a server did not accept these headers, so that the next call gets others."""
        ...
