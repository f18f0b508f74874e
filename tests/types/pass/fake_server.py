"""A fake server is typed by the server bases."""

from collections.abc import AsyncIterator

from typing_extensions import assert_type

from remora.errors import NotFound
from remora.testing import FakeServer
from remora.testing.fake import BidiProgram, StreamProgram, UnaryProgram
from remora_api.flyteidl2 import project, workflow
from remora_api.testing import FakeServer as FlyteServer
from remora_codegen.reflection_api.grpc.reflection.v1 import (
    ServerReflectionBase,
    ServerReflectionRequest,
    ServerReflectionResponse,
)

with FakeServer(project.ProjectServiceBase, workflow.RunServiceBase) as fake:
    get = fake.on(project.ProjectServiceBase.get_project)
    assert_type(get, UnaryProgram[project.GetProjectRequest, project.GetProjectResponse])
    get.fail(NotFound("no such project")).answer(project.GetProjectResponse())
    get.answer_with(lambda request: project.GetProjectResponse(project=project.Project(id=request.id)))
    watch = fake.on(workflow.RunServiceBase.watch_runs)
    assert_type(watch, StreamProgram[workflow.WatchRunsRequest, workflow.WatchRunsResponse])
    watch.stream(workflow.WatchRunsResponse(), hold=True)
    assert_type(get.requests, list[project.GetProjectRequest])


async def reflect(requests: AsyncIterator[ServerReflectionRequest]) -> AsyncIterator[ServerReflectionResponse]:
    async for request in requests:
        yield ServerReflectionResponse(valid_host=request.host)


with FakeServer(ServerReflectionBase) as fake:
    both = fake.on(ServerReflectionBase.server_reflection_info)
    assert_type(both, BidiProgram[ServerReflectionRequest, ServerReflectionResponse])
    both.stream_with(reflect).answer_each(lambda request: ServerReflectionResponse(valid_host=request.host))

with FlyteServer() as flyte:
    flyte.on(project.ProjectServiceBase.get_project).answer(project.GetProjectResponse())
