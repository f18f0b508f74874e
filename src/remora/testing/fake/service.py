"""A service whose methods do what their programs say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from remora.channel.service import ServerBase, ServerContext
from remora.errors import RpcError
from remora.testing.fake.program import Program
from remora.testing.fake.received import Received
from remora.testing.fake.steps import Dropped

if TYPE_CHECKING:
    from grpclib.const import Handler
    from grpclib.server import Stream

    from remora.channel.method import Method
    from remora.testing.fake.steps import Step


class FakeService(ServerBase):
    """Serves the methods of one server base.

    Args:
        programs: By method.
        failures: Takes what went wrong in functions of the test, for the test to be told.
    """

    def __init__(self, programs: Mapping[Method[Any, Any], Program[Any, Any]], failures: list[BaseException]) -> None:
        self._programs = programs
        self._failures = failures

    def __mapping__(self) -> dict[str, Handler]:
        """Handlers by path."""
        return {method.path: self._handler(method, program) for method, program in self._programs.items()}

    def _handler(self, method: Method[Any, Any], program: Program[Any, Any]) -> Handler:
        from grpclib.const import Handler

        from remora.channel.handlers import handler

        async def serve(stream: Stream[Any, Any]) -> None:
            def call(argument: Any, context: ServerContext) -> Any:
                messages = self._served(program, argument, context, stream)
                return messages if method.shape.server_streaming else _only(messages)

            await handler(call, method).func(stream)

        return Handler(serve, *handler(self._served, method)[1:])

    async def _served(
        self, program: Program[Any, Any], argument: Any, context: ServerContext, stream: Stream[Any, Any]
    ) -> AsyncIterator[Any]:
        call: Received[Any] = Received(program.method.path, context.metadata, context.deadline)
        streaming = program.method.shape.client_streaming
        if not streaming:
            call.requests.append(argument)
        try:
            step = program._arrived(call)
            context.trailing_metadata.update(step.trailers)
            if streaming and program.method.shape.server_streaming and step.function is None:
                async for message in _while_reading(step, call, argument):
                    yield message
                return
            if step.live:
                argument = _noted(call, argument)
            elif streaming:
                await _read(call, argument)
                argument = call.requests
            async for message in step.messages(argument):
                yield message
        except (asyncio.CancelledError, GeneratorExit):
            call.cancelled = True
            raise
        except Dropped:
            stream._stream._transport.abort()
            raise asyncio.CancelledError from None
        except RpcError:
            raise
        except Exception as error:
            self._failures.append(error)
            raise
        finally:
            call._end()


async def _while_reading(step: Step[Any], call: Received[Any], requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The messages from the first request on: a client may keep its side open for as long as it reads them."""
    async for request in requests:
        call.requests.append(request)
        break
    reading = asyncio.create_task(_read(call, requests))
    try:
        async for message in step.messages(call.requests):
            yield message
        await reading
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _noted(call: Received[Any], requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The requests, each noted when it is asked for."""
    async for request in requests:
        call.requests.append(request)
        yield request


async def _read(call: Received[Any], requests: AsyncIterator[Any]) -> None:
    """Note the requests until the client has sent the last one."""
    async for request in requests:
        call.requests.append(request)


async def _only(messages: AsyncIterator[Any]) -> Any:
    """The one message of a method that answers once; read to the end, so that the call is over."""
    (message,) = [message async for message in messages]
    return message
