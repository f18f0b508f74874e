"""Messages as fields of pydantic models: instances of the class, or in JSON the canonical form."""

from __future__ import annotations

from typing import Any

from .base import Message


def schema(cls: type[Message]) -> Any:
    """The core schema that pydantic asks a class for.

    Args:
        cls: The message class.
    """
    # Only pydantic calls this, so it is there.
    from pydantic_core import core_schema

    return core_schema.json_or_python_schema(
        python_schema=core_schema.is_instance_schema(cls),
        # A JsonError is a ValueError, which pydantic makes a part of its own error.
        json_schema=core_schema.no_info_plain_validator_function(cls.from_dict),
        serialization=core_schema.plain_serializer_function_ser_schema(Message.to_dict, when_used="json"),
    )
