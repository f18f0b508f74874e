"""Following the log of one action: every line once, until the action has ended and everything has come."""

from __future__ import annotations

import asyncio
import contextlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from remora.errors import Internal, NotFound, RpcError
from remora.flyte.calls import action_details, label
from remora.flyte.details import attempt_of
from remora.flyte.failure import phase_of_details
from remora.flyte.log_line import log_line
from remora.flyte.phases import ActionPhase
from remora.flyte.reader import Reader
from remora.flyte.replay import NO_STAMP, Replay
from remora.flyte.routing import routed
from remora.flyte.states import TRANSIENT, Policy, states
from remora_api.flyteidl2 import cluster, dataproxy

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from remora.client import Client
    from remora.flyte.log_line import LogLine
    from remora_api.flyteidl2 import common, workflow


@dataclass(frozen=True)
class TailPolicy(Policy):
    """How patient following a log is. All times are in seconds.

    Attributes:
        idle: A log that is silent for this long is checked: has the attempt ended? If it had ended at the last check
            as well, nothing more will come.
        quiet: Silence after which everything that there is for now counts as read.
        missing: Answers NOT_FOUND in a row from an attempt that runs or has ended before the error is passed on.
    """

    idle: float = 5.0
    quiet: float = 0.5
    missing: int = 8


TAIL_POLICY = TailPolicy()


IsTerminal: TypeAlias = "Callable[[], Awaitable[bool]]"
"""Tells whether an attempt has ended."""


class CaughtUp:
    """Among the lines of a log: everything that there is for now has come."""


_CAUGHT_UP = CaughtUp()


async def tail(
    client: Client,
    action_id: common.ActionIdentifier,
    attempt: int | None,
    *,
    policy: TailPolicy = TAIL_POLICY,
    is_terminal: IsTerminal | None = None,
) -> AsyncGenerator[LogLine, None]:
    """Lines of an attempt as they are written; for None of the latest attempt and of those that follow it.

    The parameters are those of `moments`.
    """
    source = moments(client, action_id, attempt, policy=policy, is_terminal=is_terminal)
    async with contextlib.aclosing(source):
        async for item in source:
            if not isinstance(item, CaughtUp):
                yield item


async def moments(
    client: Client,
    action_id: common.ActionIdentifier,
    attempt: int | None,
    *,
    policy: TailPolicy = TAIL_POLICY,
    is_terminal: IsTerminal | None = None,
    follow: bool = True,
) -> AsyncGenerator[LogLine | CaughtUp, None]:
    """Lines of an attempt as they are written, and the moments at which there are no more for now.

    Args:
        client: Makes the calls.
        action_id: Which action.
        attempt: Which attempt.
        policy: How patient to be.
        is_terminal: Tells whether the attempt has ended; None reads it from the control plane.
        follow: Go on after the first such moment.

    Raises:
        NotFound: there is no such action or attempt, or an attempt has a log that the backend cannot find.
        RpcError: the stream was lost too often in a row, or the call was refused.
    """
    if follow:
        details = await _started(client, action_id, attempt, policy)
    else:
        details = await action_details(client, action_id)
        if not _can_have_log(details, attempt):
            return
    known = max(_attempts(details), 1)
    if attempt is not None and attempt > known:
        raise NotFound(f"{label(action_id)} has no attempt {attempt}; its latest is {known}")
    number = known if attempt is None else attempt
    while True:
        reading = _Attempt(client, action_id, number, policy, is_terminal)
        async with contextlib.aclosing(reading.lines(details)) as lines:
            async for line in lines:
                yield line
                if isinstance(line, CaughtUp) and not follow:
                    return
        if attempt is not None:
            return
        details = await action_details(client, action_id)
        if _attempts(details) <= number:
            return
        number += 1


def _attempts(details: workflow.ActionDetails) -> int:
    counted = details.status.attempts if details.status is not None else 0
    return max(counted, max((item.attempt for item in details.attempts), default=0))


async def _started(
    client: Client, action_id: common.ActionIdentifier, attempt: int | None, policy: Policy
) -> workflow.ActionDetails:
    """Wait until the action has got so far that it can have a log."""
    async with contextlib.aclosing(states(client, action_id, policy=policy)) as source:
        async for details in source:
            if _can_have_log(details, attempt):
                return details
    raise Internal(f"the watch of {label(action_id)} ended before its action did")


def _can_have_log(details: workflow.ActionDetails, attempt: int | None) -> bool:
    phase = phase_of_details(details)
    found = attempt_of(details, attempt)
    return phase is ActionPhase.RUNNING or phase.is_terminal or (found is not None and found.logs_available)


class _Attempt:
    """The log of one attempt, over as many subscriptions as it takes."""

    def __init__(
        self,
        client: Client,
        action_id: common.ActionIdentifier,
        number: int,
        policy: TailPolicy,
        is_terminal: IsTerminal | None,
    ) -> None:
        self._is_terminal = is_terminal
        self._client = client
        self._action_id = action_id
        self._number = number
        self._policy = policy
        self._replay = Replay()
        self._any = False
        self._drained = False

    async def lines(self, details: workflow.ActionDetails) -> AsyncGenerator[LogLine | CaughtUp, None]:
        """Every line once. `details` is the state of the action from which the decision to read the log was made."""
        lost = missing = closed = 0
        finished = self._finished(details)
        while True:
            self._replay.restart()
            error: RpcError | None = None
            try:
                async with contextlib.aclosing(self._subscription(finished)) as batches:
                    async for batch in batches:
                        if batch is None:
                            yield _CAUGHT_UP
                            continue
                        lost = missing = closed = 0
                        for line in batch:
                            self._any = True
                            yield line
            except RpcError as caught:
                error = caught
            # Everything came if the attempt had ended before the subscription that has now ended in order.
            if self._drained or (error is None and finished):
                return
            details = await action_details(self._client, self._action_id)
            finished = self._finished(details)
            if error is None:
                closed += 1
            elif isinstance(error, NotFound):
                missing += 1
                if finished and not self._has_log(details):
                    return
                if missing > self._policy.missing and (finished or phase_of_details(details) is ActionPhase.RUNNING):
                    raise error
            elif error.code in TRANSIENT:
                lost += 1
                if lost > self._policy.failures:
                    raise error
            else:
                raise error
            if not (error is None and finished):
                await asyncio.sleep(self._policy.delay(max(lost, missing, closed)))

    def _finished(self, details: workflow.ActionDetails) -> bool:
        """Whether this attempt writes nothing more: the action has ended, or a later attempt is at work."""
        return phase_of_details(details).is_terminal or _attempts(details) > self._number

    async def _ended(self) -> bool:
        """Whether this attempt writes nothing more, asked anew."""
        if self._is_terminal is not None:
            return await self._is_terminal()
        return self._finished(await action_details(self._client, self._action_id))

    def _has_log(self, details: workflow.ActionDetails) -> bool:
        """Whether there must be a log: lines have come, or the backend says so. One that never started has none."""
        found = attempt_of(details, self._number)
        return self._any or (found is not None and found.logs_available)

    async def _subscription(self, finished: bool) -> AsyncGenerator[list[LogLine] | None, None]:
        """New lines of one stream, by message; None when it falls silent for the first time.

        It ends when the stream does, or when nothing more can come.
        """
        request = dataproxy.TailLogsRequest(action_id=self._action_id, attempt=self._number)
        operation = cluster.SelectClusterRequestOperation.TAIL_LOGS
        caller = await routed(self._client, operation, self._action_id)
        stream = dataproxy.DataProxyServiceStub(caller).tail_logs(request, timeout=math.inf)
        async with stream, Reader(stream) as reader:
            told = False
            while True:
                if not told and not await reader.ready(min(self._policy.quiet, self._policy.idle)):
                    told = True
                    yield None
                if not await reader.ready(self._policy.idle):
                    # Some backends leave the stream open after the end. The pending read is not cancelled.
                    if finished:
                        self._drained = True
                        return
                    finished = await self._ended()
                    continue
                response = await reader.take()
                if response is None:
                    return
                yield list(self._new(response))

    def _new(self, response: dataproxy.TailLogsResponse) -> Iterator[LogLine]:
        for log in response.logs:
            container = log.container
            pod = "" if container is None else container.kubernetes_pod_name
            name = "" if container is None else container.kubernetes_container_name
            for line in log.lines:
                moment = line.timestamp
                stamp = NO_STAMP if moment is None else (moment.seconds, moment.nanos)
                if self._replay.is_new((pod, name, line.short_pod_name), stamp, line.message):
                    yield log_line(line, self._number)
