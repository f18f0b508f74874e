"""All actions of a run as a tree, read with one stream."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from remora.errors import Internal, Unimplemented
from remora.flyte.calls import client_of, run_id_of
from remora.flyte.deadline import Deadline
from remora.flyte.filters import list_request
from remora.flyte.phases import ActionPhase
from remora.flyte.reader import Reader
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from remora.client import Client
    from remora.flyte.parameters import Seconds
    from remora_api.entities import Action, Run

PAGE = 200
IDLE = 2.0
"""Seconds of silence after which a stream that does not say how many actions there are has brought them all."""


@dataclass(frozen=True)
class ActionTree:
    """An action with the actions that it has started.

    Attributes:
        action: The action.
        children: What it has started, in the order of creation.

    Example:
        >>> print(run.tree())
        a0 stats.all failed
        ├─ a1 stats.count succeeded
        └─ a2 stats.count failed
    """

    action: Action
    children: list[ActionTree] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the action."""
        return self.action.name

    @property
    def phase(self) -> ActionPhase:
        """Phase of the action."""
        return self.action.phase

    def walk(self) -> Iterator[ActionTree]:
        """This node and all below it, each before what it has started."""
        pending: list[ActionTree] = [self]
        while pending:
            node = pending.pop()
            yield node
            pending += reversed(node.children)

    def find(self, name: str) -> ActionTree | None:
        """The node of an action by its name; None if there is none.

        Args:
            name: Name of the action, such as `a0`.
        """
        return next((node for node in self.walk() if node.name == name), None)

    def phase_counts(self) -> dict[ActionPhase, int]:
        """How many actions of this part of the tree are in each phase."""
        counts: dict[ActionPhase, int] = {}
        for node in self.walk():
            counts[node.phase] = counts.get(node.phase, 0) + 1
        return counts

    def __len__(self) -> int:
        return sum(1 for _ in self.walk())

    def __iter__(self) -> Iterator[ActionTree]:
        return self.walk()

    def lines(self) -> Iterator[tuple[str, ActionTree]]:
        """Every node with the branches to draw in front of it."""
        yield "", self
        pending = [("", child, child is self.children[-1]) for child in reversed(self.children)]
        while pending:
            before, node, last = pending.pop()
            yield before + ("└─ " if last else "├─ "), node
            below = before + ("   " if last else "│  ")
            pending += [(below, child, child is node.children[-1]) for child in reversed(node.children)]

    def __str__(self) -> str:
        return "\n".join(f"{branch}{_label(node)}" for branch, node in self.lines())

    def __repr__(self) -> str:
        return f"<tree of {len(self)} actions of run {self.action.run_name!r}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _label(node: ActionTree) -> str:
    parts = (node.name, node.action.task_name, str(node.phase))
    return " ".join(part for part in parts if part)


async def tree(self: Run, *, timeout: Seconds | None = None) -> ActionTree:
    """All actions of the run as they are now, as a tree below the root action.

    The backend streams them in one call, however many there are; one that has no such stream is asked page by page.

    Args:
        self: The run.
        timeout: How long the whole call may take, in seconds or as a `timedelta`.

    Raises:
        NotFound: the run does not exist any more.

    Example:
        >>> for node in run.tree():
        ...     print(node.name, node.phase)
    """
    from remora_api.entities import Action

    client, run_id, deadline = client_of(self), run_id_of(self), Deadline(timeout)
    try:
        found = await _streamed(client, run_id, deadline)
    except (Unimplemented, Internal):
        # Some backends end the stream with INTERNAL when an action is recorded before its parent.
        found = await _listed(client, run_id, deadline)
    nodes = {action.id.name: ActionTree(Action(action, client=client)) for action in found if action.id is not None}
    roots: list[ActionTree] = []
    for node in nodes.values():
        above = nodes.get(node.action.parent_name or "")
        (roots if above is None or above is node else above.children).append(node)
    if not roots:
        raise Internal(f"the backend knows of no action of run {run_id.name}")
    # An action whose parent is not there (yet) is shown below the root.
    root, *others = sorted(roots, key=lambda node: node.action.parent_name is not None)
    root.children.extend(others)
    return root


async def _streamed(client: Client, run_id: common.RunIdentifier, deadline: Deadline) -> list[workflow.Action]:
    """The snapshot at the beginning of WatchActions; the stream itself never ends."""
    request = workflow.WatchActionsRequest(run_id=run_id)
    left = deadline.left()
    stream = workflow.RunServiceStub(client).watch_actions(request, timeout=math.inf if left is None else left)
    found: dict[str, workflow.Action] = {}
    total: int | None = None
    async with stream, Reader(stream) as reader:
        # Every message says how many actions are below the ones in it, so the root's tells when all have come.
        while (total is None or len(found) < total) and await reader.ready(IDLE if found else deadline.left()):
            response = await reader.take()
            if response is None:
                break
            for item in response.enriched_actions:
                action = item.action
                if action is None or action.id is None:
                    continue
                found[action.id.name] = action
                if action.metadata is None or not action.metadata.parent:
                    total = 1 + sum(item.children_phase_counts.values())
    return list(found.values())


async def _listed(client: Client, run_id: common.RunIdentifier, deadline: Deadline) -> list[workflow.Action]:
    from remora.dual import Page, PageSource

    order = list_request([], None, None, frozenset(["created_at"])).sort_by_fields

    async def fetch(token: str, size: int) -> Page[workflow.Action]:
        page = common.ListRequest(limit=size, token=token, sort_by_fields=order)
        request = workflow.ListActionsRequest(request=page, run_id=run_id)
        response = await workflow.RunServiceStub(client).list_actions(request, timeout=deadline.left())
        return Page(response.actions, response.token)

    found: list[workflow.Action] = []
    cursor = PageSource(fetch, page_size=PAGE).start()
    while not cursor.at_end:
        found += (await cursor.next_page()).items
    return found
