"""A connection to one endpoint, on one event loop, that makes calls."""

from __future__ import annotations

import asyncio
import math
import ssl
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import grpclib
import grpclib.client
from grpclib.config import Configuration

from remora._version import __version__
from remora.errors import ClientClosed, RpcError

from .broken import ConnectFailed
from .call import REQUEST_ID, Call
from .codec import CODEC
from .connection import ClientProtocol
from .dial import dial
from .endpoint import Endpoint
from .headers import encode_metadata
from .method import Metadata, Method, Req, Res, ResponseStream
from .options import CONNECTION_WINDOW, ChannelOptions
from .retry import jitter

if TYPE_CHECKING:
    from typing import TypeAlias

    from .credentials import Credentials
    from .headers import Headers
    from .proxy_url import Proxy

HeaderSource: TypeAlias = "Metadata | Callable[[], Metadata | Awaitable[Metadata]]"
"""Headers of every call: fixed ones, or a function, asked anew before each attempt, that gives them."""

_USER_AGENT = f"remora/{__version__} grpclib/{grpclib.__version__} python/{sys.version_info[0]}.{sys.version_info[1]}"


class Channel(grpclib.client.Channel):
    """A `Caller` for one event loop: the one that is running when it is made, and only that one.

    It connects with the first call, and again when the connection was lost. Stubs made by grpclib's own generator work
    on it too, with messages that have `bytes(m)` and `parse`.

    Args:
        endpoint: Where to connect.
        options: Deadlines, retries, limits.
        tls: TLS settings; needed if the endpoint says TLS.
        proxy: HTTP proxy to connect through.
        headers: Headers of every call.
        credentials: Gives the headers that say who makes a call.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        options: ChannelOptions | None = None,
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
        headers: HeaderSource | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.options = options = (options or ChannelOptions()).check()
        config = Configuration(
            http2_connection_window_size=CONNECTION_WINDOW, http2_stream_window_size=options.window_bytes
        )
        if endpoint.path:
            super().__init__(path=endpoint.path, codec=CODEC, config=config)
        else:
            super().__init__(endpoint.host, endpoint.port, codec=CODEC, ssl=tls, config=config)
        self.endpoint = endpoint
        self.authority = self._authority = options.authority or endpoint.authority
        self.scheme = self._scheme = "https" if endpoint.tls else "http"
        agents = (options.user_agent_prefix, _USER_AGENT, options.user_agent_suffix)
        self.user_agent = " ".join(agent.strip() for agent in agents if agent.strip())
        self.credentials = credentials
        self._event_loop = loop
        self._tls = tls if endpoint.tls else None
        self._proxy = proxy
        self._headers = headers
        self._keepalive = self.options.keepalive
        self._closed = False
        self._dialing: asyncio.Task[ClientProtocol] | None = None
        self._protocols: set[ClientProtocol] = set()
        self._failures = 0  # attempts to connect in a row without an answer
        self._not_before = 0.0

    async def unary_unary(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send one request, wait for one response; repeat it after a failure if that is safe.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        call = Call(self, method, timeout, self.options.timeout, metadata)
        body = call.encode(request)
        while True:
            attempt = call.attempt()
            try:
                await attempt.open(more=True)
                await attempt.send(body, end=True)
                return await call.single(attempt)
            except RpcError as error:
                attempt.close()
                if not await call.again(error, attempt):
                    raise
            finally:
                attempt.close()

    def unary_stream(
        self,
        method: Method[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send one request, iterate over responses; repeated, if that is safe, only before the first of them.

        Args:
            method: What to call.
            request: The request.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        from .responses import UnaryResponses

        return UnaryResponses(partial(Call, self, method, timeout, math.inf, metadata), request)

    async def stream_unary(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> Res:
        """Send requests as they come, wait for one response. Only connecting is repeated.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline in seconds; the default of the connection when None, `math.inf` for none.
            metadata: Headers of this call, over those of every call.
        """
        from .responses import Sender

        call = Call(self, method, timeout, self.options.timeout, metadata)
        attempt = await call.opened()
        sender = Sender(call, attempt, requests)
        try:
            return await call.single(attempt)
        except RpcError as error:
            if sender.error is not None:
                raise sender.error from error
            call.note(error, attempt)
            raise
        finally:
            attempt.close()
            await sender.stop()

    def stream_stream(
        self,
        method: Method[Req, Res],
        requests: Iterable[Req] | AsyncIterable[Req],
        *,
        timeout: float | None = None,
        metadata: Metadata | None = None,
    ) -> ResponseStream[Res]:
        """Send requests as they come, iterate over responses meanwhile. Only connecting is repeated.

        Args:
            method: What to call.
            requests: The requests, sent as they are taken from it.
            timeout: Deadline of the whole stream in seconds; None for none.
            metadata: Headers of this call, over those of every call.
        """
        from .responses import DuplexResponses

        return DuplexResponses(partial(Call, self, method, timeout, math.inf, metadata), requests)

    async def call_headers(self, metadata: Metadata) -> Headers:
        """Headers of one attempt: those of every call, then those of this one, which win.

        Args:
            metadata: Headers of this call alone.
        """
        source = self._headers
        if source is None:
            own: Mapping[str, str | bytes] = metadata
        else:
            given = source() if callable(source) else source
            if isinstance(given, Awaitable):
                given = await given
            own = {**given, **metadata} if metadata else given
        return encode_metadata({name: value for name, value in own.items() if name != REQUEST_ID})

    # Connecting ------------------------------------------------------------------------------------------------------

    async def connected(self, timeout: float | None) -> ClientProtocol:
        """A live connection. Callers that come while it is being made share one attempt.

        Args:
            timeout: Seconds that this caller can wait, or None.

        Raises:
            ConnectFailed: There is none.
            asyncio.TimeoutError: It takes longer than this caller can wait.
            ClientClosed: The channel is closed.
        """
        if self._closed:
            raise _closed_error(self.endpoint)
        protocol = self._live()
        if protocol is not None:
            return protocol
        task = self._dialing
        if task is None:
            task = self._dialing = self._event_loop.create_task(self._dial())
            task.add_done_callback(self._dialed)
        await asyncio.wait([task], timeout=timeout)
        if not task.done():
            raise asyncio.TimeoutError
        if task.cancelled() or self._closed:
            raise _closed_error(self.endpoint)
        protocol = task.result()
        if protocol.handler.connection_lost:
            raise ConnectFailed(protocol.close_reason)
        return protocol

    async def __connect__(self) -> ClientProtocol:
        """A live connection, for stubs made by grpclib's own generator."""
        return await self.connected(None)

    def _live(self) -> ClientProtocol | None:
        protocol = self._protocol
        return protocol if isinstance(protocol, ClientProtocol) and not protocol.handler.connection_lost else None

    def _dialed(self, task: asyncio.Task[ClientProtocol]) -> None:
        self._dialing = None
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits for it any more

    async def _dial(self) -> ClientProtocol:
        before = self._protocol
        if isinstance(before, ClientProtocol):
            self._note_connection(answered=before.answered)
        pause = self._not_before - self._event_loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        connecting = dial(self.endpoint, self._protocol_factory, self._tls, self._proxy, self.options.tls_name)
        limit = self.options.connect_timeout
        try:
            protocol = await asyncio.wait_for(connecting, limit)
        except asyncio.TimeoutError:
            self._note_connection(answered=False)
            raise ConnectFailed(
                f"no connection within {limit:g} s", hint="check the network, proxy and firewall"
            ) from None
        except ConnectFailed:
            self._note_connection(answered=False)
            raise
        self._protocol = protocol
        self._protocols = {each for each in self._protocols if not each.connection.is_closing()} | {protocol}
        return protocol

    def _note_connection(self, *, answered: bool) -> None:
        if answered:
            self._failures, self._not_before = 0, 0.0
            return
        options = self.options
        longest = min(options.reconnect_maximum, options.reconnect_initial * 2 ** min(self._failures, 20))
        self._failures += 1
        self._not_before = self._event_loop.time() + jitter(longest)

    def _protocol_factory(self) -> ClientProtocol:
        return ClientProtocol(
            self._config,
            self._h2_config,
            keepalive=self._keepalive,
            keepalive_timeout=self.options.keepalive_timeout,
            keepalive_without_calls=self.options.keepalive_without_calls,
            on_too_many_pings=self._ping_less,
        )

    def _ping_less(self) -> None:
        if self._keepalive is not None:
            self._keepalive *= 2

    def close(self) -> None:
        """Close the connection; calls in flight fail, and later calls raise `ClientClosed`."""
        self._closed = True
        if self._dialing is not None:
            self._dialing.cancel()
        protocols, self._protocols = self._protocols, set()
        self._protocol = None
        for protocol in protocols:
            protocol.processor.close("the client was closed")

    def __repr__(self) -> str:
        return f"<Channel to {self.endpoint.url}>"


def _closed_error(endpoint: Endpoint) -> ClientClosed:
    return ClientClosed(f"the client of {endpoint.url} was closed", hint="make a new client for more calls")
