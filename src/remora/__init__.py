"""Remora: typed Python SDKs from .proto services, and a light client of the Flyte 2 control plane.

    import remora
    from remora import Run

    remora.init("https://flyte.example.com", project="flytesnacks", domain="development")
    for run in Run.listall(limit=10):
        print(run.name, run.phase)

Every name is loaded when it is first used, so `import remora` costs next to nothing.
"""

from __future__ import annotations

# Not from `typing`: that module is ten times as heavy as this one, and type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from remora import auth as auth
    from remora import errors as errors
    from remora._version import __version__ as __version__
    from remora.auth import auth_metadata as auth_metadata
    from remora.auth import create_channel as create_channel
    from remora.auth import get_auth_metadata as get_auth_metadata
    from remora.channel.options import RetryPolicy as RetryPolicy
    from remora.client import Client as Client
    from remora.client import init as init
    from remora.errors import DownloadError as DownloadError
    from remora.errors import FilterWarning as FilterWarning
    from remora.errors import OutputsNotReady as OutputsNotReady
    from remora.errors import RemoraError as RemoraError
    from remora.errors import RpcError as RpcError
    from remora.errors import RunFailed as RunFailed
    from remora.errors import RunNotDone as RunNotDone
    from remora.errors import UploadError as UploadError
    from remora.errors import UploadIncomplete as UploadIncomplete
    from remora.errors import ValuesError as ValuesError
    from remora.errors import WaitTimeout as WaitTimeout
    from remora.flyte.code import CodeBundle as CodeBundle
    from remora.flyte.launcher import Launcher as Launcher
    from remora.flyte.log_line import LogLine as LogLine
    from remora.flyte.overrides import Cache as Cache
    from remora.flyte.overrides import Resources as Resources
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
    from remora.flyte.time_filter import TimeFilter as TimeFilter
    from remora.flyte.urls import Console as Console
    from remora.flyte.urls import get_app_url as get_app_url
    from remora.flyte.urls import get_run_url as get_run_url
    from remora.transfer.functions.download_dir import download_dir as download_dir
    from remora.transfer.functions.download_file import download_file as download_file
    from remora.transfer.functions.upload import upload as upload
    from remora.transfer.functions.upload_dir import upload_dir as upload_dir
    from remora.transfer.functions.upload_file import upload_file as upload_file
    from remora.transfer.reports import TransferProgress as TransferProgress
    from remora.transfer.reports import UploadedFile as UploadedFile
    from remora.transfer.reports import UploadReport as UploadReport
    from remora_api.entities import Action as Action
    from remora_api.entities import ActionDetails as ActionDetails
    from remora_api.entities import ActionInputs as ActionInputs
    from remora_api.entities import ActionOutputs as ActionOutputs
    from remora_api.entities import ActionTree as ActionTree
    from remora_api.entities import App as App
    from remora_api.entities import AppLogs as AppLogs
    from remora_api.entities import Artifact as Artifact
    from remora_api.entities import ArtifactGroup as ArtifactGroup
    from remora_api.entities import Condition as Condition
    from remora_api.entities import EffectiveSetting as EffectiveSetting
    from remora_api.entities import LazyEntity as LazyEntity
    from remora_api.entities import LocalSetting as LocalSetting
    from remora_api.entities import Logs as Logs
    from remora_api.entities import PartitionSchema as PartitionSchema
    from remora_api.entities import PhaseTransitionInfo as PhaseTransitionInfo
    from remora_api.entities import Project as Project
    from remora_api.entities import Run as Run
    from remora_api.entities import RunDetails as RunDetails
    from remora_api.entities import Secret as Secret
    from remora_api.entities import SettingOrigin as SettingOrigin
    from remora_api.entities import Settings as Settings
    from remora_api.entities import Task as Task
    from remora_api.entities import TaskDetails as TaskDetails
    from remora_api.entities import Trigger as Trigger
    from remora_api.entities import TriggerDetails as TriggerDetails
    from remora_api.entities import User as User

_HOMES = {
    "Client": "remora.client",
    "RemoraError": "remora.errors",
    "RetryPolicy": "remora.channel.options",
    "RpcError": "remora.errors",
    "__version__": "remora._version",
    "auth_metadata": "remora.auth",
    "get_auth_metadata": "remora.auth",
    "create_channel": "remora.auth",
    "init": "remora.client",
}

_MODULES = ("auth", "errors")

# Packages that list in `__all__` what they offer here: generated entities, and what goes with them.
_OFFERING = ("remora_api.entities", "remora.flyte", "remora.transfer")

if not TYPE_CHECKING:

    def __getattr__(name):
        from importlib import import_module

        if name in _MODULES:
            return import_module(f"remora.{name}")
        home = _HOMES.get(name)
        if home is None and (name == "__all__" or not name.startswith("_")):
            if name == "__all__":
                return __dir__()
            home = next((each for each in _OFFERING if name in import_module(each).__all__), None)
        if home is None:
            raise AttributeError(f"module 'remora' has no attribute {name!r}")
        value = getattr(import_module(home), name)
        globals()[name] = value
        return value

    def __dir__():
        from importlib import import_module

        return sorted({*_MODULES, *_HOMES, *(name for each in _OFFERING for name in import_module(each).__all__)})
