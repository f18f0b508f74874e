"""Uploading a directory to a store that behaves, or does not."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import resource
import threading
from pathlib import Path
from typing import Any

import pytest

from remora import UploadIncomplete, upload, upload_dir
from remora.errors import ConfigError, InvalidArgument, NotFound, PermissionDenied, Unavailable, UploadError
from remora.transfer import many_files, together, uploads
from remora_api.flyteidl2 import dataproxy


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Forty files: one name in several folders, empty ones, large ones, and awkward names."""
    root = tmp_path / "tree"
    for folder in ("a", "b", "b/c"):
        (root / folder).mkdir(parents=True)
        (root / folder / "same.txt").write_text(folder)
    (root / "empty").touch()
    (root / "large").write_bytes(os.urandom(1_500_000))
    for number in range(35):
        (root / f"{number} % ü?#&+'\"").write_bytes(b"x" * number)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def arrived(store: Any, prefix: str) -> dict[str, bytes]:
    from urllib.parse import unquote

    return {unquote(path).removeprefix(f"{prefix}/"): body for path, body in store.bodies().items()}


async def test_the_tree_arrives_as_it_is(plane: Any, store: Any, tree: Path) -> None:
    uri = await upload_dir.aio(tree, client=plane)
    (prefix,) = {request.filename_root for request in plane.asked}
    assert re.fullmatch("[0-9a-f]{32}", prefix)
    assert uri == f"s3://bucket/uploads/{prefix}"
    assert arrived(store, prefix) == contents(tree)
    assert len(plane.asked) == len(store.received) == 40
    assert all(request.expires_in.seconds == 900 for request in plane.asked)


async def test_the_report(plane: Any, store: Any, tree: Path, answer_class: Any) -> None:
    store.answers = [answer_class(503)]
    report = await upload.aio(str(tree), prefix="my/prefix", client=plane)
    assert (report.uri, report.prefix) == ("s3://bucket/uploads/my/prefix", "my/prefix")
    expected = contents(tree)
    assert report.digests == {name: hashlib.md5(body).hexdigest() for name, body in expected.items()}
    assert report.uris == {name: f"s3://bucket/uploads/my/prefix/{name}" for name in expected}
    assert report.bytes == report.sent_bytes == sum(map(len, expected.values()))
    assert [file.path for file in report.files] == sorted(expected)
    assert report.retries == 1
    assert 0 < report.seconds < 60


async def test_few_connections_and_few_open_files(plane: Any, store: Any, tree: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 30, hard))
    try:
        await upload_dir.aio(tree, concurrency=4, client=plane)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(store.received) == 40
    assert store.connections <= 4
    assert store.most_busy <= 4


async def test_urls_are_asked_for_a_little_ahead(plane: Any, store: Any, tree: Path, answer_class: Any) -> None:
    store.answers = [answer_class(stall=True)] * 2
    task = asyncio.ensure_future(upload_dir.aio(tree, concurrency=2, client=plane))
    while store.busy < 2 or len(plane.asked) < 6:  # noqa: ASYNC110  # two things are waited for
        await asyncio.sleep(0.01)
    for _ in range(200):
        await asyncio.sleep(0)
    # Two are being sent, two wait in the queue, and two are at its door.
    assert len(plane.asked) == 6
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_url_that_grew_old_in_the_queue_is_replaced(
    plane: Any, store: Any, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.transfer.locations import Location

    old: dict[str, str] = {}

    def stale(location: Location) -> bool:
        # The first URL of each file has waited too long, the second has not.
        return old.setdefault(location.native_url, location.signed_url) == location.signed_url

    monkeypatch.setattr(Location, "stale", property(stale))
    await upload_dir.aio(tree, concurrency=2, client=plane)
    assert len(plane.asked) == 80
    assert len(old) == len(store.received) == 40
    sent = {request.target for request in store.received}
    assert len(sent) == 40
    assert not any(url.endswith(target) for url in old.values() for target in sent)


async def test_every_file_that_fails_is_named_and_the_rest_arrives(
    plane: Any, store: Any, tree: Path, answer_class: Any
) -> None:
    store.decide = lambda request: answer_class(400, b"<Code>No</Code>") if "same.txt" in request.target else None
    with pytest.raises(UploadIncomplete) as caught:
        await upload_dir.aio(tree, client=plane)
    error = caught.value
    assert set(error.failures) == {"a/same.txt", "b/same.txt", "b/c/same.txt"}
    assert all(isinstance(each, UploadError) and each.status == 400 for each in error.failures.values())
    assert error.report is not None
    assert len(error.report.files) == 37
    assert error.path == str(tree)
    assert "3 of 40 files are missing in the store" in str(error)
    assert "a/same.txt: 127.0.0.1 answered HTTP 400 No" in str(error)
    assert f"prefix='{error.prefix}'" in str(error)
    assert "Signature=" not in f"{error}{error!r}{error.failures}"


async def test_a_failed_upload_goes_on_with_the_same_prefix(
    plane: Any, store: Any, tree: Path, answer_class: Any
) -> None:
    def decide(request: Any) -> Any:
        if "same.txt" in request.target:
            return answer_class(400)
        key = arrived_key(request)
        plane.digests[key] = hashlib.md5(request.body).digest()
        return None

    store.decide = decide
    with pytest.raises(UploadIncomplete) as caught:
        await upload_dir.aio(tree, client=plane)
    store.received.clear()
    store.decide = None
    report = await upload.aio(tree, prefix=caught.value.prefix, client=plane)
    assert sorted(arrived(store, caught.value.prefix)) == ["a/same.txt", "b/c/same.txt", "b/same.txt"]
    assert len(report.files) == 40
    assert sorted(file.path for file in report.files if file.sent) == ["a/same.txt", "b/c/same.txt", "b/same.txt"]
    assert report.sent_bytes == len("abb/c")
    assert report.digests == {name: hashlib.md5(body).hexdigest() for name, body in contents(tree).items()}


def arrived_key(request: Any) -> str:
    from urllib.parse import unquote, urlsplit

    return unquote(urlsplit(request.target).path).removeprefix("/")


async def test_another_content_under_the_same_name_is_not_replaced(plane: Any, store: Any, tree: Path) -> None:
    plane.digests["mine/a/same.txt"] = bytes(16)
    with pytest.raises(UploadIncomplete, match="the store has another file with this name") as caught:
        await upload_dir.aio(tree, prefix="mine", client=plane)
    assert list(caught.value.failures) == ["a/same.txt"]
    assert "mine/a/same.txt" not in store.bodies()


async def test_a_backend_that_does_not_compare_digests_gets_everything_again(
    plane: Any, store: Any, tree: Path
) -> None:
    for _ in range(2):
        report = await upload.aio(tree, prefix="mine", client=plane)
        assert all(file.sent for file in report.files)
    assert len(store.received) == 80


@pytest.mark.parametrize("error", [NotFound("project"), PermissionDenied("no")])
async def test_a_refusal_of_the_whole_upload_is_raised_at_once(
    plane: Any, store: Any, tree: Path, error: Exception
) -> None:
    plane.override = lambda request: error
    with pytest.raises(type(error)):
        await upload_dir.aio(tree, client=plane)
    assert len(plane.asked) <= 16
    assert store.received == []


async def test_a_store_that_is_down_is_given_up(
    plane: Any, store: Any, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_files, "GIVE_UP_AFTER", 5)
    plane.override = lambda request: Unavailable("down")
    with pytest.raises(UploadIncomplete) as caught:
        await upload_dir.aio(tree, concurrency=2, client=plane)
    assert len(caught.value.failures) == 40
    assert len(plane.asked) <= 8
    assert "and 30 more" in str(caught.value)
    reasons = [str(error) for error in caught.value.failures.values()]
    assert sum("it was not tried" in reason for reason in reasons) >= 32


async def test_a_file_that_vanishes_between_listing_and_reading(plane: Any, tree: Path) -> None:
    (tree / "zz").write_text("x")

    def vanish(request: Any) -> None:
        (tree / "zz").unlink(missing_ok=True)

    plane.override = vanish
    with pytest.raises(UploadIncomplete, match="zz: the file has vanished"):
        await upload_dir.aio(tree, concurrency=1, client=plane)


async def test_a_file_that_becomes_a_link_is_not_followed(plane: Any, store: Any, tree: Path, tmp_path: Path) -> None:
    (tree / "zz").write_text("x")
    (tmp_path / "secret").write_text("secret")

    def swap(request: Any) -> None:
        if not (tree / "zz").is_symlink():
            (tree / "zz").unlink()
            (tree / "zz").symlink_to(tmp_path / "secret")

    plane.override = swap
    with pytest.raises(UploadIncomplete, match="zz: it cannot be read"):
        await upload_dir.aio(tree, concurrency=1, client=plane)
    assert b"secret" not in [request.body for request in store.received]


async def test_the_time_is_limited(
    plane: Any, store: Any, tree: Path, answer_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def within(seconds: float, coroutine: Any) -> None:
        # The time is over when the store has been silent for one file; how long that takes here is no matter.
        assert 0 < seconds <= 60
        work = asyncio.ensure_future(coroutine)
        await asyncio.wait_for(store.stalled.wait(), 30)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        raise together.OutOfTime

    monkeypatch.setattr(uploads, "within", within)
    store.decide = lambda request: answer_class(stall=True) if "same.txt" in request.target else None
    with pytest.raises(UploadIncomplete, match=r"not uploaded in time: .* files are missing") as caught:
        await upload_dir.aio(tree, timeout=60, client=plane)
    assert {"a/same.txt", "b/same.txt", "b/c/same.txt"} <= set(caught.value.failures)


async def test_a_cancelled_upload_leaves_nothing(plane: Any, store: Any, tree: Path, answer_class: Any) -> None:
    store.decide = lambda request: answer_class(stall=True)
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    task = asyncio.ensure_future(upload_dir.aio(tree, client=plane))
    await asyncio.wait_for(store.stalled.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(threading.enumerate()) == threads
    assert {each for each in asyncio.all_tasks() - tasks if "serve" not in repr(each)} == set()


async def test_progress_is_told(plane: Any, store: Any, tree: Path, answer_class: Any) -> None:
    events: list[Any] = []
    store.answers = [answer_class(503)]
    await upload_dir.aio(tree, progress=events.append, client=plane)
    total = sum(map(len, contents(tree).values()))
    last = events[-1]
    assert (last.bytes_done, last.bytes_total, last.files_done, last.files_total) == (total, total, 40, 40)
    assert sorted(event.path for event in events if event.phase == "done") == sorted(contents(tree))
    assert {event.phase for event in events} == {"uploading", "done"}
    assert all(0 <= event.bytes_done <= event.bytes_total and event.done <= event.total for event in events)
    large = [event.done for event in events if event.path == "large" and event.phase == "uploading"]
    assert large[0] == 0
    assert large[-1] == 1_500_000
    assert large == sorted(large)


async def test_a_callback_that_raises_stops_the_upload(plane: Any, tree: Path) -> None:
    class Stop(Exception):
        pass

    def stop(event: Any) -> None:
        raise Stop

    threads = set(threading.enumerate())
    with pytest.raises(Stop):
        await upload_dir.aio(tree, progress=stop, client=plane)
    assert set(threading.enumerate()) == threads


def test_mistakes_are_refused_before_any_call(plane: Any, tree: Path, tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "it does not exist"), (tree / "large", "is not a directory")):
        with pytest.raises(InvalidArgument, match=reason):
            upload_dir(path, client=plane)
    for concurrency in (0, 257):
        with pytest.raises(InvalidArgument, match="concurrency must be from 1 to 256"):
            upload_dir(tree, concurrency=concurrency, client=plane)
    for prefix in ("", "a/../b", "/a"):
        with pytest.raises(InvalidArgument, match=r"prefix: .* cannot be a name"):
            upload_dir(tree, prefix=prefix, client=plane)
    with pytest.raises(InvalidArgument, match="fname= and content_type= are for a file"):
        upload(tree, fname="x", client=plane)
    with pytest.raises(InvalidArgument, match="are for a directory"):
        upload(tree / "large", prefix="x", client=plane)
    with pytest.raises(InvalidArgument, match=r"neither a file nor a directory .*it does not exist"):
        upload(tmp_path / "none", client=plane)
    plane.domain = ""
    with pytest.raises(ConfigError, match="no domain"):
        upload_dir(tree, client=plane)
    assert plane.asked == []


async def test_files_that_end_up_in_several_places(plane: Any, store: Any, tree: Path) -> None:
    plane.override = lambda request: dataproxy.CreateUploadLocationResponse(
        signed_url=f"{store.url}/x", native_url=f"s3://{request.content_md5.hex()}"
    )
    with pytest.raises(UploadError, match="in several places"):
        await upload_dir.aio(tree, client=plane)
