"""CreateRun."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.services.identity import identity
from remora.dev.services.runs.base import RunMethods
from remora.dev.services.runs.launcher import RunLauncher
from remora.dev.store import views
from remora_api.flyteidl2.workflow import CreateRunRequest, CreateRunResponse


class CreationMethods(RunMethods):
    """Creates runs."""

    def __init__(self, plane: Plane, launcher: RunLauncher) -> None:
        super().__init__(plane)
        self._launcher = launcher

    async def create_run(self, request: CreateRunRequest, context: ServerContext) -> CreateRunResponse:
        """Create a run and, if its task can be run here, start it.

        A run that exists under the name is returned as it is, whatever the rest of the request says.
        """
        row = await self._launcher.launch(request, identity(context.metadata))
        return CreateRunResponse(run=views.run(row))
