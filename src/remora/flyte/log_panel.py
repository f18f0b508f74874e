"""Log lines on a terminal: one after the other, or the last few in a panel that stays in its place."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from remora.errors import ConfigError, InvalidArgument
from remora.printable import printable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from remora.flyte.log_line import LogLine


async def show_lines(
    source: AsyncIterator[LogLine],
    title: str,
    *,
    max_lines: int,
    show_ts: bool,
    raw: bool,
    filter_system: bool,
    panel: bool,
) -> None:
    """Show lines as they come.

    Args:
        source: The lines.
        title: What the panel is called.
        max_lines: Lines that the panel has.
        show_ts: Put the time in front of each line.
        raw: Show the messages exactly as they are; control characters are shown as escapes otherwise.
        filter_system: Leave out lines of the platform, unless they report an error.
        panel: Keep the last lines in a panel instead of printing each.

    Raises:
        InvalidArgument: `max_lines` is less than 1.
        ConfigError: `panel` is set and the extra `progress` is not installed.
    """
    if max_lines < 1:
        raise InvalidArgument(f"max_lines must be at least 1, got {max_lines}")
    if panel:
        await _panel(source, title, max_lines, show_ts, filter_system)
        return
    async for line in source:
        if not (filter_system and line.is_system):
            text = line.text(show_ts=show_ts)
            print(text if raw else printable(text), flush=True)


async def _panel(
    source: AsyncIterator[LogLine], title: str, max_lines: int, show_ts: bool, filter_system: bool
) -> None:
    try:
        from rich.live import Live
        from rich.panel import Panel
        from rich.text import Text
    except ImportError:
        hint = "install it with: pip install 'remora[progress]'"
        raise ConfigError("a panel of log lines needs the extra `progress`", hint=hint) from None
    last: collections.deque[str] = collections.deque(maxlen=max_lines)
    with Live(Panel("", title=title), refresh_per_second=8) as live:
        async for line in source:
            if not (filter_system and line.is_system):
                last.append(printable(line.text(show_ts=show_ts)))
                live.update(Panel(Text("\n".join(last)), title=title))
