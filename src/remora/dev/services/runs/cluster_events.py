"""WatchClusterEvents: what the cluster says of an attempt."""

from __future__ import annotations

from collections.abc import AsyncIterator

from remora.channel.service import ServerContext
from remora.dev.phases import is_terminal
from remora.dev.services.identifiers import action_key
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.store import events
from remora.dev.store.attempts import attempts
from remora.dev.store.database import Transaction
from remora.errors import InvalidArgument
from remora_api.flyteidl2.workflow import ClusterEvent, WatchClusterEventsRequest, WatchClusterEventsResponse


class ClusterEventMethods(RunMethods):
    """Streams the events of a cluster. What runs locally has none; they come from those who report attempts."""

    async def watch_cluster_events(
        self, request: WatchClusterEventsRequest, context: ServerContext
    ) -> AsyncIterator[WatchClusterEventsResponse]:
        """The events of an attempt so far, then those that are reported, until the attempt has ended."""
        key = action_key(request.id, "id")
        number = request.attempt
        if number == 0:
            raise InvalidArgument("attempt must be greater than 0")

        def work(tx: Transaction) -> tuple[list[ClusterEvent], bool]:
            row = require(tx, key)
            found = next((one for one in attempts(events.of_action(tx, row.id)) if one.attempt == number), None)
            ended = is_terminal(row.phase) or number < row.attempts
            if found is None:
                return [], ended
            return found.cluster_events, ended or is_terminal(found.phase)

        sent = 0
        with self._plane.hub.watch(key.run_key) as changes:
            while True:
                found, ended = await self._plane.database.run(work)
                if len(found) > sent:
                    yield WatchClusterEventsResponse(cluster_events=found[sent:])
                    sent = len(found)
                if ended:
                    return
                await changes.wait()
