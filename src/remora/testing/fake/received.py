"""One call that a fake server received."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

    from remora.channel.method import Metadata

Req = TypeVar("Req")

WAIT_SECONDS = 10.0
"""How long `wait_until_over` and `Program.wait_for_calls` wait by default."""


class Received(Generic[Req]):
    """One call that came.

    Attributes:
        path: The method as it stands on the wire, "/package.Service/Method".
        requests: The request messages, in order; a client that streams adds to them until it is done.
        metadata: Request headers, without those of the transport.
        deadline: Seconds that the call had when it came; None without a deadline.
        cancelled: The client left before the answer was complete. Ask when the call is over.
    """

    def __init__(self, path: str, metadata: Metadata, deadline: float | None) -> None:
        self.path = path
        self.requests: list[Req] = []
        self.metadata = metadata
        self.deadline = deadline
        self.cancelled = False
        self._over = threading.Event()

    @property
    def request(self) -> Req:
        """The one request.

        Raises:
            AssertionError: The client sent none, or several.
        """
        if len(self.requests) != 1:
            raise AssertionError(f"the call has {len(self.requests)} request messages, not one")
        return self.requests[0]

    def wait_until_over(self, timeout: float = WAIT_SECONDS) -> Self:
        """Wait until the server has done with the call, which is a moment after the client has.

        It blocks; in async code, where it would block the client too, use `until_over`.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            AssertionError: It goes on.
        """
        if not self._over.wait(timeout):
            raise AssertionError(f"the call is not over after {timeout:g} s")
        return self

    async def until_over(self, timeout: float = WAIT_SECONDS) -> Self:
        """`wait_until_over` for async code.

        Args:
            timeout: Seconds to wait at most.
        """
        return await asyncio.to_thread(self.wait_until_over, timeout)

    def _end(self) -> None:
        self._over.set()

    def __repr__(self) -> str:
        return f"Received({', '.join(map(repr, self.requests))})"
