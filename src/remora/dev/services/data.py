"""The rest of DataProxyService: inputs and outputs of actions, and their logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from remora.channel.service import ServerContext
from remora.dev.clock import timestamp
from remora.dev.executor.journal import CONTAINER
from remora.dev.objects.keys import InvalidKey, join_key, key_of
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key
from remora.dev.services.inputs import FILE
from remora.dev.services.uploads import TransferMethods
from remora.dev.store import actions, events, logs, views
from remora.dev.store.actions import ActionKey, ActionRow
from remora.dev.store.database import Transaction
from remora.dev.store.logs import LogRow
from remora.errors import DecodeError, InvalidArgument, NotFound
from remora_api.flyteidl2.dataproxy import (
    GetActionDataRequest,
    GetActionDataResponse,
    TailLogsRequest,
    TailLogsResponse,
    TailLogsResponseLogs,
)
from remora_api.flyteidl2.logs.dataplane import ContainerIdentifier, LogLine, LogLineOriginator
from remora_api.flyteidl2.task import Inputs, Outputs

# Lines in one message.
_BATCH = 500


class DataProxyService(TransferMethods):
    """Data of actions."""

    async def get_action_data(self, request: GetActionDataRequest, context: ServerContext) -> GetActionDataResponse:
        """Inputs and outputs of an action; what is not there, or not here, is empty."""
        key = action_key(request.action_id)

        def work(tx: Transaction) -> tuple[str, str]:
            row = actions.get(tx, key)
            if row is None:
                raise NotFound("action not found")
            return row.input_uri, views.output_uri(tx, row)

        inputs_uri, outputs_uri = await self._plane.database.run(work)
        return GetActionDataResponse(
            inputs=Inputs.parse(await self._plane.work(self._read, inputs_uri, FILE, Inputs)),
            outputs=Outputs.parse(await self._plane.work(self._read, outputs_uri, "outputs.pb", Outputs)),
            inputs_uri=inputs_uri,
            outputs_uri=outputs_uri,
        )

    def _read(self, uri: str, name: str, kind: type[Inputs] | type[Outputs]) -> bytes:
        # A URI may name the file or its folder; those of other stores cannot be read from here.
        try:
            key = key_of(uri)
            data = self._plane.files.read(key)
            if data is None:
                data = self._plane.files.read(join_key(key, name))
            kind.parse(data or b"")
        except (InvalidKey, DecodeError):
            return b""
        return data or b""

    async def tail_logs(self, request: TailLogsRequest, context: ServerContext) -> AsyncIterator[TailLogsResponse]:
        """Lines of an attempt from its first on, until the attempt has ended.

        Raises:
            InvalidArgument: The attempt is 0.
            NotFound: There is no such action, or the attempt has not started yet.
        """
        key = action_key(request.action_id)
        attempt = request.attempt
        if attempt == 0:
            raise InvalidArgument("attempt must be greater than 0")
        container = ContainerIdentifier(
            cluster_name="local",
            kubernetes_namespace=f"{key.project}-{key.domain}",
            kubernetes_pod_name=f"{key.run}-{key.name}-{attempt - 1}",
            kubernetes_container_name=CONTAINER,
        )
        position = 0
        with self._plane.hub.watch(key.run_key, key.log_topic) as changes:
            while True:
                active = self._plane.executor.is_active(key)
                read = partial(_lines, key=key, attempt=attempt, start=position)
                lines, ended = await self._plane.database.run(read)
                if lines:
                    position = lines[-1].number + 1
                    messages = [_line(row) for row in lines]
                    yield TailLogsResponse(logs=[TailLogsResponseLogs(lines=messages, container=container)])
                if len(lines) < _BATCH:
                    # Of an attempt that is being ended more may come until its process is gone.
                    if ended and not active:
                        return
                    await changes.wait()


def _lines(tx: Transaction, key: ActionKey, attempt: int, start: int) -> tuple[list[LogRow], bool]:
    row = actions.get(tx, key)
    if row is None:
        raise NotFound(f"action {key.name} of run {key.run} not found")
    reported = [event for event in events.of_action(tx, row.id) if event.attempt == attempt]
    ended = _has_ended(row, attempt, [int(event.phase) for event in reported])
    if not any(event.log_context is not None for event in reported) and not ended:
        raise NotFound(f"attempt {attempt} of action {key.name} has not started: no logs yet")
    return logs.after(tx, row.id, attempt, start, _BATCH), ended


def _has_ended(row: ActionRow, attempt: int, phases: list[int]) -> bool:
    if attempt < row.attempts:
        return True
    return is_terminal(row.phase) or any(is_terminal(phase) for phase in phases)


def _line(row: LogRow) -> LogLine:
    return LogLine(timestamp=timestamp(row.time), message=row.message, originator=LogLineOriginator(row.originator))
