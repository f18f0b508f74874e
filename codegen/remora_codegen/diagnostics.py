"""What went wrong with a user's protos or manifest, as data: one line each, all of them at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from remora_codegen.model import Location


@dataclass(frozen=True)
class Diagnostic:
    """One mistake: where it is, what it is, and the nearest right thing; or a "note", which stops nothing.

    `str()` gives the line a user sees, `file:line:col: error: message (did you mean 'x'?)`.
    """

    location: Location
    message: str
    hint: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.location}: {self.severity}: {self.message}{hint}"


class GeneratorError(Exception):
    """The input cannot be used. Carries every diagnostic that was found, in source order."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(set(diagnostics), key=lambda item: (item.location, item.message)))
        super().__init__("\n".join(str(item) for item in self.diagnostics))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known name, or the empty string when none is close."""
    close = difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""
