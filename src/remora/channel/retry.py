"""The pause between two attempts of a call."""

from __future__ import annotations

import asyncio

from .deadline import Deadline
from .options import RetryPolicy


class Retries:
    """Counts the attempts of one call.

    Args:
        policy: How many attempts, and how long the pauses are.
        deadline: When the call ends.
    """

    __slots__ = ("_deadline", "_made", "_policy")

    def __init__(self, policy: RetryPolicy, deadline: Deadline) -> None:
        self._policy = policy
        self._deadline = deadline
        self._made = 1

    async def pause(self, pushback: float | None) -> bool:
        """Wait before the next attempt.

        Args:
            pushback: Pause that the server wants, in seconds; negative if it wants no other attempt.

        Returns:
            False, at once, if there should be no other attempt: too many were made, the server wants none, or the
            deadline would pass meanwhile.
        """
        policy = self._policy
        if self._made >= policy.attempts or (pushback is not None and pushback < 0):
            return False
        if pushback is None:
            pushback = jitter(_largest(policy, self._made))
        left = self._deadline.left(asyncio.get_running_loop().time())
        if left is not None and pushback >= left:
            return False
        self._made += 1
        await asyncio.sleep(pushback)
        return True


def jitter(longest: float) -> float:
    """A random pause of at most `longest` seconds."""
    from random import uniform

    return uniform(0, longest)


def _largest(policy: RetryPolicy, made: int) -> float:
    # The exponent is bounded because a float overflows long before a patient policy runs out of attempts.
    return min(policy.maximum, policy.initial * policy.multiplier ** min(made - 1, 60))
