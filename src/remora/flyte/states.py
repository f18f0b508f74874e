"""Every state of an action, as it changes, through dropped, silent and missing streams."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remora.errors import Internal, RpcError, StatusCode, Unimplemented
from remora.flyte.calls import action_details, label
from remora.flyte.failure import phase_of_details
from remora.flyte.reader import Reader
from remora_api.flyteidl2 import workflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from remora.client import Client
    from remora_api.flyteidl2 import common

# Statuses of a stream that was lost rather than refused. INTERNAL is among them because proxies end streams with
# RST_STREAM; a watch reads only, so trying again does no harm, and it is bounded.
TRANSIENT = frozenset(
    {
        StatusCode.CANCELLED,
        StatusCode.DEADLINE_EXCEEDED,
        StatusCode.RESOURCE_EXHAUSTED,
        StatusCode.ABORTED,
        StatusCode.INTERNAL,
        StatusCode.UNAVAILABLE,
    }
)


@dataclass(frozen=True)
class Policy:
    """How patient a watch is. All times are in seconds.

    Attributes:
        idle: A stream that is silent for this long is checked with a plain read; a quiet action and a dead connection
            look the same otherwise.
        first_delay: Longest pause before the first new attempt; it doubles with every further one.
        largest_delay: Limit of that pause.
        failures: Streams in a row that were lost, or ended, without a message before plain reads take over.
        poll: Pause between those reads.
    """

    idle: float = 15.0
    first_delay: float = 0.5
    largest_delay: float = 10.0
    failures: int = 5
    poll: float = 2.0

    def delay(self, attempt: int) -> float:
        """A random pause before the attempt with this number (from 1): full jitter, so clients do not march in step."""
        return random.uniform(0, min(self.largest_delay, self.first_delay * 2 ** min(attempt - 1, 30)))


POLICY = Policy()


async def states(
    client: Client, action_id: common.ActionIdentifier, *, policy: Policy = POLICY
) -> AsyncGenerator[workflow.ActionDetails, None]:
    """The state of an action now, then every state that differs from the one before, until it has ended.

    Each subscription starts with the whole current state, so nothing is lost while the stream is being replaced, and
    what is equal to the last state is not given again. Backends merge changes that follow each other quickly; the
    attempts' phase transitions tell what lay between.

    Raises:
        NotFound: there is no such action; at once, not after retries.
        RpcError: the call was refused, or the stream was lost too often in a row and plain reads fail as well.
    """
    last: workflow.ActionDetails | None = None
    lost = closed = 0
    while True:
        error: RpcError | None = None
        try:
            async with contextlib.aclosing(_subscription(client, action_id, last, policy)) as subscription:
                async for details in subscription:
                    lost = closed = 0
                    if _differs(details, last):
                        last = details
                        yield details
                        if phase_of_details(details).is_terminal:
                            return
        except RpcError as caught:
            error = caught
        if error is None:
            closed += 1
        elif error.code in TRANSIENT:
            lost += 1
        elif not isinstance(error, Unimplemented):
            raise error
        if isinstance(error, Unimplemented) or max(lost, closed) > policy.failures:
            break
        await asyncio.sleep(policy.delay(max(lost, closed)))
        if max(lost, closed) > 1:
            # Nothing came twice in a row, and the action may have ended meanwhile.
            found = await _read_if_possible(client, action_id)
            if found is not None and _differs(found, last):
                last = found
                yield found
                if phase_of_details(found).is_terminal:
                    return
    # Streams do not get through, or bring nothing. Plain reads may; if they do not either, their error ends the watch.
    async with contextlib.aclosing(_polled(client, action_id, last, policy)) as reads:
        async for details in reads:
            yield details


def _differs(details: workflow.ActionDetails, last: workflow.ActionDetails | None) -> bool:
    """Whether a state is another one. The status is looked at first: what changes is nearly always there."""
    return last is None or details.status != last.status or details != last


async def _subscription(
    client: Client, action_id: common.ActionIdentifier, last: workflow.ActionDetails | None, policy: Policy
) -> AsyncGenerator[workflow.ActionDetails, None]:
    """States of one stream; ends when the stream does, or when a plain read shows that the stream is behind."""
    request = workflow.WatchActionDetailsRequest(action_id=action_id)
    stream = workflow.RunServiceStub(client).watch_action_details(request, timeout=math.inf)
    async with stream, Reader(stream) as reader:
        while True:
            if not await reader.ready(policy.idle):
                # The pending read is left alone: cancelling it would break the stream.
                details = await action_details(client, action_id)
                yield details
                if _differs(details, last):
                    return
                continue
            response = await reader.take()
            if response is None:
                return
            if response.details is None:
                raise Internal(f"the watch of {label(action_id)} sent an update without details")
            last = response.details
            yield last


async def _read_if_possible(client: Client, action_id: common.ActionIdentifier) -> workflow.ActionDetails | None:
    """A plain read; None if it fails for a reason that may pass."""
    try:
        return await action_details(client, action_id)
    except RpcError as error:
        if error.code not in TRANSIENT and not isinstance(error, Unimplemented):
            raise
        return None


async def _polled(
    client: Client, action_id: common.ActionIdentifier, last: workflow.ActionDetails | None, policy: Policy
) -> AsyncGenerator[workflow.ActionDetails, None]:
    """The same by plain reads, for a server or a gateway without the streaming call."""
    lost: int | None = None  # None until the first read has succeeded: only then is it worth being patient
    while True:
        try:
            details = await action_details(client, action_id)
        except RpcError as error:
            if lost is None or error.code not in TRANSIENT or lost >= policy.failures:
                raise
            lost += 1
            await asyncio.sleep(policy.delay(lost))
            continue
        lost = 0
        if _differs(details, last):
            last = details
            yield details
            if phase_of_details(details).is_terminal:
                return
        await asyncio.sleep(policy.poll)
