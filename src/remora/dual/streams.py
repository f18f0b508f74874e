"""Streams of items in both forms: an iterator that blocks, an iterator that awaits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING, Generic, TypeVar

from .site import in_notebook, loop_is_running, refusal, warn_in_loop

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .pump import Pump

T = TypeVar("T")


class Stream(Generic[T]):
    """A blocking iterator over an asynchronous source, which starts with the first item that is asked for.

    The portal thread reads ahead into a bounded buffer, so an item costs no thread switch. Leave early with `close()`
    or a `with` block; a stream that is dropped is closed too, but without waiting for its clean-up.

    Example:
        >>> with run.logs() as lines:  # doctest: +SKIP
        ...     for line in lines:
        ...         print(line.message)
    """

    __slots__ = ("__weakref__", "_pump", "_wake", "_what")

    def __init__(self, source: AsyncGenerator[T, None], what: str) -> None:
        from threading import Event

        from .pump import Pump

        self._what = what
        self._wake = Event()
        self._pump: Pump[T] = Pump(source, self._wake)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        pump = self._pump
        try:
            return pump.items.popleft()
        except IndexError:
            pass
        finally:
            if pump.paused:
                pump.resume()
        return self._next_slowly()

    def _next_slowly(self) -> T:
        pump = self._pump
        if pump.is_here():
            raise refusal(self._what, _rewrite(self._what))
        try:
            more = self._wait()
        except BaseException:  # Ctrl-C in the wait
            pump.close()
            raise
        if more:
            return pump.items.popleft()
        error = pump.take_error()
        if error is not None:
            try:
                raise error
            finally:
                del error  # the traceback of the error refers to this frame
        raise StopIteration

    def _wait(self) -> bool:
        from .portal import SLICE

        while (more := self._pump.look()) is None:
            while not self._wake.wait(SLICE):
                pass
        return more

    def close(self) -> None:
        """Stop the source, wait (a few seconds at most) for its clean-up, and drop what was read ahead."""
        self._pump.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        pump: Pump[T] | None = getattr(self, "_pump", None)
        if pump is not None:
            pump.cancel()

    def __repr__(self) -> str:
        return f"<Stream of {self._what}>"


class AsyncStream(Generic[T]):
    """An asynchronous iterator over a source, on the caller's own event loop.

    Leave early with `await stream.aclose()` or an `async with` block.
    """

    __slots__ = ("_source",)

    def __init__(self, source: AsyncGenerator[T, None]) -> None:
        self._source = source

    def __aiter__(self) -> AsyncIterator[T]:
        return self._source  # `async for` talks to the source itself

    async def __anext__(self) -> T:
        return await self._source.__anext__()

    async def aclose(self) -> None:
        """Stop the source and wait for its clean-up."""
        await self._source.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._source.aclose()


def stream_sync(source: AsyncGenerator[T, None], what: str, *, generated: int = 1) -> Stream[T]:
    """Make the blocking form of a stream.

    Args:
        source: The asynchronous generator, not yet started.
        what: Public dotted name of the method, for the warning and for errors.
        generated: Frames of generated code between the runtime and the user's line.

    Raises:
        WouldDeadlock: The caller is the portal thread itself.
    """
    stream: Stream[T] = Stream(source, what)
    if stream._pump.is_here():
        raise refusal(what, _rewrite(what))
    if loop_is_running() and not in_notebook():
        warn_in_loop(what, _rewrite(what), generated=generated)
    return stream


def stream_async(source: AsyncGenerator[T, None]) -> AsyncStream[T]:
    """Make the async form of a stream.

    Args:
        source: The asynchronous generator, not yet started.
    """
    return AsyncStream(source)


def _rewrite(what: str) -> str:
    return f"async for ... in {what}.aio(...)"
