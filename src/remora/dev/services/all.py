"""The services of a control plane."""

from __future__ import annotations

from remora.channel.service import ServerBase
from remora.dev.plane import Plane
from remora.dev.services.app_logs import AppLogsService
from remora.dev.services.apps import AppService
from remora.dev.services.artifacts import ArtifactService
from remora.dev.services.data import DataProxyService
from remora.dev.services.identity import IdentityService
from remora.dev.services.meta import AuthMetadataService, ClusterService
from remora.dev.services.projects import ProjectService
from remora.dev.services.recording import EventsProxyService, InternalRunService
from remora.dev.services.runs import RunService
from remora.dev.services.runs.launcher import RunLauncher
from remora.dev.services.secrets import SecretService
from remora.dev.services.settings import SettingsService
from remora.dev.services.tasks import TaskService
from remora.dev.services.translator import TranslatorService
from remora.dev.services.triggers import TriggerService


def all_services(plane: Plane, launcher: RunLauncher) -> list[ServerBase]:
    """Make them; what is not among them answers UNIMPLEMENTED."""
    return [
        ProjectService(plane),
        TaskService(plane),
        RunService(plane, launcher),
        TriggerService(plane),
        SecretService(plane),
        SettingsService(plane),
        ArtifactService(plane),
        AppService(plane),
        AppLogsService(plane),
        DataProxyService(plane),
        TranslatorService(plane),
        InternalRunService(plane),
        EventsProxyService(plane),
        ClusterService(plane),
        AuthMetadataService(plane),
        IdentityService(),
    ]
