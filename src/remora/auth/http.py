"""HTTP requests to an OAuth 2 provider: bounded in time and size, repeated after faults, never redirected."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from remora.channel.deadline import within
from remora.channel.endpoint import is_loopback
from remora.errors import AuthError, LoginTimeout

if TYPE_CHECKING:
    from typing import TypeAlias

    import httpx

OpenHttp: TypeAlias = "Callable[[str], httpx.AsyncClient]"
"""Makes an HTTP client for a URL, with the TLS and proxy settings of the control plane's client."""

ExtraHeaders: TypeAlias = "Callable[[str], Awaitable[Mapping[str, str]]]"
"""More headers of a request to a URL, such as those that a proxy in front of it wants."""

T = TypeVar("T")

MAX_BYTES = 1024 * 1024
ATTEMPTS = 4
_LONGEST_PAUSE = 30.0
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_SHOWN = 300


class Answer(NamedTuple):
    """What a provider answered.

    Attributes:
        status: HTTP status.
        content_type: Media type without parameters, in lower case.
        body: The JSON object of the body, or None if it holds none.
    """

    status: int
    content_type: str
    body: dict[str, Any] | None

    @property
    def error(self) -> str:
        """The provider's code of the failure, or ""."""
        value = None if self.body is None else self.body.get("error")
        return value if isinstance(value, str) and value.isprintable() and len(value) <= 100 else ""


class Limits(NamedTuple):
    """How long to try.

    Attributes:
        seconds: Time for one request and its answer.
        pause: Longest pause before the second attempt, in seconds; it doubles with each.
    """

    seconds: float = 30.0
    pause: float = 0.5


_LIMITS = Limits()


class Http:
    """Makes requests to providers.

    Args:
        open_client: Makes a client, which is closed after use.
        session: A client that the user gave, used instead, and never closed here.
        loop: The event loop that `session` belongs to.
        extra: More headers of requests.
        plaintext_ok: The user asked for plaintext, so `http://` is accepted of any host.
        limits: How long to try.
    """

    def __init__(
        self,
        open_client: OpenHttp,
        *,
        session: httpx.AsyncClient | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        extra: ExtraHeaders | None = None,
        plaintext_ok: bool = False,
        limits: Limits = _LIMITS,
    ) -> None:
        self._open_client = open_client
        self._session = session
        self._loop = loop
        self._extra = extra
        self._plaintext_ok = plaintext_ok
        self._limits = limits

    def check(self, url: str, what: str) -> str:
        """The URL, if secrets may be sent there.

        Raises:
            AuthError: It is not https, and neither on this machine nor accepted because the user wants plaintext.
        """
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not host or parts.fragment or parts.username is not None:
            raise AuthError(f"the {what} of the provider is not a usable address")
        if parts.scheme == "http" and not is_loopback(host) and not self._plaintext_ok:
            raise AuthError(
                f"the {what} is http://{host}: a secret would go there without encryption",
                hint="the provider must be reached with https; insecure=True accepts plaintext for everything",
            )
        return url

    async def post(self, url: str, what: str, form: Mapping[str, str], authorization: str = "") -> Answer:
        """Send a form.

        Args:
            url: Where to.
            what: What is there, for errors, such as "token endpoint".
            form: Fields of the form.
            authorization: Value of the header of that name.

        Raises:
            AuthError: There was no answer, or one that is no use in any protocol.
        """
        headers = {"accept": "application/json", "cache-control": "no-cache"}
        if authorization:
            headers["authorization"] = authorization
        return await self._request("POST", self.check(url, what), what, form, headers, ATTEMPTS)

    async def get(self, url: str, what: str, *, attempts: int = ATTEMPTS) -> Answer:
        """Read a document."""
        headers = {"accept": "application/json"}
        return await self._request("GET", self.check(url, what), what, None, headers, attempts)

    async def _request(
        self,
        method: str,
        url: str,
        what: str,
        form: Mapping[str, str] | None,
        headers: dict[str, str],
        attempts: int,
    ) -> Answer:
        if self._extra is not None:
            headers.update(await self._extra(url))
        host = urlsplit(url).netloc
        async with self._client(url) as client:
            attempt = 1
            while True:
                outcome, pause = await self._outcome(client, method, url, what, form, headers)
                again = isinstance(outcome, AuthError) or (outcome.status in _RETRIED and not outcome.error)
                if not again or attempt == attempts:
                    break
                longest = self._limits.pause * 2 ** (attempt - 1)
                await asyncio.sleep(random.uniform(longest / 2, longest) if pause is None else pause)
                attempt += 1
        if isinstance(outcome, AuthError):
            raise outcome
        _refuse_redirect(outcome, what, host)
        return outcome

    async def _outcome(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        what: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
    ) -> tuple[Answer | AuthError, float | None]:
        """An answer, or a failure that may pass, and the pause that the answer wants. Other failures are raised."""
        host = urlsplit(url).netloc
        try:
            return await self._attempt(client, method, url, form, headers)
        except asyncio.TimeoutError:
            return LoginTimeout(f"the {what} at {host} did not answer within {self._limits.seconds:g} s"), None
        except OverflowError:
            failure = AuthError(f"the {what} at {host} answered with more than {MAX_BYTES:,} bytes")
        except OSError as error:
            failure = _unreachable(what, host, str(error))
            if "CERTIFICATE" not in str(error):
                return failure, None
        raise failure

    async def _attempt(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
    ) -> tuple[Answer, float | None]:
        exchange = _exchange(client, method, url, form, headers)
        if self._session is None or self._loop is None or self._loop is asyncio.get_running_loop():
            return await within(self._limits.seconds, exchange)
        return await within(self._limits.seconds, _on(self._loop, exchange))

    @asynccontextmanager
    async def _client(self, url: str) -> AsyncIterator[httpx.AsyncClient]:
        if self._session is not None:
            yield self._session
            return
        # The client reads certificates from disk, so it is not made on the event loop.
        client = await asyncio.to_thread(self._open_client, url)
        try:
            yield client
        finally:
            await client.aclose()


async def _on(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    """Run work on the event loop that it belongs to, and wait for it here."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))


async def _exchange(
    client: httpx.AsyncClient, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
) -> tuple[Answer, float | None]:
    import httpx

    failure = ""
    try:
        data = None if form is None else dict(form)
        async with client.stream(method, url, data=data, headers=dict(headers), follow_redirects=False) as response:
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MAX_BYTES:
                    raise OverflowError
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(response.status_code, content_type, _object(content)), _retry_after(response.headers)
    except httpx.TimeoutException:
        raise asyncio.TimeoutError from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        failure = str(error) or type(error).__name__
    # Outside the handler, so that the request, which holds secrets, is not kept as the context of the error.
    raise OSError(failure)


def _unreachable(what: str, host: str, reason: str) -> AuthError:
    if "CERTIFICATE" in reason:
        return AuthError(
            f"the {what} at {host} is not trusted: {reason}", hint="pass ca_cert_file= with the certificates to trust"
        )
    return AuthError(f"the {what} at {host} cannot be reached: {reason}", hint="check the network and the proxy")


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110 section 10.2.3); its form with a date is not worth a clock."""
    value = headers.get("retry-after", "")
    return min(float(value), _LONGEST_PAUSE) if value.isdecimal() and len(value) <= 6 else None


def _refuse_redirect(answer: Answer, what: str, host: str) -> None:
    if 300 <= answer.status < 400:
        raise AuthError(
            f"the {what} at {host} answered with a redirect (HTTP {answer.status}), which is not followed: a secret "
            "must not travel on",
            status=answer.status,
            hint="is a login page or a proxy in the way?",
        )


def refused(answer: Answer, what: str, url: str, secrets: tuple[str, ...] = ()) -> AuthError:
    """The error for an answer that is not a success.

    Args:
        answer: The answer.
        what: What answered, such as "token endpoint".
        url: Its address.
        secrets: What was sent; providers like to repeat it in their messages.
    """
    host = urlsplit(url).netloc
    if answer.error:
        text = f"the {what} at {host} refused: {answer.error}"
        described = answer.body.get("error_description") if answer.body else None
        if isinstance(described, str) and described:
            text += f" ({shown(described, secrets)})"
    else:
        kind = answer.content_type or "no content"
        what_came = "" if answer.body is not None and answer.status < 400 else f" with {kind}"
        text = f"the {what} at {host} answered HTTP {answer.status}{what_came} and no OAuth error"
    return AuthError(text, error=answer.error, status=answer.status, hint=_hint(answer))


def _hint(answer: Answer) -> str | None:
    if answer.error in ("invalid_client", "unauthorized_client"):
        return "check the client id and the client secret, and that this client may log in this way"
    if answer.error == "invalid_scope":
        return "check scopes="
    if answer.content_type == "text/html":
        return "is this a login page or a proxy? The endpoints come from the control plane's authentication metadata"
    return None


def shown(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Foreign text that is fit for a terminal: printable, short, and without what was sent in secret."""
    for secret in secrets:
        if len(secret) > 3:
            text = text.replace(secret, "<redacted>")
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= _SHOWN else f"{clean[:_SHOWN]}..."
