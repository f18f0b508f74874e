"""The credentials of a client's calls: its own token, that of a proxy, or what the running context passes on."""

from __future__ import annotations

from collections.abc import Sequence
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
        self._sources = (proxy, own)

    @property
    def asks_a_person(self) -> bool:
        """Getting a grant may wait for someone to log in."""
        return self._own is not None and self._own.interactive

    def ready(self) -> Grant | None:
        """The headers of an attempt if they are there already."""
        held = [None if source is None else source.ready() for source in self._sources]
        waiting = any(source is not None and each is None for source, each in zip(self._sources, held, strict=True))
        return None if waiting else self._granted(held)

    async def grant(self) -> Grant:
        """The headers of an attempt."""
        return self._granted([None if source is None else await source.current() for source in self._sources])

    def _granted(self, held: Sequence[Held | None]) -> Grant:
        headers: dict[str, str] = {} if self._own is not None else current_metadata()
        for each in held:
            headers.update(bearer(each))
        return Grant(headers, tuple(0 if each is None else each.serial for each in held))

    async def renew(self, refused: Grant) -> bool:
        """Get other tokens. A proxy and a control plane refuse in the same way, so both are renewed."""
        another = False
        for source, serial in zip(self._sources, refused.serial or (0, 0), strict=True):
            if source is not None:
                another = await source.renew(serial) or another
        return another

    def reject(self, refused: Grant) -> None:
        """Note that a server did not accept these tokens."""
        for source, serial in zip(self._sources, refused.serial or (0, 0), strict=True):
            if source is not None:
                source.reject(serial)


def bearer(held: Held | None) -> dict[str, str]:
    """The header of a token; none without a token."""
    if held is None or held.token is None:
        return {}
    return {held.token.header_key: held.token.header}
