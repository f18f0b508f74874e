"""The codec that grpclib is given: messages turn themselves into bytes and back."""

from __future__ import annotations

from typing import Any

from grpclib.encoding.base import CodecBase

from remora.errors import EncodeError


class MessageCodec(CodecBase):
    """Content subtype "proto" for classes with `bytes(message)` and `Message.parse(data)`."""

    @property
    def __content_subtype__(self) -> str:
        return "proto"

    def encode(self, message: Any, message_type: Any) -> bytes:
        """Turn a message into bytes.

        Raises:
            EncodeError: It is not a message of the type that the method takes, or a field does not fit its type.
        """
        if not isinstance(message, message_type):
            raise EncodeError(f"expected {message_type.__name__}, got {type(message).__name__}")
        return bytes(message)

    def decode(self, data: bytes, message_type: Any) -> Any:
        """Turn bytes into a message.

        Raises:
            DecodeError: The bytes are not a message of this type.
        """
        return message_type.parse(data)


CODEC = MessageCodec()
