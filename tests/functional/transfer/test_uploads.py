"""Uploads to the local control plane, which checks signature, length and digest, and fails as it is told."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

import remora
from remora.errors import NotFound, UploadError, UploadIncomplete
from remora.testing import ControlPlane
from remora.transfer import attempts

Tree = tuple[Path, dict[str, bytes]]


def stored(plane: ControlPlane, uri: str) -> dict[str, bytes]:
    root = Path(plane.data_dir) / "objects" / uri.removeprefix("remora://")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_tree_arrives_byte_for_byte(client: remora.Client, plane: ControlPlane, tree: Tree) -> None:
    root, expected = tree
    report = remora.upload(root)
    assert stored(plane, report.uri) == expected
    assert report.digests == {name: hashlib.md5(body).hexdigest() for name, body in expected.items()}
    assert report.uris == {name: f"{report.uri}/{name}" for name in expected}
    again = remora.upload(root, prefix=report.prefix)
    assert again.uri == report.uri
    assert again.sent_bytes == 0
    assert not any(file.sent for file in again.files)


def test_a_directory_is_an_input(client: remora.Client, plane: ControlPlane, tmp_path: Path) -> None:
    for name in ("a/same.txt", "b/same.txt", "top.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name}\n")
    uri = remora.upload_dir(tmp_path)
    command = ["sh", "-c", "cd /var/inputs/docs && cat a/same.txt b/same.txt top.txt"]
    task = remora.Task.deploy("transfer.dir", image="local", command=command, inputs={"docs": remora.Dir})
    run = task.run(docs=remora.Dir(uri))
    run.wait(timeout=60, raise_on_failure=True)
    assert list(run.get_logs()) == ["a/same.txt\n", "b/same.txt\n", "top.txt\n"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 408},
        {"status": 429, "retry_after": 0.01},
        {"status": 503, "how": "date"},
        {"status": 500, "after": 100_000},
        {"status": 400, "code": "RequestTimeout"},
        {"status": 0},
        {"status": 0, "after": 100_000},
        {"how": "expired"},
        {"how": "refused"},
        {"how": "corrupt"},
        {"how": "stall", "retry_after": 0.05},
    ],
    ids=str,
)
def test_what_the_store_does_once_is_overcome(
    client: remora.Client, plane: ControlPlane, tmp_path: Path, fault: dict[str, object]
) -> None:
    for name, size in (("a", 100), ("b-large", 700_000), ("c-small", 700)):
        (tmp_path / name).write_bytes(os.urandom(size))
    # The second request and the fourth: the first for each of the last two files.
    plane.faults.http(method="PUT", times=2, every=2, **fault)  # type: ignore[arg-type]
    report = remora.upload(tmp_path, concurrency=1)
    assert report.retries == 2
    assert stored(plane, report.uri) == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"status": 503}, f"after {attempts.ATTEMPTS} attempts: 127.0.0.1 answered HTTP 503 InjectedFault"),
        ({"how": "refused"}, "after 2 attempts: 127.0.0.1 answered HTTP 403 SignatureDoesNotMatch"),
        ({"how": "corrupt"}, f"after {attempts.ATTEMPTS} attempts: 127.0.0.1 answered HTTP 400 BadDigest"),
        ({"status": 307}, "answered HTTP 307 InjectedFault .*redirects are not followed"),
        ({"status": 404}, "answered HTTP 404"),
    ],
    ids=str,
)
def test_what_the_store_does_always_is_an_error(
    client: remora.Client, plane: ControlPlane, tmp_path: Path, fault: dict[str, object], message: str
) -> None:
    (tmp_path / "x").write_bytes(b"x" * 300_000)
    plane.faults.http(method="PUT", **fault)  # type: ignore[arg-type]
    with pytest.raises(UploadError, match=message) as caught:
        remora.upload_file(tmp_path / "x")
    assert "X-Remora-Signature" not in f"{caught.value}{caught.value!r}"


def test_a_url_that_really_expires(
    client: remora.Client, plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x").write_bytes(b"x" * 300_000)
    now, checks = time.time, []

    def later() -> float:
        checks.append(None)
        return now() + 1000 if len(checks) == 1 else now()

    # The first request takes so long that the store sees it after the URL's end.
    monkeypatch.setattr("remora.dev.objects.signing.time", SimpleNamespace(time=later))
    report = remora.upload(tmp_path / "x")
    assert report.retries == 1
    assert len(checks) == 2


def test_a_failed_directory_goes_on(client: remora.Client, plane: ControlPlane, tree: Tree) -> None:
    root, expected = tree
    plane.faults.http(404, "PUT", every=10)
    with pytest.raises(UploadIncomplete) as caught:
        remora.upload_dir(root)
    plane.faults.clear()
    missing = set(caught.value.failures)
    assert len(missing) == 15
    report = remora.upload(root, prefix=caught.value.prefix)
    assert {file.path for file in report.files if file.sent} == missing
    assert stored(plane, report.uri) == expected


def test_the_control_plane_fails_meanwhile(client: remora.Client, plane: ControlPlane, tree: Tree) -> None:
    root, expected = tree
    plane.faults.unavailable("DataProxyService/CreateUploadLocation", every=20)
    uri = remora.upload_dir(root)  # asking for a URL changes nothing, so it is repeated
    assert stored(plane, uri) == expected


def test_a_project_that_is_not_there_and_a_file_that_is_too_large(
    client: remora.Client, plane: ControlPlane, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")
    with pytest.raises(NotFound, match='project "nowhere" not found'):
        remora.upload_dir(tmp_path, project="nowhere")
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(UploadIncomplete, match="exceeds maximum allowed size") as caught:
        remora.upload_dir(tmp_path)
    assert list(caught.value.failures) == ["sparse"]


INTERRUPTED = """
import sys, threading, remora
from pathlib import Path

def told(progress):
    Path(sys.argv[3]).touch()

with remora.Client(sys.argv[1], project="testing", domain="development", config_file=False, trust_env=False):
    try:
        remora.upload_dir(sys.argv[2], progress=told)
    except KeyboardInterrupt:
        for thread in threading.enumerate():
            if "transfer" in thread.name:
                thread.join(30)
        print("interrupted", [thread.name for thread in threading.enumerate() if "transfer" in thread.name])
"""


def test_ctrl_c_ends_an_upload_at_once(plane: ControlPlane, tree: Tree, tmp_path: Path) -> None:
    plane.faults.http(method="PUT", how="stall")
    begun = tmp_path / "begun"
    command = [sys.executable, "-c", INTERRUPTED, plane.endpoint, str(tree[0]), str(begun)]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            while not begun.exists():
                assert process.poll() is None
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
            process.send_signal(signal.SIGINT)
            assert process.stdout is not None
            assert process.stdout.read() == "interrupted []\n"
        assert process.returncode == 0
    finally:
        plane.faults.clear()
