"""WatchActions: the tree of a run, filtered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping

from remora.channel.service import ServerContext
from remora.dev.services.identifiers import run_key
from remora.dev.services.runs.base import RunMethods, require
from remora.dev.store import actions, views
from remora.dev.store.actions import ActionKey, ActionRow
from remora.dev.store.database import Transaction
from remora.dev.store.query import equals
from remora.errors import Internal, InvalidArgument
from remora_api.flyteidl2.common import Filter, FilterFunction
from remora_api.flyteidl2.workflow import EnrichedAction, WatchActionsRequest, WatchActionsResponse

_PAGE = 1000
_Matches = Callable[[EnrichedAction], bool]


class WatchActionsMethods(RunMethods):
    """Streams the actions of a run."""

    async def watch_actions(
        self, request: WatchActionsRequest, context: ServerContext
    ) -> AsyncIterator[WatchActionsResponse]:
        """Matching actions and their ancestors in pages, then those that change or stop to match; never ends."""
        key = run_key(request.run_id)
        matches = _matcher(request.filter)
        sent: dict[str, bytes] = {}
        with self._plane.hub.watch(key.run_key) as changes:
            while True:
                rows = await self._plane.database.run(lambda tx: _rows(tx, key))
                tree = ActionTree(rows, strict=self._plane.options.oss_quirks)
                news = tree.news(matches, sent)
                for start in range(0, len(news), _PAGE):
                    yield WatchActionsResponse(enriched_actions=news[start : start + _PAGE])
                await changes.wait()


class ActionTree:
    """The actions of a run with what each says of its descendants."""

    def __init__(self, rows: Iterable[ActionRow], *, strict: bool) -> None:
        """Build the tree.

        Args:
            rows: The actions, in the order in which they are sent.
            strict: Refuse an action whose parent is not there, as the open-source backend does.

        Raises:
            Internal: That happened.
        """
        self._rows = {row.name: row for row in rows}
        self._parents: dict[str, str] = {}
        for row in self._rows.values():
            if row.parent in self._rows:
                self._parents[row.name] = row.parent
            elif row.parent and strict:
                raise Internal(f"parent node [{row.parent}] not found")
        self._counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for row in self._rows.values():
            for ancestor in self.ancestors(row.name):
                self._counts[ancestor][row.phase] += 1

    def ancestors(self, name: str) -> Iterable[str]:
        """Names of the actions above one, the nearest first."""
        seen = {name}
        while (name := self._parents.get(name, "")) and name not in seen:
            seen.add(name)
            yield name

    def news(self, matches: _Matches, sent: dict[str, bytes]) -> list[EnrichedAction]:
        """What has to be sent to somebody who has `sent`, which is brought up to date."""
        actions_ = {name: self._enriched(row) for name, row in self._rows.items()}
        shown: set[str] = set()
        for name, action in actions_.items():
            if matches(action):
                shown |= {name, *self.ancestors(name)}
        found = []
        for name, action in actions_.items():
            action.meets_filter = name in shown
            if not action.meets_filter and name not in sent:
                continue
            data = bytes(action)
            if sent.get(name) != data:
                found.append(action)
                sent[name] = data
            if not action.meets_filter:
                del sent[name]
        return found

    def _enriched(self, row: ActionRow) -> EnrichedAction:
        counts: Mapping[int, int] = self._counts.get(row.name, {})
        return EnrichedAction(action=views.action(row), children_phase_counts=dict(counts))


def _rows(tx: Transaction, key: ActionKey) -> list[ActionRow]:
    require(tx, key)
    condition = equals("project", key.project) & equals("domain", key.domain) & equals("run_name", key.run)
    return actions.select(tx, condition, "created_at, name")


def _matcher(filters: Iterable[Filter]) -> _Matches:
    checks = [_check(item) for item in filters]
    return lambda action: all(check(action) for check in checks)


def _check(item: Filter) -> _Matches:
    field = item.field.lower()
    if field == "phase" and item.function == FilterFunction.VALUE_IN:
        try:
            phases = {int(value) for value in item.values}
        except ValueError:
            raise InvalidArgument("filter on phase: values must be integers") from None
        return lambda action: _phase(action) in phases
    if field == "name" and item.function == FilterFunction.CONTAINS_CASE_INSENSITIVE and len(item.values) == 1:
        wanted = item.values[0].casefold()
        return lambda action: any(wanted in name.casefold() for name in _names(action))
    raise InvalidArgument(
        f"unsupported filter: {item.field} {item.function.name}; use phase VALUE_IN or name CONTAINS_CASE_INSENSITIVE"
    )


def _phase(enriched: EnrichedAction) -> int:
    action = enriched.action
    return int(action.status.phase) if action is not None and action.status is not None else 0


def _names(enriched: EnrichedAction) -> list[str]:
    action = enriched.action
    if action is None or action.metadata is None or action.id is None:
        return []
    metadata = action.metadata
    named = metadata.task and metadata.task.short_name, metadata.trace and metadata.trace.name
    return [action.id.name, metadata.funtion_name, *(name for name in named if name)]
