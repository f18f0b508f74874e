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
HTTP_WAYS = ("status", "date", "expired", "refused", "stall", "corrupt", "cut")


@dataclass
class Fault:
    """One rule.

    Attributes:
        kind: "unavailable" fails calls before they do anything; "delay" makes them wait; "drop" ends streams early;
            "http" makes the object store fail.
        method: Which calls: a shell pattern for "Service/Method" ("RunService/Watch*"); for "http" for the HTTP method.
        every: Affects every n-th matching call.
        times: Affects at most this many calls; 0 means no limit.
        seconds: Of "delay": how long. Of "http": value of a `Retry-After` header, if above 0; how long it stalls.
        after: Of "drop": messages that get through first. Of "http": bytes of the request's body.
        how: Of "drop": "unavailable" ends with that status, "reset" breaks off, "end" ends as if complete. Of "http":
            "status" answers with a status; "date" does so with a date in `Retry-After`; "expired" and "refused" do not
            accept the URL; "stall" does not answer; "corrupt" changes a byte on the way; "cut" sends half an object.
        status: Of "unavailable": the gRPC status code. Of "http": the HTTP status; 0 breaks the connection off.
        code: Of "http": the error code in the answer, such as "RequestTimeout" or "SlowDown".
    """

    kind: str
    method: str = "*"
    every: int = 1
    times: int = 0
    seconds: float = 0.0
    after: int = 0
    how: str = ""
    status: int = -1
    code: str = ""
    _seen: int = field(default=0, repr=False)
    _used: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"unknown fault {self.kind!r}; there are {', '.join(KINDS)}")
        ways = HTTP_WAYS if self.kind == "http" else ENDINGS
        self.how = self.how or ways[0]
        if self.how not in ways:
            what = "the object store cannot fail" if self.kind == "http" else "a stream cannot be dropped"
            raise ConfigError(f"{what} by {self.how!r}; use {', '.join(ways)}")
        if self.every < 1 or self.times < 0 or self.seconds < 0 or self.after < 0:
            raise ConfigError(f"fault {self.kind!r}: every starts at 1, times, seconds and after at 0")
        if self.status < 0:
            self.status = 503 if self.kind == "http" else int(StatusCode.UNAVAILABLE)

    def applies(self, name: str) -> bool:
        """Tell whether this call is one of those that fail, and count it.

        Args:
            name: Name of the call, `Service/Method`.
        """
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
        """Add a rule; it holds from the next call on.

        Args:
            fault: The rule.
        """
        with self._lock:
            self._faults.append(fault)
        return fault

    def unavailable(
        self, method: str = "*", *, every: int = 1, times: int = 0, status: int = StatusCode.UNAVAILABLE
    ) -> Fault:
        """Fail matching calls with a status, before they do anything.

        Args:
            method: Which calls: a shell pattern for `Service/Method`, such as `RunService/Watch*`.
            every: Fail every n-th matching call.
            times: Fail at most this many calls; 0 for no limit.
            status: The gRPC status code.
        """
        return self.add(Fault("unavailable", method, every=every, times=times, status=int(status)))

    def delay(self, seconds: float, method: str = "*", *, every: int = 1, times: int = 0) -> Fault:
        """Make matching calls wait before they do anything.

        Args:
            seconds: How long they wait.
            method: Which calls: a shell pattern for `Service/Method`, such as `RunService/Watch*`.
            every: Delay every n-th matching call.
            times: Delay at most this many calls; 0 for no limit.
        """
        return self.add(Fault("delay", method, every=every, times=times, seconds=seconds))

    def drop(self, method: str = "*", *, after: int = 1, how: str = "unavailable", times: int = 0) -> Fault:
        """End matching streams after some messages.

        Args:
            method: Which calls: a shell pattern for `Service/Method`, such as `RunService/Watch*`.
            after: Messages that get through first.
            how: "unavailable" ends with that status, "reset" breaks off, "end" ends as if complete.
            times: Drop at most this many streams; 0 for no limit.
        """
        return self.add(Fault("drop", method, after=after, how=how, times=times))

    def http(
        self,
        status: int = 503,
        method: str = "*",
        *,
        every: int = 1,
        times: int = 0,
        retry_after: float = 0,
        how: str = "status",
        code: str = "",
        after: int = 0,
    ) -> Fault:
        """Make the object store fail: with a status (0 breaks the connection off), or as `how` says.

        Args:
            status: The HTTP status; 0 breaks the connection off.
            method: Which requests: a shell pattern for the HTTP method.
            every: Fail every n-th matching request.
            times: Fail at most this many requests; 0 for no limit.
            retry_after: Value of a `Retry-After` header in seconds, if above 0; for "stall" how long it lasts.
            how: How it fails, as `Fault.how` has it.
            code: The error code in the answer, such as "SlowDown".
            after: Bytes of the request's body that are read first.
        """
        return self.add(
            Fault("http", method, every, times, seconds=retry_after, after=after, how=how, status=status, code=code)
        )

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._faults.clear()

    def take(self, kind: str, name: str) -> list[Fault]:
        """The rules of a kind that apply to this call.

        Args:
            kind: The kind of fault.
            name: Name of the call.
        """
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
    "code": str,
}


def parse_fault(text: str) -> Fault:
    """Read a rule from the command line: `drop,method=RunService/Watch*,after=2`.

    Args:
        text: The rule.

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
