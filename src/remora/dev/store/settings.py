"""Settings of the three levels, and what follows from them together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

from remora.contract.v1.messages import Message
from remora.dev.store.database import Transaction
from remora_api.flyteidl2.settings import ScopeLevel, Settings, SettingState, StringMap, StringMapSetting


class Scope(NamedTuple):
    """Whose settings they are: "" and "" for the organisation, a domain, or a project in a domain."""

    domain: str = ""
    project: str = ""

    @property
    def level(self) -> ScopeLevel:
        """Which of the three it is."""
        if self.project:
            return ScopeLevel.PROJECT
        return ScopeLevel.DOMAIN if self.domain else ScopeLevel.ORG

    @property
    def chain(self) -> list[Scope]:
        """The scopes that settings come from, the broadest first."""
        return list(dict.fromkeys((Scope(), Scope(self.domain), self)))


class StoredSettings(NamedTuple):
    """Settings of one scope and how often they were written."""

    scope: Scope
    settings: Settings
    version: int


def get(tx: Transaction, scope: Scope) -> StoredSettings | None:
    """What was set for one scope."""
    row = tx.execute("SELECT settings, version FROM settings WHERE domain = ? AND project = ?", scope).fetchone()
    return None if row is None else StoredSettings(scope, Settings.parse(row["settings"]), row["version"])


def chain(tx: Transaction, scope: Scope) -> list[StoredSettings]:
    """What was set for a scope and those above it, the broadest first."""
    return [found for each in scope.chain if (found := get(tx, each)) is not None]


def put(tx: Transaction, scope: Scope, settings: Settings, version: int) -> StoredSettings:
    """Replace what is set for one scope."""
    for setting in _leaves(settings):
        setting.scope_level = scope.level
    tx.execute(
        "INSERT OR REPLACE INTO settings (domain, project, settings, version) VALUES (?, ?, ?, ?)",
        (*scope, bytes(settings), version),
    )
    return StoredSettings(scope, settings, version)


def _leaves(message: Message) -> list[Any]:
    found: list[Any] = []
    for value in _parts(message).values():
        found += [value] if _is_setting(value) else _leaves(value)
    return found


def _parts(message: Message) -> dict[str, Message]:
    values = ((field.name, getattr(message, field.name)) for field in dataclasses.fields(message))
    return {name: value for name, value in values if isinstance(value, Message)}


def _is_setting(message: Message) -> bool:
    return isinstance(getattr(message, "state", None), SettingState)


def effective(levels: Sequence[StoredSettings]) -> Settings:
    """What holds when all levels are put together, the broadest first.

    Of each setting the narrowest level that does not inherit counts, and the setting says which level that was. Maps
    are merged key by key, unless a level takes the inherited one away.
    """
    result = Settings()
    for level in levels:
        _overlay(result, level.settings)
    return result


def _overlay(below: Message, above: Message) -> None:
    for name, value in _parts(above).items():
        present = getattr(below, name)
        if not _is_setting(value):
            if present is None:
                present = type(value)()
                setattr(below, name, present)
            _overlay(present, value)
        elif getattr(value, "state") != SettingState.INHERIT:  # noqa: B009 - any of the setting messages
            setattr(below, name, _merged(present, value))


def _merged(below: Message | None, above: Message) -> Message:
    if not isinstance(above, StringMapSetting) or above.state != SettingState.VALUE:
        return above
    inherited = below.map_value.entries if isinstance(below, StringMapSetting) and below.map_value is not None else {}
    own = above.map_value.entries if above.map_value is not None else {}
    return StringMapSetting(
        state=above.state, map_value=StringMap(entries={**inherited, **own}), scope_level=above.scope_level
    )


def environment(tx: Transaction, project: str, domain: str) -> dict[str, str]:
    """The variables that every task of a project and domain gets."""
    found = effective(chain(tx, Scope(domain, project))).environment_variables
    return dict(found.map_value.entries) if found is not None and found.map_value is not None else {}
