"""Says of malformed bytes which message they broke, and where."""

from __future__ import annotations

from remora.errors import DecodeError

from .base import Message
from .wire import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


def decode_error(cls: type[Message], data: bytes, error: Exception) -> DecodeError:
    """The public error for what a decoder ran into.

    The place comes from the variables of the innermost decoder in the traceback. Decoders that caught errors themselves
    would be longer, slower on Python 3.10, and too complex for type checkers when a message has many fields.

    Args:
        cls: The outermost message.
        data: The whole buffer.
        error: One of `WIRE_ERRORS`.
    """
    found, pos = _innermost(error.__traceback__) or (cls, len(data))
    if isinstance(error, UnicodeDecodeError):
        reason = "a string is not valid UTF-8"
        pos += error.start
    elif isinstance(error, WireError):
        reason = str(error)
        pos = pos if error.pos is None else error.pos
    else:
        # A number goes on behind the last byte.
        reason, pos = "truncated", len(data)
    return DecodeError(f"{found._full_name}: {reason}, at byte {pos}")


def _innermost(traceback: TracebackType | None) -> tuple[type[Message], int] | None:
    found = None
    while traceback is not None:
        variables = traceback.tb_frame.f_locals
        message, pos = variables.get("message"), variables.get("pos")
        if isinstance(message, Message) and isinstance(pos, int):
            found = type(message), pos
        traceback = traceback.tb_next
    return found
