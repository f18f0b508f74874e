"""The default client of a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .client import Client
from .current import set_default

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Sequence

    from remora.channel.channel import HeaderSource
    from remora.channel.options import RetryPolicy
    from remora.channel.security import Pem
    from remora.config import ConfigFile

    from .login import Auth


def init(
    endpoint: str | None = None,
    *,
    insecure: bool | None = None,
    project: str | None = None,
    domain: str | None = None,
    org: str | None = None,
    context: Mapping[str, str] | None = None,
    insecure_skip_verify: bool | None = None,
    ca_cert_file: str | os.PathLike[str] | None = None,
    root_certificates: Pem | None = None,
    certificate_chain: Pem | None = None,
    private_key: Pem | None = None,
    ssl_context: ssl.SSLContext | None = None,
    http_proxy_url: str | None = None,
    auth: Auth | None = None,
    api_key: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    command: Sequence[str] | None = None,
    proxy_command: Sequence[str] | None = None,
    console_endpoint: str | None = None,
    config_file: ConfigFile = None,
    trust_env: bool = True,
    metadata: HeaderSource | None = None,
    timeout: float = 60.0,
    connect_timeout: float = 20.0,
    keepalive: float | None = 30.0,
    max_message_bytes: int = 64 * 1024 * 1024,
    compression: Literal["gzip"] | None = None,
    validate: bool = True,
    retry: RetryPolicy | None = None,
    grpc_options: Iterable[tuple[str, Any]] = (),
    loop: Literal["caller", "shared"] = "caller",
) -> Client:
    """Make a client, and make it the one that is used where no other is given or current.

    A second call replaces the first; entities go on with the client that made them. The arguments are those of
    `Client`, which describes them.

    Args:
        endpoint: "https://host", "dns:///host", "http://127.0.0.1:8090" (plaintext), "host:port" or "unix:/path".
        insecure: Plaintext instead of TLS.
        project: Project of requests that name none.
        domain: Domain of requests that name none.
        org: Organization of requests.
        context: Further settings of requests, by the names that an SDK declares.
        insecure_skip_verify: TLS without checking who answers; warns.
        ca_cert_file: PEM file with the certificates to trust instead of the system's.
        root_certificates: The same as PEM bytes, or a path.
        certificate_chain: The client's own certificate for mutual TLS.
        private_key: Its key.
        ssl_context: A TLS context to use in place of all of these.
        http_proxy_url: HTTP proxy to connect through; "" for none.
        auth: How to log in, an object of `remora.auth` or a name, see `Client`.
        api_key: An API key: endpoint, client and secret in one text.
        client_id: OAuth client.
        client_secret: Its secret.
        command: Command that prints a token.
        proxy_command: Command that prints a token for a proxy.
        console_endpoint: Base of links to the web console.
        config_file: A config file to read, None to look for one, False to read none.
        trust_env: Use the proxy that the environment names.
        metadata: Headers of every call, or a function that gives them.
        timeout: Default deadline in seconds of a call that answers once.
        connect_timeout: Seconds in which a connection must stand.
        keepalive: Seconds of silence after which a ping is sent; None for no pings.
        max_message_bytes: Largest response message that is accepted.
        compression: "gzip" to compress larger requests.
        validate: Check requests against the validation rules of the protos before they are sent; False leaves it to
            the server.
        retry: When and how often a call is made again.
        grpc_options: Options by the names that gRPC gives them.
        loop: "caller" or "shared", see `Client`.

    Returns:
        The client.

    Raises:
        ConfigError: A setting is malformed, two contradict each other, or there is no endpoint.

    Example:
        >>> remora.init("http://127.0.0.1:8090", project="flytesnacks", domain="development")  # doctest: +SKIP
    """
    client = Client(
        endpoint,
        insecure=insecure,
        project=project,
        domain=domain,
        org=org,
        context=context,
        insecure_skip_verify=insecure_skip_verify,
        ca_cert_file=ca_cert_file,
        root_certificates=root_certificates,
        certificate_chain=certificate_chain,
        private_key=private_key,
        ssl_context=ssl_context,
        http_proxy_url=http_proxy_url,
        auth=auth,
        api_key=api_key,
        client_id=client_id,
        client_secret=client_secret,
        command=command,
        proxy_command=proxy_command,
        console_endpoint=console_endpoint,
        config_file=config_file,
        trust_env=trust_env,
        metadata=metadata,
        timeout=timeout,
        connect_timeout=connect_timeout,
        keepalive=keepalive,
        max_message_bytes=max_message_bytes,
        compression=compression,
        validate=validate,
        retry=retry,
        grpc_options=grpc_options,
        loop=loop,
    )
    set_default(client)
    return client
