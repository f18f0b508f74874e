"""One start of one run, and what became of it when the answer is lost."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from remora.errors import AlreadyExists, Internal, NotFound, RpcError, StatusCode, Unimplemented
from remora.flyte.calls import run_details
from remora.flyte.deadline import Deadline
from remora.flyte.routing import routed
from remora.flyte.values import task_inputs
from remora_api.flyteidl2 import cluster, common, dataproxy, workflow
from remora_api.flyteidl2 import task as tasks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from remora.client import Client
    from remora.flyte.lazy import LazyEntity
    from remora.flyte.run_options import RunOptions
    from remora_api.entities import Run, Task, TaskDetails

RunT = TypeVar("RunT", bound="Run")

LAUNCH_ID = "remora/launch-id"
"""Annotation of a named run that tells who has started it: the launch that finds its own mark, and no other."""

# After these the server may have started the run, although no answer came.
_AMBIGUOUS = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED, StatusCode.INTERNAL, StatusCode.UNKNOWN})
# The look-up after a lost answer is a matter of seconds, whatever is left of the caller's time.
_LOOK_UP_SECONDS = 10.0


async def start(
    cls: type[RunT],
    task: Task | TaskDetails | LazyEntity,
    inputs: Mapping[str, Any],
    options: RunOptions,
    client: Client | None = None,
) -> RunT:
    """Start a run with options that are already checked."""
    from remora.client import resolve_client

    deadline = Deadline(options.timeout)
    found = resolve_client(client if client is not None else task._client)
    details = await _task_details(task, found, deadline)
    if details.task_id is None or details.spec is None:
        raise Internal("the answer about the task holds no identifier or specification")
    message = task_inputs(details.spec, details.task_id.name, inputs)
    # A task with other settings than it was deployed with travels with the request.
    changed = await _changed(task)
    if changed is not None and changed.queue is not None and not options.queue:
        options = replace(options, queue=changed.queue)
    spec = None if changed is None else details.spec
    launch = _Launch(found, details.task_id, spec, message, options, deadline)
    return cls(await launch.run(), client=found)


async def _changed(task: Task | TaskDetails | LazyEntity) -> TaskDetails | None:
    """The task as an entity, if it has other settings than it was deployed with."""
    from remora.flyte.lazy import LazyEntity
    from remora_api.entities import TaskDetails

    details = await task.fetch.aio() if isinstance(task, LazyEntity) else task
    return details if isinstance(details, TaskDetails) and details.overridden else None


async def _task_details(task: Task | TaskDetails | LazyEntity, client: Client, deadline: Deadline) -> tasks.TaskDetails:
    from remora.flyte.lazy import LazyEntity, fetch_task

    if isinstance(task, LazyEntity):
        return (await task.fetch.aio(timeout=deadline.left())).pb2
    pb2 = task.pb2
    if isinstance(pb2, tasks.TaskDetails):
        return pb2
    if pb2.task_id is None:
        raise Internal("this Task has no identifier; was it made by hand?")
    return await fetch_task(client, pb2.task_id, timeout=deadline.left())


class _Launch:
    """One start of one run: upload the inputs, create the run, find out whether it is the one that was asked for."""

    def __init__(
        self,
        client: Client,
        task_id: tasks.TaskIdentifier,
        spec: tasks.TaskSpec | None,
        inputs: tasks.Inputs,
        options: RunOptions,
        deadline: Deadline,
    ) -> None:
        self._client = client
        self._task_id = task_id
        self._spec = spec
        self._inputs = inputs
        self._options = options
        self._deadline = deadline
        project, domain = options.project or task_id.project, options.domain or task_id.domain
        org = task_id.org or client.value("org", None, required=False)
        self._project_id = common.ProjectIdentifier(organization=org, name=project, domain=domain)
        self._run_id: common.RunIdentifier | None = None
        if options.name is not None:
            self._run_id = common.RunIdentifier(org=org, project=project, domain=domain, name=options.name)
        self._mark = uuid.uuid4().hex

    async def run(self) -> workflow.Run:
        request = await self._request()
        stub = workflow.RunServiceStub(self._client)
        try:
            response = await stub.create_run(request, timeout=self._deadline.left())
        except AlreadyExists:
            return await self._named_run()
        except RpcError as error:
            return await self._after(error)
        if self._run_id is not None:
            # A backend may answer with the run that had this name before, as if it had just been created.
            try:
                return await self._named_run()
            except AlreadyExists:
                raise
            except RpcError:
                # The run was created, and that must not be reported as a failure.
                pass
        if response.run is None:
            raise Internal("the answer to CreateRun holds no run")
        return response.run

    @property
    def _task(self) -> dict[str, Any]:
        """The member of the oneof `task` that says what to run."""
        return {"task_id": self._task_id} if self._spec is None else {"task_spec": self._spec}

    async def _request(self) -> workflow.CreateRunRequest:
        spec = self._options.run_spec()
        if self._run_id is not None:
            spec.annotations = tasks.Annotations(values={**self._options.annotations, LAUNCH_ID: self._mark})
        request = workflow.CreateRunRequest(run_spec=spec, **self._task)
        if self._run_id is not None:
            request.run_id = self._run_id
        else:
            request.project_id = self._project_id
        offloaded = await self._upload()
        if offloaded is None:
            request.inputs = self._inputs
        else:
            request.offloaded_input_data = offloaded
        return request

    async def _upload(self) -> common.OffloadedInputData | None:
        """Put the inputs where the run finds them; None if they have to travel inside the request."""
        request = dataproxy.UploadInputsRequest(inputs=self._inputs, **self._task)
        if self._run_id is not None:
            request.run_id = self._run_id
        else:
            request.project_id = self._project_id
        operation = cluster.SelectClusterRequestOperation.UPLOAD_INPUTS
        caller = await routed(self._client, operation, self._project_id, timeout=self._deadline.left())
        stub = dataproxy.DataProxyServiceStub(caller)
        try:
            response = await stub.upload_inputs(request, timeout=self._deadline.left())
        except (Unimplemented, NotFound):
            # An older backend. If it is the project or task that does not exist, creating the run says so.
            return None
        return response.offloaded_input_data

    async def _after(self, error: RpcError) -> workflow.Run:
        """What became of a run whose creation gave an error."""
        if error.code not in _AMBIGUOUS:
            raise error
        if self._run_id is None:
            error.hint = error.hint or "a run may have been started; give it a name to make the start safe to repeat"
            raise error
        try:
            return await self._named_run()
        except NotFound:
            raise error from None

    async def _named_run(self) -> workflow.Run:
        """The run of the wanted name, if it is ours or may be another's."""
        assert self._run_id is not None
        details = await run_details(self._client, self._run_id, timeout=_LOOK_UP_SECONDS)
        annotations = details.run_spec.annotations if details.run_spec is not None else None
        mark = None if annotations is None else annotations.values.get(LAUNCH_ID)
        if mark != self._mark and self._options.on_existing == "raise":
            raise AlreadyExists(
                f"there is a run {self._run_id.name!r} in project {self._run_id.project!r}, domain "
                f"{self._run_id.domain!r} already",
                hint="choose another name, or on_existing='return' to get that run",
            )
        action = details.action
        assert action is not None  # run_details has checked it
        summary = workflow.Action(id=action.id, metadata=action.metadata, status=action.status)
        return workflow.Run(action=summary, labels=dict(self._options.labels) if mark == self._mark else {})
