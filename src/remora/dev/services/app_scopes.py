"""Which apps a list or a stream is about."""

from __future__ import annotations

from dataclasses import dataclass

from remora.dev.store.apps import AppRow
from remora.dev.store.query import Where, equals
from remora.errors import Unimplemented
from remora_api.flyteidl2.app import ConsumedArtifactFilter, ListRequest, WatchRequest
from remora_api.flyteidl2.common import ProjectIdentifier

# The one cluster there is.
CLUSTER = "local"
_NOTHING = Where(("FALSE",))


@dataclass(frozen=True)
class AppScope:
    """Conditions on the row, and what has to be looked up in its spec."""

    where: Where
    artifact: ConsumedArtifactFilter | None = None

    def matches(self, row: AppRow) -> bool:
        """Tell whether an app that meets `where` belongs to the scope."""
        wanted = self.artifact
        if wanted is None:
            return True
        inputs = row.spec.inputs.items if row.spec.inputs is not None else []
        for item in inputs:
            used = item.artifact_id
            if used is None or used.key is None or wanted.version not in ("", used.version):
                continue
            if (used.key.project, used.key.domain, used.key.name) == (wanted.project, wanted.domain, wanted.name):
                return True
        return False


def list_scope(request: ListRequest, *, quirks: bool) -> AppScope:
    """The scope of a list.

    Raises:
        Unimplemented: The open-source backend, which is copied, cannot do this.
    """
    if request.project is not None:
        return AppScope(_of_project(request.project))
    if quirks:
        raise Unimplemented("apps can be listed by project only")
    if request.artifact is not None:
        return AppScope(Where(), request.artifact)
    if request.cluster_id is not None:
        return AppScope(Where() if request.cluster_id.name == CLUSTER else _NOTHING)
    return AppScope(Where())  # an organisation, which means everything


def watch_scope(request: WatchRequest, *, quirks: bool) -> AppScope:
    """The scope of a stream.

    Raises:
        Unimplemented: The open-source backend, which is copied, cannot do this.
    """
    if request.app_id is not None:
        app = request.app_id
        return AppScope(equals("project", app.project) & equals("domain", app.domain) & equals("name", app.name))
    if quirks:
        raise Unimplemented("single apps can be watched only")
    if request.project is not None:
        return AppScope(_of_project(request.project))
    if request.cluster_id is not None:
        return AppScope(Where() if request.cluster_id.name == CLUSTER else _NOTHING)
    return AppScope(Where())


def _of_project(project: ProjectIdentifier) -> Where:
    condition = equals("project", project.name)
    return condition & equals("domain", project.domain) if project.domain else condition
