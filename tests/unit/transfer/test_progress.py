"""Who is told of progress, and with what."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from remora.errors import ConfigError
from remora.transfer.progress import Reporter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def transfer(progress: Any) -> None:
    with Reporter(progress, "tree") as reporter:
        reporter.expect(1, 10)
        file = reporter.file("a", 10)
        file.hashed(5)
        file.begin("uploading")
        file.advance("uploading", 4)
        file.begin("uploading")
        file.advance("uploading", 10)
        file.end()


def test_a_function_is_told_each_step() -> None:
    events: list[Any] = []
    transfer(events.append)
    assert [(event.phase, event.done, event.bytes_done, event.files_done) for event in events] == [
        ("hashing", 5, 0, 0),
        ("uploading", 0, 0, 0),
        ("uploading", 4, 4, 0),
        ("uploading", 0, 0, 0),
        ("uploading", 10, 10, 0),
        ("done", 10, 10, 1),
    ]


def test_a_bar_on_a_terminal_and_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    transfer(None)
    assert "tree" in sys.stderr.getvalue()  # type: ignore[attr-defined]
    for stderr, progress in ((Terminal(), False), (io.StringIO(), None), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stderr)
        transfer(progress)
        assert stderr.getvalue() == ""


def test_without_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    transfer(None)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"remora\[progress\]"):
        transfer(True)
