"""Secrets: kept encrypted, never told, given to the containers that ask for them."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remora.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from remora.testing import ControlPlane
from remora_api.flyteidl2 import core
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.secret import (
    CreateSecretRequest,
    DeleteSecretRequest,
    GetSecretRequest,
    ListSecretsRequest,
    OverallStatus,
    SecretIdentifier,
    SecretSpec,
    SecretType,
    UpdateSecretRequest,
)

VALUE = "hunter2-and-more"


def identifier(name: str, project: str = "testing", domain: str = "development") -> SecretIdentifier:
    return SecretIdentifier(name=name, project=project, domain=domain)


async def create(api: Any, name: str, value: str | bytes = VALUE, **scope: str) -> None:
    spec = SecretSpec(string_value=value) if isinstance(value, str) else SecretSpec(binary_value=value)
    await api.secrets.create_secret(CreateSecretRequest(id=identifier(name, **scope), secret_spec=spec))


async def names(api: Any, **request: Any) -> list[str]:
    response = await api.secrets.list_secrets(ListSecretsRequest(**request))
    return [each.id.name for each in response.secrets]


async def test_the_life_of_a_secret(api: Any) -> None:
    spec = SecretSpec(string_value=VALUE, type=SecretType.IMAGE_PULL_SECRET)
    await api.secrets.create_secret(CreateSecretRequest(id=identifier("key"), secret_spec=spec))
    with pytest.raises(AlreadyExists, match="secret key already exists"):
        await create(api, "key")
    found = (await api.secrets.get_secret(GetSecretRequest(id=identifier("key")))).secret
    assert found.id == identifier("key")
    assert found.secret_metadata.type == SecretType.IMAGE_PULL_SECRET
    assert found.secret_metadata.secret_status.overall_status == OverallStatus.FULLY_PRESENT
    assert VALUE.encode() not in bytes(found)
    update = UpdateSecretRequest(id=identifier("key"), secret_spec=SecretSpec(binary_value=b"\0"))
    await api.secrets.update_secret(update)
    after = (await api.secrets.get_secret(GetSecretRequest(id=identifier("key")))).secret
    assert after.secret_metadata.created_time == found.secret_metadata.created_time
    assert after.secret_metadata.type == SecretType.GENERIC
    await api.secrets.delete_secret(DeleteSecretRequest(id=identifier("key")))
    for call in (
        api.secrets.get_secret(GetSecretRequest(id=identifier("key"))),
        api.secrets.delete_secret(DeleteSecretRequest(id=identifier("key"))),
        api.secrets.update_secret(update),
    ):
        with pytest.raises(NotFound, match="secret key not found"):
            await call


async def test_scopes_and_pages(api: Any) -> None:
    await asyncio.gather(*(create(api, f"s{number}") for number in range(5)))
    await create(api, "s0", project="", domain="development")
    await create(api, "everybody", project="", domain="")
    assert await names(api, project="testing", domain="development") == ["s0", "s1", "s2", "s3", "s4"]
    assert await names(api, domain="development") == ["s0", "s0", "s1", "s2", "s3", "s4"]
    assert await names(api) == ["everybody", "s0", "s0", "s1", "s2", "s3", "s4"]
    assert await names(api, project="other", domain="development") == []
    seen, token, pages = [], "", 0
    while True:
        request = ListSecretsRequest(project="testing", domain="development", limit=2, token=token)
        response = await api.secrets.list_secrets(request)
        seen += [each.id.name for each in response.secrets]
        pages, token = pages + 1, response.token
        if not token:
            break
    assert (seen, pages) == (["s0", "s1", "s2", "s3", "s4"], 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (CreateSecretRequest(), "id.name is required"),
        (CreateSecretRequest(id=identifier("../x"), secret_spec=SecretSpec(string_value="")), "is not made of letters"),
        (CreateSecretRequest(id=identifier("x", domain="")), "id.domain is required with a project"),
        (CreateSecretRequest(id=identifier("x")), "secret_spec is required: string_value or binary_value"),
        (CreateSecretRequest(id=identifier("x"), secret_spec=SecretSpec()), "secret_spec is required"),
    ],
)
async def test_bad_requests(api: Any, given: CreateSecretRequest, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        await api.secrets.create_secret(given)
    assert await names(api) == []


async def test_bad_lists(api: Any) -> None:
    for request, message in (
        (ListSecretsRequest(limit=-1), "invalid limit: -1"),
        (ListSecretsRequest(token="x"), 'invalid token: "x"'),
        (ListSecretsRequest(project="testing"), "domain is required with a project"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            await api.secrets.list_secrets(request)


def asks(api: Any, script: str, *secrets: core.Secret, data: bool = True) -> Any:
    spec = api.shell(script, outputs={"seen": api.string}, data=data)
    spec.task_template.security_context = core.SecurityContext(secrets=list(secrets))
    return spec


async def test_containers_get_what_they_ask_for(api: Any) -> None:
    await create(api, "plain")
    await create(api, "named", "other value")
    await create(api, "file-key", b"\xff\0")
    await create(api, "hidden", "of nobody")
    script = """
        printf '%s|%s|%s|' "$GROUP_PLAIN" "$MY_NAME" "$PATH_OF"
        od -An -tx1 /etc/flyte/secrets/g/file-key | tr -d ' \\n'
        ls -l "$PATH_OF" | sed 's/^\\(..........\\).*/|\\1|/'
        env | grep -c 'of nobody' || true
    """
    spec = asks(
        api,
        f"({script}) > /var/outputs/seen",
        core.Secret(key="plain", group="group"),
        core.Secret(key="named", env_var="MY_NAME", mount_requirement=core.SecretMountType.ENV_VAR),
        core.Secret(key="file-key", group="g", env_var="PATH_OF", mount_requirement=core.SecretMountType.FILE),
    )
    action = await api.start(spec)
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    seen = (await api.outputs(action))["seen"].scalar.primitive.string_value
    plain, named, path, rest, mode, others = seen.split("|")
    assert (plain, named, rest) == (VALUE, "other value", "ff00")
    assert path.endswith("/secrets/g/file-key")
    assert (mode, others) == ("-rw-------", "\n0\n")
    # The directory of the attempt was removed before its end was told.
    with pytest.raises(FileNotFoundError):
        os.stat(path)


async def test_the_nearest_secret_wins(api: Any) -> None:
    await create(api, "key", "everybody", project="", domain="")
    spec = asks(api, "printf %s $KEY > /var/outputs/seen", core.Secret(key="key"))
    for value, scope in (
        ("everybody", None),
        ("domain", {"project": "", "domain": "development"}),
        ("project", {"project": "testing", "domain": "development"}),
    ):
        if scope is not None:
            await create(api, "key", value, **scope)
        action = await api.start(spec)
        await api.finish(action)
        assert (await api.outputs(action))["seen"].scalar.primitive.string_value == value


@pytest.mark.parametrize(
    ("secret", "code", "message"),
    [
        (core.Secret(key="missing"), "SECRET_NOT_FOUND", "secret 'missing' does not exist in project 'testing'"),
        (core.Secret(key="binary"), "BAD_SECRET", "secret 'binary' is not text"),
        (core.Secret(key="text", env_var="1=2"), "BAD_SECRET", "'1=2' is not a variable"),
        (
            core.Secret(key="binary", group="..", mount_requirement=core.SecretMountType.FILE),
            "BAD_SECRET",
            "is no name of a file",
        ),
    ],
)
async def test_what_cannot_be_given(api: Any, secret: core.Secret, code: str, message: str) -> None:
    await create(api, "binary", b"\xff")
    await create(api, "text")
    details = await api.finish(await api.start(asks(api, "true", secret)))
    assert (details.error_info.code, details.status.phase) == (code, ActionPhase.FAILED)
    assert message in details.error_info.message


def read_all(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def test_nothing_on_the_disk_tells_a_secret(tmp_path: Path, connect: Callable[[str], Any]) -> None:
    with ControlPlane(data_dir=tmp_path, keep_work=True) as plane:
        api = connect(plane.endpoint)
        await create(api, "key")
        mount = core.Secret(key="key", mount_requirement=core.SecretMountType.FILE)
        action = await api.start(asks(api, "test -s /etc/flyte/secrets/key && echo ok > /var/outputs/seen", mount))
        assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
        await api.client.aclose()
    contents = read_all(tmp_path)
    assert "secrets.key" in contents
    assert not [name for name, content in contents.items() if VALUE.encode() in content]
    key = tmp_path / "secrets.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    # Another key opens nothing, and says so.
    key.write_bytes(bytes(32))
    with ControlPlane(data_dir=tmp_path) as plane:
        api = connect(plane.endpoint)
        details = await api.finish(await api.start(asks(api, "true", core.Secret(key="key"))))
        assert details.error_info.code == "SECRET_NOT_READABLE"
        assert "it was stored with another secrets.key" in details.error_info.message
        assert json.dumps(VALUE) not in details.to_json()
        await api.client.aclose()


async def test_without_the_library_secrets_are_refused(api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(FailedPrecondition, match=r"pip install 'remora\[secrets\]'"):
        await create(api, "key")
    assert await names(api) == []
