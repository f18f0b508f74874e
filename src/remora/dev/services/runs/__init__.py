"""RunService, one module per subject."""

from __future__ import annotations

from remora.dev.services.runs.aborts import AbortMethods
from remora.dev.services.runs.cluster_events import ClusterEventMethods
from remora.dev.services.runs.creation import CreationMethods
from remora.dev.services.runs.groups import GroupMethods
from remora.dev.services.runs.lists import ListMethods
from remora.dev.services.runs.reads import ReadMethods
from remora.dev.services.runs.signals import SignalMethods
from remora.dev.services.runs.watch_actions import WatchActionsMethods
from remora.dev.services.runs.watches import WatchMethods


class RunService(
    CreationMethods,
    AbortMethods,
    SignalMethods,
    ReadMethods,
    ListMethods,
    WatchMethods,
    WatchActionsMethods,
    ClusterEventMethods,
    GroupMethods,
):
    """Runs and their actions. GetActionData answers UNIMPLEMENTED, as on the backend: DataProxyService has it."""
