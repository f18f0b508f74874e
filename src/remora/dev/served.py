"""What stands between the network and a service: field rules and faults."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from remora.channel.method import Method
from remora.channel.service import ServerBase
from remora.dev.faults import Fault, Faults
from remora.dev.strict import check

if TYPE_CHECKING:
    from grpclib.const import Handler
    from grpclib.server import Stream


class Served(ServerBase):
    """A service as the network sees it.

    Args:
        service: The service itself.
        faults: Failures that were asked for.
        strict: Check the field rules of every single request.
    """

    def __init__(self, service: ServerBase, faults: Faults, *, strict: bool) -> None:
        self._service = service
        self._faults = faults
        self._strict = strict

    def __mapping__(self) -> dict[str, Handler]:
        """Handlers by path."""
        from grpclib.const import Handler

        from remora.channel.handlers import handler

        found = {}
        for name, method in self._service.METHODS.items():
            inner = handler(self._checked(name, method), method)
            found[method.path] = Handler(self._with_faults(inner, method), *inner[1:])
        return found

    def _checked(self, name: str, method: Method[Any, Any]) -> Any:
        function = getattr(self._service, name)
        if not self._strict or method.shape.client_streaming:
            return function

        def call(request: Any, context: Any) -> Any:
            check(request)
            return function(request, context)

        return call

    def _with_faults(self, inner: Handler, method: Method[Any, Any]) -> Any:
        name = "/".join(part.rpartition(".")[2] for part in method.name.split("/"))

        async def serve(stream: Stream[Any, Any]) -> None:
            from grpclib.const import Status
            from grpclib.exceptions import GRPCError

            for fault in self._faults.take("delay", name):
                await asyncio.sleep(fault.seconds)
            for fault in self._faults.take("unavailable", name):
                raise GRPCError(Status(fault.status), "injected fault")
            drops = self._faults.take("drop", name) if method.shape.server_streaming else []
            await inner.func(_Dropping(stream, drops[0]) if drops else stream)

        return serve


class _Dropping:
    """A stream that ends after some messages, whatever the service still has to say."""

    def __init__(self, stream: Stream[Any, Any], fault: Fault) -> None:
        self._real = stream
        self._fault = fault
        self._sent = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def send_message(self, message: Any) -> None:
        from grpclib.const import Status

        if self._sent < self._fault.after:
            await self._real.send_message(message)
            self._sent += 1
            if self._sent < self._fault.after:
                return
        if self._fault.how == "reset":
            await self._real.cancel()
        else:
            status = Status.OK if self._fault.how == "end" else Status.UNAVAILABLE
            await self._real.send_trailing_metadata(status=status, status_message="injected fault")
        # The call is over for the client; this ends it here without another word.
        raise asyncio.CancelledError
