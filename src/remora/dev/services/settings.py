"""SettingsService."""

from __future__ import annotations

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.store import settings
from remora.dev.store.database import Transaction
from remora.dev.store.settings import Scope, StoredSettings
from remora.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Unimplemented
from remora_api.flyteidl2.settings import (
    CreateSettingsRequest,
    CreateSettingsResponse,
    GetSettingsForEditRequest,
    GetSettingsForEditResponse,
    GetSettingsRequest,
    GetSettingsResponse,
    Settings,
    SettingsKey,
    SettingsRecord,
    SettingsServiceBase,
    UpdateSettingsRequest,
    UpdateSettingsResponse,
)


class SettingsService(SettingsServiceBase):
    """Settings of the organisation, of domains and of projects in domains; the narrower level wins."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def get_settings(self, request: GetSettingsRequest, context: ServerContext) -> GetSettingsResponse:
        """What holds in a scope; each setting tells the level that it comes from."""
        scope, org = _scope(request.key)
        if self._plane.options.oss_quirks:
            raise Unimplemented("GetSettings is not implemented; use GetSettingsForEdit")
        levels = await self._plane.database.run(lambda tx: settings.chain(tx, scope))
        own = [level.version for level in levels if level.scope == scope]
        record = StoredSettings(scope, settings.effective(levels), own[0] if own else 0)
        return GetSettingsResponse(settingsRecord=_record(record, org))

    async def get_settings_for_edit(
        self, request: GetSettingsForEditRequest, context: ServerContext
    ) -> GetSettingsForEditResponse:
        """What was set for a scope and those above it, the broadest first; levels without settings are left out."""
        scope, org = _scope(request.key)
        levels = await self._plane.database.run(lambda tx: settings.chain(tx, scope))
        return GetSettingsForEditResponse(requestedKey=request.key, levels=[_record(level, org) for level in levels])

    async def create_settings(self, request: CreateSettingsRequest, context: ServerContext) -> CreateSettingsResponse:
        """Set the settings of a scope for the first time.

        Raises:
            AlreadyExists: There are some.
        """
        scope, org = _scope(request.key)
        given = _given(request.settings)

        def work(tx: Transaction) -> StoredSettings:
            if settings.get(tx, scope) is not None:
                raise AlreadyExists(f"settings of {_name(scope)} exist already")
            return settings.put(tx, scope, given, 1)

        return CreateSettingsResponse(settingsRecord=_record(await self._plane.database.run(work), org))

    async def update_settings(self, request: UpdateSettingsRequest, context: ServerContext) -> UpdateSettingsResponse:
        """Replace all settings of a scope.

        Raises:
            NotFound: There are none.
            FailedPrecondition: The version that is given is not the newest.
        """
        scope, org = _scope(request.key)
        given = _given(request.settings)

        def work(tx: Transaction) -> StoredSettings:
            old = settings.get(tx, scope)
            if old is None:
                raise NotFound(f"settings of {_name(scope)} not found")
            if old.version != request.version:
                raise FailedPrecondition(
                    f"settings of {_name(scope)} were changed meanwhile: version {request.version} is given, "
                    f"{old.version} is the newest"
                )
            return settings.put(tx, scope, given, old.version + 1)

        return UpdateSettingsResponse(settingsRecord=_record(await self._plane.database.run(work), org))


def _scope(key: SettingsKey | None) -> tuple[Scope, str]:
    if key is None:
        raise InvalidArgument("key is required")
    if key.project and not key.domain:
        raise InvalidArgument("key.domain is required with a project")
    return Scope(key.domain, key.project), key.org


def _given(given: Settings | None) -> Settings:
    if given is None:
        raise InvalidArgument("settings is required")
    return given


def _record(stored: StoredSettings, org: str) -> SettingsRecord:
    # Clients find the level they asked for by comparing keys, so the organisation is theirs.
    key = SettingsKey(org=org, domain=stored.scope.domain, project=stored.scope.project)
    return SettingsRecord(key=key, settings=stored.settings, version=stored.version)


def _name(scope: Scope) -> str:
    return "/".join(part for part in (scope.project, scope.domain) if part) or "the organisation"
