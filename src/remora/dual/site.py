"""Where a blocking call was made: refusing it on the portal thread, warning about it on a running event loop."""

from __future__ import annotations

import sys
import warnings
from types import FrameType
from typing import Any

from remora.errors import SyncInAsyncWarning, WouldDeadlock


def loop_is_running() -> bool:
    """Whether this thread is inside a running asyncio event loop, asked without loading asyncio."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


def in_notebook() -> bool:
    """Whether IPython runs this process; its cells always run inside an event loop, so a warning says nothing."""
    ipython: Any = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None


def refusal(what: str, rewrite: str) -> WouldDeadlock:
    """The error for a blocking call on the thread that would have to do its work."""
    return WouldDeadlock(
        f"{what}() was called on the thread that runs blocking calls, and would wait for itself",
        hint=f"use `{rewrite}` here",
    )


def warn_in_loop(what: str, rewrite: str, *, generated: int) -> None:
    """Warn, at the user's line and once per line, that a blocking call stops a running event loop.

    Args:
        what: Public dotted name of the method.
        rewrite: The same call in its async form.
        generated: Frames of generated code between the runtime and the user's line.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_runtime(frame):
        frame = frame.f_back
    for _ in range(generated):
        if frame is not None:
            frame = frame.f_back
    if frame is None:  # called from C alone, such as an embedding program
        frame = sys._getframe(1)
    warnings.warn_explicit(
        f"{what}() blocks the running event loop; use `{rewrite}`",
        SyncInAsyncWarning,
        filename=frame.f_code.co_filename,
        lineno=frame.f_lineno,
        module=frame.f_globals.get("__name__", "<unknown>"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_runtime(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return isinstance(name, str) and name.startswith("remora.dual.")
