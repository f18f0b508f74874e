"""What the parts of RunService have in common."""

from __future__ import annotations

from remora.dev.plane import Plane
from remora.dev.store import actions
from remora.dev.store.actions import ROOT, ActionKey, ActionRow
from remora.dev.store.database import Transaction
from remora.errors import NotFound
from remora_api.flyteidl2.workflow import RunServiceBase


class RunMethods(RunServiceBase):
    """Base of the parts."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane


def require(tx: Transaction, key: ActionKey) -> ActionRow:
    """One action.

    Raises:
        NotFound: There is no such action or run.
    """
    row = actions.get(tx, key)
    if row is None:
        what = f'run "{key.run}"' if key.name == ROOT else f'action "{key.name}" of run "{key.run}"'
        raise NotFound(f'{what} not found in project "{key.project}" domain "{key.domain}"')
    return row
