"""Settings of an organization, its domains and their projects: what is set where, and what holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from remora.errors import ConfigError, Internal, InvalidArgument
from remora.flyte.deadline import Deadline
from remora.flyte.parameters import optional_name, text
from remora.flyte.scope import LONGEST_SCOPE
from remora.flyte.setting_values import LEAVES, UNSET, flat, message_of
from remora_api.flyteidl2 import settings as definitions

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Settings

SettingsT = TypeVar("SettingsT", bound="Settings")

_LARGEST_YAML = 1024 * 1024
_PLACEHOLDERS: dict[type, str] = {str: "''", int: "0", bool: "false", dict: "{}"}


@dataclass(frozen=True)
class SettingOrigin:
    """The scope that a value comes from.

    Attributes:
        scope_type: `"ORG"`, `"DOMAIN"` or `"PROJECT"`.
        domain: The domain, if the scope has one.
        project: The project, if the scope has one.
    """

    scope_type: str
    domain: str | None = None
    project: str | None = None

    def __str__(self) -> str:
        place = "/".join(name for name in (self.domain, self.project) if name)
        return f"{self.scope_type}({place})" if place else self.scope_type


@dataclass(frozen=True)
class EffectiveSetting:
    """A value that holds, and where it comes from.

    Attributes:
        key: The setting, such as `"task_resource.min.cpu"`.
        value: Its value.
        origin: The scope that sets it.
    """

    key: str
    value: Any
    origin: SettingOrigin


@dataclass(frozen=True)
class LocalSetting:
    """A value that one scope sets itself.

    Attributes:
        key: The setting.
        value: Its value; `UNSET` where the scope sets it to nothing.
    """

    key: str
    value: Any


async def get_settings_for_edit(
    cls: type[SettingsT],
    project: str | None = None,
    domain: str | None = None,
    *,
    org: str | None = None,
    timeout: float | None = None,
    client: Client | None = None,
) -> SettingsT:
    """Read the settings of a scope together with those of the wider scopes that it inherits from.

    The scope is what the arguments say, whatever the client is set to: none for the organization, a domain, or a
    project in a domain.

    Args:
        cls: Class of the result.
        project: Project of the scope; needs a domain.
        domain: Domain of the scope.
        org: Organization, if not the client's.
        timeout: Deadline of the call in seconds.
        client: The client to use, if not the current one.

    Raises:
        InvalidArgument: a project is given without a domain, or a name is empty.
        ConfigError: neither a parameter nor a setting names the organization.

    Example:
        >>> settings = Settings.get_settings_for_edit(domain="production", project="ml-pipeline")
        >>> settings.effective_values()["run.default_queue"]
        'gpu'
    """
    from remora.client import resolve_client

    found = resolve_client(client)
    optional_name(org, "org", longest=LONGEST_SCOPE)
    optional_name(project, "project", longest=LONGEST_SCOPE)
    optional_name(domain, "domain", longest=LONGEST_SCOPE)
    if project is not None and domain is None:
        raise InvalidArgument("project: in which domain? Give domain as well")
    owner = found.value("org", org, required=False)
    if not owner:
        raise ConfigError("settings belong to an organization, and nothing names it", hint="pass org=, or init(org=)")
    key = definitions.SettingsKey(org=owner, domain=domain or "", project=project or "")
    return cls(await _read(found, key, timeout), client=found)


async def update_settings(self: Settings, overrides: Mapping[str, Any], *, timeout: float | None = None) -> None:
    """Replace what this scope sets itself; a setting that is not in `overrides` is inherited from then on.

    This object is up to date afterwards.

    Args:
        self: The settings.
        overrides: Values by key, see `available_keys()`; `UNSET` sets a setting to nothing.
        timeout: Deadline of the whole call in seconds.

    Raises:
        InvalidArgument: there is no such setting, or a value is out of range; nothing was sent.
        TypeError: a value is of the wrong type; nothing was sent.
        Aborted: somebody else has changed the scope since it was read; read it again.

    Example:
        >>> settings.update_settings({**settings.local_overrides(), "run.default_queue": "gpu"})
    """
    from remora.client import resolve_client

    client = resolve_client(self._client)
    deadline = Deadline(timeout)
    message = message_of(overrides)
    key = _key(self)
    stub = definitions.SettingsServiceStub(client)
    record = _local(self)
    if record is None or not record.version:
        created = definitions.CreateSettingsRequest(key=key, settings=message)
        await stub.create_settings(created, timeout=deadline.left())
    else:
        changed = definitions.UpdateSettingsRequest(key=key, settings=message, version=record.version)
        await stub.update_settings(changed, timeout=deadline.left())
    self.pb2 = await _read(client, key, deadline.left())


def available_keys(cls: type[Settings]) -> list[str]:
    """Every key that a scope can set, such as `"run.default_queue"`."""
    return list(LEAVES)


def local_overrides(self: Settings) -> dict[str, Any]:
    """What this scope sets itself, by key."""
    return {item.key: item.value for item in local_settings(self)}


def effective_values(self: Settings) -> dict[str, Any]:
    """What holds in this scope, by key."""
    return {item.key: item.value for item in effective_settings(self)}


def local_settings(self: Settings) -> list[LocalSetting]:
    """What this scope sets itself, in the order of `available_keys()`."""
    record = _local(self)
    return [LocalSetting(key, value) for key, value in flat(None if record is None else record.settings).items()]


def effective_settings(self: Settings) -> list[EffectiveSetting]:
    """What holds in this scope and where it comes from, in the order of `available_keys()`.

    A narrower scope wins over a wider one. Maps (labels, annotations, environment variables) are joined key by key;
    such a value counts as set by the narrowest scope that adds to it.
    """
    found: dict[str, EffectiveSetting] = {}
    for record in sorted(self.pb2.levels, key=_depth):
        origin = _origin(record.key)
        for key, value in flat(record.settings).items():
            wider = found.get(key)
            if value is UNSET:
                found.pop(key, None)
                continue
            if wider is not None and isinstance(value, dict) and LEAVES[key].field == "map_value":
                value = {**wider.value, **value}
            found[key] = EffectiveSetting(key, value, origin)
    return [found[key] for key in LEAVES if key in found]


def scope_description(self: Settings) -> str:
    """The scope for people: `"ORG"`, `"DOMAIN(production)"` or `"PROJECT(production/ml-pipeline)"`."""
    return str(_origin(_key(self)))


def settings_domain(self: Settings) -> str | None:
    """Domain of the scope; None for the organization."""
    return _key(self).domain or None


def settings_project(self: Settings) -> str | None:
    """Project of the scope; None for a domain or the organization."""
    return _key(self).project or None


def to_yaml_sections(self: Settings) -> list[tuple[str, str]]:
    """The YAML of `to_yaml()` by section: title and text. Sections without an entry are left out.

    Raises:
        ConfigError: the extra `yaml` is not installed.
    """
    own = local_settings(self)
    inherited = [item for item in effective_settings(self) if item.key not in {local.key for local in own}]
    used = {item.key for item in own} | {item.key for item in inherited}
    sections = (
        ("Local overrides", [_entry(item.key, item.value) for item in own]),
        (
            "Inherited settings",
            [f"# {_entry(item.key, item.value)}  ## inherited from {item.origin}" for item in inherited],
        ),
        (
            "Available settings",
            [f"# {key}: {_PLACEHOLDERS[leaf.kind]}" for key, leaf in LEAVES.items() if key not in used],
        ),
    )
    return [(title, "\n".join(lines)) for title, lines in sections if lines]


def to_yaml(self: Settings) -> str:
    """The scope as a YAML document to edit.

    It has what the scope sets, and as comments what it inherits and what else could be set. `parse_yaml` reads it back.

    Raises:
        ConfigError: the extra `yaml` is not installed.
    """
    parts = [f"### Settings of {scope_description(self)}"]
    parts += [f"### {title}\n{body}" for title, body in to_yaml_sections(self)]
    return "\n\n".join(parts) + "\n"


def parse_yaml(cls: type[Settings], yaml_content: str) -> dict[str, Any]:
    """Overrides from a YAML document, as `update_settings` takes them; nested mappings are flattened.

    Args:
        cls: The class.
        yaml_content: The document; `~` (null) sets a setting to nothing.

    Raises:
        InvalidArgument: it is no YAML, no mapping, or names a setting that does not exist.
        TypeError: a value is of the wrong type.
        ConfigError: the extra `yaml` is not installed.
    """
    import_yaml()
    import yaml

    text(yaml_content, "yaml_content", longest=_LARGEST_YAML)
    try:
        document = yaml.safe_load(yaml_content)
    except yaml.YAMLError as error:
        raise InvalidArgument(f"yaml_content is no YAML: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise InvalidArgument(f"yaml_content: expected a mapping, got {type(document).__name__}")
    overrides = _flattened(document, "")
    message_of(overrides)
    return overrides


def import_yaml() -> None:
    """Check that YAML can be read and written.

    Raises:
        ConfigError: the extra `yaml` is not installed.
    """
    try:
        import yaml  # noqa: F401
    except ImportError:
        hint = "install it with: pip install 'remora[yaml]'"
        raise ConfigError("settings as YAML need the extra `yaml`", hint=hint) from None


def _flattened(document: Mapping[Any, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key not in LEAVES:
            found.update(_flattened(value, f"{key}."))
        else:
            # An unquoted 2 is an int for YAML, and a quantity for whoever has written it.
            if key in LEAVES and LEAVES[key].kind is str and type(value) in (int, float):
                value = str(value)
            found[key] = UNSET if value is None else value
    return found


def _entry(key: str, value: object) -> str:
    import_yaml()
    import yaml

    shown = yaml.safe_dump(None if value is UNSET else value, default_flow_style=True, width=10_000)
    return f"{key}: {shown.removesuffix('...' + chr(10)).strip()}"


def _key(settings: Settings) -> definitions.SettingsKey:
    found = settings.pb2.requestedKey
    return definitions.SettingsKey() if found is None else found


def _local(settings: Settings) -> definitions.SettingsRecord | None:
    wanted = _key(settings)
    return next((record for record in settings.pb2.levels if record.key == wanted), None)


def _depth(record: definitions.SettingsRecord) -> int:
    key = record.key or definitions.SettingsKey()
    return bool(key.domain) + bool(key.project)


def _origin(key: definitions.SettingsKey | None) -> SettingOrigin:
    if key is None or not key.domain:
        return SettingOrigin("ORG")
    if not key.project:
        return SettingOrigin("DOMAIN", key.domain)
    return SettingOrigin("PROJECT", key.domain, key.project)


async def _read(
    client: Client, key: definitions.SettingsKey, timeout: float | None
) -> definitions.GetSettingsForEditResponse:
    stub = definitions.SettingsServiceStub(client)
    response = await stub.get_settings_for_edit(definitions.GetSettingsForEditRequest(key=key), timeout=timeout)
    if response.requestedKey is None:
        response.requestedKey = key
    if response.requestedKey != key:
        raise Internal("the server answered about the settings of another scope")
    return response
