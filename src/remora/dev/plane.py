"""What the services share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor as Workers
from dataclasses import dataclass
from typing import TypeVar

from remora.dev.addresses import Addresses
from remora.dev.apps.runner import AppRunner
from remora.dev.executor.executor import Executor
from remora.dev.faults import Faults
from remora.dev.hub import Hub
from remora.dev.objects.files import ObjectFiles
from remora.dev.objects.signing import Signer
from remora.dev.options import Options
from remora.dev.store.database import Database
from remora.dev.vault import Vault

T = TypeVar("T")


@dataclass(frozen=True)
class Plane:
    """The parts of a running control plane.

    Attributes:
        options: What it was started with.
        database: The store.
        hub: Tells of changes.
        files: The objects.
        signer: Makes signed URLs.
        executor: Runs container tasks.
        faults: Failures that were asked for.
        workers: Threads for work with files.
        addresses: Where the servers are.
        vault: Encrypts secrets.
        apps: Runs apps.
    """

    options: Options
    database: Database
    hub: Hub
    files: ObjectFiles
    signer: Signer
    executor: Executor
    faults: Faults
    workers: Workers
    addresses: Addresses
    vault: Vault
    apps: AppRunner

    async def work(self, function: Callable[..., T], *arguments: object) -> T:
        """Call a blocking function on a worker thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.workers, lambda: function(*arguments))
