"""The credentials of a client's calls: its own token, that of a proxy, or what the running context passes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.channel.credentials import Grant

from .metadata import current_metadata

if TYPE_CHECKING:
    from .authenticator import Authenticator, Held


class CallCredentials:
    """Headers of calls, from up to two tokens or from the context.

    Args:
        own: Holds the token of the control plane; None with `Passthrough`.
        proxy: Holds the token of a proxy in front of it.
    """

    def __init__(self, own: Authenticator | None, proxy: Authenticator | None) -> None:
        self._own = own
        self._proxy = proxy

    @property
    def asks_a_person(self) -> bool:
        """Getting a grant may wait for someone to log in."""
        return self._own is not None and self._own.interactive

    async def grant(self) -> Grant:
        """The headers of an attempt."""
        headers: dict[str, str] = {} if self._own is not None else current_metadata()
        serial = []
        for source in (self._proxy, self._own):
            held = None if source is None else await source.current()
            headers.update(bearer(held))
            serial.append(0 if held is None else held.serial)
        return Grant(headers, tuple(serial))

    async def renew(self, refused: Grant) -> bool:
        """Get other tokens. A proxy and a control plane refuse in the same way, so both are renewed."""
        another = False
        for source, serial in zip((self._proxy, self._own), refused.serial or (0, 0), strict=True):
            if source is not None:
                another = await source.renew(serial) or another
        return another

    def reject(self, refused: Grant) -> None:
        """Note that a server did not accept these tokens."""
        for source, serial in zip((self._proxy, self._own), refused.serial or (0, 0), strict=True):
            if source is not None:
                source.reject(serial)


def bearer(held: Held | None) -> dict[str, str]:
    """The header of a token (RFC 6750 section 2.1); none without a token."""
    if held is None or held.token is None:
        return {}
    return {held.token.header_key: f"Bearer {held.token.access}"}
