"""Logins and channels as a consumer types them."""

from __future__ import annotations

import ssl

from typing_extensions import assert_type

import remora
from remora import auth
from remora.channel import Channel

METHODS: list[auth.AuthMethod] = [
    auth.Pkce(scopes=["all"], redirect_uri="http://localhost:53593/callback"),
    auth.DeviceFlow("client", audience="me"),
    auth.ClientSecret("client", "secret"),
    auth.ExternalCommand(["print-token"], timeout=10),
    auth.Passthrough(),
]


def clients() -> list[remora.Client]:
    named = remora.Client("flyte.example.com", auth="DeviceFlow", client_id="client")
    keyed = remora.init(api_key="key")
    with remora.auth_metadata(("authorization", "Bearer x"), ("x-user", "u")):
        assert_type(keyed, remora.Client)
    return [named, keyed, *(remora.Client("flyte.example.com", auth=method) for method in METHODS)]


async def channels(context: ssl.SSLContext) -> None:
    assert_type(await remora.create_channel("flyte.example.com"), Channel)
    await remora.create_channel(
        "flyte.example.com",
        insecure=False,
        ssl_credentials=context,
        grpc_options=[("grpc.keepalive_time_ms", 30_000)],
        compression="gzip",
        proxy_command=["print-token"],
        auth_type="ClientSecret",
        client_id="client",
        client_credentials_secret="secret",
        scopes=["all"],
        request_access_token_params={"resource": "x"},
    )
