"""Keeping signed URLs out of the log of the HTTP library."""

from __future__ import annotations

import logging

from remora.errors import redact


def _redacted(record: logging.LogRecord) -> bool:
    """Take what may be a signed URL out of a record; every record passes."""
    record.msg, record.args = redact(record.getMessage()), None
    return True


def keep_secrets() -> None:
    """Redact what httpcore logs at the level DEBUG: headers of answers, of which `Location` may be a signed URL."""
    # The same filter again changes nothing.
    logging.getLogger("httpcore.http11").addFilter(_redacted)
