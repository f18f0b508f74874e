"""Azurite, Microsoft's own emulator of Azure Blob Storage, and a control plane that signs URLs for it.

Azurite checks signatures, expiry, Content-MD5 and the headers that Azure wants.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import remora
from remora.channel.server import serve
from remora.channel.service import ServerContext
from remora.errors import AlreadyExists
from remora_api.flyteidl2.dataproxy import (
    CreateUploadLocationRequest,
    CreateUploadLocationResponse,
    DataProxyServiceBase,
)
from remora_api.google.protobuf import Timestamp

AZURITE = "azurite@3.37.0"
ACCOUNT = "devstoreaccount1"
# The account key that every Azurite has; it is in Azurite's documentation.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
CONTAINER = "flyte-data"


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running Azurite; installed with npm where REMORA_PEERS_HOME says."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("azurite needs node and npm, which are not installed")
    home = Path(os.environ.get("REMORA_PEERS_HOME") or tmp_path_factory.mktemp("peers")) / "azurite"
    main = home / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not main.exists():
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--no-audit", "--no-fund", AZURITE], cwd=home, check=True, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("azurite")
    options = ["-l", str(data), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent", "--skipApiVersionCheck"]
    with subprocess.Popen([node, str(main), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}/{ACCOUNT}"
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not _listens(port):
        assert process.poll() is None, "azurite has ended"
        assert time.monotonic() < end, "azurite does not start"
        time.sleep(0.1)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class AzurePlane(DataProxyServiceBase):
    """Signs URLs with Microsoft's library, and compares digests as the open-source backend does."""

    def __init__(self, url: str) -> None:
        from azure.storage.blob import BlobServiceClient

        self.container = BlobServiceClient(url, credential=KEY).get_container_client(CONTAINER)
        if not self.container.exists():
            self.container.create_container()
        self.asked = 0
        self.expired = 0
        """So many of the next URLs have run out already."""
        self.spoiled = 0
        """So many of the next URLs have a wrong signature."""

    def sign(self, name: str, *, seconds: float = 600, **rights: bool) -> str:
        """A URL for a blob."""
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas

        expiry = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        permission = BlobSasPermissions(**rights)
        sas = generate_blob_sas(ACCOUNT, CONTAINER, name, account_key=KEY, permission=permission, expiry=expiry)
        return f"{self.container.get_blob_client(name).url}?{sas}"

    async def create_upload_location(
        self, request: CreateUploadLocationRequest, context: ServerContext
    ) -> CreateUploadLocationResponse:
        """Where an upload goes."""
        self.asked += 1
        root = request.filename_root or base64.b32encode(request.content_md5).decode()
        name = "/".join((request.project, request.domain, root, request.filename))
        digest = base64.b64encode(request.content_md5).decode()
        if request.filename_root and (await asyncio.to_thread(self._digest, name)) not in (None, digest):
            raise AlreadyExists(f"file already exists at [{name}] with different content (hash mismatch)")
        seconds = 600.0
        if self.expired:
            self.expired -= 1
            seconds = -10.0
        url = self.sign(name, seconds=seconds, create=True, write=True)
        if self.spoiled:
            self.spoiled -= 1
            url = url.replace("sig=", "sig=A")
        return CreateUploadLocationResponse(
            signed_url=url,
            native_url=f"abfs://{CONTAINER}/{name}",
            headers={"x-ms-meta-flyteContentMD5": digest},
            expires_at=Timestamp(seconds=int(time.time() + 600)),
        )

    def _digest(self, name: str) -> str | None:
        from azure.core.exceptions import ResourceNotFoundError

        try:
            metadata: dict[str, str] = self.container.get_blob_client(name).get_blob_properties().metadata
        except ResourceNotFoundError:
            return None
        return {key.lower(): value for key, value in metadata.items()}.get("flytecontentmd5", "")

    def blobs(self, uri: str) -> dict[str, Any]:
        """What is stored below a URI: MD5 digests by name."""
        prefix = uri.removeprefix(f"abfs://{CONTAINER}/") + "/"
        found = self.container.list_blobs(name_starts_with=prefix)
        return {blob.name.removeprefix(prefix): bytes(blob.content_settings.content_md5) for blob in found}


@pytest.fixture(scope="session")
def plane(azurite: str) -> Iterator[AzurePlane]:
    """The control plane, and as the attribute `endpoint` where it is."""
    found = AzurePlane(azurite)
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def run() -> None:
        async with await serve([found]) as server:
            found.endpoint = server.url  # type: ignore[attr-defined]
            ready.set()
            await stop.wait()

    def main() -> None:
        try:
            loop.run_until_complete(run())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()

    thread = threading.Thread(target=main)
    thread.start()
    assert ready.wait(30)
    yield found
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    found.container.close()


@pytest.fixture
def client(plane: Any) -> Iterator[remora.Client]:
    """The current client of a test."""
    with remora.Client(
        plane.endpoint, project="p", domain="d", insecure=True, config_file=False, trust_env=False
    ) as current:
        yield current
