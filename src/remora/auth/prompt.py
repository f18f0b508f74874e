"""Talking to the person who logs in: on stderr and in a browser, never in a log."""

from __future__ import annotations

import asyncio
import sys

BROWSER_SECONDS = 10.0
"""A browser that has not started by then is taken for one that will: some commands return only when it closes."""


def tell(text: str) -> None:
    """Print something for the person who logs in."""
    stream = sys.stderr
    if stream is not None:
        print(text, file=stream, flush=True)


def open_url(url: str) -> bool:
    """Open a page in the browser of this machine; False if there is none."""
    import webbrowser

    try:
        return webbrowser.open_new_tab(url)
    except (webbrowser.Error, OSError):
        return False


async def open_browser(url: str) -> bool:
    """Open a page without blocking the event loop; False if there is no browser."""
    import threading

    loop = asyncio.get_running_loop()
    opened: asyncio.Future[bool] = loop.create_future()

    def settle(value: bool) -> None:
        if not opened.done():
            opened.set_result(value)

    def work() -> None:
        value = open_url(url)
        try:
            loop.call_soon_threadsafe(settle, value)
        except RuntimeError:  # the loop ended meanwhile
            return

    # A thread of its own: a browser command that does not return must not keep the program from ending.
    threading.Thread(target=work, name="remora-browser", daemon=True).start()
    await asyncio.wait([opened], timeout=BROWSER_SECONDS)
    return opened.result() if opened.done() else True


def is_interactive() -> bool:
    """Whether a person is there to log in: a terminal, or a notebook."""
    if "ipykernel" in sys.modules:
        return True
    stream = sys.stderr
    try:
        return stream is not None and stream.isatty() and sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False
