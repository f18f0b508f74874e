"""MessagePack values, through the optional package `msgpack`."""

from __future__ import annotations

from typing import Any

from remora.errors import ValuesError

TAG = "msgpack"
_HINT = "install it with: pip install 'remora[msgpack]'"


def available() -> bool:
    """Whether the optional package is there."""
    try:
        import msgpack  # noqa: F401
    except ImportError:
        return False
    return True


def unpack(data: bytes, path: str) -> Any:
    """Plain Python data (dict, list, scalars) from MessagePack bytes.

    Args:
        data: The packed value.
        path: How an error calls the value.

    Raises:
        ValuesError: the package `msgpack` is missing, or the bytes are damaged.
    """
    try:
        import msgpack
    except ImportError:
        raise ValuesError(f"{path}: reading a msgpack value needs the extra `msgpack`", path=path, hint=_HINT) from None
    try:
        return msgpack.unpackb(data, strict_map_key=False, timestamp=3)
    except Exception as error:  # msgpack raises a family of ValueError subclasses, and TypeError for odd map keys
        raise ValuesError(f"{path}: damaged msgpack value: {error}", path=path) from None


def pack(value: object, path: str) -> bytes:
    """MessagePack bytes of plain Python data.

    Raises:
        ValuesError: the package `msgpack` is missing, or the value holds something that MessagePack does not know.
    """
    try:
        import msgpack
    except ImportError:
        raise ValuesError(f"{path}: writing a msgpack value needs the extra `msgpack`", path=path, hint=_HINT) from None
    try:
        return bytes(msgpack.Packer().pack(value))
    except Exception as error:
        raise ValuesError(f"{path}: {error}", path=path) from None
