"""The token of a client while the thread that fetches it comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from remora.auth.authenticator import Authenticator
from remora.auth.flow import Flow
from remora.auth.token import Token
from remora.dual.portal import Submitted, portal
from remora.errors import Cancelled


class Fixed(Flow):
    async def login(self) -> Token:
        return Token("abc")


async def test_a_fetch_that_never_began_does_not_stand_in_the_way_of_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(coroutine: Coroutine[Any, Any, Any]) -> Submitted[Any]:
        loop = asyncio.new_event_loop()
        loop.close()
        submitted = Submitted(loop, coroutine)
        submitted.start()
        return submitted

    authenticator = Authenticator(Fixed, interactive=False)
    with monkeypatch.context() as patched:
        patched.setattr(portal, "submit", too_late)
        with pytest.raises(Cancelled):
            await authenticator.current()
    token = (await authenticator.current()).token
    assert token is not None
    assert token.access == "abc"
