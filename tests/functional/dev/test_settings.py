"""Settings: three levels, what follows from them, and the locks on them."""

from __future__ import annotations

from typing import Any

import pytest

from remora.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Unimplemented
from remora_api.flyteidl2.common import ActionPhase
from remora_api.flyteidl2.core import KeyValuePair
from remora_api.flyteidl2.settings import (
    CreateSettingsRequest,
    GetSettingsForEditRequest,
    GetSettingsRequest,
    Int64Setting,
    RunSettings,
    ScopeLevel,
    Settings,
    SettingsKey,
    SettingState,
    StringMap,
    StringMapSetting,
    StringSetting,
    UpdateSettingsRequest,
)

ORG = SettingsKey(org="acme")
DOMAIN = SettingsKey(org="acme", domain="development")
PROJECT = SettingsKey(org="acme", domain="development", project="testing")


def text(value: str) -> StringSetting:
    return StringSetting(state=SettingState.VALUE, string_value=value)


def variables(**entries: str) -> StringMapSetting:
    return StringMapSetting(state=SettingState.VALUE, map_value=StringMap(entries=entries))


async def create(api: Any, key: SettingsKey, **fields: Any) -> int:
    response = await api.settings.create_settings(CreateSettingsRequest(key=key, settings=Settings(**fields)))
    version: int = response.settingsRecord.version
    return version


async def effective(api: Any, key: SettingsKey) -> Settings:
    found: Settings = (await api.settings.get_settings(GetSettingsRequest(key=key))).settingsRecord.settings
    return found


async def test_the_narrower_level_wins_and_says_so(api: Any) -> None:
    run = RunSettings(default_queue=text("broad"), run_base_dir=text("remora://base"))
    await create(api, ORG, run=run, environment_variables=variables(A="org", B="org"))
    run = RunSettings(default_queue=StringSetting(), run_base_dir=StringSetting(state=SettingState.UNSET))
    await create(api, DOMAIN, run=run, environment_variables=variables(B="domain", C="domain"))
    limit = Int64Setting(state=SettingState.VALUE, int_value=3)
    await create(api, PROJECT, run=RunSettings(max_action_concurrency=limit))

    found = await effective(api, PROJECT)
    assert found.run.default_queue == StringSetting(
        state=SettingState.VALUE, string_value="broad", scope_level=ScopeLevel.ORG
    )
    assert found.run.run_base_dir == StringSetting(state=SettingState.UNSET, scope_level=ScopeLevel.DOMAIN)
    assert (found.run.max_action_concurrency.int_value, found.run.max_action_concurrency.scope_level) == (
        3,
        ScopeLevel.PROJECT,
    )
    assert found.environment_variables.map_value.entries == {"A": "org", "B": "domain", "C": "domain"}
    assert found.environment_variables.scope_level == ScopeLevel.DOMAIN
    assert (await effective(api, ORG)).run.run_base_dir.string_value == "remora://base"
    other = SettingsKey(org="acme", domain="production", project="testing")
    assert (await effective(api, other)).environment_variables.map_value.entries == {"A": "org", "B": "org"}


async def test_levels_for_edit_and_locks(api: Any) -> None:
    empty = await api.settings.get_settings_for_edit(GetSettingsForEditRequest(key=PROJECT))
    assert (empty.requestedKey, empty.levels) == (PROJECT, [])
    assert await create(api, ORG, pod_template_name=text("a")) == 1
    assert await create(api, PROJECT, pod_template_name=text("b")) == 1
    with pytest.raises(AlreadyExists, match="settings of testing/development exist already"):
        await create(api, PROJECT)
    request = UpdateSettingsRequest(key=PROJECT, settings=Settings(labels=variables(x="y")), version=1)
    assert (await api.settings.update_settings(request)).settingsRecord.version == 2
    with pytest.raises(FailedPrecondition, match="version 1 is given, 2 is the newest"):
        await api.settings.update_settings(request)
    with pytest.raises(NotFound, match="settings of development not found"):
        await api.settings.update_settings(UpdateSettingsRequest(key=DOMAIN, settings=Settings()))
    levels = (await api.settings.get_settings_for_edit(GetSettingsForEditRequest(key=PROJECT))).levels
    assert [(level.key, level.version) for level in levels] == [(ORG, 1), (PROJECT, 2)]
    assert levels[1].settings.pod_template_name is None  # an update replaces everything
    assert levels[1].settings.labels.scope_level == ScopeLevel.PROJECT


async def test_variables_reach_tasks(api: Any) -> None:
    await create(api, DOMAIN, environment_variables=variables(COLOUR="settings", SHAPE="round"))
    spec = api.shell('printf "$COLOUR $SHAPE" > /var/outputs/seen', outputs={"seen": api.string})

    spec.task_template.container.env = [KeyValuePair(key="COLOUR", value="task")]
    action = await api.start(spec)
    assert (await api.finish(action)).status.phase == ActionPhase.SUCCEEDED
    assert (await api.outputs(action))["seen"].scalar.primitive.string_value == "task round"


async def test_bad_requests(api: Any) -> None:
    for request, message in (
        (CreateSettingsRequest(settings=Settings()), "key is required"),
        (CreateSettingsRequest(key=ORG), "settings is required"),
        (CreateSettingsRequest(key=SettingsKey(project="p"), settings=Settings()), "key.domain is required"),
    ):
        with pytest.raises(InvalidArgument, match=message):
            await api.settings.create_settings(request)


class TestQuirks:
    @pytest.fixture
    def control_plane_options(self) -> dict[str, Any]:
        return {"oss_quirks": True}

    async def test_as_the_backend_has_it(self, api: Any) -> None:
        with pytest.raises(Unimplemented, match="use GetSettingsForEdit"):
            await api.settings.get_settings(GetSettingsRequest(key=ORG))
