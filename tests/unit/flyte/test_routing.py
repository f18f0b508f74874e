"""Which cluster serves a call."""

from __future__ import annotations

from typing import Any

import pytest

import remora
from remora.errors import ClientClosed, ConfigError, Unavailable, Unimplemented
from remora.flyte import routing
from remora.flyte.routing import routed
from remora_api.flyteidl2 import cluster, common

OPERATION = cluster.SelectClusterRequestOperation.GET_ACTION_DATA
ACTION = common.ActionIdentifier(run=common.RunIdentifier(project="p", domain="d", name="r"), name="a0")


def answer(client: Any, endpoint: str) -> None:
    client.answers["SelectCluster"] = lambda request: cluster.SelectClusterResponse(cluster_endpoint=endpoint)


@pytest.mark.parametrize(
    "endpoint", ["", "https://flyte.example.com", "http://flyte.example.com", "dns:///flyte.example.com:443"]
)
async def test_the_own_endpoint_in_any_spelling_needs_no_other_client(client: Any, endpoint: str) -> None:
    answer(client, endpoint)
    assert await routed(client, OPERATION, ACTION) is client
    assert await routed(client, OPERATION, ACTION) is client
    assert client.names() == ["SelectCluster"]


async def test_unimplemented_means_the_endpoint_we_have_for_everything(client: Any) -> None:
    client.answers["SelectCluster"] = lambda request: Unimplemented("no such method")
    for name in ("a0", "a1", "a2"):
        action = common.ActionIdentifier(run=ACTION.run, name=name)
        assert await routed(client, OPERATION, action) is client
    assert client.names() == ["SelectCluster"]


async def test_answers_expire(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(client, "https://one.example.com")
    assert (await routed(client, OPERATION, ACTION)).endpoint == "https://one.example.com"
    answer(client, "https://two.example.com")
    assert (await routed(client, OPERATION, ACTION)).endpoint == "https://one.example.com"
    monkeypatch.setattr(routing, "EXPIRY", -1.0)
    client.kept.clear()
    assert (await routed(client, OPERATION, ACTION)).endpoint == "https://two.example.com"
    answer(client, "https://one.example.com")
    assert (await routed(client, OPERATION, ACTION)).endpoint == "https://one.example.com"


async def test_another_error_is_not_taken_for_an_answer(client: Any) -> None:
    client.answers["SelectCluster"] = lambda request: Unavailable("try later")
    with pytest.raises(Unavailable):
        await routed(client, OPERATION, ACTION)


async def test_answers_are_bounded(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MOST", 3)
    answer(client, "")
    for number in range(5):
        await routed(client, OPERATION, common.ActionIdentifier(run=ACTION.run, name=f"a{number}"))
    assert len(client.kept["clusters"]._answers) == 3


def test_a_client_of_another_cluster_shares_settings_and_end() -> None:
    with remora.Client("https://one.example.com", project="p", config_file=False, trust_env=False) as client:
        other = client.at("https://two.example.com:8443")
        assert other is client.at("dns:///two.example.com:8443")
        assert other.endpoint == "https://two.example.com:8443"
        assert other.value("project", None) == "p"
        with pytest.raises(ConfigError, match="in plaintext"):
            client.at("http://two.example.com")
    assert other.closed
    with pytest.raises(ClientClosed):
        client.at("https://two.example.com:8443")
