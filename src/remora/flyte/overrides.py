"""A task with other settings than it was deployed with, and what its settings are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from remora.errors import InvalidArgument
from remora.flyte.parameters import one_of, required_name, seconds, string_map, text
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks
from remora_api.google.protobuf import Duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from remora.flyte.parameters import Seconds
    from remora_api.entities import TaskDetails

CacheBehavior: TypeAlias = Literal["auto", "override", "disable"]
"""Whether outputs are taken from the cache: by a version that is computed, by a given one, or not at all."""

_CACHE: tuple[CacheBehavior, ...] = ("auto", "override", "disable")
_LONGEST_SHORT_NAME = 63
_MOST_RETRIES = 1000


@dataclass(frozen=True)
class Cache:
    """How outputs of a task are cached.

    Attributes:
        behavior: `"auto"`, `"override"` or `"disable"`.
        version_override: With `"override"`, the version that must be equal for outputs to be taken from the cache.
        serialize: Let runs with equal inputs wait for the first of them.
        ignored_inputs: Inputs that do not count for equality.

    Raises:
        InvalidArgument: the behaviour is unknown, or `"override"` has no version.
    """

    behavior: CacheBehavior = "auto"
    version_override: str = ""
    serialize: bool = False
    ignored_inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        one_of(self.behavior, "Cache.behavior", _CACHE)
        if self.behavior == "override":
            required_name(self.version_override, "Cache.version_override")


@dataclass(frozen=True)
class Resources:
    """What a container asks for, and what it may use at most.

    Attributes:
        requests: Amounts by resource, in Kubernetes' notation: `{"cpu": "500m", "memory": "2Gi", "gpu": "1"}`.
        limits: The same for limits; equal to `requests` when empty.

    Raises:
        InvalidArgument: a resource is unknown.
    """

    requests: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, amounts in (("requests", self.requests), ("limits", self.limits)):
            for resource in string_map(amounts, f"Resources.{name}"):
                known = [item.name.lower() for item in core.ResourcesResourceName if item.value]
                one_of(resource, f"Resources.{name}", known)


class Overrides(TypedDict, total=False):
    """What `TaskDetails.override` can set."""

    short_name: str
    resources: Resources
    retries: int
    timeout: Seconds
    env_vars: Mapping[str, str]
    secrets: Sequence[str]
    service_account: str
    cache: Cache
    queue: str


def override(
    self: TaskDetails,
    *,
    short_name: str | None = None,
    resources: Resources | None = None,
    retries: int | None = None,
    timeout: Seconds | None = None,
    env_vars: Mapping[str, str] | None = None,
    secrets: Sequence[str] | None = None,
    service_account: str | None = None,
    cache: Cache | None = None,
    queue: str | None = None,
) -> TaskDetails:
    """This task with other settings, for runs that start from the result. No call is made; the task itself stays.

    What is given replaces what there was; what is not given stays.

    Args:
        self: The task.
        short_name: Name that the console shows.
        resources: Resources of its container, in place of all that there were.
        retries: How often a failed attempt is repeated; 0 for never.
        timeout: Longest time that one attempt may run, in seconds or as a `timedelta`.
        env_vars: Environment variables of its container, in place of all that there were.
        secrets: Keys of the secrets that it may read, `"key"` or `"group/key"`, in place of all that there were.
        service_account: Kubernetes service account to run as.
        cache: How its outputs are cached.
        queue: Queue to run in.

    Raises:
        InvalidArgument: a value is out of range, or the task has no container for resources or variables.

    Example:
        >>> details = Task.get("stats.count", auto_version="latest").fetch()
        >>> large = details.override(resources=Resources(requests={"memory": "8Gi"}), retries=2)
        >>> run = large.run(text="to be")
    """
    from remora_api.entities import TaskDetails

    message = self.pb2.parse(bytes(self.pb2))
    spec = message.spec = message.spec if message.spec is not None else tasks.TaskSpec()
    template = spec.task_template = spec.task_template if spec.task_template is not None else core.TaskTemplate()
    if short_name is not None:
        spec.short_name = text(short_name, "short_name", longest=_LONGEST_SHORT_NAME)
    if resources is not None:
        _container(template, "resources").resources = core.Resources(
            requests=_entries(resources.requests), limits=_entries(resources.limits or resources.requests)
        )
    if env_vars is not None:
        pairs = string_map(env_vars, "env_vars").items()
        _container(template, "env_vars").env = [core.KeyValuePair(key=key, value=value) for key, value in pairs]
    _metadata(template, retries, seconds(timeout, "timeout"), cache)
    if secrets is not None or service_account is not None:
        context = template.security_context or core.SecurityContext()
        if secrets is not None:
            context.secrets = [_secret(item) for item in secrets]
        if service_account is not None:
            account = required_name(service_account, "service_account")
            context.run_as = core.Identity(k8s_service_account=account)
        template.security_context = context
    made = TaskDetails(message, client=self._client)
    made._memo = {"overridden": True}
    if queue is not None:
        made._memo["queue"] = required_name(queue, "queue")
    elif self._memo and "queue" in self._memo:
        made._memo["queue"] = self._memo["queue"]
    return made


def cache(self: TaskDetails) -> Cache:
    """How outputs of the task are cached."""
    template = None if self.pb2.spec is None else self.pb2.spec.task_template
    metadata = None if template is None else template.metadata
    if metadata is None or not metadata.discoverable:
        return Cache("disable")
    ignored = tuple(metadata.cache_ignore_input_vars)
    if metadata.discovery_version:
        return Cache("override", metadata.discovery_version, metadata.cache_serializable, ignored)
    return Cache("auto", "", metadata.cache_serializable, ignored)


def secret_keys(self: TaskDetails) -> tuple[str, ...]:
    """Keys of the secrets that the task may read: `"key"`, or `"group/key"` where they have a group."""
    template = None if self.pb2.spec is None else self.pb2.spec.task_template
    context = None if template is None else template.security_context
    found = () if context is None else context.secrets
    return tuple(f"{item.group}/{item.key}" if item.group else item.key for item in found)


def queue(self: TaskDetails) -> str | None:
    """Queue to run in, if `override` has given one."""
    found = (self._memo or {}).get("queue")
    return found if isinstance(found, str) else None


def overridden(self: TaskDetails) -> bool:
    """Whether this is not the task as it is deployed, but one with other settings."""
    return bool((self._memo or {}).get("overridden"))


def _container(template: core.TaskTemplate, parameter: str) -> core.Container:
    if template.container is None:
        raise InvalidArgument(f"{parameter}: the task has no container")
    return template.container


def _entries(amounts: Mapping[str, str]) -> list[core.ResourcesResourceEntry]:
    names = core.ResourcesResourceName
    return [core.ResourcesResourceEntry(name=names[key.upper()], value=value) for key, value in amounts.items()]


def _metadata(template: core.TaskTemplate, retries: int | None, limit: float | None, wanted: Cache | None) -> None:
    metadata = template.metadata if template.metadata is not None else core.TaskMetadata()
    if retries is not None:
        if isinstance(retries, bool) or not isinstance(retries, int):
            raise TypeError(f"retries: expected an int, got {type(retries).__name__}")
        if not 0 <= retries <= _MOST_RETRIES:
            raise InvalidArgument(f"retries must be from 0 to {_MOST_RETRIES}, got {retries}")
        metadata.retries = core.RetryStrategy(retries=retries)
    if limit is not None:
        metadata.timeout = Duration.from_timedelta(timedelta(seconds=limit))
    if wanted is not None:
        metadata.discoverable = wanted.behavior != "disable"
        metadata.discovery_version = wanted.version_override
        metadata.cache_serializable = wanted.serialize
        metadata.cache_ignore_input_vars = list(wanted.ignored_inputs)
    if retries is not None or limit is not None or wanted is not None:
        template.metadata = metadata


def _secret(item: Any) -> core.Secret:
    name = required_name(item, "secrets")
    group, separator, key = name.rpartition("/")
    return core.Secret(group=group if separator else "", key=key)
