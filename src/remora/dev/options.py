"""Settings of the local control plane."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

# The control plane runs commands of whoever can reach it, so it never listens anywhere else.
LOOPBACK = "127.0.0.1"

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
        auth: Let nobody in without a token of the provider that is started beside it.
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
    auth: bool = False
    max_upload: int = 100 * 1024 * 1024
    max_expiry: float = 3600.0

    @property
    def slots(self) -> int:
        """`parallel`, or the default of this machine when it is 0."""
        return self.parallel or default_parallelism()
