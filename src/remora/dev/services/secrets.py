"""SecretService."""

from __future__ import annotations

import re

from remora.channel.service import ServerContext
from remora.dev.plane import Plane
from remora.dev.store import secrets
from remora.dev.store.paging import offset_of
from remora.dev.store.query import Where, equals
from remora.dev.store.secrets import SecretKey
from remora.errors import AlreadyExists, InvalidArgument, NotFound
from remora_api.flyteidl2.secret import (
    CreateSecretRequest,
    CreateSecretResponse,
    DeleteSecretRequest,
    DeleteSecretResponse,
    GetSecretRequest,
    GetSecretResponse,
    ListSecretsRequest,
    ListSecretsResponse,
    SecretIdentifier,
    SecretServiceBase,
    SecretSpec,
    UpdateSecretRequest,
    UpdateSecretResponse,
)

# The name becomes that of a file or of a variable, so it is checked in every mode.
_NAME = re.compile(r"[-a-zA-Z0-9_]+\Z")


class SecretService(SecretServiceBase):
    """Keeps secrets. Their values go into tasks and never into an answer."""

    def __init__(self, plane: Plane) -> None:
        self._plane = plane

    async def create_secret(self, request: CreateSecretRequest, context: ServerContext) -> CreateSecretResponse:
        """Add a secret.

        Raises:
            AlreadyExists: There is one of that name in that scope.
        """
        key = _key(request.id)
        value, kind = _value(request.secret_spec)
        sealed = await self._plane.work(self._plane.vault.seal, value, str(key))
        if not await self._plane.database.run(lambda tx: secrets.create(tx, key, kind, sealed)):
            raise AlreadyExists(f"secret {key.name} already exists")
        return CreateSecretResponse()

    async def update_secret(self, request: UpdateSecretRequest, context: ServerContext) -> UpdateSecretResponse:
        """Replace the value of a secret.

        Raises:
            NotFound: There is no such secret.
        """
        key = _key(request.id)
        value, kind = _value(request.secret_spec)
        sealed = await self._plane.work(self._plane.vault.seal, value, str(key))
        if not await self._plane.database.run(lambda tx: secrets.update(tx, key, kind, sealed)):
            raise _not_found(key)
        return UpdateSecretResponse()

    async def get_secret(self, request: GetSecretRequest, context: ServerContext) -> GetSecretResponse:
        """Tell of a secret everything but its value."""
        key = _key(request.id)
        found = await self._plane.database.run(lambda tx: secrets.get(tx, key))
        if found is None:
            raise _not_found(key)
        return GetSecretResponse(secret=found)

    async def delete_secret(self, request: DeleteSecretRequest, context: ServerContext) -> DeleteSecretResponse:
        """Remove a secret."""
        key = _key(request.id)
        if not await self._plane.database.run(lambda tx: secrets.delete(tx, key)):
            raise _not_found(key)
        return DeleteSecretResponse()

    async def list_secrets(self, request: ListSecretsRequest, context: ServerContext) -> ListSecretsResponse:
        """A page of secrets, in the order of their names; a limit of 0 means all.

        A domain, and a project in it, leave the secrets that belong to it.
        """
        if request.limit < 0:
            raise InvalidArgument(f"invalid limit: {request.limit} (must not be negative)")
        if request.project and not request.domain:
            raise InvalidArgument("domain is required with a project")
        condition = Where()
        if request.domain:
            condition &= equals("domain", request.domain)
        if request.project:
            condition &= equals("project", request.project)
        offset = offset_of(request.token)
        limit = request.limit or -1
        # One more than asked for tells whether another page follows.
        fetch = limit + 1 if limit > 0 else limit
        found = await self._plane.database.run(lambda tx: secrets.page(tx, condition, fetch, offset))
        more = 0 < limit < len(found)
        return ListSecretsResponse(secrets=found[:limit] if more else found, token=str(offset + limit) if more else "")


def _key(identifier: SecretIdentifier | None) -> SecretKey:
    if identifier is None or not identifier.name:
        raise InvalidArgument("id.name is required")
    if not _NAME.match(identifier.name):
        raise InvalidArgument(f"id.name: {identifier.name!r} is not made of letters, digits, '-' and '_'")
    if identifier.project and not identifier.domain:
        raise InvalidArgument("id.domain is required with a project")
    return SecretKey(identifier.project, identifier.domain, identifier.name)


def _value(spec: SecretSpec | None) -> tuple[bytes, int]:
    if spec is not None and spec.binary_value is not None:
        return spec.binary_value, int(spec.type)
    if spec is not None and spec.string_value is not None:
        return spec.string_value.encode(), int(spec.type)
    raise InvalidArgument("secret_spec is required: string_value or binary_value")


def _not_found(key: SecretKey) -> NotFound:
    return NotFound(f"secret {key.name} not found")
