"""Uploading one file to a store that behaves, or does not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remora import upload_file
from remora.errors import ConfigError, InvalidArgument, NotFound, UploadError
from remora.flyte import upload_call
from remora_api.flyteidl2 import dataproxy

CONTENT = b"some content\n" * 100_000
SECRET = "X-Amz-Signature=0123456789abcdef"


@dataclass
class Store:
    """An HTTP server that keeps what it is sent and answers as it is told."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    retry_after: str = ""
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append((first, headers, body))
            status, text = self.answers.pop(0) if self.answers else (200, "")
            extra = f"Retry-After: {self.retry_after}\r\n" if self.retry_after else ""
            if status:
                head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n{extra}\r\n"
                writer.write(f"{head}{text}".encode())
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    found = Store()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
def plane(client: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client whose control plane sends uploads to the store, and pauses that do not take time."""
    endpoint = SimpleNamespace(tls=False, host="127.0.0.1")
    client.config = SimpleNamespace(endpoint=endpoint, insecure_skip_verify=False, ca_cert_file="", http_proxy_url="")
    number = 0

    def locate(request: dataproxy.CreateUploadLocationRequest) -> dataproxy.CreateUploadLocationResponse:
        nonlocal number
        number += 1
        return dataproxy.CreateUploadLocationResponse(
            signed_url=f"http://127.0.0.1:{store.port}/put/{number}?{SECRET}",
            native_url=f"s3://bucket/{request.filename}",
            headers={"x-amz-meta-flyteContentMD5": "abc"},
        )

    client.answers["CreateUploadLocation"] = locate
    monkeypatch.setattr(upload_call, "_FIRST_DELAY", 0.0)
    return client


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(CONTENT)
    return path


async def test_the_file_arrives_whole_with_its_digest(plane: Any, store: Store, file: Path) -> None:
    content = CONTENT
    digest = hashlib.md5(content)
    result = await upload_file.aio(file, client=plane)
    assert result == (digest.hexdigest(), "s3://bucket/data.csv")
    ((first, headers, body),) = store.received
    assert first == f"PUT /put/1?{SECRET} HTTP/1.1"
    assert body == content
    assert headers["content-md5"] == base64.b64encode(digest.digest()).decode()
    assert headers["content-length"] == str(len(content))
    assert headers["x-amz-meta-flytecontentmd5"] == "abc"
    assert {"authorization", "cookie", "transfer-encoding", "content-type"}.isdisjoint(headers)
    (request,) = plane.requests("CreateUploadLocation")
    assert (request.project, request.domain, request.filename) == ("proj", "dev", "data.csv")
    assert request.content_md5 == digest.digest()
    assert request.content_length == len(content)
    assert request.add_content_md5_metadata
    assert request.expires_in.seconds == 900
    assert request.filename_root == ""


async def test_name_type_scope_and_an_empty_file(plane: Any, store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    result = await upload_file.aio(
        str(tmp_path / "empty"), fname="a/b.txt", content_type="text/plain", project="p", domain="d", client=plane
    )
    assert result == ("d41d8cd98f00b204e9800998ecf8427e", "s3://bucket/a/b.txt")
    ((_, headers, body),) = store.received
    assert body == b""
    assert headers["content-md5"] == "1B2M2Y8AsgTpgAmY7PhCfg=="
    assert headers["content-type"] == "text/plain"
    (request,) = plane.requests("CreateUploadLocation")
    assert (request.project, request.domain, request.filename) == ("p", "d", "a/b.txt")


async def test_azure_wants_to_know_the_kind_of_blob(plane: Any, store: Store, file: Path) -> None:
    location = dataproxy.CreateUploadLocationResponse(
        signed_url=f"http://127.0.0.1:{store.port}/x", native_url="abfs://c/x", headers={"content-md5": "signed"}
    )
    plane.answers["CreateUploadLocation"] = lambda request: location
    await upload_file.aio(file, client=plane)
    ((_, headers, _body),) = store.received
    assert headers["x-ms-blob-type"] == "BlockBlob"
    assert headers["content-md5"] == "signed"


@pytest.mark.parametrize(
    "answer", [(503, ""), (429, ""), (500, ""), (0, ""), (400, "<Error><Code>RequestTimeout</Code></Error>")]
)
async def test_what_may_pass_is_tried_again_with_the_same_address(
    plane: Any, store: Store, file: Path, answer: tuple[int, str]
) -> None:
    store.answers = [answer, answer]
    await upload_file.aio(file, client=plane)
    assert len(store.received) == 3
    assert {first for first, _, _ in store.received} == {f"PUT /put/1?{SECRET} HTTP/1.1"}
    assert all(body == CONTENT for _, _, body in store.received)


async def test_an_expired_address_is_replaced(plane: Any, store: Store, file: Path) -> None:
    store.answers = [(403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")]
    await upload_file.aio(file, client=plane)
    assert [first for first, _, _ in store.received] == [f"PUT /put/{n}?{SECRET} HTTP/1.1" for n in (1, 2)]


@pytest.mark.parametrize(
    ("answer", "attempts", "message"),
    [
        ((403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"), 1, "HTTP 403 SignatureDoesNotMatch"),
        ((404, "gone"), 1, "HTTP 404"),
        ((307, ""), 1, "HTTP 307"),
        ((503, "busy"), upload_call.ATTEMPTS, "after 5 attempts: 127.0.0.1 answered HTTP 503"),
        ((0, ""), upload_call.ATTEMPTS, "after 5 attempts: RemoteProtocolError while talking to 127.0.0.1"),
    ],
)
async def test_errors_say_what_happened_and_no_secret(
    plane: Any, store: Store, file: Path, answer: tuple[int, str], attempts: int, message: str
) -> None:
    store.answers = [answer] * 10
    with pytest.raises(UploadError, match=message) as caught:
        await upload_file.aio(file, client=plane)
    assert len(store.received) == attempts
    assert caught.value.path == str(file)
    assert caught.value.status == (answer[0] or None)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "Signature=" not in f"{chain!r}{chain}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


async def test_retry_after_is_honoured(plane: Any, store: Store, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(span: float, result: object = None) -> object:
        pauses.append(span)
        return result

    store.answers, store.retry_after = [(429, ""), (503, "")], "7"
    monkeypatch.setattr(asyncio, "sleep", sleep)
    await upload_file.aio(file, client=plane)
    assert [span for span in pauses if span] == [7.0, 7.0]


def test_retry_after_as_a_date_or_nonsense() -> None:
    assert upload_call._retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert upload_call._retry_after("soon") is None
    assert upload_call._retry_after(None) is None
    assert upload_call._delay(1, 1e9) == 60.0


async def test_a_file_that_changes_is_not_sent_half_old_half_new(
    plane: Any, store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = upload_call._hashed
    last = b"longer " * 200_000
    changes = [b"shorter", last]

    def then_change(path: str) -> Any:
        found = hashed(path)
        if changes:
            file.write_bytes(changes.pop(0))
        return found

    monkeypatch.setattr(upload_call, "_hashed", then_change)
    digest, _ = await upload_file.aio(file, client=plane)
    assert digest == hashlib.md5(last).hexdigest()
    # The store got one complete body, that of the last version; the others were broken off.
    assert [body for _, _, body in store.received] == [last]
    assert len(plane.requests("CreateUploadLocation")) == 3


async def test_a_file_that_was_changed_between_uploads_gets_a_new_digest(plane: Any, file: Path) -> None:
    await upload_file.aio(file, client=plane)
    stat = await asyncio.to_thread(file.stat)
    changed = CONTENT.replace(b"some", b"SOME")
    await asyncio.to_thread(file.write_bytes, changed)
    # Neither its path, nor its size, nor its times tell.
    await asyncio.to_thread(os.utime, file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    digest, _ = await upload_file.aio(file, client=plane)
    assert digest == hashlib.md5(changed).hexdigest()


async def test_the_event_loop_does_not_wait_for_the_disk(
    plane: Any, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed, threads = upload_call._hashed, []

    def where(path: str) -> Any:
        threads.append(threading.get_ident())
        return hashed(path)

    monkeypatch.setattr(upload_call, "_hashed", where)
    await upload_file.aio(file, client=plane)
    assert threading.get_ident() not in threads
    assert len(threads) == 1


async def test_a_file_that_always_changes_is_an_error(
    plane: Any, store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = upload_call._hashed

    def then_change(path: str) -> Any:
        found = hashed(path)
        file.write_bytes(os.urandom(1000))
        return found

    monkeypatch.setattr(upload_call, "_hashed", then_change)
    with pytest.raises(UploadError, match="the file changes while it is being read"):
        await upload_file.aio(file, client=plane)
    assert store.received == []


@pytest.mark.parametrize(
    ("headers", "name"),
    [({"Authorization": "Bearer x"}, "Authorization"), ({"host": "evil"}, "host"), ({"x-a": "b\r\nHost: c"}, "x-a")],
)
async def test_headers_that_must_not_come_from_a_server(
    plane: Any, store: Store, file: Path, headers: dict[str, str], name: str
) -> None:
    location = dataproxy.CreateUploadLocationResponse(
        signed_url=f"http://127.0.0.1:{store.port}/x", native_url="s3://b/x", headers=headers
    )
    plane.answers["CreateUploadLocation"] = lambda request: location
    with pytest.raises(UploadError, match=f"the control plane gave the header '{name}'"):
        await upload_file.aio(file, client=plane)
    assert store.received == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://store.example.com/x?sig=1", "wants it sent to store.example.com without TLS"),
        ("ftp://store/x", "gave no HTTP address"),
        ("", "gave no HTTP address"),
    ],
)
async def test_a_file_goes_nowhere_that_is_less_safe_than_the_control_plane(
    plane: Any, file: Path, url: str, message: str
) -> None:
    plane.config.endpoint.tls = True
    plane.answers["CreateUploadLocation"] = lambda request: dataproxy.CreateUploadLocationResponse(
        signed_url=url, native_url="s3://b/x"
    )
    with pytest.raises(UploadError, match=message):
        await upload_file.aio(file, client=plane)


async def test_the_time_is_limited(plane: Any, file: Path) -> None:
    async def never(request: Any) -> Any:
        await asyncio.Event().wait()

    plane.answers["CreateUploadLocation"] = never
    with pytest.raises(UploadError, match="was not uploaded in time"):
        await upload_file.aio(file, timeout=0.05, client=plane)


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
    plane.project = ""
    with pytest.raises(ConfigError, match="no project"):
        await upload_file.aio(file, client=plane)
    assert plane.calls == []


async def test_a_missing_project_is_the_servers_answer(plane: Any, file: Path) -> None:
    plane.answers["CreateUploadLocation"] = lambda request: NotFound('project "proj" not found')
    with pytest.raises(NotFound, match="not found"):
        await upload_file.aio(file, client=plane)


async def test_an_unreadable_file_is_an_upload_error(plane: Any, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> Any:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(upload_call, "_hashed", refuse)
    with pytest.raises(UploadError, match="cannot be read: Permission denied"):
        await upload_file.aio(file, client=plane)


async def test_memory_does_not_grow_with_the_file(
    plane: Any, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in memory at a time is a few pieces, however large the file is."""
    import tracemalloc

    path = tmp_path / "large"
    with path.open("wb") as out:
        out.truncate(64 * 1024 * 1024)

    async def drain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        left = 64 * 1024 * 1024
        while left:
            left -= len(await reader.read(min(left, 65536)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(drain, "127.0.0.1", 0)
    store.port = server.sockets[0].getsockname()[1]
    await upload_file.aio(path, client=plane)  # imports and caches are filled now
    tracemalloc.start()
    try:
        await upload_file.aio(path, client=plane)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        server.close()
        await server.wait_closed()
    assert peak < 8 * 1024 * 1024
