"""HTTP side of an upload: the client, the headers, and what is not accepted from a server."""

from __future__ import annotations

import base64
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from remora.errors import UploadError

if TYPE_CHECKING:
    import httpx

    from remora.client import Client
    from remora.config import Config
    from remora_api.flyteidl2 import dataproxy

CONNECT_SECONDS = 30.0
IDLE_SECONDS = 300.0
"""A store that neither takes nor sends a byte for this long is given up, for this attempt."""

# A server's answer may sign headers of the object; these would change whom the request talks to, or with whose rights.
_FORBIDDEN = frozenset(
    (
        *("authorization", "connection", "cookie", "host", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    )
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def store_client(client: Client, signed_url: str, verify: bool | str | ssl.SSLContext) -> httpx.AsyncClient:
    """An HTTP client for the object store: no redirects, no cookies and no credentials of the control plane.

    Args:
        client: Its settings say which certificates to trust and which proxy to use.
        signed_url: Where the upload goes.
        verify: What the caller said about TLS.
    """
    import httpx

    config = client.config
    target = urlsplit(signed_url)
    if target.scheme == "http":
        # Building an SSL context takes longer than a small upload, and redirects to https are not followed.
        verify = False
    elif verify is True:
        verify = _trust(config, target.hostname)
    elif isinstance(verify, str):
        verify = ssl.create_default_context(cafile=verify)
    timeout = httpx.Timeout(IDLE_SECONDS, connect=CONNECT_SECONDS)
    transport = None
    if config.http_proxy_url and target.hostname not in _LOOPBACK:
        transport = httpx.AsyncHTTPTransport(verify=verify, proxy=httpx.Proxy(config.http_proxy_url))
    return httpx.AsyncClient(verify=verify, timeout=timeout, transport=transport, follow_redirects=False)


def _trust(config: Config, host: str | None) -> bool | ssl.SSLContext:
    """Which certificates to trust when the caller did not say: what the control plane's settings say."""
    if config.insecure_skip_verify and host == config.endpoint.host:
        return False
    if not config.ca_cert_file:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(config.ca_cert_file)
    return context


def check_target(signed_url: str, path: str, *, plaintext_ok: bool) -> None:
    """Refuse to send a file where the control plane should not have pointed.

    Raises:
        UploadError: the address is no HTTP address, or plaintext to another machine although the control plane itself
            is reached with TLS.
    """
    parts = urlsplit(signed_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UploadError(f"{path} was not uploaded: the control plane gave no HTTP address to send it to", path=path)
    if parts.scheme == "http" and not plaintext_ok and parts.hostname not in _LOOPBACK:
        raise UploadError(
            f"{path} was not uploaded: the control plane wants it sent to {parts.hostname} without TLS", path=path
        )


def send_headers(
    location: dataproxy.CreateUploadLocationResponse, path: str, md5: bytes, size: int, content_type: str | None
) -> dict[str, str]:
    """Headers of the upload. What the server gave is part of its signature and is sent as it is.

    Raises:
        UploadError: the server gave a header that must not come from it.
    """
    headers: dict[str, str] = {}
    if location.native_url.startswith("abfs://"):
        headers["x-ms-blob-type"] = "BlockBlob"
    for name, value in location.headers.items():
        if name.lower() in _FORBIDDEN or any(char in name + value for char in "\r\n\0"):
            raise UploadError(f"{path} was not uploaded: the control plane gave the header {name!r}", path=path)
        _put(headers, name, value)
    _put(headers, "Content-Length", str(size))
    given = {name.lower() for name in headers}
    if "content-md5" not in given:
        headers["Content-MD5"] = base64.b64encode(md5).decode()
    if content_type is not None and "content-type" not in given:
        headers["Content-Type"] = content_type
    return headers


def _put(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header, in place of one whose name differs only in case."""
    for known in [known for known in headers if known.lower() == name.lower()]:
        del headers[known]
    headers[name] = value
