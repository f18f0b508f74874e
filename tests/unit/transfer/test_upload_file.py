"""Uploading one file to a store that behaves, or does not."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import logging
import os
import threading
import traceback
import zlib
from pathlib import Path
from typing import Any

import pytest

import remora
from remora import upload_file
from remora.errors import ConfigError, DeadlineExceeded, InvalidArgument, NotFound, UploadError
from remora.transfer import attempts, content
from remora_api.flyteidl2 import dataproxy

LARGE = b"some content\n" * 200_000
SMALL = b"some content\n" * 200
SECRET = "X-Amz-Signature=0123456789abcdef"
EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(LARGE)
    return path


@pytest.mark.parametrize("body", [LARGE, SMALL, b""])
async def test_the_file_arrives_whole_with_its_digest(plane: Any, store: Any, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(body)
    digest = hashlib.md5(body)
    assert await upload_file.aio(path, client=plane) == (digest.hexdigest(), "s3://bucket/uploads/data.csv")
    (request,) = store.received
    assert (request.method, request.target) == ("PUT", f"/data.csv?n=1&{SECRET}")
    assert request.body == body
    assert request.headers == {
        "host": store.url.removeprefix("http://"),
        "accept": "*/*",
        "user-agent": f"remora/{remora.__version__}",
        "content-length": str(len(body)),
        "content-md5": base64.b64encode(digest.digest()).decode(),
        "x-amz-meta-flytecontentmd5": "abc",
    }
    (asked,) = plane.asked
    assert (asked.project, asked.domain, asked.filename, asked.filename_root) == ("proj", "dev", "data.csv", "")
    assert (asked.content_md5, asked.content_length) == (digest.digest(), len(body))
    assert asked.add_content_md5_metadata
    assert asked.expires_in.seconds == 900


async def test_name_type_and_scope(plane: Any, store: Any, file: Path) -> None:
    result = await upload_file.aio(
        str(file), fname="a/e\u0301.txt", content_type="text/plain", project="p", domain="d", client=plane
    )
    assert result[1] == "s3://bucket/uploads/a/\u00e9.txt"
    assert store.received[0].headers["content-type"] == "text/plain"
    (asked,) = plane.asked
    assert (asked.project, asked.domain, asked.filename) == ("p", "d", "a/\u00e9.txt")


async def test_azure_wants_to_know_the_kind_of_blob(plane: Any, store: Any, file: Path) -> None:
    location = dataproxy.CreateUploadLocationResponse(
        signed_url=f"{store.url}/x", native_url="abfs://c/x", headers={"content-md5": "signed"}
    )
    plane.override = lambda request: location
    await upload_file.aio(file, client=plane)
    headers = store.received[0].headers
    assert headers["x-ms-blob-type"] == "BlockBlob"
    assert headers["content-md5"] == "signed"


@pytest.mark.parametrize("body", [LARGE, SMALL])
@pytest.mark.parametrize(
    "answer",
    [
        *((status, b"") for status in (408, 429, 500, 502, 503, 504, 507)),
        (0, b""),
        (400, b"<Error><Code>RequestTimeout</Code></Error>"),
    ],
)
async def test_what_may_pass_is_tried_again_with_the_same_address(
    plane: Any, store: Any, tmp_path: Path, body: bytes, answer: tuple[int, bytes], answer_class: Any
) -> None:
    (tmp_path / "x").write_bytes(body)
    store.answers = [answer_class(*answer), answer_class(*answer)]
    await upload_file.aio(tmp_path / "x", client=plane)
    assert [(each.target, each.body) for each in store.received] == [(f"/x?n=1&{SECRET}", body)] * 3


async def test_a_connection_that_breaks_in_the_middle(plane: Any, store: Any, file: Path, answer_class: Any) -> None:
    store.answers = [answer_class(0, after=100_000), answer_class(503, after=100_000)]
    await upload_file.aio(file, client=plane)
    assert [len(each.body) for each in store.received] == [100_000, 100_000, len(LARGE)]


async def test_an_expired_address_is_replaced(plane: Any, store: Any, file: Path, answer_class: Any) -> None:
    azure = b"<Error><Code>AuthenticationFailed</Code>Signature not valid in the specified time frame</Error>"
    store.answers = [answer_class(403, EXPIRED), answer_class(400, EXPIRED), answer_class(403, azure)]
    await upload_file.aio(file, client=plane)
    assert [each.target for each in store.received] == [f"/data.csv?n={n}&{SECRET}" for n in (1, 2, 3, 4)]


async def test_a_refused_address_is_replaced_once(plane: Any, store: Any, file: Path, answer_class: Any) -> None:
    store.answers = [answer_class(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")]
    await upload_file.aio(file, client=plane)
    assert len(plane.asked) == 2


async def test_an_address_that_is_about_to_expire_is_not_used(
    plane: Any, store: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.transfer.locations import Location

    seen: list[bool] = []
    monkeypatch.setattr(Location, "stale", property(lambda self: not seen and not seen.append(True)))
    await upload_file.aio(file, client=plane)
    assert [each.target for each in store.received] == [f"/data.csv?n=2&{SECRET}"]


def test_how_long_an_address_is_good_for(monkeypatch: pytest.MonkeyPatch) -> None:
    from remora.transfer import locations
    from remora_api.google.protobuf import Timestamp

    monkeypatch.setattr("time.monotonic", lambda: 1000.0)
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)

    def end(seconds: int | None) -> float:
        at = None if seconds is None else Timestamp(seconds=1_000_000 + seconds)
        return locations._end(dataproxy.CreateUploadLocationResponse(expires_at=at)) - 1000.0

    assert end(None) == end(900) == 870.0
    assert end(100) == 70.0
    assert end(10) == 5.0
    assert end(-3600) == end(7200) == 870.0  # the clocks differ


async def test_a_backend_that_allows_less_time(plane: Any, file: Path) -> None:
    def limited(request: dataproxy.CreateUploadLocationRequest) -> Any:
        if request.expires_in is not None:
            return InvalidArgument("expires_in (15m) exceeds maximum allowed duration of 1m0s")
        return None

    plane.override = limited
    await upload_file.aio(file, client=plane)
    assert [each.expires_in is None for each in plane.asked] == [False, True]


@pytest.mark.parametrize(
    ("status", "body", "tries", "message"),
    [
        (403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", 2, "HTTP 403 SignatureDoesNotMatch"),
        (404, b"gone", 1, "HTTP 404"),
        (412, b"", 1, "HTTP 412"),
        (307, b"", 1, "HTTP 307 .*redirects are not followed"),
        (503, b"busy", attempts.ATTEMPTS, "after 5 attempts: 127.0.0.1 answered HTTP 503"),
        (0, b"", attempts.ATTEMPTS, "after 5 attempts: RemoteProtocolError while talking to 127.0.0.1"),
        (400, b"<Error><Code>BadDigest</Code></Error>", attempts.ATTEMPTS, "HTTP 400 BadDigest"),
        (400, EXPIRED, attempts.ATTEMPTS, "HTTP 400 AccessDenied"),
        (400, b"<Code>X</Code>Provided contentMD5 doesn't match.", attempts.ATTEMPTS, "HTTP 400 X"),
    ],
)
async def test_errors_say_what_happened_and_no_secret(
    plane: Any,
    store: Any,
    file: Path,
    answer_class: Any,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: bytes,
    tries: int,
    message: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    store.answers = [answer_class(status, body, {"Location": f"{store.url}/elsewhere?{SECRET}"})] * 10
    with pytest.raises(UploadError, match=message) as caught:
        await upload_file.aio(file, client=plane)
    assert len(store.received) == tries
    assert not any("elsewhere" in each.target for each in store.received)
    assert caught.value.path == str(file)
    assert caught.value.status == (status or None)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "Signature=" not in f"{chain!r}{chain}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    assert "Signature=" not in "".join(traceback.format_exception(caught.value))
    assert caplog.records  # httpx and httpcore have told something
    assert "Signature=" not in caplog.text


async def test_a_cookie_and_a_password_in_a_url_go_nowhere(
    plane: Any, store: Any, file: Path, answer_class: Any
) -> None:
    store.answers = [answer_class(503, b"", {"Set-Cookie": "session=secret; Path=/"})]
    authority = store.url.removeprefix("http://")
    plane.override = lambda request: dataproxy.CreateUploadLocationResponse(
        signed_url=f"http://user:password@{authority}/x", native_url="s3://b/x"
    )
    await upload_file.aio(file, client=plane)
    assert len(store.received) == 2
    for each in store.received:
        assert {"authorization", "cookie", "proxy-authorization"}.isdisjoint(each.headers)


@pytest.mark.parametrize(
    "target",
    [
        "/a%20b/c%2Fd%25/%C3%A9?X=%2B%2F&y=a+b&z=a=b",
        "/a//b/../c?x",
        "/~!$&'()*,;=:@?q=[]{}|^`<>\"",
        "/%7Ea%7ea",
        "?only",
    ],
)
async def test_the_address_is_sent_as_it_was_signed(plane: Any, store: Any, file: Path, target: str) -> None:
    plane.override = lambda request: dataproxy.CreateUploadLocationResponse(
        signed_url=store.url + target, native_url="s3://b/x"
    )
    await upload_file.aio(file, client=plane)
    assert store.received[0].target == (target if target.startswith("/") else f"/{target}")


async def test_retry_after_is_honoured(
    plane: Any, store: Any, file: Path, answer_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from email.utils import formatdate

    pauses: list[float] = []

    async def sleep(span: float, result: object = None) -> object:
        pauses.append(span)
        return result

    import time

    date = formatdate(time.time() + 45, usegmt=True)
    store.answers = [answer_class(429, b"", {"Retry-After": "7"}), answer_class(503, b"", {"Retry-After": date})]
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await upload_file.aio(file, client=plane)
    seconds, until = [span for span in pauses if span]
    assert seconds == 7.0
    assert 40 < until <= 45


def test_retry_after_as_a_date_or_nonsense() -> None:
    assert attempts.retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert attempts.retry_after("soon") is None
    assert attempts.retry_after(None) is None
    assert attempts.delay(1, 1e9) == 60.0
    assert all(0 <= attempts.delay(failed, None) <= 10 for failed in (1, 5, 50))


async def test_a_file_that_changes_is_not_sent_half_old_half_new(
    plane: Any, store: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = b"longer " * 500_000
    changes = [b"shorter" * 100_000, last]
    end = content.Hasher._end

    def then_change(self: content.Hasher, data: bytes) -> content.Content:
        found = end(self, data)
        if changes:
            file.write_bytes(changes.pop(0))
        return found

    monkeypatch.setattr(content.Hasher, "_end", then_change)
    digest, _ = await upload_file.aio(file, client=plane)
    assert digest == hashlib.md5(last).hexdigest()
    # The store got one complete body, that of the last version; the others were broken off.
    assert [each.body for each in store.received] == [last]
    assert len(plane.asked) == 3


def test_a_change_that_the_file_system_does_not_tell(file: Path) -> None:
    hasher = content.Hasher(str(file), follow=False)
    found = hasher.step()
    assert found is not None
    hasher.close()
    wrong = content.Content(found.md5, found.size, zlib.crc32(b"other"), found.stamp)
    pieces = content.Pieces(str(file), wrong, follow=False)
    whole = len(LARGE) // content.CHUNK
    assert b"".join(pieces.next() for _ in range(whole)) == LARGE[: whole * content.CHUNK] != b""
    with pytest.raises(content.FileChanged):
        pieces.next()  # the last piece is held back
    pieces.close()


async def test_a_file_that_was_changed_between_uploads_gets_a_new_digest(plane: Any, file: Path) -> None:
    await upload_file.aio(file, client=plane)
    stat = await asyncio.to_thread(file.stat)
    changed = LARGE.replace(b"some", b"SOME")
    await asyncio.to_thread(file.write_bytes, changed)
    # Neither its path, nor its size, nor its times tell.
    await asyncio.to_thread(os.utime, file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    digest, _ = await upload_file.aio(file, client=plane)
    assert digest == hashlib.md5(changed).hexdigest()


async def test_the_event_loop_does_not_wait_for_the_disk(
    plane: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []
    for kind, name in ((content.Hasher, "step"), (content.Pieces, "next")):
        plain: Any = getattr(kind, name)

        def where(self: Any, plain: Any = plain) -> Any:
            threads.append(threading.get_ident())
            return plain(self)

        monkeypatch.setattr(kind, name, where)
    await upload_file.aio(file, client=plane)
    assert len(threads) >= 4
    assert threading.get_ident() not in threads


async def test_a_file_that_always_changes_is_an_error(
    plane: Any, store: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = content.Hasher._end

    def then_change(self: content.Hasher, data: bytes) -> content.Content:
        file.write_bytes(os.urandom(400_000))
        return read(self, data)

    monkeypatch.setattr(content.Hasher, "_end", then_change)
    with pytest.raises(UploadError, match="after 5 attempts: the file changes while it is being read"):
        await upload_file.aio(file, client=plane)
    assert store.received == []


async def test_a_file_that_vanishes(plane: Any, store: Any, file: Path) -> None:
    plane.override = lambda request: file.unlink()
    with pytest.raises(UploadError, match="the file has vanished"):
        await upload_file.aio(file, client=plane)
    assert store.received == []


async def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(plane: Any, file: Path) -> None:
    def swap(request: Any) -> None:
        if file.is_file():
            file.unlink()
            os.mkfifo(file)

    plane.override = swap
    with pytest.raises(UploadError, match="it is not a regular file any more"):
        await upload_file.aio(file, client=plane)


@pytest.mark.parametrize(
    ("headers", "name"),
    [({"Authorization": "Bearer x"}, "Authorization"), ({"host": "evil"}, "host"), ({"x-a": "b\r\nHost: c"}, "x-a")],
)
async def test_headers_that_must_not_come_from_a_server(
    plane: Any, store: Any, file: Path, headers: dict[str, str], name: str
) -> None:
    plane.override = lambda request: dataproxy.CreateUploadLocationResponse(
        signed_url=f"{store.url}/x", native_url="s3://b/x", headers=headers
    )
    with pytest.raises(UploadError, match=f"the control plane gave the header '{name}'"):
        await upload_file.aio(file, client=plane)
    assert store.received == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://store.example.com/x?sig=1", "wants it to go to store.example.com without TLS"),
        ("ftp://store/x", "gave no HTTP address"),
        ("http://[/x", "gave no HTTP address"),
        ("http://host/a b", "gave no HTTP address"),
        ("https://xn--\u00fc/x", "gave no HTTP address"),
        ("", "gave no HTTP address"),
    ],
)
async def test_a_file_goes_nowhere_that_is_less_safe_than_the_control_plane(
    plane: Any, file: Path, url: str, message: str
) -> None:
    plane.config.endpoint.tls = True
    plane.override = lambda request: dataproxy.CreateUploadLocationResponse(signed_url=url, native_url="s3://b/x")
    with pytest.raises(UploadError, match=message):
        await upload_file.aio(file, client=plane)


async def test_the_time_is_limited(plane: Any, store: Any, file: Path, answer_class: Any) -> None:
    async def never(request: Any) -> Any:
        await asyncio.Event().wait()

    plane.override = never
    with pytest.raises(UploadError, match="was not uploaded in time"):
        await upload_file.aio(file, timeout=0.05, client=plane)
    plane.override = None
    store.answers = [answer_class(stall=True)]
    with pytest.raises(UploadError, match="was not uploaded in time"):
        await upload_file.aio(file, timeout=0.3, client=plane)


async def test_a_call_that_misses_its_own_deadline_is_another_matter(plane: Any, file: Path) -> None:
    plane.override = lambda request: DeadlineExceeded("slow")
    with pytest.raises(DeadlineExceeded, match="slow"):
        await upload_file.aio(file, client=plane)


@pytest.mark.parametrize("after", [None, 1000])
async def test_a_cancelled_upload_leaves_nothing(
    plane: Any, store: Any, file: Path, answer_class: Any, after: int | None
) -> None:
    store.answers = [answer_class(stall=True, after=after)]
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    upload = asyncio.ensure_future(upload_file.aio(file, client=plane))
    await asyncio.wait_for(store.stalled.wait(), 30)
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert set(threading.enumerate()) == threads
    await asyncio.wait_for(store.left.wait(), 30)
    assert {task for task in asyncio.all_tasks() - tasks if "serve" not in repr(task)} == set()
    gc.collect()  # a file or a socket that is still open would warn, and warnings are errors
    assert not [fd for fd in os.listdir("/proc/self/fd") if _link(fd) == str(file)]


def _link(fd: str) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        return ""


async def test_mistakes_are_refused_before_any_call(plane: Any, tmp_path: Path, file: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"fp: .*missing is not a file .*it does not exist"):
        await upload_file.aio(tmp_path / "missing", client=plane)
    with pytest.raises(InvalidArgument, match="is not a file"):
        await upload_file.aio(tmp_path, client=plane)
    for name in ("", "../x", "/x", "a//b", "a\0"):
        with pytest.raises(InvalidArgument, match="cannot be a name in the store"):
            await upload_file.aio(file, fname=name, client=plane)
    with pytest.raises(InvalidArgument, match="not valid Unicode"):
        await upload_file.aio(file, fname="\udcff", client=plane)
    with pytest.raises(TypeError, match="fp: expected a path as text"):
        await upload_file.aio(b"x", client=plane)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="cannot be read"):
        await upload_file.aio(file, verify=str(tmp_path / "none.pem"), client=plane)
    plane.project = ""
    with pytest.raises(ConfigError, match="no project"):
        await upload_file.aio(file, client=plane)
    assert plane.asked == []


async def test_a_missing_project_is_the_servers_answer(plane: Any, file: Path) -> None:
    plane.override = lambda request: NotFound('project "proj" not found')
    with pytest.raises(NotFound, match="not found"):
        await upload_file.aio(file, client=plane)


async def test_an_unreadable_file_is_an_upload_error(plane: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any) -> Any:
        raise PermissionError(13, "Permission denied", "secret")

    monkeypatch.setattr(content.Hasher, "step", refuse)
    with pytest.raises(UploadError, match="cannot be read: Permission denied"):
        await upload_file.aio(file, client=plane)


async def test_memory_does_not_grow_with_the_file(plane: Any, tmp_path: Path) -> None:
    """What is in memory at a time is a few pieces, however large the file is."""
    import tracemalloc

    path, size = tmp_path / "large", 64 * 1024 * 1024
    with path.open("wb") as out:
        out.truncate(size)

    async def drain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        left = size
        while left:
            left -= len(await reader.read(min(left, 65536)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(drain, "127.0.0.1", 0)
    plane.store.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await upload_file.aio(path, client=plane)  # imports and caches are filled now
    tracemalloc.start()
    try:
        await upload_file.aio(path, client=plane)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    server.close()
    await server.wait_closed()
    assert peak < 12 * 1024 * 1024
