"""Uploads to and downloads from Azurite, which checks what Azure checks."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import remora
from remora.errors import DownloadError, UploadError
from remora.transfer import attempts, body

pytest.importorskip("azure.storage.blob")

_FUNCTIONAL = Path(__file__).parents[2] / "functional" / "transfer" / "conftest.py"


@pytest.fixture(scope="module")
def make_tree() -> Callable[[Path, int], dict[str, bytes]]:
    """The maker of trees with awkward names that the functional tests use."""
    spec = importlib.util.spec_from_file_location("awkward_trees", _FUNCTIONAL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_tree  # type: ignore[no-any-return]


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def test_three_thousand_files_with_awkward_names_go_and_come_back(
    client: remora.Client, plane: Any, tmp_path: Path, make_tree: Callable[[Path, int], dict[str, bytes]]
) -> None:
    expected = make_tree(tmp_path / "tree", 3000)
    report = remora.upload(tmp_path / "tree")
    assert len(report.files) == 3000
    assert report.retries == 0
    assert plane.blobs(report.uri) == {name: md5(data) for name, data in expected.items()}

    async def bring_back() -> None:
        gate = asyncio.Semaphore(8)

        async def one(name: str, uri: str) -> None:
            url = plane.sign(uri.removeprefix("abfs://flyte-data/"), read=True)
            target = tmp_path / "back" / name
            await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
            async with gate:
                await remora.download_file.aio(url, target)

        await asyncio.gather(*(one(name, uri) for name, uri in report.uris.items()))

    asyncio.run(bring_back())
    back = tmp_path / "back"
    found = {path.relative_to(back).as_posix(): path.read_bytes() for path in back.rglob("*") if path.is_file()}
    assert found == expected


def test_a_large_file_and_an_empty_one(client: remora.Client, plane: Any, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(os.urandom(1_000_000) * 40)
    (tmp_path / "empty").touch()
    for name in ("large", "empty"):
        data = (tmp_path / name).read_bytes()
        digest, uri = remora.upload_file(tmp_path / name, content_type="application/x-test")
        assert digest == md5(data).hex()
        blob = plane.container.get_blob_client(uri.removeprefix("abfs://flyte-data/"))
        properties = blob.get_blob_properties()
        assert (properties.size, bytes(properties.content_settings.content_md5)) == (len(data), md5(data))
        assert properties.content_settings.content_type == "application/x-test"
        assert properties.blob_type == "BlockBlob"
        url = plane.sign(uri.removeprefix("abfs://flyte-data/"), read=True)
        assert remora.download_file(url, tmp_path / "back").read_bytes() == data


def test_urls_that_have_run_out_or_are_wrong(client: remora.Client, plane: Any, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(os.urandom(1000))
    # Azurite does not say that it was too late, so such a URL is replaced once, like any other that is refused.
    plane.expired = 1
    assert remora.upload(tmp_path / "x").retries == 1
    plane.spoiled = 1
    assert remora.upload(tmp_path / "x").retries == 1
    plane.spoiled = 10
    with pytest.raises(UploadError, match=r"HTTP 403 (AuthenticationFailed|AuthorizationFailure)") as caught:
        remora.upload(tmp_path / "x")
    plane.spoiled = 0
    assert "sig=" not in str(caught.value)


def test_a_body_that_is_damaged_on_the_way(
    client: remora.Client, plane: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"x" * 1000)
    monkeypatch.setattr(attempts, "FIRST_DELAY", 0.0)
    sent: list[None] = []
    following = body.SmallBody.__anext__

    async def damaged(self: body.SmallBody) -> bytes:
        piece = await following(self)
        sent.append(None)
        return piece if len(sent) > limit else b"y" + piece[1:]

    monkeypatch.setattr(body.SmallBody, "__anext__", damaged)
    limit = 2
    assert remora.upload(tmp_path / "x").retries == 2
    limit = 1000
    with pytest.raises(UploadError, match=r"after 5 attempts: 127\.0\.0\.1 answered HTTP 400"):
        remora.upload(tmp_path / "x")


def test_an_upload_goes_on_with_the_same_prefix(
    client: remora.Client, plane: Any, tmp_path: Path, make_tree: Callable[[Path, int], dict[str, bytes]]
) -> None:
    expected = make_tree(tmp_path, 50)
    first = remora.upload(tmp_path, prefix="again")
    for name in sorted(expected)[:5]:
        plane.container.delete_blob(first.uris[name].removeprefix("abfs://flyte-data/"))
    second = remora.upload(tmp_path, prefix="again")
    assert [file.path for file in second.files if file.sent] == sorted(expected)[:5]
    assert plane.blobs(second.uri) == {name: md5(data) for name, data in expected.items()}


def test_what_is_not_there(client: remora.Client, plane: Any, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="HTTP 404 BlobNotFound"):
        remora.download_file(plane.sign("none", read=True), tmp_path)
    assert os.listdir(tmp_path) == []
