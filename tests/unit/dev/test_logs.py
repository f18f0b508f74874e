from __future__ import annotations

from remora.dev.executor.logs import LineSplitter


def test_lines_keep_their_breaks() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntwo\nthr") == ["one\n", "two\n"]
    assert splitter.feed(b"ee\r\n\n") == ["three\r\n", "\n"]
    assert splitter.feed(b"rest") == []
    assert splitter.feed(b"", final=True) == ["rest"]
    assert splitter.feed(b"", final=True) == []


def test_characters_may_be_cut_anywhere() -> None:
    splitter = LineSplitter()
    data = "äöü\n".encode()
    lines = [line for byte in data for line in splitter.feed(bytes([byte]))]
    assert lines == ["äöü\n"]


def test_bytes_that_are_not_text() -> None:
    assert LineSplitter().feed(b"a\xff\0b\n") == ["a\ufffd\0b\n"]


def test_a_line_without_end_is_cut() -> None:
    splitter = LineSplitter()
    lines = splitter.feed(b"x" * 200_000)
    assert [len(line) for line in lines] == [65536] * 3
    assert len(splitter.feed(b"\n")[0]) == 200_000 - 3 * 65536 + 1
