"""Login on another device: RFC 8628."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from remora.errors import AuthError, LoginDenied, LoginTimeout

from . import prompt
from .flow import TOKEN_ENDPOINT, RefreshingFlow, asked_for
from .http import refused, shown
from .provider import Provider
from .token import read_answer

if TYPE_CHECKING:
    from .flow import Surroundings
    from .methods import DeviceFlow
    from .token import Token

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_DEVICE_ENDPOINT = "device authorization endpoint"
_INTERVAL, _SLOWER, _LIFE = 5.0, 5.0, 600.0
MIN_INTERVAL = 1.0
"""No provider is asked more often than this, in seconds."""

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Started(NamedTuple):
    device_code: str
    user_code: str
    verification_uri: str
    complete_uri: str
    life: float
    interval: float


class DeviceLogin(RefreshingFlow):
    """Shows a code, and waits until someone has typed it in elsewhere."""

    def __init__(self, method: DeviceFlow, around: Surroundings) -> None:
        super().__init__(method, around, method.refresh_access_token_params)

    async def login(self) -> Token:
        """Show the code and wait."""
        provider = await self.provider()
        if not provider.device_authorization_endpoint:
            raise AuthError(
                f"{self._around.name} offers no login on another device",
                hint='use auth="Pkce" where there is a browser, or a client secret where there is no person',
            )
        started = await self._start(provider)
        self._show(started)
        return await self._poll(provider, started)

    async def _start(self, provider: Provider) -> _Started:
        url = provider.device_authorization_endpoint
        form = {"client_id": provider.client_id, **asked_for(provider)}
        answer = await self._around.http.post(url, _DEVICE_ENDPOINT, form)
        if answer.status != 200 or answer.body is None or answer.error:
            raise refused(answer, _DEVICE_ENDPOINT, url)
        started = _read(answer.body)
        if started is None:
            raise AuthError("the device authorization endpoint answered without a code and an address to type it in at")
        return started

    def _show(self, started: _Started) -> None:
        lines = [
            f"To log in to {self._around.name}, open this page on any device:",
            f"    {shown(started.verification_uri)}",
            f"and enter the code {shown(started.user_code)}",
        ]
        if started.complete_uri:
            lines.append(f"or open {shown(started.complete_uri)}")
        prompt.tell("\n".join(lines))

    async def _poll(self, provider: Provider, started: _Started) -> Token:
        form = {"grant_type": _GRANT, "device_code": started.device_code, "client_id": provider.client_id}
        clock = asyncio.get_running_loop()
        ends = clock.time() + started.life
        interval = started.interval
        while clock.time() + interval < ends:
            await pause(interval)
            now = time.time()
            try:
                answer = await self._around.http.post(provider.token_endpoint, TOKEN_ENDPOINT, form)
            except LoginTimeout:
                interval *= 2  # RFC 8628 section 3.5: a client that times out polls less often
                continue
            error = answer.error
            if answer.status == 200 and answer.body is not None and not error:
                return read_answer(answer.body, now, provider.header_key)
            if error == "slow_down":
                interval += _SLOWER
            elif error == "access_denied":
                raise LoginDenied(f"the login to {self._around.name} was refused on the other device", error=error)
            elif error == "expired_token":
                break
            elif error != "authorization_pending" and not (not error and answer.status in _BUSY):
                secrets = (started.device_code, started.user_code)
                raise refused(answer, TOKEN_ENDPOINT, provider.token_endpoint, secrets)
        raise LoginTimeout(
            f"nobody finished the login to {self._around.name} on another device in time",
            error="expired_token",
            hint="make the call again to get a new code",
        )


def _read(body: dict[str, Any]) -> _Started | None:
    texts = [body.get(name) for name in ("device_code", "user_code")]
    texts.append(body.get("verification_uri") or body.get("verification_url"))
    device_code, user_code, uri = (each if isinstance(each, str) else "" for each in texts)
    if not (device_code and user_code and uri):
        return None
    complete = body.get("verification_uri_complete")
    return _Started(
        device_code,
        user_code,
        uri,
        complete if isinstance(complete, str) else "",
        _number(body.get("expires_in"), _LIFE),
        max(_number(body.get("interval"), _INTERVAL), MIN_INTERVAL),
    )


async def pause(seconds: float) -> None:
    """Wait between two questions whether the login is done."""
    await asyncio.sleep(seconds)


def _number(value: object, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return default
    try:
        number = float(value)
    except ValueError:
        return default
    return number if 0 <= number < 86400 else default
