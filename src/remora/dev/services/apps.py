"""AppService: apps as processes of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.services.app_scopes import list_scope, watch_scope
from remora.dev.services.identity import identity, subject_of
from remora.dev.store import apps, projects
from remora.dev.store.apps import APPS, AppKey, AppRow
from remora.dev.store.database import Transaction
from remora.dev.store.paging import page_request
from remora.dev.store.query import order_by, sorts, where
from remora.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from remora_api.flyteidl2 import common
from remora_api.flyteidl2.app import (
    App,
    AppServiceBase,
    CreateEvent,
    CreateRequest,
    CreateResponse,
    DeleteEvent,
    DeleteRequest,
    DeleteResponse,
    GetRequest,
    GetResponse,
    Identifier,
    ListRequest,
    ListResponse,
    Meta,
    Spec,
    Status,
    UpdateEvent,
    UpdateRequest,
    UpdateResponse,
    UpdateStatusRequest,
    UpdateStatusResponse,
    WatchRequest,
    WatchResponse,
)


class AppService(AppServiceBase):
    """Apps. Lease answers UNIMPLEMENTED: there is no cluster that could take them over."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def create(self, request: CreateRequest, context: ServerContext) -> CreateResponse:
        """Add an app and, unless it is to be stopped, start it.

        Raises:
            AlreadyExists: There is one of that name.
            NotFound: There is no such project.
        """
        key, metadata, spec = _given(request.app)
        caller = identity(context.metadata)
        if spec.creator is None:
            spec.creator = caller

        def work(tx: Transaction) -> AppRow:
            projects.require(tx, key.project)
            row = apps.create(tx, key, metadata, spec, subject_of(caller), caller)
            if row is None:
                raise AlreadyExists(f"{key} already exists")
            return row

        row = await self._plane.database.run(work)
        self._plane.apps.changed(row.id)
        return CreateResponse(app=row.app)

    async def get(self, request: GetRequest, context: ServerContext) -> GetResponse:
        """One app, by name or by the address where it is served."""
        if request.ingress is not None:
            url = request.ingress.public_url
            rows = await self._plane.database.run(apps.select)
            row = next((row for row in rows if url and _url(row) == url), None)
            if row is None:
                raise NotFound(f"no app is served at {url}")
        else:
            key = _key(request.app_id, "app_id")
            row = await self._plane.database.run(lambda tx: _require(tx, key))
        return GetResponse(app=row.app)

    async def update(self, request: UpdateRequest, context: ServerContext) -> UpdateResponse:
        """Replace what an app should be; that is its next revision, and it is started anew or stopped.

        Raises:
            Aborted: The request is about a revision that is not the newest.
        """
        key, metadata, spec = _given(request.app)

        def work(tx: Transaction) -> AppRow:
            row = _require(tx, key)
            if metadata.revision not in (0, row.revision):
                raise Aborted(
                    f"{key} was changed meanwhile: revision {metadata.revision} is given, {row.revision} is the newest"
                )
            if spec.creator is None:
                spec.creator = row.spec.creator
            apps.update(tx, row, metadata, spec, request.reason, identity(context.metadata))
            return _require(tx, key)

        row = await self._plane.database.run(work)
        self._plane.apps.changed(row.id)
        return UpdateResponse(app=row.app)

    async def update_status(self, request: UpdateStatusRequest, context: ServerContext) -> UpdateStatusResponse:
        """Replace what is said of how an app is; for whoever runs apps in place of this control plane.

        Raises:
            FailedPrecondition: This control plane runs them itself.
        """
        if self._plane.options.execute:
            raise FailedPrecondition("this control plane runs apps itself; start it with --no-execute to report status")
        key = _key(request.app.metadata.id if request.app is not None and request.app.metadata is not None else None)
        status = (request.app.status if request.app is not None else None) or Status()

        def work(tx: Transaction) -> AppRow:
            apps.set_status(tx, _require(tx, key), status)
            return _require(tx, key)

        return UpdateStatusResponse(app=(await self._plane.database.run(work)).app)

    async def delete(self, request: DeleteRequest, context: ServerContext) -> DeleteResponse:
        """Remove an app and end its process."""
        key = _key(request.app_id, "app_id")

        def work(tx: Transaction) -> int:
            row = _require(tx, key)
            apps.delete(tx, row)
            return row.id

        self._plane.apps.changed(await self._plane.database.run(work))
        return DeleteResponse()

    async def list(self, request: ListRequest, context: ServerContext) -> ListResponse:
        """A page of apps, the newest first."""
        listing = request.request or common.ListRequest()
        page = page_request(listing.limit, listing.token)
        quirks = self._plane.options.oss_quirks
        scope = list_scope(request, quirks=quirks)
        condition, order = scope.where, apps.DEFAULT_ORDER
        if not quirks:
            condition &= where(listing.filters, apps.COLUMNS)
            order = order_by(sorts(listing), apps.COLUMNS, apps.DEFAULT_ORDER, apps.TIEBREAK)
        rows = await self._plane.database.run(lambda tx: apps.select(tx, condition, order))
        matching = [row for row in rows if scope.matches(row)]
        found = matching[page.offset : page.offset + page.limit]
        more = len(matching) > page.offset + page.limit
        return ListResponse(
            apps=[row.app for row in found],
            token=page.next_token if more else "",
            total_count=len(matching) if request.include_total_count else 0,
        )

    async def watch(self, request: WatchRequest, context: ServerContext) -> AsyncIterator[WatchResponse]:
        """Apps that exist, as if they were created now, then what changes; ends only with a single app that is deleted.

        Raises:
            NotFound: There is no such app.
        """
        scope = watch_scope(request, quirks=self._plane.options.oss_quirks)
        known: dict[int, AppRow] = {}
        single = request.app_id is not None
        with self._plane.hub.watch(APPS) as changes:
            if single:
                key = _key(request.app_id, "app_id")
                await self._plane.database.run(lambda tx: _require(tx, key))
            while True:
                rows = await self._plane.database.run(lambda tx: apps.select(tx, scope.where))
                for event in _news(known, [row for row in rows if scope.matches(row)]):
                    yield event
                if single and not known:
                    return
                await changes.wait()


def _news(known: dict[int, AppRow], rows: list[AppRow]) -> list[WatchResponse]:
    """What somebody who knows some rows has to be told; brings them up to date."""
    gone = sorted(known.keys() - {row.id for row in rows})
    events = [WatchResponse(delete_event=DeleteEvent(app=known.pop(number).app)) for number in gone]
    for row in rows:
        old = known.get(row.id)
        if old is None:
            events.append(WatchResponse(create_event=CreateEvent(app=row.app)))
        elif old.app != row.app:
            events.append(WatchResponse(update_event=UpdateEvent(updated_app=row.app, old_app=old.app)))
        known[row.id] = row
    return events


def _url(row: AppRow) -> str:
    ingress = row.app.status.ingress if row.app.status is not None else None
    return ingress.public_url if ingress is not None else ""


def _key(identifier: Identifier | None, field: str = "app.metadata.id") -> AppKey:
    if identifier is None:
        raise InvalidArgument(f"{field} is required")
    for part in ("project", "domain", "name"):
        if not getattr(identifier, part):
            raise InvalidArgument(f"{field}.{part} is required")
    return AppKey(identifier.project, identifier.domain, identifier.name)


def _given(app: App | None) -> tuple[AppKey, Meta, Spec]:
    metadata = app.metadata if app is not None else None
    key = _key(metadata.id if metadata is not None else None)
    if app is None or metadata is None or app.spec is None:
        raise InvalidArgument("app.spec is required")
    return key, metadata, app.spec


def _require(tx: Transaction, key: AppKey) -> AppRow:
    row = apps.get(tx, key)
    if row is None:
        raise NotFound(f"{key} not found")
    return row
