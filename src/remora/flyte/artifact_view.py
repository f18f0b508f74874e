"""What an artifact tells without asking the server again, and its value."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from remora.errors import RemoraError
from remora.flyte.artifact_kind import KIND_KEY, KINDS, Kind
from remora.flyte.from_literal import from_literal
from remora.flyte.interface import literal_type
from remora.flyte.into import into
from remora.flyte.partitions import PartitionSchema, of_granularity, python_partitions
from remora.flyte.to_literal import to_literal
from remora.flyte.urls import console
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import common, core

if TYPE_CHECKING:
    from remora_api.entities import Artifact, ArtifactGroup


async def to_python(self: Artifact, python_type: type | None = None) -> Any:
    """The value as a Python object; references to files and tables stay references.

    Args:
        self: The artifact.
        python_type: Dataclass, pydantic model, TypedDict or other annotation to make of it.

    Raises:
        ValuesError: the value does not fit the type, or is a msgpack value and the extra `msgpack` is not installed.

    Example:
        >>> Artifact.get("ranker").to_python()
        File(uri='s3://bucket/ranker.pt', format='')
    """
    literal, kind = _value(self)
    value = from_literal(literal, kind, "value")
    return value if python_type is None else into(value, python_type, "value")


async def coerce_to_literal(self: Artifact, python_type: type | None = None) -> core.Literal:
    """The value as the literal that an input of a type takes.

    Args:
        self: The artifact.
        python_type: Annotation of the input; None gives the literal as it is stored.

    Raises:
        ValuesError: the value does not fit the type.
    """
    literal, kind = _value(self)
    if python_type is None:
        return literal
    return to_literal(from_literal(literal, kind, "value"), literal_type(python_type), "value")


def tracker(self: Artifact) -> str:
    """Which artifact it is as one text: `org/project/domain/name@version`."""
    found = _name(self)
    parts = [found.org, found.project, found.domain, found.name]
    return f"{'/'.join(parts if found.org else parts[1:])}@{_version(self)}"


def artifact_version_id(self: Artifact) -> core.ArtifactVersionId:
    """Which artifact it is, as literals carry it."""
    found = _name(self)
    key = core.ArtifactKey(project=found.project, domain=found.domain, name=found.name, org=found.org)
    return core.ArtifactVersionId(key=key, version=_version(self))


def artifact_url(self: Artifact) -> str:
    """Address of the artifact in the web console. No call is made."""
    from remora.client import resolve_client

    found = _name(self)
    return console(resolve_client(self._client)).artifact_url(found.project, found.domain, found.name)


def source(self: Artifact) -> str:
    """Where it comes from, for people: `run/action`, the reference that was given, or empty if nobody said."""
    found = _source(self)
    action = _source_action(self)
    if action is not None and action.run is not None:
        return f"{action.run.name}/{action.name}"
    return "" if found is None or found.external_ref is None else found.external_ref


def source_run_url(self: Artifact) -> str | None:
    """Console address of the run that made it; None if no run did."""
    from remora.client import resolve_client

    action = _source_action(self)
    if action is None or action.run is None:
        return None
    run = action.run
    return console(resolve_client(self._client)).run_url(run.project, run.domain, run.name)


def source_action_url(self: Artifact) -> str | None:
    """Console address of the action that made it; None if no action did."""
    from remora.client import resolve_client

    action = _source_action(self)
    if action is None or action.run is None:
        return None
    run = action.run
    return console(resolve_client(self._client)).action_url(run.project, run.domain, run.name, action.name)


def partitions(self: Artifact) -> dict[str, Any]:
    """Partition values by key: a `date` or `datetime` for the time, strings for others."""
    return python_partitions(self.pb2.spec)


def kind(self: Artifact) -> Kind:
    """What it is: `"model"`, `"data"`, or `"generic"` if nobody said."""
    info = None if self.pb2.spec is None else self.pb2.spec.info
    named = "" if info is None else info.user_metadata.get(KIND_KEY, "")
    for item in KINDS:
        if item == named:
            return item
    return "generic"


def created_by(self: Artifact) -> str:
    """Who published it, for people; empty if the backend does not say.

    Name and mail address if there are any, or else the identifier.
    """
    return identity_name(self.pb2.created_by)


def identity_name(who: common.EnrichedIdentity | None) -> str:
    """An identity for people."""
    if who is not None and who.user is not None:
        spec = who.user.spec
        name = "" if spec is None else f"{spec.first_name} {spec.last_name}".strip()
        mail = "" if spec is None else spec.email
        subject = "" if who.user.id is None else who.user.id.subject
        return f"{name} <{mail}>" if name and mail else name or mail or subject
    if who is not None and who.application is not None:
        app = who.application
        return (app.spec.name if app.spec is not None else "") or ("" if app.id is None else app.id.subject)
    return ""


def partition_schema(self: ArtifactGroup) -> PartitionSchema | None:
    """The artifact's partition keys; None if it has none."""
    found = self.pb2.partition_schema
    schema = None if found is None else PartitionSchema.from_pb2(found)
    return schema if schema is not None and schema.all_keys else None


def latest_time_partition(self: ArtifactGroup) -> date | datetime | None:
    """The newest time partition among the artifact's versions; None if it has none."""
    found, schema = self.pb2.latest_time_partition, self.pb2.partition_schema
    if found is None:
        return None
    fine = core.Granularity.DAY
    if schema is not None and schema.time_partition is not None:
        fine = schema.time_partition.granularity
    return of_granularity(found.to_datetime(), fine)


def group_name(self: ArtifactGroup) -> str:
    """Name of the artifact."""
    found = None if self.pb2.latest is None else self.pb2.latest.artifact_id
    return "" if found is None or found.name is None else found.name.name


def _name(artifact: Artifact) -> artifacts.ArtifactName:
    found = None if artifact.pb2.artifact_id is None else artifact.pb2.artifact_id.name
    if found is None or not found.name:
        raise RemoraError("this Artifact has no identifier; was it made by hand?")
    return found


def _version(artifact: Artifact) -> str:
    return "" if artifact.pb2.artifact_id is None else artifact.pb2.artifact_id.version


def _source(artifact: Artifact) -> artifacts.ArtifactSource | None:
    return None if artifact.pb2.spec is None else artifact.pb2.spec.source


def _source_action(artifact: Artifact) -> common.ActionIdentifier | None:
    found = _source(artifact)
    return None if found is None or found.task_action is None else found.task_action.action


def _value(artifact: Artifact) -> tuple[core.Literal, core.LiteralType | None]:
    spec = artifact.pb2.spec
    if spec is None or spec.value is None:
        raise RemoraError("the backend sent this artifact without its value", hint="Artifact.get() reads it whole")
    return spec.value, spec.type
