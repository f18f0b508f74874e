"""Addresses of runs and tasks: `project/domain/name`, or what the web console shows."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from remora.errors import InvalidArgument
from remora.flyte.parameters import required_name


class Address(NamedTuple):
    """What an address names.

    Attributes:
        name: The run or task.
        project: Its project; None if the address does not say.
        domain: Its domain; None if the address does not say.
        version: Version of a task; None if the address does not say.
    """

    name: str
    project: str | None = None
    domain: str | None = None
    version: str | None = None


def address(kind: str, uri: str | None, name: str | None, project: str | None, domain: str | None) -> Address:
    """Which run or task is meant, by an address or by its names.

    Args:
        kind: `"runs"` or `"tasks"`, as addresses of the console have it.
        uri: `"name"`, `"project/domain/name"`, for a task also with `"@version"`, or an address of the console.
        name: The name, instead of an address.
        project: Its project, if it is not in the address.
        domain: Its domain, if it is not in the address.

    Raises:
        InvalidArgument: both or neither of address and name are given, or the address is malformed.
    """
    if (uri is None) == (name is None):
        raise InvalidArgument("give uri or name, and not both", hint='for example name="nightly"')
    if name is not None:
        return Address(required_name(name, "name"), project, domain)
    assert uri is not None  # checked above
    found = _console(kind, uri) if "://" in uri else _plain(kind, uri)
    return found._replace(project=found.project or project, domain=found.domain or domain)


def _plain(kind: str, uri: str) -> Address:
    path, separator, version = uri.partition("@") if kind == "tasks" else (uri, "", "")
    parts = path.split("/")
    if len(parts) not in (1, 3) or not all(parts) or (separator and not version):
        raise InvalidArgument(f"uri: {uri!r} is no address", hint='"name", or "project/domain/name"')
    project, domain = (parts[0], parts[1]) if len(parts) == 3 else (None, None)
    return Address(required_name(parts[-1], "uri"), project, domain, version or None)


def _console(kind: str, uri: str) -> Address:
    """`/v2/domain/{domain}/project/{project}/runs/{name}`, and the older `/v2/runs/project/{project}/domain/...`."""
    parts = [unquote(part) for part in urlsplit(uri).path.split("/") if part]
    match parts:
        case ["v2", "domain", domain, "project", project, found, name] if found == kind:
            return Address(name, project, domain)
        case ["v2", found, "project", project, "domain", domain, name] if found == kind:
            return Address(name, project, domain)
    raise InvalidArgument(f"uri: {uri!r} is no address of the console for {kind}")
