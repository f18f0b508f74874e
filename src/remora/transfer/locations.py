"""Asking the control plane where a file may go."""

from __future__ import annotations

import time
from dataclasses import dataclass

from remora.bindings import RetrySafe
from remora.client import Client
from remora.errors import AlreadyExists, InvalidArgument
from remora.flyte.routing import routed
from remora.transfer.targets import check_target
from remora_api.flyteidl2 import cluster, common, dataproxy
from remora_api.google import protobuf

EXPIRES_SECONDS = 900
"""How long a signed URL should be good for."""

_MARGIN = 30.0  # seconds before its end in which a URL is not used any more


@dataclass(frozen=True)
class Location:
    """Where one file may go.

    Attributes:
        signed_url: A password: whoever has it can write this object.
        native_url: What the object is called afterwards.
        headers: Headers that are part of the signature.
        expires: When not to use it any more, on the monotonic clock.
    """

    signed_url: str
    native_url: str
    headers: dict[str, str]
    expires: float

    def __repr__(self) -> str:
        return f"Location(native_url={self.native_url!r})"

    @property
    def stale(self) -> bool:
        """Whether the URL has run out, or soon will."""
        return time.monotonic() >= self.expires


@dataclass(frozen=True)
class Locations:
    """Asks for the locations of one upload.

    Attributes:
        client: Whom to ask.
        org: Organization.
        project: Project that owns the upload.
        domain: Domain that owns the upload.
        prefix: Name of the directory in the store; empty for one file, which is then filed under its digest.
    """

    client: Client
    org: str
    project: str
    domain: str
    prefix: str

    async def get(self, name: str, md5: bytes, size: int) -> Location:
        """Ask for a location. What is there already is no reason to refuse one, if the digest is the same.

        Raises:
            AlreadyExists: there is another file with this name.
            Failed: the answer is not acceptable.
            RpcError: the control plane refuses, or cannot be reached.
        """
        try:
            location = await self._ask(name, md5, size, EXPIRES_SECONDS)
        except InvalidArgument as error:
            if "maximum allowed duration" not in error.message:
                raise
            location = await self._ask(name, md5, size, None)
        check_target(location.signed_url, plaintext_ok=not self.client.config.endpoint.tls)
        return Location(location.signed_url, location.native_url, dict(location.headers), _end(location))

    async def has(self, name: str, md5: bytes, size: int) -> bool:
        """Tell whether the store has this content under this name, which `get` has not refused.

        The API has no call for that. But a location for another digest is refused when, and only when, something has
        the name; and a location for the right digest was not. A backend that does not compare digests answers with a
        location, and the file is sent.
        """
        other = bytes(byte ^ 0xFF for byte in md5)
        try:
            await self._ask(name, other, size, 60)
        except AlreadyExists:
            return True
        return False

    async def _ask(
        self, name: str, md5: bytes, size: int, expires: int | None
    ) -> dataproxy.CreateUploadLocationResponse:
        request = dataproxy.CreateUploadLocationRequest(
            project=self.project,
            domain=self.domain,
            org=self.org,
            filename=name,
            filename_root=self.prefix,
            content_md5=md5,
            content_length=size,
            expires_in=None if expires is None else protobuf.Duration(seconds=expires),
            add_content_md5_metadata=True,
        )
        owner = common.ProjectIdentifier(organization=self.org, domain=self.domain, name=self.project)
        caller = await routed(self.client, cluster.SelectClusterRequestOperation.CREATE_UPLOAD_LOCATION, owner)
        # It only makes a URL, so it may be asked again.
        stub = dataproxy.DataProxyServiceStub(RetrySafe(caller))
        return await stub.create_upload_location(request)


def _end(location: dataproxy.CreateUploadLocationResponse) -> float:
    lifetime = float(EXPIRES_SECONDS)
    if location.expires_at is not None:
        told = location.expires_at.to_datetime().timestamp() - time.time()
        # A clock that is wrong, here or there, must not make every URL look old; the store has the last word.
        if 0 < told < lifetime:
            lifetime = told
    return time.monotonic() + max(lifetime - _MARGIN, lifetime / 2)
