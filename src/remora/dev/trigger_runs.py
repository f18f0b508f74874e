"""The runs that triggers start: their names and their inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from remora.dev.clock import timestamp
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.keys import InvalidKey, join_key, key_of
from remora.dev.services.identifiers import RANDOM_ALPHABET
from remora.dev.services.inputs import FILE
from remora.dev.store.artifact_partitions import partition_of
from remora.dev.store.firings import Firing
from remora.dev.store.triggers import Scheduled, TriggerKey
from remora.errors import DecodeError, InvalidArgument, NotFound
from remora_api.flyteidl2.artifact import ArtifactSpec
from remora_api.flyteidl2.common import RunIdentifier
from remora_api.flyteidl2.core import Literal, Primitive, Scalar
from remora_api.flyteidl2.task import ArtifactTrigger, Inputs, NamedLiteral
from remora_api.flyteidl2.trigger import TriggerDetails, TriggerSpec
from remora_api.flyteidl2.workflow import CreateRunRequest, RunSource


def scheduled_run(files: ObjectFiles, one: Scheduled, moment: int) -> CreateRunRequest:
    """The run of a trigger whose schedule is due at a moment.

    Raises:
        RpcError: Its inputs cannot be read.
    """
    automation = one.details.automation_spec
    schedule = automation.schedule if automation is not None else None
    extra = {}
    if schedule is not None and schedule.kickoff_time_input_arg:
        extra[schedule.kickoff_time_input_arg] = Literal(scalar=Scalar(primitive=Primitive(datetime=timestamp(moment))))
    request = _request(files, one.key, one.details, str(moment), extra)
    request.source, request.run_start_time = RunSource.SCHEDULE_TRIGGER, timestamp(moment)
    return request


def artifact_run(files: ObjectFiles, firing: Firing) -> CreateRunRequest:
    """The run of a trigger for a new version of its artifact.

    Raises:
        RpcError: Its inputs cannot be read.
    """
    automation, spec = firing.details.automation_spec, firing.artifact.spec or ArtifactSpec()
    wanted = (automation.artifact if automation is not None else None) or ArtifactTrigger()
    extra = {}
    if wanted.input_arg and spec.value is not None:
        extra[wanted.input_arg] = spec.value
    values = partition_of(spec).by_key
    for key, name in wanted.partition_input_args.items():
        if key in values:
            extra[name] = Literal(scalar=Scalar(primitive=Primitive(string_value=values[key])))
    request = _request(files, firing.key, firing.details, f"artifact {firing.number}", extra)
    request.source = RunSource.ARTIFACT_TRIGGER
    return request


def _request(
    files: ObjectFiles, key: TriggerKey, details: TriggerDetails, occasion: str, extra: Mapping[str, Literal]
) -> CreateRunRequest:
    request = CreateRunRequest(
        run_id=RunIdentifier(project=key.project, domain=key.domain, name=run_name(key, occasion)),
        trigger_name=details.id.name if details.id is not None else None,
    )
    if extra:
        inputs = _inputs(files, details.spec or TriggerSpec())
        literals = [item for item in inputs.literals if item.name not in extra]
        literals += [NamedLiteral(name=name, value=value) for name, value in extra.items()]
        request.inputs = Inputs(literals=literals, context=inputs.context)
    return request


def _inputs(files: ObjectFiles, spec: TriggerSpec) -> Inputs:
    if spec.offloaded_input_data is None:
        return spec.inputs or Inputs()
    uri = spec.offloaded_input_data.uri
    try:
        data = files.read(join_key(key_of(uri.rstrip("/")), FILE))
        if data is None:
            raise NotFound(f"there are no inputs at {uri}")
        return Inputs.parse(data)
    except (InvalidKey, DecodeError) as error:
        raise InvalidArgument(f"the inputs at {uri} cannot be read: {error}") from error


def run_name(key: TriggerKey, occasion: str) -> str:
    """The name of the run that a trigger starts on one occasion, always the same."""
    digest = hashlib.sha256("\0".join((*key, occasion)).encode()).digest()
    number, letters = int.from_bytes(digest, "big"), []
    for _ in range(19):
        number, index = divmod(number, len(RANDOM_ALPHABET))
        letters.append(RANDOM_ALPHABET[index])
    return "s" + "".join(letters)
