from __future__ import annotations

from datetime import timedelta

from remora.dev.executor.policy import Policy, policy
from remora_api.flyteidl2.core import Backoff, RetryStrategy, TaskMetadata, TimeoutStrategy
from remora_api.google.protobuf import Duration


def seconds(number: float) -> Duration:
    return Duration.from_timedelta(timedelta(seconds=number))


def test_nothing_is_limited_by_default() -> None:
    assert policy(None) == policy(TaskMetadata()) == Policy()
    assert policy(TaskMetadata(timeout=Duration())).max_runtime is None


def test_everything() -> None:
    backoff = Backoff(base=seconds(1.5), factor=3.0, cap=seconds(10))
    found = policy(
        TaskMetadata(
            timeout=seconds(60),
            retries=RetryStrategy(retries=4, backoff=backoff),
            timeouts=TimeoutStrategy(queued_timeout=seconds(5), deadline=seconds(100)),
        )
    )
    assert (found.retries, found.max_runtime, found.queued_timeout, found.deadline) == (4, 60.0, 5.0, 100.0)
    assert [found.wait_before(retry) for retry in (1, 2, 3, 4)] == [1.5, 4.5, 10.0, 10.0]


def test_backoff_without_a_cap_and_with_a_silly_factor() -> None:
    assert Policy(backoff=0.5).wait_before(3) == 2.0
    assert Policy().wait_before(3) == 0.0
    assert Policy(backoff=1.0, factor=1e300, backoff_cap=7.0).wait_before(5) == 7.0
