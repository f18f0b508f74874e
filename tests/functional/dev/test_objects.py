from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from remora.dev.literals import make
from remora.errors import AlreadyExists, InvalidArgument, NotFound
from remora.testing import ControlPlane
from remora_api.flyteidl2 import common, core, dataproxy, task
from remora_api.google.protobuf import Duration

BODY = b"some bytes" * 1000


def md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def location(api: Any, body: bytes = BODY, **fields: Any) -> Any:
    given = {"project": "testing", "domain": "development", "filename": "f.txt", "content_md5": md5(body), **fields}
    return await api.data.create_upload_location(dataproxy.CreateUploadLocationRequest(**given))


async def put(http: httpx.AsyncClient, place: Any, body: bytes = BODY, **headers: str) -> httpx.Response:
    given = {**place.headers, "Content-MD5": b64(md5(BODY)), **headers}
    return await http.put(place.signed_url, content=body, headers=given)


async def test_upload(api: Any, http: httpx.AsyncClient, control_plane: ControlPlane) -> None:
    place = await location(api, add_content_md5_metadata=True, content_length=len(BODY))
    assert place.headers == {"x-amz-meta-flyteContentMD5": b64(md5(BODY))}
    folder = base64.b32encode(md5(BODY)).decode()
    assert place.native_url == f"remora://uploads/testing/development/{folder}/f.txt"
    response = await put(http, place)
    assert response.status_code == 200
    assert response.headers["etag"] == f'"{md5(BODY).hex()}"'
    stored = Path(control_plane.data_dir) / "objects" / place.native_url.removeprefix("remora://")
    assert stored.read_bytes() == BODY
    assert not list((Path(control_plane.data_dir) / "incoming").iterdir())


async def test_names_keep_their_folders_and_characters(api: Any, http: httpx.AsyncClient) -> None:
    place = await location(api, filename="sub dir/ü%20+?#.txt", filename_root="my root")
    assert place.native_url == "remora://uploads/testing/development/my root/sub dir/ü%20+?#.txt"
    assert (await put(http, place)).status_code == 200


async def test_empty_and_large_bodies(api: Any, http: httpx.AsyncClient) -> None:
    empty = await location(api, b"", filename="empty")
    assert (await put(http, empty, b"", **{"Content-MD5": b64(md5(b""))})).status_code == 200
    large = bytes(5_000_000)
    place = await location(api, large, filename="large")
    assert (await put(http, place, large, **{"Content-MD5": b64(md5(large))})).status_code == 200


def code_of(response: httpx.Response) -> str:
    return response.text.partition("<Code>")[2].partition("</Code>")[0]


async def test_what_the_store_refuses(api: Any, http: httpx.AsyncClient, control_plane: ControlPlane) -> None:
    place = await location(api, add_content_md5_metadata=True, content_length=len(BODY))
    refused = [
        (await put(http, place, BODY[:-1] + b"x"), 400, "BadDigest"),
        (await put(http, place, **{"Content-MD5": b64(md5(b"other"))}), 403, "SignatureDoesNotMatch"),
        (await put(http, place, **{"x-amz-meta-flyteContentMD5": "other"}), 403, "SignatureDoesNotMatch"),
        (await put(http, place, BODY + b"x"), 403, "SignatureDoesNotMatch"),
        (await http.put(place.signed_url, content=BODY), 403, "SignatureDoesNotMatch"),
        (await http.get(place.signed_url), 403, "SignatureDoesNotMatch"),
        (await http.delete(place.signed_url), 405, "MethodNotAllowed"),
        (await http.put(place.signed_url.partition("?")[0], content=BODY), 403, "AccessDenied"),
        (await http.get(control_plane.object_store), 404, "NoSuchKey"),
    ]
    for response, status, code in refused:
        assert (response.status_code, code_of(response)) == (status, code)
    assert not any((Path(control_plane.data_dir) / "objects").iterdir())
    assert (await put(http, place)).status_code == 200


async def test_bad_digests_and_lengths(api: Any, http: httpx.AsyncClient) -> None:
    place = await location(api, content_md5=b"", filename_root="root")
    response = await http.put(place.signed_url, content=BODY, headers={"Content-MD5": "nonsense"})
    assert (response.status_code, code_of(response)) == (400, "InvalidDigest")

    async def pieces() -> AsyncIterator[bytes]:
        yield BODY

    response = await http.put(place.signed_url, content=pieces())
    assert (response.status_code, code_of(response)) == (411, "MissingContentLength")


async def test_an_old_url(api: Any, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    place = await location(api, expires_in=Duration(seconds=1))
    later = place.expires_at.to_datetime() + timedelta(seconds=1)
    monkeypatch.setattr("remora.dev.objects.signing.time.time", later.timestamp)
    response = await put(http, place)
    assert (response.status_code, code_of(response)) == (403, "AccessDenied")
    assert "Request has expired" in response.text


async def test_a_name_that_is_a_folder_already(api: Any, http: httpx.AsyncClient) -> None:
    first = await location(api, filename="a", filename_root="root")
    assert (await put(http, first)).status_code == 200
    below = await location(api, filename="a/b", filename_root="root")
    response = await put(http, below)
    assert (response.status_code, code_of(response)) == (409, "OperationAborted")


async def test_the_same_name_again(api: Any, http: httpx.AsyncClient) -> None:
    await put(http, await location(api, filename_root="root"))
    again = await location(api, filename_root="root")
    assert (await put(http, again)).status_code == 200
    with pytest.raises(AlreadyExists, match=r"file already exists at \[remora://uploads/.*\] with different content"):
        await location(api, b"other", filename_root="root")


@pytest.mark.parametrize(
    ("fields", "kind", "message"),
    [
        ({"content_md5": b""}, InvalidArgument, "filename_root or content_md5 is required"),
        ({"content_md5": b"short"}, InvalidArgument, "content_md5 must be 16 bytes, not 5"),
        ({"expires_in": Duration(seconds=-1)}, InvalidArgument, "invalid expires_in"),
        (
            {"expires_in": Duration(seconds=7200)},
            InvalidArgument,
            r"expires_in \(2h0m0s\) exceeds maximum allowed duration of 1h0m0s",
        ),
        (
            {"content_length": 104857601},
            InvalidArgument,
            r"content_length \(104857601 bytes\) exceeds maximum allowed size of 104857600 bytes",
        ),
        ({"filename": "../../etc/passwd"}, InvalidArgument, "not a valid object name"),
        ({"project": "nowhere"}, NotFound, 'project "nowhere" not found'),
    ],
)
async def test_locations_that_cannot_be(api: Any, fields: dict[str, Any], kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        await location(api, **fields)


async def test_a_connection_that_breaks_off_leaves_nothing(
    api: Any, http: httpx.AsyncClient, control_plane: ControlPlane
) -> None:
    place = await location(api)
    url = urlsplit(place.signed_url)
    assert url.hostname is not None
    with socket.create_connection((url.hostname, url.port or 80)) as half:
        head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-MD5: {b64(md5(BODY))}\r\n"
        half.sendall(head.encode() + b"Content-Length: 999\r\n\r\nhalf")
    assert (await put(http, place)).status_code == 200
    control_plane.stop()


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff garbage\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
)
async def test_garbage(data: bytes, control_plane: ControlPlane, http: httpx.AsyncClient) -> None:
    url = urlsplit(control_plane.object_store)
    assert url.hostname is not None
    with socket.create_connection((url.hostname, url.port or 80)) as connection:
        connection.sendall(data)
        connection.settimeout(10)
        assert connection.recv(100).startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert (await http.get(control_plane.object_store)).status_code == 404


async def test_expect_continue(api: Any, control_plane: ControlPlane) -> None:
    place = await location(api, content_md5=b"", filename_root="root")
    url = urlsplit(place.signed_url)
    assert url.hostname is not None
    with socket.create_connection((url.hostname, url.port or 80)) as connection:
        connection.settimeout(10)
        head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(b"ok")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


async def test_http_faults(api: Any, http: httpx.AsyncClient, control_plane: ControlPlane) -> None:
    place = await location(api)
    control_plane.faults.http(503, "PUT", times=1, retry_after=2)
    control_plane.faults.http(0, "GET", times=1)
    response = await put(http, place)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert (await put(http, place)).status_code == 200
    with pytest.raises(httpx.TransportError):
        await http.get(control_plane.object_store)


async def test_upload_of_inputs(api: Any) -> None:
    spec = api.shell("cat /var/inputs/x", inputs={"x": api.string})
    request = dataproxy.UploadInputsRequest(
        project_id=common.ProjectIdentifier(name="testing", domain="development", organization="org"),
        task_spec=spec,
        inputs=api.inputs(x=make.string("offloaded")),
    )
    data = (await api.data.upload_inputs(request)).offloaded_input_data
    assert data.uri == f"remora://uploads/org/testing/development/offloaded-inputs/{data.inputs_hash}"
    assert (await api.data.upload_inputs(request)).offloaded_input_data == data
    run = create_run(api, spec, data)
    action = (await api.runs.create_run(run)).run.action.id
    await api.finish(action)
    assert await api.log(action) == ["offloaded"]
    found = await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=action))
    assert found.inputs == request.inputs
    data.uri = "remora://uploads/none"
    with pytest.raises(InvalidArgument, match="there are no inputs at remora://uploads/none"):
        await api.runs.create_run(run)
    request.base_dir = "remora://mine/"
    data = (await api.data.upload_inputs(request)).offloaded_input_data
    assert data.uri.startswith("remora://mine/offloaded-inputs/")


def create_run(api: Any, spec: task.TaskSpec, data: common.OffloadedInputData) -> Any:
    from remora_api.flyteidl2.workflow import CreateRunRequest

    return CreateRunRequest(project_id=api.project_id, task_spec=spec, offloaded_input_data=data)


async def test_inputs_that_cannot_be_uploaded(api: Any) -> None:
    spec = task.TaskSpec(task_template=core.TaskTemplate())
    for request, kind, message in (
        (dataproxy.UploadInputsRequest(task_spec=spec), InvalidArgument, "id is required"),
        (dataproxy.UploadInputsRequest(project_id=api.project_id), InvalidArgument, "task is required"),
        (
            dataproxy.UploadInputsRequest(project_id=common.ProjectIdentifier(name="nowhere"), task_spec=spec),
            NotFound,
            'project "nowhere" not found',
        ),
        (
            dataproxy.UploadInputsRequest(
                project_id=api.project_id, task_id=task.TaskIdentifier(name="t", version="1")
            ),
            NotFound,
            'task "t" version "1" not found',
        ),
        (
            dataproxy.UploadInputsRequest(project_id=api.project_id, task_spec=spec, base_dir="s3://bucket"),
            InvalidArgument,
            "s3://bucket is not in this object store",
        ),
    ):
        with pytest.raises(kind, match=message):
            await api.data.upload_inputs(request)


async def test_data_that_is_not_there(api: Any) -> None:
    action = common.ActionIdentifier(run=common.RunIdentifier(project="p", domain="d", name="r"), name="a0")
    with pytest.raises(NotFound, match="action not found"):
        await api.data.get_action_data(dataproxy.GetActionDataRequest(action_id=action))
