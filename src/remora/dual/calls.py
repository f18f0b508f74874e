"""The blocking form of one awaited call."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from .site import in_notebook, loop_is_running, refusal, warn_in_loop

T = TypeVar("T")


def run_sync(coroutine: Coroutine[Any, Any, T], what: str) -> T:
    """Run a coroutine on the portal thread and wait for its result.

    A generated method calls this as `run_sync(self._wait(...), "Run.wait")`. Ctrl-C cancels the coroutine and waits
    for its clean-up before it goes on. In a thread whose event loop is running the call works, and warns.

    Args:
        coroutine: The call, not yet started. It is closed when it cannot be run.
        what: Public dotted name of the method, for the warning and for errors.

    Raises:
        WouldDeadlock: The caller is the portal thread itself.
    """
    return run_blocking(coroutine, what, f"await {what}.aio(...)", generated=1)


def run_blocking(coroutine: Coroutine[Any, Any, T], what: str, rewrite: str, *, generated: int) -> T:
    """`run_sync` with the async form spelled out, and how many generated frames lie before the user's line."""
    from .portal import portal

    if portal.is_here():
        coroutine.close()
        raise refusal(what, rewrite)
    if loop_is_running() and not in_notebook():
        try:
            warn_in_loop(what, rewrite, generated=generated)
        except Warning:
            coroutine.close()
            raise
    return portal.run(coroutine)
