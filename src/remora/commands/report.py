"""Errors of commands on stderr: a few lines for people, or one JSON object for programs."""

from __future__ import annotations

import json
import re
import sys

from remora.commands.exits import exit_code
from remora.errors import RemoraError, RpcError, redact
from remora.printable import printable


def report(error: RemoraError, form: str) -> int:
    """Tell of an error.

    Args:
        error: What has happened.
        form: How results are shown.

    Returns:
        The exit code.
    """
    code = exit_code(error)
    lines = [json.dumps({"error": _data(error, code)})] if form == "json" else _lines(error)
    print("\n".join(lines), file=sys.stderr)
    return code


def warn(message: Warning | str, *_: object, **__: object) -> None:
    """Tell of a warning, in place of `warnings.showwarning`."""
    print(f"warning: {printable(redact(str(message)))}", file=sys.stderr)


def _lines(error: RemoraError) -> list[str]:
    status = f"{error.code.name}: " if isinstance(error, RpcError) else ""
    first, *others = (error.message or type(error).__name__).splitlines()
    lines = [f"error: {status}{printable(first)}", *(f"  {printable(line)}" for line in others)]
    if isinstance(error, RpcError) and error.method:
        request = f", request id {error.request_id}" if error.request_id else ""
        lines.append(f"  call: {error.method} at {error.endpoint}{request}")
    if error.hint:
        lines.append(f"  hint: {printable(_with_options(error.hint))}")
    return lines


def _with_options(hint: str) -> str:
    """A hint for programs as one for the command line: an option in place of an argument."""
    return re.sub(
        r"remora\.init\(\w+=[^)]*\) or ",
        "",
        re.sub(r"\bpass (endpoint|project|domain|org|timeout)=", r"give --\1", hint),
    )


def _data(error: RemoraError, code: int) -> dict[str, object]:
    found: dict[str, object] = {"type": type(error).__name__, "message": error.message, "exit_code": code}
    if error.hint:
        found["hint"] = _with_options(error.hint)
    if isinstance(error, RpcError):
        found["status"] = error.code.name
        names = ("method", "endpoint", "request_id")
        found |= {name: value for name in names if (value := getattr(error, name))}
    return found
