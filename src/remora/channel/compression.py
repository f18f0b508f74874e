"""Message compression: gzip and identity, as the gRPC protocol names them in `grpc-encoding`."""

from __future__ import annotations

ACCEPTED = "identity,gzip"
"""Value of the `grpc-accept-encoding` header."""

MIN_SIZE = 1024
"""Smaller messages are sent as they are: gzip's own header would eat the gain."""

_GZIP_WINDOW = 31  # zlib: 15 bits of window, plus 16 for the gzip format
_LEVEL = 5


class Corrupt(Exception):
    """Compressed data that cannot be read."""


class TooLarge(Exception):
    """A message that is larger than the limit.

    Args:
        size: Its size in bytes; None when all that is known is that it is over the limit.
    """

    def __init__(self, size: int | None) -> None:
        super().__init__(size)
        self.size = size


def compress(data: bytes) -> bytes:
    """Compress with gzip, the same bytes for the same input."""
    import zlib

    engine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return engine.compress(data) + engine.flush()


def decompress(data: bytes, limit: int) -> bytes:
    """Decompress gzip, and stop as soon as there is more than `limit` bytes.

    Raises:
        Corrupt: The data is not gzip, or is damaged or cut short.
        TooLarge: It would be larger than the limit.
    """
    import zlib

    engine = zlib.decompressobj(_GZIP_WINDOW)
    try:
        result = engine.decompress(data, limit + 1)
    except zlib.error as error:
        raise Corrupt(str(error)) from error
    if len(result) > limit:
        raise TooLarge(None)
    if not engine.eof:
        raise Corrupt("the gzip data ends too early")
    return result
