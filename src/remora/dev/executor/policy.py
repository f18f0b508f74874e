"""Retries and time limits of a task."""

from __future__ import annotations

import math
from dataclasses import dataclass

from remora.dev.clock import nanoseconds
from remora_api.flyteidl2.core import Backoff, TaskMetadata
from remora_api.google.protobuf import Duration

_DEFAULT_FACTOR = 2.0


@dataclass(frozen=True)
class Policy:
    """Times are in seconds; None means no limit.

    Attributes:
        retries: Attempts after the first.
        backoff: Wait before the first retry.
        factor: How much longer each further wait is.
        backoff_cap: Longest wait.
        max_runtime: Time that one attempt may take.
        queued_timeout: Time that an attempt may wait for a free slot.
        deadline: Time that the action may take in all, from its creation.
    """

    retries: int = 0
    backoff: float = 0.0
    factor: float = _DEFAULT_FACTOR
    backoff_cap: float | None = None
    max_runtime: float | None = None
    queued_timeout: float | None = None
    deadline: float | None = None

    def wait_before(self, retry: int) -> float:
        """Seconds to wait before the n-th retry, counted from 1."""
        if not self.backoff:
            return 0.0
        cap = self.backoff_cap if self.backoff_cap is not None else float("inf")
        try:
            return min(cap, self.backoff * self.factor ** (retry - 1))
        except OverflowError:
            return cap


def policy(metadata: TaskMetadata | None) -> Policy:
    """Read the policy from the metadata of a task template."""
    if metadata is None:
        return Policy()
    strategy = metadata.retries
    backoff = (strategy.backoff if strategy is not None else None) or Backoff()
    timeouts = metadata.timeouts
    return Policy(
        retries=strategy.retries if strategy is not None else 0,
        backoff=_limit(backoff.base) or 0.0,
        factor=backoff.factor if backoff.factor is not None and 0 < backoff.factor < math.inf else _DEFAULT_FACTOR,
        backoff_cap=_limit(backoff.cap),
        max_runtime=_limit(metadata.timeout),
        queued_timeout=_limit(timeouts.queued_timeout) if timeouts is not None else None,
        deadline=_limit(timeouts.deadline) if timeouts is not None else None,
    )


def _limit(duration: Duration | None) -> float | None:
    if duration is None:
        return None
    return max(0, nanoseconds(duration)) / 1e9 or None
