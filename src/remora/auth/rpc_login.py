"""Logins of a service's own: one of its RPCs gives a token. Generated packages have a class for each."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from remora.errors import AuthError, RpcError, StatusCode

from .flow import Flow
from .methods import check_seconds
from .token import Token

if TYPE_CHECKING:
    from remora.channel.channel import Channel, HeaderSource
    from remora.channel.method import Caller

LOGIN_SECONDS = 20.0
"""How long the RPC of a login may take."""

_AWAY = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.CANCELLED})
_TEXT = re.compile(r"[ -~]{1,65536}\Z")  # what a header can carry


@dataclass(frozen=True)
class RpcLogin(ABC):
    """A way to log in by an RPC of the service. A token is renewed when a server refuses it with UNAUTHENTICATED.

    Attributes:
        HEADER: Header that carries the token.
        SCHEME: The word before the token; empty for none.

    Args:
        lifetime: Seconds that a token is good for, if they are known: it is then renewed before it expires.

    Raises:
        ConfigError: `lifetime` is not above 0.
    """

    HEADER: ClassVar[str] = "authorization"
    SCHEME: ClassVar[str] = "Bearer"

    lifetime: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.lifetime is not None:
            check_seconds("lifetime", self.lifetime)

    @abstractmethod
    async def log_in(self, caller: Caller, timeout: float) -> str:
        """Make the RPC, without any token.

        Args:
            caller: Makes the call.
            timeout: Its deadline in seconds.

        Returns:
            The token.
        """


class RpcFlow(Flow):
    """Gets tokens with an RPC.

    Args:
        method: What the user set.
        open_channel: Makes a channel without credentials.
    """

    def __init__(self, method: RpcLogin, open_channel: Callable[[HeaderSource | None], Channel]) -> None:
        self._method = method
        self._open_channel = open_channel

    async def login(self) -> Token:
        """Get a token."""
        method, channel, now = self._method, self._open_channel(None), time.time()
        try:
            access = await method.log_in(channel, LOGIN_SECONDS)
        except RpcError as error:
            if error.code in _AWAY:
                error.retriable = False  # the login was tried often enough
                raise
            raise AuthError(f"the login failed: {error.message}", hint="check who logs in, and with what") from error
        finally:
            channel.close()
        if not _TEXT.match(access):
            raise AuthError("the login gave no token that a header can carry")
        expires = None if method.lifetime is None else now + method.lifetime
        return Token(access, "", now, expires, method.HEADER, method.SCHEME)
