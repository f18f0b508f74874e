"""API keys: an endpoint and a client's credentials in one piece of text."""

from __future__ import annotations

from typing import NamedTuple

from remora.channel.endpoint import parse_endpoint
from remora.errors import ApiKeyError, ConfigError

from .secret import Secret


class ApiKey(NamedTuple):
    """What an API key says.

    Attributes:
        endpoint: Where the control plane is, in any of the usual spellings.
        client_id: The OAuth client.
        client_secret: Its secret.
        org: Organization of requests, or "".
    """

    endpoint: str
    client_id: str
    client_secret: Secret
    org: str


def decode_api_key(text: str, where: str = "the API key") -> ApiKey:
    """Read an API key: base64 of "endpoint:client_id:client_secret:org".

    The endpoint may have colons of its own ("dns:///host", "host:8443"), so the parts are counted from the right. An
    organization "None" is how keys without one are written.

    Args:
        text: The key. White space around it and missing padding do no harm.
        where: Where it comes from, for the error.

    Raises:
        ApiKeyError: It is malformed. The error does not show the key.
    """
    from base64 import b64decode
    from binascii import Error

    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        decoded = b64decode(compact + "=" * (-len(compact) % 4), validate=True).decode("utf-8")
    except (Error, ValueError):  # from None: the chained error of a codec shows the bytes
        raise _malformed(where, "is not base64 of UTF-8 text") from None
    parts = decoded.rsplit(":", 3)
    if len(parts) != 4:
        raise _malformed(where, "does not have the four parts endpoint, client id, client secret and organization")
    endpoint, client_id, client_secret, org = (part.strip() for part in parts)
    for name, part in (("endpoint", endpoint), ("client id", client_id), ("client secret", client_secret)):
        if not part:
            raise _malformed(where, f"has an empty {name}")
    try:
        parse_endpoint(endpoint)
    except ConfigError:  # from None: with a colon in the secret, the endpoint would show a part of it
        raise _malformed(where, "names an endpoint that cannot be read, or has a colon in its secret") from None
    return ApiKey(endpoint, client_id, Secret(client_secret), "" if org == "None" else org)


def _malformed(where: str, problem: str) -> ApiKeyError:
    return ApiKeyError(f"{where} {problem}", hint="copy the whole key again, as it was given out")
