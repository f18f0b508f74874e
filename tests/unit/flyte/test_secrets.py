"""Secrets: what is sent, what is refused before anything is sent, and which cluster is asked."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import InvalidArgument, NotFound
from remora_api.entities import Secret
from remora_api.flyteidl2 import cluster, secret

ID = secret.SecretIdentifier(name="token", project="proj", domain="dev")


@pytest.fixture
def store(client: Any) -> Any:
    """A client whose server keeps nothing and knows one secret."""
    message = secret.Secret(id=ID, secret_metadata=secret.SecretMetadata(type=secret.SecretType.IMAGE_PULL_SECRET))
    client.answers["CreateSecret"] = lambda request: secret.CreateSecretResponse()
    client.answers["DeleteSecret"] = lambda request: secret.DeleteSecretResponse()
    client.answers["GetSecret"] = lambda request: secret.GetSecretResponse(secret=message)
    client.answers["ListSecrets"] = lambda request: secret.ListSecretsResponse(secrets=[message])
    return client


async def test_a_secret_is_created_in_the_clients_project(store: Any) -> None:
    await Secret.create.aio("token", "s3cret", client=store)
    (request,) = store.requests("CreateSecret")
    assert request.id == ID
    assert request.secret_spec == secret.SecretSpec(string_value="s3cret")


def test_bytes_and_the_blocking_form(store: Any) -> None:
    Secret.create("token", b"\xff\x00", client=store)
    assert store.requests("CreateSecret")[0].secret_spec.binary_value == b"\xff\x00"


@pytest.mark.parametrize("arguments", [{"type": "image_pull"}, {"org_wide": True}])
async def test_some_secrets_belong_to_the_organization(store: Any, arguments: dict[str, Any]) -> None:
    store.org = "acme"
    await Secret.create.aio("token", "x", client=store, **arguments)
    assert store.requests("CreateSecret")[0].id == secret.SecretIdentifier(name="token", organization="acme")
    with pytest.raises(InvalidArgument, match="project and domain"):
        await Secret.create.aio("token", "x", project="p", client=store, **arguments)


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("", "x", "name"),
        ("a b", "x", "name"),
        ("ü", "x", "name"),
        ("x" * 10_000_000, "x", "name"),
        ("token", "", "value"),
        ("token", "x" * 2_000_000, "value"),
        ("token", "\ud800", "value"),
    ],
)
async def test_bad_input_is_refused_before_a_call_and_not_shown(store: Any, name: str, value: str, named: str) -> None:
    with pytest.raises(InvalidArgument, match=f"{named}") as caught:
        await Secret.create.aio(name, value, client=store)
    assert len(str(caught.value)) < 400
    assert store.calls == []


async def test_wrong_types(store: Any) -> None:
    with pytest.raises(TypeError, match="value: expected str or bytes, got int"):
        await Secret.create.aio("token", 7, client=store)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="type: 'odd' is unknown"):
        await Secret.create.aio("token", "x", type="odd", client=store)  # type: ignore[arg-type]
    assert store.calls == []


async def test_reading_listing_and_deleting(store: Any) -> None:
    found = await Secret.get.aio("token", client=store)
    assert (found.name, found.type, found.project) == ("token", "image_pull", "proj")
    assert [item.name async for item in Secret.listall.aio(client=store)] == ["token"]
    await Secret.delete.aio("token", client=store)
    assert store.requests("DeleteSecret")[0].id == ID
    store.answers["GetSecret"] = lambda request: NotFound("no such secret")
    with pytest.raises(NotFound):
        await Secret.get.aio("token", client=store)


async def test_the_cluster_of_the_project_is_asked_once(store: Any) -> None:
    other = "https://cluster-1.example.com"
    store.answers["SelectCluster"] = lambda request: cluster.SelectClusterResponse(cluster_endpoint=other)
    store.at(other).answers.update(store.answers)
    for _ in range(2):
        await Secret.get.aio("token", client=store)
    (asked,) = store.requests("SelectCluster")
    assert asked.operation == cluster.SelectClusterRequestOperation.USE_SECRETS
    assert asked.project_id.name == "proj"
    assert store.siblings[other].names() == ["GetSecret", "GetSecret"]
    await Secret.get.aio("token", cluster_pool="gpu", client=store)
    assert store.requests("SelectCluster")[1].cluster_pool_id.name == "gpu"
