"""TriggerService."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.schedules import read_schedule
from remora.dev.services.identity import identity
from remora.dev.store import triggers
from remora.dev.store.database import Transaction
from remora.dev.store.paging import page_request
from remora.dev.store.query import Where, equals, order_by, sorts, where
from remora.dev.store.triggers import Change, TriggerKey
from remora.errors import FailedPrecondition, Internal, InvalidArgument, NotFound
from remora_api.flyteidl2.common import ListRequest, TriggerName
from remora_api.flyteidl2.task import TaskTrigger, TaskTriggerSpec, TriggerAutomationSpec
from remora_api.flyteidl2.trigger import (
    DeleteTriggersRequest,
    DeleteTriggersResponse,
    DeployTriggerRequest,
    DeployTriggerResponse,
    GetTriggerDetailsRequest,
    GetTriggerDetailsResponse,
    GetTriggerRevisionDetailsRequest,
    GetTriggerRevisionDetailsResponse,
    GetTriggerRevisionHistoryRequest,
    GetTriggerRevisionHistoryResponse,
    ListTriggersRequest,
    ListTriggersResponse,
    TriggerDetails,
    TriggerServiceBase,
    TriggerSpec,
    UpdateTriggersRequest,
    UpdateTriggersResponse,
)

_TIEBREAK = "project, domain, task_name, name"


class TriggerService(TriggerServiceBase):
    """Triggers. Those that are active and have a schedule start runs by themselves."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def deploy_trigger(self, request: DeployTriggerRequest, context: ServerContext) -> DeployTriggerResponse:
        """Add a trigger or a revision of it. Neither project nor task need to exist.

        Raises:
            FailedPrecondition: The revision that is given is not the newest.
        """
        key = _key(request.name, "name")
        if request.spec is None or not request.spec.task_version:
            raise InvalidArgument("spec.task_version is required")
        read_schedule(request.automation_spec)
        spec, change = request.spec, self._change(context)
        trigger = TaskTrigger(name=key.name, spec=_task_trigger_spec(spec), automation_spec=self._automation(request))

        def work(tx: Transaction) -> TriggerDetails | None:
            newest = triggers.latest(tx, key)
            if request.revision and request.revision != newest:
                message = f"optimistic lock failure: revision {request.revision} is given and {newest} is the newest"
                raise Internal(message) if self._plane.options.oss_quirks else FailedPrecondition(message)
            triggers.deploy(tx, key, spec.task_version, trigger, change)
            return triggers.details(tx, key)

        return DeployTriggerResponse(trigger=await self._plane.database.run(work))

    def _automation(self, request: DeployTriggerRequest) -> TriggerAutomationSpec | None:
        automation = request.automation_spec
        lost = self._plane.options.oss_quirks and automation is not None and automation.artifact is not None
        return None if lost else automation

    async def get_trigger_details(
        self, request: GetTriggerDetailsRequest, context: ServerContext
    ) -> GetTriggerDetailsResponse:
        """A trigger as it is now."""
        key = _key(request.name, "name")
        found = await self._plane.database.run(lambda tx: triggers.details(tx, key))
        if found is None:
            raise NotFound(f"{key} not found")
        return GetTriggerDetailsResponse(trigger=found)

    async def get_trigger_revision_details(
        self, request: GetTriggerRevisionDetailsRequest, context: ServerContext
    ) -> GetTriggerRevisionDetailsResponse:
        """A trigger as it was at a revision, a deleted one too."""
        if request.id is None:
            raise InvalidArgument("id is required")
        key, revision = _key(request.id.name, "id.name"), request.id.revision
        found = await self._plane.database.run(lambda tx: triggers.revision_details(tx, key, revision))
        if found is None:
            raise NotFound(f"revision {revision} of {key} not found")
        return GetTriggerRevisionDetailsResponse(trigger=found)

    async def list_triggers(self, request: ListTriggersRequest, context: ServerContext) -> ListTriggersResponse:
        """A page of triggers. A full page has a token even if nothing follows."""
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        condition = _scope(request) & where(listing.filters, triggers.COLUMNS, quirks=self._plane.options.oss_quirks)
        order = order_by(sorts(listing), triggers.COLUMNS, f"active DESC, updated_at DESC, {_TIEBREAK}", _TIEBREAK)
        found = await self._plane.database.run(lambda tx: triggers.page(tx, condition, order, page))
        return ListTriggersResponse(triggers=found, token=page.next_token if len(found) == page.limit else "")

    async def get_trigger_revision_history(
        self, request: GetTriggerRevisionHistoryRequest, context: ServerContext
    ) -> GetTriggerRevisionHistoryResponse:
        """A page of the revisions of a trigger, the newest first. A full page has a token even if nothing follows."""
        key = _key(request.name, "name")
        listing = request.request or ListRequest()
        page = page_request(listing.limit, listing.token)
        condition = where(listing.filters, triggers.REVISION_COLUMNS, quirks=self._plane.options.oss_quirks)
        order = order_by(sorts(listing), triggers.REVISION_COLUMNS, "revision DESC", "revision DESC")
        found = await self._plane.database.run(lambda tx: triggers.history(tx, key, condition, order, page))
        return GetTriggerRevisionHistoryResponse(
            triggers=found, token=page.next_token if len(found) == page.limit else ""
        )

    async def update_triggers(self, request: UpdateTriggersRequest, context: ServerContext) -> UpdateTriggersResponse:
        """Activate or deactivate triggers; names that are unknown are passed over."""
        keys, change = [_key(name, "names") for name in request.names], self._change(context)

        def work(tx: Transaction) -> None:
            for key in keys:
                triggers.set_active(tx, key, request.active, change)

        await self._plane.database.run(work)
        return UpdateTriggersResponse()

    async def delete_triggers(self, request: DeleteTriggersRequest, context: ServerContext) -> DeleteTriggersResponse:
        """Delete triggers; names that are unknown are passed over."""
        keys, change = [_key(name, "names") for name in request.names], self._change(context)

        def work(tx: Transaction) -> None:
            for key in keys:
                triggers.delete(tx, key, change)

        await self._plane.database.run(work)
        return DeleteTriggersResponse()

    def _change(self, context: ServerContext) -> Change:
        return Change(self._plane.options.clock.now(), identity(context.metadata))


def _key(name: TriggerName | None, field: str) -> TriggerKey:
    if name is None:
        raise InvalidArgument(f"{field} is required")
    if not name.name or not name.task_name:
        raise InvalidArgument(f"{field}.name and {field}.task_name are required")
    return TriggerKey.of(name)


def _task_trigger_spec(spec: TriggerSpec) -> TaskTriggerSpec:
    kept = TaskTriggerSpec(active=spec.active, run_spec=spec.run_spec, description=spec.description)
    if spec.offloaded_input_data is not None:
        kept.offloaded_input_data = spec.offloaded_input_data
    else:
        kept.inputs = spec.inputs
    return kept


def _scope(request: ListTriggersRequest) -> Where:
    if request.project_id is not None:
        condition = equals("project", request.project_id.name)
        return condition & equals("domain", request.project_id.domain) if request.project_id.domain else condition
    task = request.task_id or request.task_name
    if task is None:  # an organisation, which means everything
        return Where()
    condition = equals("project", task.project) & equals("domain", task.domain) & equals("task_name", task.name)
    return condition & equals("task_version", request.task_id.version) if request.task_id is not None else condition
