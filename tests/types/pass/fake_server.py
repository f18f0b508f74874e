"""A fake server is typed by the server bases."""

from typing_extensions import assert_type

from remora.errors import NotFound
from remora.testing import FakeServer
from remora.testing.fake import StreamProgram, UnaryProgram
from remora_api.flyteidl2 import project, workflow

with FakeServer(project.ProjectServiceBase, workflow.RunServiceBase) as fake:
    get = fake.on(project.ProjectServiceBase.get_project)
    assert_type(get, UnaryProgram[project.GetProjectRequest, project.GetProjectResponse])
    get.fail(NotFound("no such project")).answer(project.GetProjectResponse())
    get.answer_with(lambda request: project.GetProjectResponse(project=project.Project(id=request.id)))
    watch = fake.on(workflow.RunServiceBase.watch_runs)
    assert_type(watch, StreamProgram[workflow.WatchRunsRequest, workflow.WatchRunsResponse])
    watch.stream(workflow.WatchRunsResponse(), hold=True)
    assert_type(get.requests, list[project.GetProjectRequest])
