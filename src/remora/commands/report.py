"""Errors of commands on stderr: a few lines for people, or one JSON object for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from remora.commands.exits import exit_code
from remora.commands.hints import for_shell
from remora.errors import RemoraError, RpcError, redact
from remora.printable import printable


def report(error: RemoraError, form: str, reword: Callable[[str], str] = for_shell) -> int:
    """Tell of an error.

    Args:
        error: What has happened.
        form: How results are shown.
        reword: Makes a hint for a shell of one for Python.

    Returns:
        The exit code.
    """
    code = exit_code(error)
    hint = reword(error.hint) if error.hint else ""
    lines = [json.dumps({"error": _data(error, hint, code)})] if form == "json" else _lines(error, hint)
    print("\n".join(lines), file=sys.stderr)
    return code


def warn(message: Warning | str, *_: object, **__: object) -> None:
    """Tell of a warning, in place of `warnings.showwarning`."""
    print(f"warning: {printable(redact(str(message)))}", file=sys.stderr)


def _lines(error: RemoraError, hint: str) -> list[str]:
    status = f"{error.code.name}: " if isinstance(error, RpcError) else ""
    first, *others = (error.message or type(error).__name__).splitlines()
    lines = [f"error: {status}{printable(first)}", *(f"  {printable(line)}" for line in others)]
    if isinstance(error, RpcError) and error.method:
        request = f", request id {error.request_id}" if error.request_id else ""
        lines.append(f"  call: {error.method} at {error.endpoint}{request}")
    if hint:
        lines.append(f"  hint: {printable(hint)}")
    return lines


def _data(error: RemoraError, hint: str, code: int) -> dict[str, object]:
    found: dict[str, object] = {"type": type(error).__name__, "message": error.message, "exit_code": code}
    if hint:
        found["hint"] = hint
    if isinstance(error, RpcError):
        found["status"] = error.code.name
        names = ("method", "endpoint", "request_id")
        found |= {name: value for name in names if (value := getattr(error, name))}
    return found
