"""Options of a run that is started: everything but the task and its inputs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from remora.errors import InvalidArgument
from remora_api.flyteidl2 import core
from remora_api.flyteidl2 import task as tasks
from remora_api.google import protobuf

if TYPE_CHECKING:
    from collections.abc import Mapping

OnExisting: TypeAlias = Literal["raise", "return"]
"""What to do when there is a run of the wanted name already."""

_RUN_NAME = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
_LONGEST_RUN_NAME = 30


@dataclass(frozen=True)
class RunOptions:
    """Options of a run that is started. The parameters of `with_options` and `Run.create` are these fields.

    Attributes:
        name: Name of the run; the control plane makes one up when None.
        on_existing: What to do when `name` is taken.
        project: Project of the run, if not the task's.
        domain: Domain of the run, if not the task's.
        labels: Labels of the run.
        annotations: Annotations of the run.
        env_vars: Environment variables for its containers.
        queue: Queue to run in.
        cluster_pool: Cluster pool to run in.
        interruptible: Whether it may run on machines that can be taken away; None leaves it to the task.
        overwrite_cache: Run everything, also what is cached, and replace what is cached.
        max_action_concurrency: Actions that may run at the same time; 0 for no limit of its own.
        raw_data_path: Where tasks put files, such as `s3://bucket/prefix`.
        service_account: Kubernetes service account to run as.
        timeout: Deadline of the whole start in seconds.
    """

    name: str | None = None
    on_existing: OnExisting = "raise"
    project: str | None = None
    domain: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    env_vars: Mapping[str, str] = field(default_factory=dict)
    queue: str = ""
    cluster_pool: str = ""
    interruptible: bool | None = None
    overwrite_cache: bool = False
    max_action_concurrency: int = 0
    raw_data_path: str = ""
    service_account: str = ""
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            check_run_name(self.name)
        if self.on_existing not in ("raise", "return"):
            raise InvalidArgument(f"on_existing: {self.on_existing!r} is unknown", hint="use 'raise' or 'return'")
        if not 0 <= self.max_action_concurrency < 2**32:
            raise InvalidArgument(f"max_action_concurrency: {self.max_action_concurrency} is out of range")
        for parameter in ("labels", "annotations", "env_vars"):
            for key, value in getattr(self, parameter).items():
                if not isinstance(key, str) or not isinstance(value, str):
                    raise TypeError(f"{parameter}: keys and values must be strings, got {key!r}: {value!r}")
                if not key:
                    raise InvalidArgument(f"{parameter} has an empty key")

    def run_spec(self) -> tasks.RunSpec:
        """The options as the control plane takes them."""
        spec = tasks.RunSpec(
            queue=self.queue, cluster_pool=self.cluster_pool, max_action_concurrency=self.max_action_concurrency
        )
        if self.labels:
            spec.labels = tasks.Labels(values=dict(self.labels))
        if self.annotations:
            spec.annotations = tasks.Annotations(values=dict(self.annotations))
        if self.env_vars:
            pairs = [core.KeyValuePair(key=key, value=value) for key, value in self.env_vars.items()]
            spec.envs = tasks.Envs(values=pairs)
        if self.interruptible is not None:
            spec.interruptible = protobuf.BoolValue(value=self.interruptible)
        if self.overwrite_cache:
            # The first field is deprecated for the second; servers of either age find what they read.
            spec.overwrite_cache = True
            spec.cache_config = tasks.CacheConfig(overwrite_cache=True)
        if self.raw_data_path:
            spec.raw_data_storage = tasks.RawDataStorage(raw_data_prefix=self.raw_data_path)
        if self.service_account:
            spec.security_context = core.SecurityContext(run_as=core.Identity(k8s_service_account=self.service_account))
        return spec


def check_run_name(name: str) -> str:
    """A name that the control plane will take for a run.

    Raises:
        InvalidArgument: it is too long, or not a DNS label (RFC 1035).
    """
    if not isinstance(name, str):
        raise TypeError(f"name: expected a string, got {type(name).__name__}")
    if len(name) > _LONGEST_RUN_NAME or not _RUN_NAME.fullmatch(name):
        raise InvalidArgument(
            f"name: {name[:60]!r} cannot be the name of a run",
            hint=f"at most {_LONGEST_RUN_NAME} characters a-z, 0-9 and -, beginning with a letter, not ending with -",
        )
    return name
