"""Inputs and outputs of an action as containers: a mapping and a tuple that remember the literals they came from."""

from __future__ import annotations

from collections import UserDict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typing_extensions import Self

    from remora_api.flyteidl2 import task as tasks


class ActionInputs(UserDict[str, Any]):
    """Inputs of an action by name.

    Attributes:
        pb2: The message with the literals, in the order of the task's interface.
        data: The Python values.

    Example:
        >>> run.inputs()["text"]
        'the quick brown fox'
    """

    pb2: tasks.Inputs

    def __init__(self, pb2: tasks.Inputs, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.pb2 = pb2

    def copy(self) -> Self:
        """A shallow copy."""
        return type(self)(self.pb2, dict(self.data))

    __copy__ = copy

    def to_dict(self) -> dict[str, Any]:
        """The literals (not the Python values) in proto3 JSON form."""
        return self.pb2.to_dict()

    def to_json(self) -> str:
        """The literals (not the Python values) as proto3 JSON text."""
        return self.pb2.to_json()

    def __repr__(self) -> str:
        return f"ActionInputs({self.data!r})"


class ActionOutputs(tuple[Any, ...]):
    """Outputs of an action: a tuple in the order of the task's interface, whose items also have names.

    Attributes:
        pb2: The message with the literals.

    Example:
        >>> outputs = run.outputs()
        >>> outputs[0], outputs.o0, outputs.named_outputs["o0"]
        (42, 42, 42)
    """

    pb2: tasks.Outputs
    _fields: tuple[str, ...]

    def __new__(cls, pb2: tasks.Outputs, data: Iterable[Any], fields: Sequence[str] | None = None) -> ActionOutputs:
        """Make the tuple.

        Args:
            pb2: The message with the literals.
            data: The Python values, in order.
            fields: Their names; `o0`, `o1`, ... when None.

        Raises:
            ValueError: there are more or fewer names than values.
        """
        self = super().__new__(cls, data)
        self.pb2 = pb2
        self._fields = tuple(f"o{number}" for number in range(len(self))) if fields is None else tuple(fields)
        if len(self._fields) != len(self):
            raise ValueError(f"{len(self._fields)} names for {len(self)} outputs")
        return self

    @property
    def named_outputs(self) -> dict[str, Any]:
        """The values by name."""
        return dict(zip(self._fields, self, strict=True))

    def __getattr__(self, name: str) -> Any:
        # Only called when normal look-up fails, so outputs named like a method are reached by index or by name.
        fields: tuple[str, ...] = self.__dict__.get("_fields", ())
        if name in fields:
            return self[fields.index(name)]
        raise AttributeError(f"no output {name!r}; outputs are: {', '.join(fields) or 'none'}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._fields]

    # Spelt out, or a type checker would take `outputs == (1, 2)` for a proof that this is a plain tuple.
    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    __hash__ = tuple.__hash__

    def __getnewargs__(self) -> tuple[tasks.Outputs, tuple[Any, ...], tuple[str, ...]]:
        return self.pb2, tuple(self), self._fields

    def to_dict(self) -> dict[str, Any]:
        """The literals (not the Python values) in proto3 JSON form."""
        return self.pb2.to_dict()

    def to_json(self) -> str:
        """The literals (not the Python values) as proto3 JSON text."""
        return self.pb2.to_json()

    def __repr__(self) -> str:
        return f"ActionOutputs({', '.join(f'{name}={value!r}' for name, value in self.named_outputs.items())})"
