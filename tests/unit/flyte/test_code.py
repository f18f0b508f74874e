"""Reports, code bundles and the link to debug a run."""

from __future__ import annotations

import http.server
import io
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remora import CodeBundle
from remora.channel.security import TransportSecurity
from remora.errors import DownloadError, InvalidArgument, NotFound
from remora.flyte import reports
from remora.transfer import attempts
from remora_api.entities import ActionDetails, Run
from remora_api.flyteidl2 import common, core, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

RUN = common.RunIdentifier(project="proj", domain="dev", name="r1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")


@pytest.fixture(scope="module")
def store() -> Iterator[dict[str, Any]]:
    """An object store with what a test puts into it, by path."""
    content: dict[str, Any] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = content.get(self.path.partition("?")[0])
            if isinstance(data, list):  # one after the other
                data = data.pop(0)
            status, body = data if isinstance(data, tuple) else (200, data) if isinstance(data, bytes) else (data, b"")
            self.send_response(404 if status is None else status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    content["base"] = f"http://127.0.0.1:{server.server_port}"
    yield content
    server.shutdown()
    thread.join()
    server.server_close()


def details(*arguments: str, **fields: Any) -> workflow.ActionDetails:
    template = core.TaskTemplate(container=core.Container(args=list(arguments)))
    status = workflow.ActionStatus(phase=common.ActionPhase.SUCCEEDED, attempts=2)
    attempts = [workflow.ActionAttempt(attempt=number, **fields) for number in (1, 2)]
    spec = tasks.TaskSpec(task_template=template)
    return workflow.ActionDetails(id=ACTION, status=status, task=spec, attempts=attempts)


@pytest.fixture
def job(client: Any, store: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose report and code are at signed addresses of the store. Pauses take no time."""
    monkeypatch.setattr(attempts, "FIRST_DELAY", 0.0)
    paths = {dataproxy.ArtifactType.REPORT: "/report", dataproxy.ArtifactType.CODE_BUNDLE: "/code"}

    def link(request: Any) -> Any:
        url = f"{store['base']}{paths[request.artifact_type]}?X-Signature=secret"
        return dataproxy.CreateDownloadLinkResponse(pre_signed_urls=dataproxy.PreSignedURLs(signed_url=[url]))

    client.config = SimpleNamespace(endpoint=SimpleNamespace(tls=False), security=TransportSecurity())
    client.answers["CreateDownloadLink"] = link
    found = details("run", "--tgz", "s3://bucket/fast/abc.tar.gz", "--dest=.", "--version", "v7")
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=found)
    return Run(workflow.Run(action=workflow.Action(id=ACTION)), client=client)


def archive(*members: tuple[str, bytes | None]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None:
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


async def test_a_report_is_text(client: Any, job: Run, store: dict[str, Any]) -> None:
    store["/report"] = "<h1>\u00fc</h1>".encode()
    assert await job.get_report.aio() == "<h1>\u00fc</h1>"
    assert client.requests("CreateDownloadLink")[0].action_attempt_id.attempt == 2
    await job.get_report.aio(1)
    assert client.requests("CreateDownloadLink")[1].action_attempt_id.attempt == 1


@pytest.mark.parametrize("fault", [503, (403, b"<Code>AccessDenied</Code><Message>Request has expired</Message>")])
def test_what_the_store_does_once_is_overcome(
    client: Any, job: Run, store: dict[str, Any], tmp_path: Path, fault: Any
) -> None:
    store["/report"] = [fault, b"<p>report</p>"]
    assert job.get_report() == "<p>report</p>"
    # Only a link that has run out is asked for again.
    links = 1 if fault == 503 else 2
    assert len(client.requests("CreateDownloadLink")) == links
    store["/code"] = [fault, archive(("main.py", b"print(1)"))]
    job.download_code(tmp_path / "code")
    assert [path.name for path in (tmp_path / "code").iterdir()] == ["main.py"]
    assert len(client.requests("CreateDownloadLink")) == 2 * links


def test_a_report_that_is_too_large(job: Run, store: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    store["/report"] = b"x" * 101
    monkeypatch.setattr(reports, "LARGEST_REPORT", 100)
    with pytest.raises(DownloadError, match="the report of r1 was not downloaded: it is larger than 100 bytes"):
        job.get_report()
    monkeypatch.setattr(reports, "LARGEST_REPORT", 101)
    assert job.get_report() == "x" * 101


def test_a_backend_that_gives_no_link(client: Any, job: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client.answers["CreateDownloadLink"] = lambda request: dataproxy.CreateDownloadLinkResponse()
    with pytest.raises(NotFound, match="attempt 2 of r1 has no report"):
        job.get_report()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(NotFound, match="attempt 3 of r1 has no code"):
        job.download_code(attempt=3)
    assert list(tmp_path.iterdir()) == []  # also no temporary folder


@pytest.mark.parametrize(("status", "error"), [(None, NotFound), (403, DownloadError), (302, DownloadError)])
def test_a_refusal_says_nothing_of_the_signed_address(
    job: Run, store: dict[str, Any], status: int | None, error: type[Exception]
) -> None:
    store["/report"] = status
    with pytest.raises(error) as caught:
        job.get_report()
    assert "secret" not in str(caught.value)
    assert "secret" not in repr(caught.value)


def test_code_is_unpacked(job: Run, store: dict[str, Any], tmp_path: Path) -> None:
    store["/code"] = archive(("src/main.py", b"print(1)"), ("README", b"hello"))
    assert job.download_code(tmp_path / "code") == tmp_path / "code"
    assert (tmp_path / "code" / "src" / "main.py").read_bytes() == b"print(1)"
    assert sorted(path.name for path in (tmp_path / "code").iterdir()) == ["README", "src"]
    kept = job.download_code(tmp_path / "kept", extract=False)
    assert kept == tmp_path / "kept" / "abc.tar.gz"
    assert kept.read_bytes() == store["/code"]


@pytest.mark.parametrize("members", [[("../out", b"x")], [("link", None)]], ids=["outside", "link"])
def test_an_archive_that_leads_outside_is_refused(
    job: Run, store: dict[str, Any], tmp_path: Path, members: Any
) -> None:
    store["/code"] = archive(*members)
    with pytest.raises(DownloadError, match=r"the code of .* was not unpacked: its member"):
        job.download_code(tmp_path / "code")
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "code").iterdir()) == []


def test_a_place_that_cannot_be_a_directory(job: Run, store: dict[str, Any], tmp_path: Path) -> None:
    store["/code"] = archive(("main.py", b"print(1)"))
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InvalidArgument, match=r"dest: .*/file cannot be made a directory: File exists"):
        job.download_code(tmp_path / "file")
    with pytest.raises(InvalidArgument, match=r"dest: .*/file/code cannot be made a directory: Not a directory"):
        job.download_code(tmp_path / "file" / "code")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_damaged_archive(job: Run, store: dict[str, Any], tmp_path: Path) -> None:
    store["/code"] = b"not an archive"
    with pytest.raises(DownloadError, match=r"the code of .* cannot be unpacked"):
        job.download_code(tmp_path / "code")


def test_code_that_is_in_the_image(client: Any, job: Run, tmp_path: Path) -> None:
    found = details("python", "main.py")
    client.answers["GetActionDetails"] = lambda request: workflow.GetActionDetailsResponse(details=found)
    assert job.code_bundle() is None
    with pytest.raises(NotFound, match="in its image"):
        job.download_code(tmp_path)


def test_the_bundle_that_arguments_name(client: Any, job: Run) -> None:
    wanted = CodeBundle("v7", "s3://bucket/fast/abc.tar.gz", None, ".")
    assert job.code_bundle() == wanted
    assert ActionDetails(details("--pkl", "s3://b/x.pkl"), client=client).code_bundle == CodeBundle(
        "", None, "s3://b/x.pkl", "."
    )


async def test_the_debugger(client: Any, job: Run) -> None:
    log = core.TaskLog(name="VS Code Debugger", uri="https://debug.example.com")
    states = [details(), details(log_info=[log])]
    states[0].status = workflow.ActionStatus(phase=common.ActionPhase.RUNNING)
    client.answers["WatchActionDetails"] = lambda request: [
        workflow.WatchActionDetailsResponse(details=item) for item in states
    ]
    assert await job.get_debug_url.aio(timeout=10) == "https://debug.example.com"
    states[1] = details()
    assert await job.get_debug_url.aio(timeout=10) is None


def test_bad_attempts(client: Any, job: Run) -> None:
    with pytest.raises(InvalidArgument, match="attempt must be at least 1"):
        job.get_report(0)
    with pytest.raises(TypeError, match="attempt: expected an int"):
        job.get_report("1")  # type: ignore[arg-type]
    assert client.calls == []
