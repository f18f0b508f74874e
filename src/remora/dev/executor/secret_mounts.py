"""Secrets that a container asks for: looked up, decrypted, and put where the container finds them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.sandbox import Sandbox
from remora.dev.store import secrets
from remora.dev.store.database import Transaction
from remora.dev.store.secrets import SecretKey
from remora.dev.vault import Vault
from remora.errors import FailedPrecondition
from remora_api.flyteidl2 import core

# Where Flyte mounts secrets in a container, and the variable that says so.
MOUNT_POINT = "/etc/flyte/secrets"
DIRECTORY_VARIABLE = "FLYTE_SECRETS_DEFAULT_DIR"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# A group is one directory below the mount point, a key one file.
_FILE_NAME = re.compile(r"(?!\.\.?\Z)[\w.-]+\Z", re.ASCII)


@dataclass(frozen=True)
class SealedSecret:
    """A request of a container and the encrypted value that answers it."""

    request: core.Secret
    owner: SecretKey
    sealed: bytes


def find(tx: Transaction, project: str, domain: str, requests: Iterable[core.Secret]) -> list[SealedSecret]:
    """Look up what a container asks for.

    A secret of the project hides one of the same name of the domain, and that hides one of everybody.

    Raises:
        AttemptFailed: There is no such secret.
    """
    found = []
    for request in requests:
        stored = secrets.sealed(tx, SecretKey(project, domain, request.key))
        if stored is None:
            raise AttemptFailed(
                f"secret {request.key!r} does not exist in project {project!r} domain {domain!r}, nor for the domain "
                "or everybody; create it with Secret.create",
                "SECRET_NOT_FOUND",
                retry=False,
            )
        found.append(SealedSecret(request, *stored))
    return found


class SecretMounts:
    """Gives secrets to the process of one sandbox."""

    def __init__(self, sandbox: Sandbox, vault: Vault) -> None:
        self._directory = sandbox.secrets
        self._map = sandbox.map_secrets
        self._vault = vault

    def mount(self, found: Sequence[SealedSecret]) -> dict[str, str]:
        """Write the files and return the variables.

        A secret that has to be a file is one, and its variable, if it names one, holds the path. Every other secret
        is the value of a variable: the one it names, else the group and key in capitals.

        Raises:
            AttemptFailed: A secret cannot be decrypted, or cannot be what is asked for.
        """
        variables: dict[str, str] = {}
        for secret in found:
            request, value = secret.request, self._open(secret)
            if request.mount_requirement == core.SecretMountType.FILE:
                path = self._write(request, value)
                if request.env_var:
                    variables[_variable(request.env_var)] = str(path)
            else:
                default = "_".join(part for part in (request.group, request.key) if part)
                name = request.env_var or re.sub(r"[^A-Za-z0-9_]", "_", default).upper()
                variables[_variable(name)] = _text(request.key, value)
        if self._directory.exists():
            self._map(MOUNT_POINT)
            variables[DIRECTORY_VARIABLE] = str(self._directory)
        return variables

    def _open(self, secret: SealedSecret) -> bytes:
        try:
            return self._vault.open(secret.sealed, str(secret.owner))
        except FailedPrecondition as error:
            raise AttemptFailed(error.message, "SECRET_NOT_READABLE", retry=False) from error

    def _write(self, request: core.Secret, value: bytes) -> Path:
        parts = [part for part in (request.group, request.key) if part]
        if not all(_FILE_NAME.match(part) for part in parts):
            raise AttemptFailed(f"secret {'/'.join(parts)!r} is no name of a file", "BAD_SECRET", retry=False)
        path = self._directory.joinpath(*parts)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(value)
        return path


def _variable(name: str) -> str:
    if not _VARIABLE.match(name):
        raise AttemptFailed(f"{name!r} is not a variable that a secret can be put into", "BAD_SECRET", retry=False)
    return name


def _text(key: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise AttemptFailed(
            f"secret {key!r} is not text, which a variable has to hold; ask for it as a file", "BAD_SECRET", retry=False
        )
    return text
