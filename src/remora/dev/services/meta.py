"""Services that tell a client where things are."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.errors import Unimplemented
from remora_api.flyteidl2.auth import (
    AuthMetadataServiceBase,
    GetOAuth2MetadataRequest,
    GetOAuth2MetadataResponse,
    GetPublicClientConfigRequest,
    GetPublicClientConfigResponse,
)
from remora_api.flyteidl2.cluster import (
    ClusterServiceBase,
    SelectClusterRequest,
    SelectClusterResponse,
)


class AuthMetadataService(AuthMetadataServiceBase):
    """Says that there is no authorization server."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def get_oauth2_metadata(
        self, request: GetOAuth2MetadataRequest, context: ServerContext
    ) -> GetOAuth2MetadataResponse:
        """Refuse, as a backend without an external authorization server does."""
        raise Unimplemented("oauth2 metadata is not configured; set runs.authMetadata.externalAuthServerBaseUrl")

    async def get_public_client_config(
        self, request: GetPublicClientConfigRequest, context: ServerContext
    ) -> GetPublicClientConfigResponse:
        """Answer with the defaults."""
        return GetPublicClientConfigResponse(
            authorization_metadata_key="authorization", dataplane_domain=self._plane.addresses.endpoint
        )


class ClusterService(ClusterServiceBase):
    """There is one cluster, here unless the options say otherwise."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def select_cluster(self, request: SelectClusterRequest, context: ServerContext) -> SelectClusterResponse:
        """Answer with this endpoint, or with the one that was set instead, whatever is asked for."""
        chosen = self._plane.options.cluster_endpoint or self._plane.addresses.endpoint
        return SelectClusterResponse(cluster_endpoint=chosen)
