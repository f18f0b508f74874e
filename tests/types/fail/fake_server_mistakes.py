"""What a test cannot tell a fake server."""

from remora.testing import FakeServer
from remora_api.flyteidl2 import project, workflow

with FakeServer(project.ProjectServiceBase) as fake:
    get = fake.on(project.ProjectServiceBase.get_project)
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    get.answer(project.Project())
    # error-mypy: attr-defined
    # error-pyright: reportAttributeAccessIssue
    get.stream(project.GetProjectResponse())
    # error-mypy: attr-defined
    # error-pyright: reportAttributeAccessIssue
    fake.on(workflow.RunServiceBase.watch_runs).answer(workflow.WatchRunsResponse())
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    fake.on(workflow.RunServiceBase.watch_runs).stream(project.Project())
    # error-mypy: arg-type
    # error-mypy: return-value
    # error-pyright: reportArgumentType
    get.answer_with(lambda request: project.Project(id=request.id))
