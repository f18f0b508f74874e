"""Failures on request, so that clients can be tested against them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from remora.errors import ConfigError, StatusCode

KINDS = ("unavailable", "delay", "drop", "http")
ENDINGS = ("unavailable", "reset", "end")


@dataclass
class Fault:
    """One rule.

    Attributes:
        kind: "unavailable" fails calls before they do anything; "delay" makes them wait; "drop" ends streams early;
            "http" makes the object store answer with a status instead of doing what was asked.
        method: Which calls: a shell pattern for "Service/Method" ("RunService/Watch*"); for "http" for the HTTP method.
        every: Affects every n-th matching call.
        times: Affects at most this many calls; 0 means no limit.
        seconds: Of "delay": how long. Of "http": value of a `Retry-After` header, if above 0.
        after: Of "drop": messages that get through first.
        how: Of "drop": "unavailable" ends with that status, "reset" breaks off, "end" ends as if complete.
        status: Of "unavailable": the gRPC status code. Of "http": the HTTP status; 0 breaks the connection off.
    """

    kind: str
    method: str = "*"
    every: int = 1
    times: int = 0
    seconds: float = 0.0
    after: int = 0
    how: str = "unavailable"
    status: int = -1
    _seen: int = field(default=0, repr=False)
    _used: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"unknown fault {self.kind!r}; there are {', '.join(KINDS)}")
        if self.how not in ENDINGS:
            raise ConfigError(f"a stream cannot be dropped by {self.how!r}; use {', '.join(ENDINGS)}")
        if self.every < 1 or self.times < 0 or self.seconds < 0 or self.after < 0:
            raise ConfigError(f"fault {self.kind!r}: every starts at 1, times, seconds and after at 0")
        if self.status < 0:
            self.status = 503 if self.kind == "http" else int(StatusCode.UNAVAILABLE)

    def applies(self, name: str) -> bool:
        """Tell whether this call is one of those that fail, and count it."""
        if not fnmatchcase(name, self.method):
            return False
        self._seen += 1
        if self._seen % self.every or (self.times and self._used >= self.times):
            return False
        self._used += 1
        return True


class Faults:
    """The faults that are active; may be changed from any thread while the server runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Add a rule; it holds from the next call on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def unavailable(
        self, method: str = "*", *, every: int = 1, times: int = 0, status: int = StatusCode.UNAVAILABLE
    ) -> Fault:
        """Fail matching calls with a status, before they do anything."""
        return self.add(Fault("unavailable", method, every=every, times=times, status=int(status)))

    def delay(self, seconds: float, method: str = "*", *, every: int = 1, times: int = 0) -> Fault:
        """Make matching calls wait before they do anything."""
        return self.add(Fault("delay", method, every=every, times=times, seconds=seconds))

    def drop(self, method: str = "*", *, after: int = 1, how: str = "unavailable", times: int = 0) -> Fault:
        """End matching streams after some messages."""
        return self.add(Fault("drop", method, after=after, how=how, times=times))

    def http(self, status: int, method: str = "*", *, every: int = 1, times: int = 0, retry_after: float = 0) -> Fault:
        """Make the object store answer with a status; 0 breaks the connection off."""
        return self.add(Fault("http", method, every=every, times=times, seconds=retry_after, status=status))

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._faults.clear()

    def take(self, kind: str, name: str) -> list[Fault]:
        """The rules of a kind that apply to this call."""
        with self._lock:
            return [fault for fault in self._faults if fault.kind == kind and fault.applies(name)]


_FIELDS: dict[str, Callable[[str], object]] = {
    "method": str,
    "every": int,
    "times": int,
    "seconds": float,
    "after": int,
    "how": str,
    "status": int,
}


def parse_fault(text: str) -> Fault:
    """Read a rule from the command line: `drop,method=RunService/Watch*,after=2`.

    Raises:
        ConfigError: It is not a rule.
    """
    kind, *pairs = text.split(",")
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        convert = _FIELDS.get(name)
        if convert is None or not equals:
            raise ConfigError(f"fault {text!r}: {pair!r} is not one of {', '.join(f'{key}=...' for key in _FIELDS)}")
        try:
            values[name] = convert(value)
        except ValueError:
            raise ConfigError(f"fault {text!r}: {value!r} is not a number") from None
    return Fault(kind, **values)
