"""What the manifest cannot say about etcd."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING

from remora.errors import NotFound, RpcError, Unavailable

if TYPE_CHECKING:
    from types import TracebackType

    from etcd_api import etcdserverpb, mvccpb
    from etcd_api.entities import Lease, Role, User

    from remora.client import Client
    from remora.dual import AsyncStream, Stream


AGAIN = 0.2
"""Seconds after which a server that could not be reached is asked again."""


def end_of(prefix: bytes) -> bytes:
    """The first key behind all keys that begin with a prefix: the prefix with its last byte one larger."""
    shorter = prefix.rstrip(b"\xff")  # a byte that cannot be larger gives way to the one before it
    return shorter[:-1] + bytes([shorter[-1] + 1]) if shorter else b"\0"  # a zero byte means "no end"


def only_key(response: etcdserverpb.RangeResponse) -> mvccpb.KeyValue:
    """The one key of an answer."""
    if not response.kvs:
        raise NotFound("there is no such key")
    return response.kvs[0]


def range_of(client: Client, prefix: bytes = b"", *, revision: int = 0) -> etcdserverpb.RangeRequest:
    """Keys that begin with a prefix.

    Args:
        client: Not needed.
        prefix: What the keys begin with; all keys when empty.
        revision: Revision of the store to read; 0 for the newest one, of each page anew.
    """
    from etcd_api.etcdserverpb import RangeRequest

    # There is no empty key: the least one is a zero byte.
    return RangeRequest(key=prefix or b"\0", range_end=end_of(prefix), revision=revision)


def watch_of(client: Client, prefix: bytes = b"", *, revision: int = 0) -> etcdserverpb.WatchRequest:
    """A watch on keys that begin with a prefix.

    Args:
        client: Not needed.
        prefix: What the keys begin with; all keys when empty.
        revision: The first revision to tell about; 0 for what happens from now on.
    """
    from etcd_api.etcdserverpb import WatchCreateRequest, WatchRequest

    create = WatchCreateRequest(key=prefix or b"\0", range_end=end_of(prefix), start_revision=revision)
    return WatchRequest(create_request=create)


def living(response: etcdserverpb.LeaseTimeToLiveResponse) -> etcdserverpb.LeaseTimeToLiveResponse:
    """The lease of an answer, if there is one."""
    if response.TTL < 0:
        raise NotFound("there is no such lease")
    return response


async def roles_of(self: User) -> list[Role]:
    """The roles that the user has, with what they permit."""
    from etcd_api.entities import Role

    return await asyncio.gather(*(Role.get.aio(name, client=self._client) for name in self.role_names))


async def users_of(self: Role) -> list[User]:
    """The users that have the role; all users are read for that."""
    from etcd_api.entities import User

    names = await User.list.aio(client=self._client)
    users = await asyncio.gather(*(User.get.aio(name, client=self._client) for name in names))
    return [user for user in users if self.name in user.role_names]


async def beats(self: Lease) -> AsyncGenerator[int, None]:
    """Keep the lease alive for as long as the stream is read.

    It gives an item, the seconds that are left, each third of the lease's life. A server that is away for a while does
    no harm, as long as the lease has time left.

    Raises:
        NotFound: The lease has ended.
        Unavailable: The server cannot be reached, and the lease has no time left.
    """
    clock = asyncio.get_running_loop().time
    ends = clock()
    while True:
        try:
            async with self.beat.aio() as answers:
                left = await anext(answers, None)
            if left is None:
                raise Unavailable("the server said nothing of the lease")
        except Unavailable:
            if clock() >= ends:
                raise
            await asyncio.sleep(AGAIN)
            continue
        if left <= 0:
            raise NotFound("there is no such lease")
        ends = clock() + left
        yield left
        await asyncio.sleep(left / 3)


def keep_alive(self: Lease) -> KeepAlive:
    """Keep the lease alive during a `with` or `async with` block.

    If it ends all the same, because somebody revokes it or the server is away for too long, the block goes on;
    `Lease.get` then raises `NotFound`.

    Raises:
        NotFound: The lease has ended; raised when the block begins.
    """
    return KeepAlive(self)


class KeepAlive:
    """A block during which a lease does not end.

    Example:
        >>> with Lease.grant(10).keep_alive() as lease:  # doctest: +SKIP
        ...     Key.put(b"workers/1", b"here", lease=lease.id)
        ...     work()
    """

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._stream: Stream[int]
        self._async_stream: AsyncStream[int]
        self._task: asyncio.Task[None]

    def __enter__(self) -> Lease:
        self._stream = self._lease.beats()
        next(self._stream)
        threading.Thread(target=self._read, name="etcd-keep-alive", daemon=True).start()
        return self._lease

    def _read(self) -> None:
        with suppress(RpcError):  # the lease has ended: it was revoked in the block, or the server was away too long
            for _ in self._stream:
                pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stream.close()

    async def __aenter__(self) -> Lease:
        self._async_stream = self._lease.beats.aio()
        await self._async_stream.__anext__()
        self._task = asyncio.create_task(self._read_async())
        return self._lease

    async def _read_async(self) -> None:
        with suppress(RpcError):
            async for _ in self._async_stream:
                pass

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._async_stream.aclose()
