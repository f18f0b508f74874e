"""Streams of all kinds: requests from any iterable, content in chunks, watches that survive a lost connection."""

from __future__ import annotations

import asyncio
import io
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from remora import resume
from remora.dual import Stream
from remora.errors import DeadlineExceeded, Internal, NotFound, PermissionDenied, UploadError, ValidationError

pytestmark = pytest.mark.usefixtures("depot_client")

CONTENT = b"0123456789"


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(resume, "LARGEST_DELAY", 0.01)


def test_an_upload_has_a_head_and_chunks(depot: Any, depot_service: Any) -> None:
    assert depot.Item.upload("a.txt", CONTENT, kind="text") == 10
    assert depot_service.files == {"a.txt": CONTENT}
    head, *chunks = depot_service.requests
    assert (head.head.name, head.head.kind) == ("a.txt", "text")
    assert [item.chunk for item in chunks] == [b"0123", b"4567", b"89"]


def contents(path: Path) -> dict[str, Any]:
    path.write_bytes(CONTENT)

    async def pieces() -> AsyncIterator[bytes]:
        yield CONTENT[:5]
        yield CONTENT[5:]

    return {
        "bytes": CONTENT,
        "bytearray": bytearray(CONTENT),
        "path": path,
        "text": str(path),
        "file": io.BytesIO(CONTENT),
        "list": [CONTENT[:3], b"", CONTENT[3:]],
        "generator": (CONTENT[index : index + 1] for index in range(10)),
        "async": pieces(),
    }


@pytest.mark.parametrize("kind", ["bytes", "bytearray", "path", "text", "file", "list", "generator", "async"])
def test_where_content_comes_from(depot: Any, depot_service: Any, kind: str, tmp_path: Path) -> None:
    assert depot.Item.upload("f", contents(tmp_path / "f")[kind]) == 10
    assert asyncio.run(depot.Item.upload.aio("g", contents(tmp_path / "f")[kind])) == 10
    assert depot_service.files == {"f": CONTENT, "g": CONTENT}


def test_nothing_is_uploaded_as_nothing(depot: Any, depot_service: Any) -> None:
    assert depot.Item.upload("empty", b"") == 0
    assert depot_service.files == {"empty": b""}


def test_content_that_cannot_be_read(depot: Any, depot_service: Any, tmp_path: Path) -> None:
    with pytest.raises(UploadError, match="cannot be read: No such file or directory"):
        depot.Item.upload("x", tmp_path / "missing")
    for wrong in (io.StringIO("text"), ["text"], 7):
        with pytest.raises(ValidationError, match=r"content must be bytes, not (str|int)"):
            depot.Item.upload("x", wrong)


def test_requests_as_they_are(depot: Any, depot_messages: Any) -> None:
    head = depot_messages.UploadRequest(head=depot_messages.UploadHead(name="raw"))
    answer = depot.Item.upload_raw(iter([head, depot_messages.UploadRequest(chunk=b"xy")]))
    assert (answer.size, answer.chunks) == (2, 1)


async def test_downloads(depot: Any, depot_service: Any, tmp_path: Path) -> None:
    depot_service.files["f"] = CONTENT
    assert await depot.Item.download.aio("f") == CONTENT
    assert await depot.Item.download_to.aio("f", tmp_path / "f") == 10
    assert (tmp_path / "f").read_bytes() == CONTENT
    with io.BytesIO() as file:
        assert await depot.Item.download_to.aio("f", file) == 10
        assert file.getvalue() == CONTENT


def test_a_download_that_fails_leaves_no_file(depot: Any, depot_service: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        depot.Item.download_to("nothing", str(tmp_path / "f"))
    depot_service.files["f"] = CONTENT
    depot_service.error = Internal("half way")
    (tmp_path / "f").write_text("old")
    with pytest.raises(Internal):
        depot.Item.download_to("f", tmp_path / "f")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("f", "old")]


def test_a_place_that_cannot_be_written(depot: Any, depot_service: Any, tmp_path: Path) -> None:
    depot_service.files["f"] = CONTENT
    with pytest.raises(ValidationError, match="cannot be written: No such file or directory"):
        depot.Item.download_to("f", tmp_path / "missing" / "f")
    with pytest.raises(ValidationError, match="to must be a path or a binary file, not int"):
        depot.Item.download_to("f", 3)


def test_items_fill_a_field_of_each_request(depot: Any, depot_messages: Any, depot_service: Any) -> None:
    items = [depot_messages.Item(name="a"), depot_messages.Item(name="b")]
    request = depot_messages.AddItemRequest(item=depot_messages.Item(title="T"))
    assert depot.Item.add(items, hall="B", request=request) == ["a", "b"]
    assert [(sent.item.name, sent.item.title, sent.hall) for sent in depot_service.requests] == [
        ("a", "T", "B"),
        ("b", "T", "B"),
    ]


async def test_the_first_request_holds_the_other_parameters(depot: Any, depot_service: Any) -> None:
    assert await depot.Item.add_titled.aio("B", iter(["X", "Y"])) == ["x", "y"]
    assert [(sent.item.title, sent.hall) for sent in depot_service.requests] == [("X", "B"), ("Y", "")]


def test_one_request_to_an_rpc_that_takes_many(depot: Any, depot_service: Any) -> None:
    assert depot.Item.add_one("a", "B") == ["a"]


def test_an_iterator_that_fails(depot: Any) -> None:
    def items() -> Iterator[Any]:
        yield from ()
        raise RuntimeError("no more paper")

    with pytest.raises(RuntimeError, match="no more paper"):
        depot.Item.add(items())


def test_both_sides_at_once(depot: Any) -> None:
    """The requests depend on the responses, and a plain generator that waits blocks nobody."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def texts() -> Iterator[str]:
        while (text := waiting.get()) is not None:
            yield text

    with depot.Item.chat("r", texts()) as answers:
        assert isinstance(answers, Stream)
        waiting.put("hello")
        assert next(answers) == "r: HELLO"
        waiting.put("bye")
        assert next(answers) == "r: BYE"
        waiting.put(None)
        assert list(answers) == []


async def test_both_sides_at_once_in_async_form(depot: Any) -> None:
    async def texts() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    assert [answer async for answer in depot.Item.chat.aio("r", texts())] == ["r: A", "r: B"]


def test_an_iterator_that_never_gives_is_left_behind(depot: Any) -> None:
    forever = threading.Event()

    def texts() -> Iterator[str]:
        yield "a"
        forever.wait(60)

    try:
        with depot.Item.chat("r", texts()) as answers:
            assert next(answers) == "r: A"
    finally:
        forever.set()


@pytest.fixture
def events(depot_service: Any, depot_messages: Any) -> list[int]:
    revisions = [3, 4, 4, 7, 9, 12]
    depot_service.events = [
        depot_messages.Event(revision=revision, item=depot_messages.Item(name=f"i{revision}")) for revision in revisions
    ]
    return revisions


@pytest.mark.parametrize("drops", [[], [0], [1], [3], [1, 0, 0, 2], [6]])
def test_a_watch_goes_on_where_it_was(depot: Any, depot_service: Any, events: list[int], drops: list[int]) -> None:
    depot_service.drop_after = list(drops)
    assert [event.revision for event in depot.Item.watch(since=1)] == events


async def test_a_watch_in_async_form(depot: Any, depot_service: Any, events: list[int]) -> None:
    depot_service.drop_after = [2, 1]
    assert [event.revision async for event in depot.Item.watch.aio(since=4)] == [4, 4, 7, 9, 12]


def test_a_watch_from_now_on_starts_at_the_first_position(depot: Any, depot_service: Any, events: list[int]) -> None:
    depot_service.drop_after = [0]
    assert [event.revision for event in depot.Item.watch()] == []
    assert [sent.from_ for sent in depot_service.requests] == [0, 13]


def test_what_comes_again_is_left_out(depot: Any, depot_service: Any, events: list[int]) -> None:
    """With `plus: 0` the server starts at the last position, which has been seen."""
    depot_service.drop_after = [4, 2]
    assert [item.name for item in depot.Item.follow("A")] == ["i3", "i4", "i4", "i7", "i9", "i12"]
    assert [sent.start.from_ for sent in depot_service.requests] == [0, 7, 9]


def test_a_server_that_is_away_for_a_while(depot: Any, depot_service: Any, events: list[int]) -> None:
    depot_service.refuse = 5
    assert len(list(depot.Item.watch(since=1))) == len(events)


def test_giving_up(depot: Any, depot_service: Any, events: list[int]) -> None:
    depot_service.refuse = 10**9
    with pytest.raises(DeadlineExceeded):
        list(depot.Item.follow("A", timeout=0.2))
    depot_service.error = PermissionDenied("no")
    with pytest.raises(PermissionDenied):
        list(depot.Item.watch())


def test_leaving_a_watch_ends_the_call(depot: Any, depot_service: Any, events: list[int]) -> None:
    with depot.Item.follow("open") as items:
        assert next(items).name == "i3"
    assert depot_service.left.wait(20)
