"""Starting and stopping apps, and waiting until they have."""

from __future__ import annotations

import asyncio
import contextlib
import math
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from remora.errors import Internal, NotFound, RpcError, RunFailed, Unimplemented, WaitTimeout
from remora.flyte.apps import ACTIVE, DEACTIVATED, app_id_of, fetch_app, is_active, is_deactivated, send_update
from remora.flyte.apps import status_of_app as status_of
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import one_of
from remora.flyte.reader import Reader, until
from remora.flyte.states import POLICY, TRANSIENT
from remora_api.flyteidl2 import app as apps

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora.flyte.states import Policy
    from remora_api.entities import App

AppT = TypeVar("AppT", bound="App")

AppWaitFor: TypeAlias = Literal["activated", "deactivated"]
"""What to wait for: an app that serves requests, or one that is stopped."""

_FAILED = apps.StatusDeploymentStatus.FAILED


async def watch_app(self: AppT, wait_for: AppWaitFor = "activated", *, timeout: Seconds | None = None) -> AppT:
    """Wait until the app serves requests, or has stopped, and bring this object up to date.

    Args:
        self: The app.
        wait_for: `"activated"` or `"deactivated"`.
        timeout: How long to wait at most, in seconds or as a `timedelta`; None waits as long as it takes.

    Returns:
        This object, up to date.

    Raises:
        RunFailed: the deployment failed, or the app is being stopped while it is waited for.
        WaitTimeout: `timeout` is over; the error has the last status.
        NotFound: the app was deleted.
    """
    from remora.client import resolve_client

    one_of(wait_for, "wait_for", ("activated", "deactivated"))
    client, app_id = resolve_client(self._client), app_id_of(self.pb2)

    def too_late() -> WaitTimeout:
        last = status_of(self.pb2).name.lower()
        return WaitTimeout(f"app {app_id.name} was not {wait_for} in time; it is {last}", run=app_id.name, phase=last)

    wanted = ACTIVE if wait_for == "activated" else DEACTIVATED
    async with contextlib.aclosing(until(app_states(client, app_id), Deadline(timeout), too_late)) as source:
        async for message in source:
            self.pb2 = message
            status = status_of(message)
            if status in wanted:
                return self
            if status == _FAILED and wait_for == "activated":
                raise _failed(message, "could not be deployed")
            stopping = message.spec is not None and message.spec.desired_state == apps.SpecDesiredState.STOPPED
            if wait_for == "activated" and stopping and status in DEACTIVATED:
                raise _failed(message, "is stopped")
    raise Internal(f"the watch of app {app_id.name} ended")


async def activate(self: AppT, wait: bool = False, *, timeout: Seconds | None = None) -> AppT:
    """Start the app. One that serves requests already is left alone.

    Args:
        self: The app.
        wait: Also wait until it serves requests.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Returns:
        This object, up to date.

    Raises:
        RunFailed: the deployment failed.
        WaitTimeout: it does not serve requests in time.

    Example:
        >>> App.get("dashboard").activate(wait=True).endpoint
        'https://dashboard.apps.example.com'
    """
    if is_active(self):
        return self
    return await _change(self, apps.SpecDesiredState.STARTED, "activated", wait, timeout)


async def deactivate(self: AppT, wait: bool = False, *, timeout: Seconds | None = None) -> AppT:
    """Stop the app. One that is stopped already is left alone.

    Args:
        self: The app.
        wait: Also wait until it has stopped.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Returns:
        This object, up to date.

    Raises:
        WaitTimeout: it has not stopped in time.
    """
    if is_deactivated(self):
        return self
    return await _change(self, apps.SpecDesiredState.STOPPED, "deactivated", wait, timeout)


async def sync_app(self: AppT, *, timeout: float | None = None) -> AppT:
    """Read the app's state from the server into this object.

    Args:
        self: The app.
        timeout: Deadline of the call in seconds.

    Returns:
        This object, up to date.

    Raises:
        NotFound: the app does not exist any more.
    """
    from remora.client import resolve_client

    self.pb2 = await fetch_app(resolve_client(self._client), app_id_of(self.pb2), timeout)
    return self


def ephemeral_ctx(self: App) -> contextlib.AbstractAsyncContextManager[None]:
    """An `async with` block in which the app serves requests; it is stopped at the end, also after an error.

    Example:
        >>> async with app.ephemeral_ctx():
        ...     await call(app.endpoint)
    """
    return _active(self)


def ephemeral_ctx_sync(self: App) -> contextlib.AbstractContextManager[None]:
    """A `with` block in which the app serves requests; it is stopped at the end, also after an error.

    Example:
        >>> with app.ephemeral_ctx_sync():
        ...     call(app.endpoint)
    """
    return _active_sync(self)


@contextlib.asynccontextmanager
async def _active(app: App) -> AsyncGenerator[None, None]:
    await activate(app, wait=True)
    try:
        yield
    finally:
        await deactivate(app, wait=True)


@contextlib.contextmanager
def _active_sync(app: App) -> Generator[None, None, None]:
    app.activate(wait=True)
    try:
        yield
    finally:
        app.deactivate(wait=True)


async def _change(
    app: AppT, wanted: apps.SpecDesiredState, wait_for: AppWaitFor, wait: bool, timeout: Seconds | None
) -> AppT:
    from remora.client import resolve_client

    deadline = Deadline(timeout)
    client = resolve_client(app._client)
    message = await fetch_app(client, app_id_of(app.pb2), deadline.left())
    if message.spec is None:
        message.spec = app.pb2.spec
    if message.spec is None:
        raise Internal(f"the backend does not say what app {app_id_of(message).name} runs, so it cannot be changed")
    message.spec.desired_state = wanted
    app.pb2 = await send_update(client, message, f"{wait_for} from the SDK", deadline.left())
    return await watch_app(app, wait_for, timeout=deadline.left()) if wait else app


def _failed(message: apps.App, what: str) -> RunFailed:
    conditions = [] if message.status is None else message.status.conditions
    reason = conditions[-1].message if conditions else ""
    name = app_id_of(message).name
    return RunFailed(
        f"app {name} {what}: {reason}" if reason else f"app {name} {what}",
        run=name,
        phase=status_of(message).name.lower(),
        error_message=reason,
    )


async def app_states(
    client: Client, app_id: apps.Identifier, policy: Policy = POLICY
) -> AsyncGenerator[apps.App, None]:
    """The app now and after every change; a lost or silent stream is replaced, a missing one by reads.

    Raises:
        NotFound: there is no such app, or it was deleted.
        RpcError: the call was refused, or the stream was lost too often in a row.
    """
    lost = 0
    while True:
        error: RpcError | None = None
        # What changed while there was no stream: not every backend begins a stream with the current state.
        yield await fetch_app(client, app_id, None)
        try:
            request = apps.WatchRequest(app_id=app_id)
            stream = apps.AppServiceStub(client).watch(request, timeout=math.inf)
            async with stream, Reader(stream) as reader:
                while True:
                    if not await reader.ready(policy.idle):
                        yield await fetch_app(client, app_id, None)
                        continue
                    response = await reader.take()
                    if response is None:
                        break
                    lost = 0
                    if response.delete_event is not None:
                        raise NotFound(f"app {app_id.name} was deleted")
                    found = _app_in(response)
                    # An event without conditions says nothing about the status.
                    if found is not None and found.status is not None and found.status.conditions:
                        yield found
        except Unimplemented:
            await asyncio.sleep(policy.poll)
            continue
        except RpcError as caught:
            if caught.code not in TRANSIENT:
                raise
            error = caught
        lost += 1
        if error is not None and lost > policy.failures:
            raise error
        await asyncio.sleep(policy.delay(lost))


def _app_in(response: apps.WatchResponse) -> apps.App | None:
    if response.update_event is not None:
        return response.update_event.updated_app
    return None if response.create_event is None else response.create_event.app
