"""What belongs to the entities of the Flyte 2 control plane: values, phases, schedules, links to the console.

`remora` offers all of these names, too. The other modules of this package hold the hand-written behaviours, functions
that the generator binds to entities (`codegen/manifests/flyte.yaml` says which to what).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora.errors import FilterWarning as FilterWarning
    from remora.errors import OutputsNotReady as OutputsNotReady
    from remora.errors import RunFailed as RunFailed
    from remora.errors import RunNotDone as RunNotDone
    from remora.errors import ValuesError as ValuesError
    from remora.errors import WaitTimeout as WaitTimeout
    from remora.flyte.action_data import ActionInputs as ActionInputs
    from remora.flyte.action_data import ActionOutputs as ActionOutputs
    from remora.flyte.code import CodeBundle as CodeBundle
    from remora.flyte.details import PhaseTransitionInfo as PhaseTransitionInfo
    from remora.flyte.launcher import Launcher as Launcher
    from remora.flyte.lazy import LazyEntity as LazyEntity
    from remora.flyte.log_line import LogLine as LogLine
    from remora.flyte.overrides import Cache as Cache
    from remora.flyte.overrides import Resources as Resources
    from remora.flyte.partitions import PartitionSchema as PartitionSchema
    from remora.flyte.phases import ActionPhase as ActionPhase
    from remora.flyte.references import Binary as Binary
    from remora.flyte.references import Dir as Dir
    from remora.flyte.references import File as File
    from remora.flyte.references import LiteralError as LiteralError
    from remora.flyte.references import Offloaded as Offloaded
    from remora.flyte.references import Schema as Schema
    from remora.flyte.references import StructuredDataset as StructuredDataset
    from remora.flyte.schedules import TRIGGER_TIME as TRIGGER_TIME
    from remora.flyte.schedules import Cron as Cron
    from remora.flyte.schedules import FixedRate as FixedRate
    from remora.flyte.schedules import TriggerSpec as TriggerSpec
    from remora.flyte.schedules import TriggerTime as TriggerTime
    from remora.flyte.secrets import SecretTypes as SecretTypes
    from remora.flyte.setting_values import UNSET as UNSET
    from remora.flyte.settings import EffectiveSetting as EffectiveSetting
    from remora.flyte.settings import LocalSetting as LocalSetting
    from remora.flyte.settings import SettingOrigin as SettingOrigin
    from remora.flyte.time_filter import TimeFilter as TimeFilter
    from remora.flyte.tree import ActionTree as ActionTree
    from remora.flyte.urls import Console as Console
    from remora.flyte.urls import get_app_url as get_app_url
    from remora.flyte.urls import get_run_url as get_run_url

__all__ = [
    "TRIGGER_TIME",
    "UNSET",
    "ActionInputs",
    "ActionOutputs",
    "ActionPhase",
    "ActionTree",
    "Binary",
    "Cache",
    "CodeBundle",
    "Console",
    "Cron",
    "Dir",
    "EffectiveSetting",
    "File",
    "FilterWarning",
    "FixedRate",
    "Launcher",
    "LazyEntity",
    "LiteralError",
    "LocalSetting",
    "LogLine",
    "Offloaded",
    "OutputsNotReady",
    "PartitionSchema",
    "PhaseTransitionInfo",
    "Resources",
    "RunFailed",
    "RunNotDone",
    "Schema",
    "SecretTypes",
    "SettingOrigin",
    "StructuredDataset",
    "TimeFilter",
    "TriggerSpec",
    "TriggerTime",
    "ValuesError",
    "WaitTimeout",
    "get_app_url",
    "get_run_url",
]

_HOMES = {
    "ActionInputs": "remora.flyte.action_data",
    "ActionOutputs": "remora.flyte.action_data",
    "ActionPhase": "remora.flyte.phases",
    "ActionTree": "remora.flyte.tree",
    "Binary": "remora.flyte.references",
    "Cache": "remora.flyte.overrides",
    "CodeBundle": "remora.flyte.code",
    "Console": "remora.flyte.urls",
    "Cron": "remora.flyte.schedules",
    "Dir": "remora.flyte.references",
    "EffectiveSetting": "remora.flyte.settings",
    "File": "remora.flyte.references",
    "FilterWarning": "remora.errors",
    "FixedRate": "remora.flyte.schedules",
    "Launcher": "remora.flyte.launcher",
    "LazyEntity": "remora.flyte.lazy",
    "LiteralError": "remora.flyte.references",
    "LocalSetting": "remora.flyte.settings",
    "LogLine": "remora.flyte.log_line",
    "Offloaded": "remora.flyte.references",
    "OutputsNotReady": "remora.errors",
    "PartitionSchema": "remora.flyte.partitions",
    "PhaseTransitionInfo": "remora.flyte.details",
    "Resources": "remora.flyte.overrides",
    "RunFailed": "remora.errors",
    "RunNotDone": "remora.errors",
    "Schema": "remora.flyte.references",
    "SecretTypes": "remora.flyte.secrets",
    "SettingOrigin": "remora.flyte.settings",
    "StructuredDataset": "remora.flyte.references",
    "TRIGGER_TIME": "remora.flyte.schedules",
    "TimeFilter": "remora.flyte.time_filter",
    "TriggerSpec": "remora.flyte.schedules",
    "TriggerTime": "remora.flyte.schedules",
    "UNSET": "remora.flyte.setting_values",
    "ValuesError": "remora.errors",
    "WaitTimeout": "remora.errors",
    "get_app_url": "remora.flyte.urls",
    "get_run_url": "remora.flyte.urls",
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
