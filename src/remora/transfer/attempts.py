"""What a failed attempt means: whether it may be repeated, when, and with what."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

ATTEMPTS = 5
FIRST_DELAY, LARGEST_DELAY, LARGEST_RETRY_AFTER = 0.5, 10.0, 60.0

_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
# How S3, Google and Azure say that a signed URL has run out.
_EXPIRED = re.compile(
    rb"request has expired|expiredtoken|signature not valid in the specified time frame", re.IGNORECASE
)
# 400 with one of these is not the client's mistake: the body came too slowly, or was damaged on the way.
_SLOW = frozenset({"RequestTimeout"})
_DAMAGED = frozenset({"BadDigest", "Md5Mismatch"})
# Azurite has no code of its own for it.
_DIGEST = re.compile(rb"content-?md5[^<]{0,80}n[o']t match", re.IGNORECASE)


@dataclass
class Failed(Exception):
    """An attempt that failed.

    Attributes:
        reason: What went wrong.
        status: HTTP status, if the store answered.
        repeat: Trying again may help.
        retry_after: Seconds that the store asks to wait.
        fresh_url: A new signed URL is needed for it.
        refused: The store did not accept the URL, for another reason than its age; a new one is worth one try.
        changed: The file has to be read again.
        hint: What the user could do.
    """

    reason: str
    status: int | None = None
    repeat: bool = True
    retry_after: float | None = None
    fresh_url: bool = False
    refused: bool = False
    changed: bool = False
    hint: str | None = None


def judge(host: str, status: int, headers: Mapping[str, str], body: bytes) -> Failed:
    """Tell what an answer means that is not success.

    Args:
        host: Who answered.
        status: HTTP status.
        headers: Headers of the answer, by lower-case name.
        body: Beginning of its body.
    """
    found = _CODE.search(body)
    code = found[1].decode() if found else headers.get("x-ms-error-code", "")[:60]
    failed = Failed(f"{host} answered HTTP {status}{f' {code}' if code else ''}", status, repeat=False)
    if status in (400, 401, 403) and (_EXPIRED.search(body) or code == "ExpiredToken"):
        failed.repeat = failed.fresh_url = True
    elif status in (401, 403):
        failed.repeat = failed.fresh_url = failed.refused = True
    elif status in (408, 429) or status >= 500 or (status == 400 and code in _SLOW):
        failed.repeat = True
        failed.retry_after = retry_after(headers.get("retry-after"))
    elif status == 400 and (code in _DAMAGED or _DIGEST.search(body)):
        failed.repeat = failed.changed = True
    elif 300 <= status < 400:
        failed.hint = "redirects are not followed: they would take the file to a place that nobody has signed for"
    return failed


class Attempts:
    """Counts the attempts of one file and tells how long to wait between them."""

    def __init__(self) -> None:
        self.failed = 0
        self._refused = False

    def pause(self, failed: Failed) -> float | None:
        """Seconds to wait before the next attempt; None when there should be none."""
        self.failed += 1
        if not failed.repeat or self.failed == ATTEMPTS or (failed.refused and self._refused):
            return None
        self._refused = failed.refused
        return delay(self.failed, failed.retry_after)

    def sentence(self, failed: Failed) -> str:
        """How an error tells of the last failure."""
        return f"after {self.failed} attempts: {failed.reason}" if self.failed > 1 else failed.reason


def delay(failed: int, wanted: float | None) -> float:
    """Seconds to wait after a number of failures: what the store wants, else a random part of a doubling span."""
    if wanted is not None:
        return min(wanted, LARGEST_RETRY_AFTER)
    return random.uniform(0, min(LARGEST_DELAY, FIRST_DELAY * 2.0 ** (failed - 1)))


def retry_after(value: str | None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3): a number or a date; None when it is neither."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
