"""The object store as HTTP: pooled connections that carry what was signed, and nothing else."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import httpx

from remora._version import __version__
from remora.channel.endpoint import parse_endpoint
from remora.channel.security import TransportSecurity
from remora.transfer.attempts import Failed, judge
from remora.transfer.quiet import keep_secrets
from remora.transfer.targets import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from remora.client import Client

CONNECT_SECONDS = 30.0
IDLE_SECONDS = 300.0
"""A store that neither takes nor sends a byte for this long is given up, for this attempt."""

# Of an answer that is not a download: bytes that are looked at, and that are read at most.
_SHOWN, _DRAINED = 4096, 1024 * 1024

_TIMEOUT = httpx.Timeout(IDLE_SECONDS, connect=CONNECT_SECONDS).as_dict()


class _SignedUrl(httpx.URL):
    """A URL whose path and query are sent as they are: a signature holds for no other spelling of the same."""

    def __init__(self, signed_url: str) -> None:
        super().__init__(signed_url)
        rest = signed_url.partition("://")[2].partition("#")[0]
        start = min((index for index in (rest.find("/"), rest.find("?")) if index >= 0), default=len(rest))
        self._target = f"{'' if rest[start:].startswith('/') else '/'}{rest[start:]}".encode()

    @property
    def raw_path(self) -> bytes:
        """Path and query on the wire."""
        return self._target


class ObjectStore:
    """Sends requests to signed URLs.

    It uses httpx's transport, not its client: a client keeps cookies, makes an Authorization header of a user name in
    a URL, adds headers of its own, and logs every URL.

    Args:
        client: Its settings say which certificates to trust and which proxy to use.
        verify: What the caller said about TLS.
        connections: How many there may be at a time to one host.

    Raises:
        ConfigError: `verify` names a file that holds no certificates.
    """

    def __init__(self, client: Client, verify: bool | str | ssl.SSLContext, connections: int) -> None:
        keep_secrets()
        self._config = client.config
        self._verify = _context(verify) if isinstance(verify, str) else verify
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._transports: dict[tuple[str, str], httpx.AsyncHTTPTransport] = {}

    async def send(
        self, method: str, signed_url: str, headers: Mapping[str, str], body: httpx.AsyncByteStream | None = None
    ) -> httpx.Response:
        """Send a request and return the head of the answer, whose body must be read and closed.

        Raises:
            Failed: the store could not be reached, or the connection broke off.
        """
        try:
            url = _SignedUrl(signed_url)
        except httpx.InvalidURL:
            raise Failed("the control plane gave no HTTP address", repeat=False) from None
        request = httpx.Request(
            method,
            url,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": "*/*",
                "User-Agent": f"remora/{__version__}",
                **headers,
            },
            stream=body or httpx.ByteStream(b""),
            extensions={"timeout": _TIMEOUT},
        )
        request.url = url  # the request has made a copy, in its own spelling
        try:
            return await self._transport(url).handle_async_request(request)
        except httpx.HTTPError as error:
            raise failure(error, url.host) from None

    async def upload(self, signed_url: str, headers: Mapping[str, str], body: httpx.AsyncByteStream) -> None:
        """Send an object and wait until the store has it.

        Raises:
            Failed: it has not.
        """
        response = await self.send("PUT", signed_url, headers, body)
        answer = await beginning(response)
        if response.status_code not in (200, 201, 204):
            raise judge(httpx.URL(signed_url).host, response.status_code, response.headers, answer)
        received = response.headers.get("content-md5")
        sent = next((value for name, value in headers.items() if name.lower() == "content-md5"), received)
        if received is not None and received != sent:
            raise Failed(f"{httpx.URL(signed_url).host} has stored something else than was sent", response.status_code)

    def _transport(self, url: httpx.URL) -> httpx.AsyncHTTPTransport:
        key = (url.scheme, url.host)
        transport = self._transports.get(key)
        if transport is None:
            origin = parse_endpoint(f"{url.scheme}://{url.netloc.decode('ascii')}").endpoint()
            proxy = None if url.host in LOOPBACK else self._config.security.named_proxy(origin)
            transport = self._transports[key] = httpx.AsyncHTTPTransport(
                # An SSL context takes longer to build than a small upload takes.
                verify=self._trust(url.host) if url.scheme == "https" else False,
                limits=self._limits,
                proxy=None
                if proxy is None
                else httpx.Proxy(proxy.url if "://" in proxy.url else f"http://{proxy.url}"),
                trust_env=False,
            )
        return transport

    def _trust(self, host: str) -> bool | ssl.SSLContext:
        """Which certificates to trust: what the caller said, else what the client's settings say."""
        if self._verify is not True:
            return self._verify
        security = self._config.security
        if security.insecure_skip_verify and host != self._config.endpoint.host:
            # It was said of the control plane, and not of whatever machine it points to.
            security = TransportSecurity(ca_cert_file=security.ca_cert_file, certificates=security.certificates)
        return security.http_context()

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            await transport.aclose()


async def beginning(response: httpx.Response) -> bytes:
    """The first bytes of an answer, enough to see what is wrong; the rest is read and dropped, within limits.

    Raises:
        Failed: the connection broke off.
    """
    body, size = b"", 0
    try:
        async with contextlib.aclosing(cast("AsyncGenerator[bytes, None]", response.aiter_raw())) as pieces:
            async for piece in pieces:
                size += len(piece)
                if len(body) < _SHOWN:
                    body += piece[:_SHOWN]
                if size > _DRAINED:  # not worth reading to keep the connection
                    break
    except httpx.HTTPError as error:
        raise failure(error, "the object store") from None
    finally:
        await response.aclose()
    return body


def _context(path: str) -> ssl.SSLContext:
    """A context that trusts the authorities of a PEM file.

    Raises:
        ConfigError: they cannot be read.
    """
    return TransportSecurity(ca_cert_file=path).http_context()


def failure(error: Exception, host: str) -> Failed:
    """What an exception of httpx means; its own text may hold the URL."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failed(
                f"the certificate of {host} is not trusted: {cause.verify_message}",
                repeat=False,
                hint="give the store's CA as verify=, or as ca_cert_file= of the client",
            )
        cause = cause.__cause__ or cause.__context__
    # A request that cannot be sent today cannot be sent tomorrow.
    repeat = not isinstance(error, httpx.LocalProtocolError)
    return Failed(f"{type(error).__name__} while talking to {host}", repeat=repeat)
