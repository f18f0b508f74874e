"""The token of one client: had when it is needed, renewed before it expires, fetched once for all who wait."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from remora.errors import AuthError

from . import prompt
from .flight import Flight
from .flow import NoLogins
from .store import only_process

if TYPE_CHECKING:
    from .flow import Flow
    from .store import Store
    from .token import Token

_QUIET_SECONDS = 30.0
"""How long a token that could not be renewed, and has not expired, is used without another try."""

_instances: weakref.WeakSet[Authenticator] = weakref.WeakSet()


class Held(NamedTuple):
    """What an authenticator has at a moment; replaced as a whole.

    Attributes:
        token: The token, or None.
        serial: How many tokens there were.
        refused: A server did not accept the token.
        none_needed: The control plane offers no logins, so there is no token.
    """

    token: Token | None = None
    serial: int = 0
    refused: bool = False
    none_needed: bool = False


class Kept(NamedTuple):
    """Where a token is kept between programs.

    Attributes:
        key: Its name.
        open_store: Opens the store; called on a worker thread, because a keyring can be slow.
    """

    key: str
    open_store: Callable[[], Store]


class _Work:
    """One fetch of a token.

    Attributes:
        waits_for_person: It is at the point where only a person can go on.
    """

    waits_for_person = False


class Authenticator:
    """Holds the token of a client. Any number of event loops and threads may use it.

    State is plain data under a lock. Tokens are fetched on the portal's event loop, one fetch at a time, and whoever
    needs the token meanwhile waits for that fetch.

    Args:
        make_flow: Makes the way to get tokens, when the first one is needed.
        interactive: The flow asks a person.
        kept: Where the token is kept between programs; None if it is not.
        on_demand: Get no token before a server has asked for one, and ask a person only if one is there.
    """

    def __init__(
        self, make_flow: Callable[[], Flow], *, interactive: bool, kept: Kept | None = None, on_demand: bool = False
    ) -> None:
        self.interactive = interactive
        self._make_flow = make_flow
        self._kept = kept
        self._on_demand = on_demand
        self._wanted = not on_demand
        self._flow: Flow | None = None
        self._store: Store | None = None
        self._held = Held()
        self._quiet_until = 0.0
        self._prepare()
        _instances.add(self)

    def _prepare(self) -> None:
        self._lock = threading.Lock()
        self._flight: Flight | None = None
        self._work = _Work()

    def ready(self) -> Held | None:
        """The token to use now, if nothing has to be done for it."""
        held = self._held
        return None if self._needs_work(held) else held

    async def current(self) -> Held:
        """The token to use now; fetched if there is none, renewed if it is about to expire.

        Raises:
            AuthError: There is none and there should be.
        """
        held = self._held
        if self._needs_work(held):
            await self._fly(held.serial)
        return self._held

    async def renew(self, serial: int) -> bool:
        """Get another token, because a server did not accept one; True if there is another.

        Args:
            serial: Number of the token that was not accepted.

        Raises:
            AuthError: There is no other.
        """
        self._wanted = True
        self.reject(serial)
        await self._fly(serial)
        held = self._held
        if held.none_needed and not self._on_demand:
            raise AuthError(
                "the control plane wants credentials, and does not say where to get them",
                hint="name the provider with issuer=, or pass the credentials with metadata=",
            )
        return held.serial != serial and held.token is not None

    def reject(self, serial: int) -> None:
        """Note that a server did not accept a token."""
        with self._lock:
            if self._held.serial == serial:
                self._held = self._held._replace(refused=True, none_needed=False)

    def _needs_work(self, held: Held) -> bool:
        if held.token is None:
            return self._wanted and not held.none_needed
        now = time.time()
        return held.refused or held.token.expired(now) or (held.token.due(now) and now >= self._quiet_until)

    async def _fly(self, serial: int) -> None:
        while True:
            with self._lock:
                if self._held.serial != serial:
                    return
                flight = self._flight
                if flight is None:
                    flight = self._flight = self._depart()
            try:
                if await flight.join():
                    return
            finally:
                with self._lock:
                    # The work ends that itself, unless it was given up before it began.
                    if self._flight is flight and flight.over:
                        self._flight = None

    def _depart(self) -> Flight:
        work = self._work = _Work()
        return Flight(lambda: self._fetch(work), lambda: work.waits_for_person)

    async def _fetch(self, work: _Work) -> None:
        try:
            token = await self._obtain(self._held, work)
            with self._lock:
                self._held = Held(token, self._held.serial + 1)
        except NoLogins:
            with self._lock:
                self._held = Held(None, self._held.serial, none_needed=True)
        finally:
            with self._lock:
                if self._work is work:
                    self._flight = None

    async def _obtain(self, held: Held, work: _Work) -> Token:
        flow = self._flow = self._flow or self._make_flow()
        if self._kept is None:
            return await self._renewed_or_new(flow, held, work)
        if self._store is None:
            self._store = await asyncio.to_thread(self._kept.open_store)
        store = self._store
        async with only_process(self._kept.key):
            before = await asyncio.to_thread(store.load) or held.token
            if before is not None and not before.due(time.time()) and not _is_refused(before, held):
                return before  # another process was here first, or an earlier one
            if before is not None and before.refresh:
                try:
                    token = await self._renewed(flow, before, held)
                except AuthError as error:
                    if not error.error:
                        raise
                    await asyncio.to_thread(store.delete)  # the provider takes this refresh token no more
                else:
                    await asyncio.to_thread(store.save, token)
                    return token
        token = await self._logged_in(flow, work)
        await asyncio.to_thread(store.save, token)
        return token

    async def _renewed_or_new(self, flow: Flow, held: Held, work: _Work) -> Token:
        before = held.token
        if before is None or not before.refresh:
            try:
                return await self._logged_in(flow, work)
            except AuthError as error:
                return self._still_good(before, held, error)
        try:
            return await self._renewed(flow, before, held)
        except AuthError as error:
            if not error.error:
                raise
            return await self._logged_in(flow, work)

    async def _renewed(self, flow: Flow, before: Token, held: Held) -> Token:
        try:
            return await flow.renew(before)
        except AuthError as error:
            return self._still_good(before, held, error)

    def _still_good(self, before: Token | None, held: Held, error: AuthError) -> Token:
        """The token that could not be renewed, for as long as it is valid and the provider is merely away."""
        now = time.time()
        if error.error or before is None or before.expired(now) or before.expires is None or _is_refused(before, held):
            raise error
        self._quiet_until = now + _QUIET_SECONDS
        return before

    async def _logged_in(self, flow: Flow, work: _Work) -> Token:
        if not flow.interactive:
            return await flow.login()
        if self._on_demand and not prompt.is_interactive():
            raise NoLogins
        work.waits_for_person = True
        try:
            return await flow.login()
        finally:
            work.waits_for_person = False

    def after_fork(self) -> None:
        """Forget what only the parent's threads could finish."""
        self._prepare()

    def __repr__(self) -> str:
        return f"<Authenticator, {'with' if self._held.token is not None else 'without'} a token>"


def _is_refused(token: Token, held: Held) -> bool:
    return held.refused and held.token is not None and held.token.access == token.access


def _after_fork() -> None:
    for instance in list(_instances):
        instance.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
