"""Downloads from the local control plane: reports, code bundles, and what goes wrong on the way."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import remora
from remora.errors import DownloadError, InvalidArgument, NotFound
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, core, task
from remora_api.flyteidl2.task import DeployTaskRequest, TaskServiceStub

Tree = tuple[Path, dict[str, bytes]]
Deploy = Callable[..., remora.TaskDetails]


@pytest.fixture
def deploy(client: remora.Client) -> Deploy:
    """Deploys a task as one of Flyte's SDK is: it writes its own outputs, and has a code bundle."""

    def deploy(name: str, code: str, bundle: str = "") -> remora.TaskDetails:
        import asyncio

        template = core.TaskTemplate(
            type="python",
            metadata=core.TaskMetadata(code_bundle_uri=bundle),
            container=core.Container(image="local", command=["python", "-c", code]),
        )
        identifier = task.TaskIdentifier(project="testing", domain="development", name=name, version="1")
        request = DeployTaskRequest(task_id=identifier, spec=task.TaskSpec(task_template=template))

        async def call() -> None:
            async with remora.Client(client.endpoint, config_file=False, trust_env=False) as caller:
                await TaskServiceStub(caller).deploy_task(request)

        asyncio.run(call())
        return remora.Task.get(name, version="1").fetch()

    return deploy


REPORT = """
import os
open("{{.outputPrefix}}/outputs.pb", "wb").close()
open("{{.outputPrefix}}/report.html", "wb").write(b"<p>report</p>" * 200000)
"""


@pytest.fixture
def run(deploy: Deploy) -> remora.Run:
    """A run that has left a report of 2.6 MB."""
    started = deploy("transfer.report", REPORT).run()
    started.wait(timeout=60, raise_on_failure=True)
    return started


def test_a_report(run: remora.Run, tmp_path: Path) -> None:
    expected = b"<p>report</p>" * 200_000
    assert remora.download_file(run, tmp_path / "mine.html") == tmp_path / "mine.html"
    assert (tmp_path / "mine.html").read_bytes() == expected
    (tmp_path / "folder").mkdir()
    assert remora.download_file(run.details(), tmp_path / "folder", attempt=1) == tmp_path / "folder" / "report.html"
    attempt = common.ActionAttemptIdentifier(action_id=run.details().pb2.action.id, attempt=1)  # type: ignore[union-attr]
    (tmp_path / "mine.html").write_text("old")
    remora.download_file(attempt, str(tmp_path / "mine.html"), "report")
    assert (tmp_path / "mine.html").read_bytes() == expected
    with pytest.raises(NotFound, match="attempt 2 of action a0 not found"):
        remora.download_file(run, tmp_path, attempt=2)
    with pytest.raises(NotFound, match="has no code bundle"):
        remora.download_file(run, tmp_path, "code")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["mine.html", "report.html"]


@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 0}, {"how": "expired"}, {"how": "refused"}, {"how": "cut"}], ids=str
)
def test_what_the_store_does_once_is_overcome(
    run: remora.Run, plane: ControlPlane, tmp_path: Path, fault: dict[str, object]
) -> None:
    plane.faults.http(method="GET", times=1, **fault)  # type: ignore[arg-type]
    path = remora.download_file(run, tmp_path)
    assert path.stat().st_size == 2_600_000
    assert os.listdir(tmp_path) == ["report.html"]


def test_what_never_comes_whole_leaves_nothing(run: remora.Run, plane: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    plane.faults.http(method="GET", how="cut")
    with pytest.raises(DownloadError, match="was not downloaded: after 5 attempts: RemoteProtocolError") as caught:
        remora.download_file(run, tmp_path)
    assert "Signature" not in str(caught.value)
    assert os.listdir(tmp_path) == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old"
    plane.faults.clear()
    plane.faults.http(404, "GET")
    with pytest.raises(DownloadError, match="HTTP 404") as caught:
        remora.download_dir(run, tmp_path / "folder", "report")
    assert caught.value.status == 404
    assert os.listdir(tmp_path) == ["report.html"]


def bundle(root: Path, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(root.rglob("*")):
                archive.write(path, path.relative_to(root))
    else:
        with tarfile.open(fileobj=out, mode=f"w:{kind}") as tar:
            tar.add(root, ".")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_code_bundle_comes_back_byte_for_byte(deploy: Deploy, tree: Tree, tmp_path: Path, kind: str) -> None:
    root, _ = tree
    packed = tmp_path / f"code.{kind}"
    packed.write_bytes(bundle(root, kind))
    _, uri = remora.upload_file(packed)
    deployed = deploy(f"transfer.code-{kind}", "pass", uri)
    folder = remora.download_dir(deployed, tmp_path / "code")
    assert folder == tmp_path / "code"
    expected = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert found == expected
    assert sorted(os.listdir(tmp_path)) == sorted(["code", packed.name])
    # As one file it is what was uploaded, and its digest is checked.
    assert remora.download_file(deployed, tmp_path / "copy", "code").read_bytes() == packed.read_bytes()
    run = deployed.run()
    assert remora.download_file(run, tmp_path / "copy", "code").read_bytes() == packed.read_bytes()
    with pytest.raises(InvalidArgument, match="is there already and not an empty folder"):
        remora.download_dir(deployed, folder)


def test_a_damaged_bundle_is_not_kept(deploy: Deploy, plane: ControlPlane, tmp_path: Path) -> None:
    (tmp_path / "code.tgz").write_bytes(gzip.compress(os.urandom(100_000)))
    deployed = deploy("transfer.damaged", "pass", remora.upload_file(tmp_path / "code.tgz")[1])
    plane.faults.http(method="GET", how="corrupt")
    with pytest.raises(DownloadError, match="has another digest than the store says"):
        remora.download_file(deployed, tmp_path / "copy", "code")
    assert os.listdir(tmp_path) == ["code.tgz"]


def test_a_bundle_that_would_escape_leaves_nothing(deploy: Deploy, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tgz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("good"))
        tar.addfile(tarfile.TarInfo("../evil"))
    deployed = deploy("transfer.evil", "pass", remora.upload_file(tmp_path / "evil.tgz")[1])
    with pytest.raises(DownloadError, match=r"its member '\.\./evil' leads out of the folder"):
        remora.download_dir(deployed, tmp_path / "out")
    assert os.listdir(tmp_path) == ["evil.tgz"]


def test_a_place_that_cannot_be(run: remora.Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DownloadError, match="file/folder was not downloaded: Not a directory"):
        remora.download_dir(run, tmp_path / "file" / "folder", "report")
    with pytest.raises(DownloadError, match="file/ was not downloaded: File exists"):
        remora.download_file(run, f"{tmp_path}/file/")
    with pytest.raises(InvalidArgument, match="attempt must be at least 1, got 0"):
        remora.download_file(run, tmp_path, attempt=0)
    assert os.listdir(tmp_path) == ["file"]
