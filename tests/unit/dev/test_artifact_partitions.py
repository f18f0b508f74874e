from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from remora.dev.store.artifact_partitions import floor
from remora_api.flyteidl2.core import Granularity


@pytest.mark.parametrize(
    ("granularity", "expected"),
    [
        (Granularity.MINUTE, "2024-05-16T10:20:00"),
        (Granularity.UNSET, "2024-05-16T10:20:00"),
        (Granularity.HOUR, "2024-05-16T10:00:00"),
        (Granularity.DAY, "2024-05-16T00:00:00"),
        (Granularity.WEEK, "2024-05-13T00:00:00"),
        (Granularity.MONTH, "2024-05-01T00:00:00"),
    ],
)
def test_times_are_cut_off_in_utc(granularity: Granularity, expected: str) -> None:
    moment = datetime(2024, 5, 16, 12, 20, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    assert floor(moment, granularity) == datetime.fromisoformat(expected).replace(tzinfo=timezone.utc)
