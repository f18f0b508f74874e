"""Hand-written behaviours of the Flyte 2 control plane.

Each is a function that the generator binds to an entity (`codegen/manifests/flyte.yaml` says which to what). The names
below are public beside the entities: `remora` offers whatever `__all__` lists. All are loaded when first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora.errors import OutputsNotReady as OutputsNotReady
    from remora.errors import RunFailed as RunFailed
    from remora.errors import RunNotDone as RunNotDone
    from remora.errors import ValuesError as ValuesError
    from remora.errors import WaitTimeout as WaitTimeout
    from remora.flyte.action_data import ActionInputs as ActionInputs
    from remora.flyte.action_data import ActionOutputs as ActionOutputs
    from remora.flyte.details import PhaseTransitionInfo as PhaseTransitionInfo
    from remora.flyte.launcher import Launcher as Launcher
    from remora.flyte.lazy import LazyEntity as LazyEntity
    from remora.flyte.log_line import LogLine as LogLine
    from remora.flyte.phases import ActionPhase as ActionPhase
    from remora.flyte.references import Binary as Binary
    from remora.flyte.references import Dir as Dir
    from remora.flyte.references import File as File
    from remora.flyte.references import LiteralError as LiteralError
    from remora.flyte.references import Offloaded as Offloaded
    from remora.flyte.references import Schema as Schema
    from remora.flyte.references import StructuredDataset as StructuredDataset
    from remora.flyte.time_filter import TimeFilter as TimeFilter
    from remora.flyte.urls import Console as Console

__all__ = [
    "ActionInputs",
    "ActionOutputs",
    "ActionPhase",
    "Binary",
    "Console",
    "Dir",
    "File",
    "Launcher",
    "LazyEntity",
    "LiteralError",
    "LogLine",
    "Offloaded",
    "OutputsNotReady",
    "PhaseTransitionInfo",
    "RunFailed",
    "RunNotDone",
    "Schema",
    "StructuredDataset",
    "TimeFilter",
    "ValuesError",
    "WaitTimeout",
]

_HOMES = {
    "ActionInputs": "remora.flyte.action_data",
    "ActionOutputs": "remora.flyte.action_data",
    "ActionPhase": "remora.flyte.phases",
    "Binary": "remora.flyte.references",
    "Console": "remora.flyte.urls",
    "Dir": "remora.flyte.references",
    "File": "remora.flyte.references",
    "Launcher": "remora.flyte.launcher",
    "LazyEntity": "remora.flyte.lazy",
    "LiteralError": "remora.flyte.references",
    "LogLine": "remora.flyte.log_line",
    "Offloaded": "remora.flyte.references",
    "OutputsNotReady": "remora.errors",
    "PhaseTransitionInfo": "remora.flyte.details",
    "RunFailed": "remora.errors",
    "RunNotDone": "remora.errors",
    "Schema": "remora.flyte.references",
    "StructuredDataset": "remora.flyte.references",
    "TimeFilter": "remora.flyte.time_filter",
    "ValuesError": "remora.errors",
    "WaitTimeout": "remora.errors",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        home = _HOMES.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(home), name)
        return value

    def __dir__():
        return sorted({*globals(), *_HOMES})
