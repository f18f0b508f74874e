"""The gRPC side of logins: where to log in, and who is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from remora.channel.service import ServerBase, ServerContext
from remora.dev.login.provider import PUBLIC_CLIENT, LoginProvider
from remora.errors import Unauthenticated
from remora_api.flyteidl2.auth import (
    AuthMetadataServiceBase,
    GetOAuth2MetadataRequest,
    GetOAuth2MetadataResponse,
    GetPublicClientConfigRequest,
    GetPublicClientConfigResponse,
)

if TYPE_CHECKING:
    from grpclib.const import Handler


class LoginMetadataService(AuthMetadataServiceBase):
    """Names the provider.

    Args:
        provider: The provider.
        header_key: Header that carries tokens.
    """

    def __init__(self, provider: LoginProvider, header_key: str = "authorization") -> None:
        self._provider = provider
        self._header_key = header_key

    async def get_oauth2_metadata(
        self, request: GetOAuth2MetadataRequest, context: ServerContext
    ) -> GetOAuth2MetadataResponse:
        """Answer with the provider's endpoints."""
        return GetOAuth2MetadataResponse.from_dict(self._provider.metadata(), ignore_unknown_fields=True)

    async def get_public_client_config(
        self, request: GetPublicClientConfigRequest, context: ServerContext
    ) -> GetPublicClientConfigResponse:
        """Answer with the client for people."""
        return GetPublicClientConfigResponse(
            client_id=PUBLIC_CLIENT, scopes=["all", "offline"], authorization_metadata_key=self._header_key
        )


class Guarded(ServerBase):
    """A service that lets nobody in without a token of the provider.

    Args:
        service: The service itself.
        provider: The provider.
        header_key: Header that carries tokens.
    """

    def __init__(self, service: ServerBase, provider: LoginProvider, header_key: str = "authorization") -> None:
        self._service = service
        self._provider = provider
        self._header_key = header_key

    def __mapping__(self) -> dict[str, Handler]:
        """Handlers by path."""
        from grpclib.const import Handler

        return {path: Handler(self._checked(inner), *inner[1:]) for path, inner in self._service.__mapping__().items()}

    def _checked(self, inner: Handler) -> Any:
        async def serve(stream: Any) -> None:
            from grpclib.const import Status
            from grpclib.exceptions import GRPCError

            value = str((stream.metadata or {}).get(self._header_key, ""))
            scheme, _, token = value.partition(" ")
            if scheme.lower() != "bearer" or not self._provider.grants.valid(token):
                refusal = Unauthenticated("the call carries no valid token")
                raise GRPCError(Status(refusal.code), refusal.message)
            await inner.func(stream)

        return serve
