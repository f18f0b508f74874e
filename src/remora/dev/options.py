"""Settings of the local control plane."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from remora.dev.clocks import Clock, SystemClock
from remora.dev.errors import ControlPlaneError

# The control plane runs commands of whoever can reach it, so it never listens anywhere else.
LOOPBACK = "127.0.0.1"
_LOOPBACK_NAMES = (LOOPBACK, "::1", "localhost")

DOMAINS = ("development", "staging", "production")


def default_parallelism() -> int:
    """How many attempts run at the same time unless told otherwise: one per processor, at least four."""
    return max(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Options:
    """What a control plane is started with.

    Attributes:
        data_dir: Where state lives; None means a temporary directory that is removed at the end.
        port: TCP port of the gRPC endpoint on loopback; 0 takes a free one.
        object_port: TCP port of the object store on loopback; 0 takes a free one.
        projects: Ids of projects that are created at the start when they do not exist.
        domains: Ids of the domains that every project has.
        strict: Enforce the field rules of the protos, as a managed control plane may do; the open-source backend
            does not.
        oss_quirks: Copy the surprising behaviour of the open-source backend too.
        execute: Run container tasks as local processes; without it runs stay queued until somebody drives them
            through InternalRunService.
        parallel: Attempts that run at the same time.
        abort_grace: Seconds between SIGTERM and SIGKILL for a process that has to end.
        keep_work: Keep the working directories of finished attempts.
        cluster_endpoint: What SelectCluster answers; "" for this control plane. It has to be on loopback too.
        app_start_timeout: Seconds in which an app has to listen on its port.
        catch_up: Runs that a trigger starts, at most, for times at which it was due and nothing was running here.
        clock: The clock that schedules follow.
        max_upload: Largest object that can be uploaded, in bytes.
        max_expiry: Longest lifetime of a signed URL, in seconds.
    """

    data_dir: Path | None = None
    port: int = 0
    object_port: int = 0
    projects: tuple[str, ...] = ()
    domains: tuple[str, ...] = DOMAINS
    strict: bool = False
    oss_quirks: bool = False
    execute: bool = True
    parallel: int = 0
    abort_grace: float = 5.0
    keep_work: bool = False
    cluster_endpoint: str = ""
    app_start_timeout: float = 60.0
    catch_up: int = 1
    clock: Clock = field(default_factory=SystemClock)
    max_upload: int = 100 * 1024 * 1024
    max_expiry: float = 3600.0

    def __post_init__(self) -> None:
        if self.cluster_endpoint and urlsplit(self.cluster_endpoint).hostname not in _LOOPBACK_NAMES:
            raise ControlPlaneError(
                f"the cluster endpoint {self.cluster_endpoint!r} is no URL of this machine; "
                f"use one like http://{LOOPBACK}:8090"
            )

    @property
    def slots(self) -> int:
        """`parallel`, or the default of this machine when it is 0."""
        return self.parallel or default_parallelism()
