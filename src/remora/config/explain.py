"""Telling where each setting came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from remora.errors import redact

if TYPE_CHECKING:
    from .model import Line


class Explained(NamedTuple):
    """One setting and its origin.

    Attributes:
        name: Name of the setting.
        value: Its value as text, secrets masked; "" when it is not set.
        source: Where the value came from, such as "argument" or "environment variable FLYTE_ADMIN_ENDPOINT".
        note: What else to know, such as why another value was left out; often "".
    """

    name: str
    value: str
    source: str
    note: str = ""


class Explanation:
    """Where every setting of a client came from: printed as text, or read as data.

    Example:
        >>> print(client.config.explain())  # doctest: +SKIP
        endpoint  https://flyte.example.com:443  environment variable FLYTE_ADMIN_ENDPOINT
        project   flytesnacks                    file /home/me/.flyte/config.yaml:7
        domain    -                              not set

    Attributes:
        settings: One entry per setting, in a fixed order.
        unused: What was found and is not used, each with the reason.
    """

    def __init__(self, settings: Sequence[Explained], unused: Sequence[Explained]) -> None:
        self.settings = tuple(settings)
        self.unused = tuple(unused)

    @classmethod
    def of(cls, settings: Iterable[Line], unused: Iterable[Line]) -> Explanation:
        """Make one of plain lines; what may hold a secret is masked."""
        shown = [Explained(name, redact(value), source, note) for name, value, source, note in settings]
        return cls(shown, [_with_near_key(Explained(*line)) for line in unused])

    def __iter__(self) -> Iterator[Explained]:
        return iter(self.settings)

    def __getitem__(self, name: str) -> Explained:
        for line in self.settings:
            if line.name == name:
                return line
        raise KeyError(name)

    def to_dict(self) -> dict[str, dict[str, str]]:
        """The same as plain data: `{"endpoint": {"value": ..., "source": ..., "note": ...}, ...}`."""
        return {
            line.name: {"value": line.value, "source": line.source, "note": line.note}
            for line in (*self.settings, *self.unused)
        }

    def __str__(self) -> str:
        lines = (*self.settings, *self.unused)
        names = max(len(line.name) for line in lines)
        values = max(len(line.value or "-") for line in lines)
        return "\n".join(
            f"{line.name:<{names}}  {line.value or '-':<{values}}  {line.source}"
            + (f"; {line.note}" if line.note else "")
            for line in lines
        )


def near_key(name: str) -> str:
    """The key of a config file that a wrong one was probably meant to be; "" if none is near."""
    from difflib import get_close_matches

    from .settings import BY_KEY

    folded = {key.casefold(): key for key in BY_KEY}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.85)
    return folded[near[0]] if near else ""


def _with_near_key(line: Explained) -> Explained:
    near = near_key(line.name)
    return line._replace(note=f"{line.note}; did you mean {near}?") if near else line
