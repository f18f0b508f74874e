"""What is checked before a download becomes a file."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from pathlib import Path

import pytest

from remora.transfer.attempts import Failed
from remora.transfer.downloads import name_in
from remora.transfer.places import FilePlace, Memory
from remora.transfer.received import Received, digest_of

BODY = b"some bytes" * 1000


def b64(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def receive(path: Path, body: bytes, headers: dict[str, str]) -> None:
    received = Received(FilePlace(str(path)))
    try:
        received.begin(headers)
        for start in range(0, len(body), 700):
            received.write(body[start : start + 700])
        received.commit()
    finally:
        received.discard()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-length": str(len(BODY)), "content-md5": b64(BODY)},
        {"x-goog-hash": f"crc32c=AAAAAA==,md5={b64(BODY)}"},
        {"x-amz-meta-flytecontentmd5": b64(BODY)},
        {"etag": f'"{hashlib.md5(BODY).hexdigest()}"'},
        {"etag": f'"{hashlib.md5(b"").hexdigest()}-3"'},
        {"etag": '"0x8DC"', "content-md5": "nonsense"},
        {"etag": hashlib.md5(b"").hexdigest(), "x-amz-server-side-encryption": "aws:kms"},
        {"content-encoding": "identity"},
    ],
)
def test_what_is_right_becomes_the_file(tmp_path: Path, headers: dict[str, str]) -> None:
    receive(tmp_path / "x", BODY, headers)
    assert (tmp_path / "x").read_bytes() == BODY
    assert os.listdir(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"content-length": "9999"}, "10000 of 9999 bytes came"),
        ({"content-md5": b64(b"")}, "another digest"),
        ({"x-goog-hash": f"md5={b64(b'')}"}, "another digest"),
        ({"x-amz-meta-flytecontentmd5": b64(b"")}, "another digest"),
        ({"etag": hashlib.md5(b"").hexdigest(), "x-amz-server-side-encryption": "AES256"}, "another digest"),
        ({"content-encoding": "br"}, "encoded as 'br', which is not supported"),
        ({"content-encoding": "gzip"}, "it is not gzip"),
    ],
)
def test_what_is_wrong_does_not(tmp_path: Path, headers: dict[str, str], reason: str) -> None:
    (tmp_path / "x").write_text("old")
    with pytest.raises(Failed, match=reason):
        receive(tmp_path / "x", BODY, headers)
    assert (tmp_path / "x").read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_an_object_that_is_stored_compressed(tmp_path: Path) -> None:
    body = bytes(5_000_000)
    packed = gzip.compress(body)
    headers = {"content-encoding": "gzip", "content-md5": b64(packed), "content-length": str(len(packed))}
    receive(tmp_path / "x", packed, headers)
    assert (tmp_path / "x").read_bytes() == body
    cut = packed[:-20]
    with pytest.raises(Failed, match="it ends too early"):
        receive(tmp_path / "x", cut, {"content-encoding": "gzip"})


def test_what_cannot_take_its_name_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError, match="directory"):
        receive(tmp_path / "x", BODY, {})
    assert os.listdir(tmp_path) == ["x"]


def test_memory_has_an_end() -> None:
    for most, headers, body in [
        (len(BODY), {}, BODY),
        (len(BODY), {"content-encoding": "gzip"}, gzip.compress(BODY)),
    ]:
        memory = Memory(most)
        received = Received(memory)
        received.begin(headers)
        received.write(body)
        received.commit()
        assert memory.content == BODY
        received = Received(Memory(most - 1))
        received.begin(headers)
        with pytest.raises(Failed, match="it is larger than 9999 bytes") as caught:
            received.write(body)
        assert not caught.value.repeat
        received.discard()


def test_digests_that_are_none() -> None:
    assert digest_of({"content-md5": b64(b"x")}) == hashlib.md5(b"x").digest()
    assert digest_of({"content-md5": base64.b64encode(b"short").decode()}) is None
    assert digest_of({"etag": 'W/"x"'}) is None


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://host/a/report.html?sig=1", "report.html"),
        ("https://host/a/%2Fetc%2Fpasswd", "_etc_passwd"),
        ("https://host/a/..", "download"),
        ("https://host/a/%2e%2e%5Cx%00%0a", "_x__"),
        ("https://host", "download"),
        ("https://host/%ff" + "x" * 300, "x" * 200),
    ],
)
def test_names_from_urls_are_harmless(url: str, name: str) -> None:
    assert name_in(url) == name
