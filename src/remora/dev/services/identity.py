"""Who calls: read from what a proxy in front would have put into the headers, and believed."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping

from remora.channel.service import ServerContext
from remora.errors import Unauthenticated
from remora_api.flyteidl2.auth import IdentityServiceBase, UserInfoRequest, UserInfoResponse
from remora_api.flyteidl2.common import EnrichedIdentity, User, UserIdentifier, UserSpec

Metadata = Mapping[str, "str | bytes"]


def claims(metadata: Metadata) -> dict[str, object] | None:
    """The claims about the caller; None when there are none. Signatures are not verified."""
    token = _text(metadata, "x-amzn-oidc-data")
    found = _payload(token) if token else None
    if found is not None:
        return found
    subject = _text(metadata, "x-amzn-oidc-identity")
    if subject:
        return {"sub": subject}
    scheme, _, token = _text(metadata, "authorization").partition(" ")
    return _payload(token.strip()) if scheme.lower() == "bearer" else None


def identity(metadata: Metadata) -> EnrichedIdentity | None:
    """The caller as a principal."""
    found = claims(metadata)
    if found is None:
        return None
    spec = UserSpec(
        first_name=_claim(found, "given_name"), last_name=_claim(found, "family_name"), email=_claim(found, "email")
    )
    return EnrichedIdentity(user=User(id=UserIdentifier(subject=_claim(found, "sub")), spec=spec))


def subject_of(principal: EnrichedIdentity | None) -> str:
    """The subject of a principal; "" for nobody."""
    user = principal.user if principal is not None else None
    return user.id.subject if user is not None and user.id is not None else ""


def _payload(token: str) -> dict[str, object] | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        data = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        found = json.loads(data)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and found.get("sub") else None


def _text(metadata: Metadata, name: str) -> str:
    value = metadata.get(name, "")
    return value if isinstance(value, str) else ""


def _claim(found: Mapping[str, object], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


class IdentityService(IdentityServiceBase):
    """Tells callers who they are."""

    async def user_info(self, request: UserInfoRequest, context: ServerContext) -> UserInfoResponse:
        """Answer with the caller's claims.

        Raises:
            Unauthenticated: There are none.
        """
        found = claims(context.metadata)
        if found is None:
            raise Unauthenticated("no authenticated identity on request (missing or untrusted identity headers)")
        return UserInfoResponse(
            subject=_claim(found, "sub"),
            name=_claim(found, "name"),
            preferred_username=_claim(found, "preferred_username"),
            given_name=_claim(found, "given_name"),
            family_name=_claim(found, "family_name"),
            email=_claim(found, "email"),
            picture=_claim(found, "picture"),
        )
