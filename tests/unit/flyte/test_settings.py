"""Settings: what is set where, what holds, and changing it."""

from __future__ import annotations

from typing import Any

import pytest

from remora import UNSET, EffectiveSetting, LocalSetting, SettingOrigin
from remora.errors import Aborted, ConfigError, InvalidArgument
from remora.flyte.setting_values import LEAVES, flat, message_of
from remora_api.entities import Settings
from remora_api.flyteidl2 import settings

ORG = settings.SettingsKey(org="acme")
DOMAIN = settings.SettingsKey(org="acme", domain="production")
PROJECT = settings.SettingsKey(org="acme", domain="production", project="ml")


@pytest.fixture
def service(client: Any) -> Any:
    """A client of a server with settings on three levels."""
    client.org = "acme"
    levels = {
        bytes(ORG): ({"run.default_queue": "cpu", "labels": {"a": "1", "b": "1"}, "task_resource.min.cpu": "1"}, 1),
        bytes(DOMAIN): ({"labels": {"b": "2"}, "run.default_queue": "gpu"}, 4),
        bytes(PROJECT): ({"task_resource.min.cpu": UNSET}, 7),
    }

    def read(request: Any) -> Any:
        records = [
            settings.SettingsRecord(key=settings.SettingsKey.parse(key), settings=message_of(values), version=version)
            for key, (values, version) in levels.items()
            if bytes(request.key).startswith(key)  # this scope and the wider ones
        ]
        return settings.GetSettingsForEditResponse(requestedKey=request.key, levels=records)

    def write(request: Any) -> Any:
        version = getattr(request, "version", 0)
        if version != levels.get(bytes(request.key), ({}, 0))[1]:
            return Aborted("somebody else was faster")
        levels[bytes(request.key)] = (flat(request.settings), version + 1)
        return settings.UpdateSettingsResponse()

    client.answers["GetSettingsForEdit"] = read
    client.answers["UpdateSettings"] = write
    client.answers["CreateSettings"] = write
    client.levels = levels
    return client


async def test_what_holds_and_where_it_comes_from(service: Any) -> None:
    found = await Settings.get_settings_for_edit.aio("ml", "production", client=service)
    assert (found.domain, found.project, found.scope_description()) == ("production", "ml", "PROJECT(production/ml)")
    domain = SettingOrigin("DOMAIN", "production")
    assert found.effective_settings == [
        EffectiveSetting("run.default_queue", "gpu", domain),
        EffectiveSetting("labels", {"a": "1", "b": "2"}, domain),
    ]
    assert found.local_settings == [LocalSetting("task_resource.min.cpu", UNSET)]
    assert found.effective_values() == {"run.default_queue": "gpu", "labels": {"a": "1", "b": "2"}}
    assert found.local_overrides() == {"task_resource.min.cpu": UNSET}
    assert str(domain) == "DOMAIN(production)"
    assert str(SettingOrigin("ORG")) == "ORG"


async def test_a_change_replaces_what_the_scope_sets(service: Any) -> None:
    found = await Settings.get_settings_for_edit.aio("ml", "production", client=service)
    new = {"run.max_action_concurrency": 5, "task_resource.mirror_limits_request": True, "labels": {"x": "y"}}
    await found.update_settings.aio(new)
    assert service.requests("UpdateSettings")[0].version == 7
    assert found.local_overrides() == new
    service.levels[bytes(PROJECT)] = ({}, 99)
    with pytest.raises(Aborted):
        await found.update_settings.aio({})


async def test_a_scope_that_sets_nothing_yet(service: Any) -> None:
    del service.levels[bytes(PROJECT)]
    found = await Settings.get_settings_for_edit.aio("ml", "production", client=service)
    assert found.local_settings == []
    await found.update_settings.aio({"security.service_account": "ml-sa"})
    assert "UpdateSettings" not in service.names()
    assert found.local_overrides() == {"security.service_account": "ml-sa"}


async def test_yaml_there_and_back(service: Any) -> None:
    found = await Settings.get_settings_for_edit.aio(domain="production", client=service)
    text = found.to_yaml()
    assert "run.default_queue: gpu\n" in text
    assert "# task_resource.min.cpu: '1'  ## inherited from ORG" in text
    assert "# run.max_action_concurrency: 0" in text
    assert Settings.parse_yaml(text) == found.local_overrides()
    assert [title for title, _ in found.to_yaml_sections()] == [
        "Local overrides",
        "Inherited settings",
        "Available settings",
    ]
    nested = "task_resource:\n  min: {cpu: 2, memory: ~}\nlabels: {a: b}\n"
    assert Settings.parse_yaml(nested) == {
        "task_resource.min.cpu": "2",
        "task_resource.min.memory": UNSET,
        "labels": {"a": "b"},
    }
    assert Settings.parse_yaml("") == {}


@pytest.mark.parametrize("text", ["[1, 2]", "a: [", "run.default_quue: x", "a" * 2_000_000])
def test_yaml_that_is_not_settings(text: str) -> None:
    with pytest.raises(InvalidArgument):
        Settings.parse_yaml(text)


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"run.default_quue": "x"}, InvalidArgument, "did you mean 'run.default_queue'"),
        ({"run.default_queue": 5}, TypeError, "expected str, got int"),
        ({"run.max_action_concurrency": True}, TypeError, "expected int, got bool"),
        ({"run.max_action_concurrency": 2**63}, InvalidArgument, "64 bits"),
        ({"labels": {"a": 1}}, TypeError, "must be strings"),
        ({"run.default_queue": "x" * 10_000_000}, InvalidArgument, "10000000 characters"),
    ],
)
async def test_bad_overrides_are_not_sent(service: Any, overrides: Any, error: type[Exception], message: str) -> None:
    found = await Settings.get_settings_for_edit.aio(client=service)
    service.calls.clear()
    with pytest.raises(error, match=message):
        await found.update_settings.aio(overrides)
    assert service.calls == []


async def test_bad_scopes(client: Any) -> None:
    with pytest.raises(ConfigError, match="organization"):
        await Settings.get_settings_for_edit.aio(client=client)
    with pytest.raises(InvalidArgument, match="in which domain"):
        await Settings.get_settings_for_edit.aio("ml", org="acme", client=client)
    assert client.calls == []


def test_every_kind_of_setting_goes_there_and_back() -> None:
    examples: dict[type, Any] = {str: "x", int: -5, bool: False, dict: {"k": "v"}}
    values = {key: examples[leaf.kind] for key, leaf in LEAVES.items()}
    values["task_resource.default_accelerator"] = {"device": "nvidia-a100"}
    assert flat(message_of(values)) == values
    assert Settings.available_keys() == list(LEAVES)
    assert flat(message_of(dict.fromkeys(LEAVES, UNSET))) == dict.fromkeys(LEAVES, UNSET)
