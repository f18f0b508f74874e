"""The security of the connection to the store is that of the client, unless the call says otherwise."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from remora import download_file, upload_file
from remora.channel.security import Certificates, TransportSecurity
from remora.errors import DownloadError, UploadError


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def secure(plane: Any, store: Any, authority: trustme.CA, tmp_path: Path) -> AsyncIterator[Any]:
    """The control plane, with a store that speaks TLS and wants to see a certificate where one is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_OPTIONAL
    shown: list[Any] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown.append(writer.get_extra_info("ssl_object").getpeercert())
        await store.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    store.url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "file").write_bytes(b"content" * 100_000)
    plane.shown = shown
    yield plane
    server.close()
    await server.wait_closed()


async def test_an_unknown_authority_is_refused_at_once(secure: Any, store: Any, tmp_path: Path) -> None:
    with pytest.raises(
        UploadError, match=r"the certificate of localhost is not trusted: .* \(hint: give the store's CA"
    ):
        await upload_file.aio(tmp_path / "file", client=secure)
    with pytest.raises(DownloadError, match="the certificate of localhost is not trusted"):
        await download_file.aio(f"{store.url}/x", tmp_path, client=secure)
    assert store.received == []


async def test_the_client_s_authority_and_certificate(
    secure: Any, store: Any, authority: trustme.CA, tmp_path: Path
) -> None:
    own = authority.issue_cert("client.example.com")
    secure.config.security = TransportSecurity(
        certificates=Certificates(
            root_certificates=authority.cert_pem.bytes(),
            certificate_chain=own.cert_chain_pems[0].bytes(),
            private_key=own.private_key_pem.bytes(),
        )
    )
    await upload_file.aio(tmp_path / "file", client=secure)
    assert len(store.received) == 1
    assert secure.shown[0]["subjectAltName"] == (("DNS", "client.example.com"),)


@pytest.mark.parametrize("kind", ["file", "context", "none"])
async def test_the_call_has_the_last_word(
    secure: Any, store: Any, authority: trustme.CA, tmp_path: Path, kind: str
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    verify: Any = {"file": str(tmp_path / "ca.pem"), "context": context, "none": False}[kind]
    await upload_file.aio(tmp_path / "file", verify, client=secure)
    assert len(store.received) == 1


async def test_a_control_plane_that_is_not_verified_says_nothing_of_its_store(
    secure: Any, store: Any, tmp_path: Path
) -> None:
    secure.config.security = TransportSecurity(insecure_skip_verify=True)
    with pytest.raises(UploadError, match="is not trusted"):
        await upload_file.aio(tmp_path / "file", client=secure)
    secure.config.endpoint.host = "localhost"
    await upload_file.aio(tmp_path / "file", client=secure)
    assert len(store.received) == 1
