"""Names of artifacts, and references to their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.errors import InvalidArgument
from remora.flyte.parameters import required_name
from remora_api.flyteidl2 import artifact as artifacts
from remora_api.flyteidl2 import core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from remora.flyte.scope import Scope

LONGEST_REFERENCE = 1024
"""Characters that tell where an artifact comes from."""

_MOST_PARENTS = 32


def checked_name(name: str) -> str:
    """The name of an artifact, as it is.

    Raises:
        InvalidArgument: it is empty, too long, or has other characters than letters, digits and `._-`.
    """
    required_name(name, "name")
    if not all(char.isascii() and (char.isalnum() or char in "._-") for char in name):
        raise InvalidArgument(f"name: {name!r} cannot be the name of an artifact", hint="letters, digits, ., _ and -")
    return name


def artifact_name(scope: Scope, name: str) -> artifacts.ArtifactName:
    """Which artifact a request is about."""
    return artifacts.ArtifactName(**scope._asdict(), name=name)


def parent_ids(parents: Sequence[str | core.ArtifactVersionId] | None, scope: Scope) -> list[core.ArtifactVersionId]:
    """The versions that a new one was made from.

    Args:
        parents: Each as its identifier, or as the text that `_parent` reads.
        scope: Where one is whose text names no project.

    Raises:
        InvalidArgument: a text is malformed, or there are too many.
    """
    if isinstance(parents, str):
        raise TypeError("parents: expected a list, got one string")
    found = [_parent(item, scope) if isinstance(item, str) else item for item in parents or ()]
    if len(found) > _MOST_PARENTS:
        raise InvalidArgument(f"parents: {len(found)} are too many, {_MOST_PARENTS} is the most")
    return found


def _parent(tracker: str, scope: Scope) -> core.ArtifactVersionId:
    """An identifier from its text, `[[org/]project/domain/]name@version`."""
    path, separator, version = tracker.rpartition("@")
    parts = path.split("/")
    if not separator or not version or len(parts) not in (1, 3, 4) or not all(parts[-3:]):
        hint = "'project/domain/name@version', as `Artifact.tracker` gives it"
        raise InvalidArgument(f"parents: {tracker!r} is no artifact", hint=hint)
    org, project, domain = {
        1: (scope.org, scope.project, scope.domain),
        3: (scope.org, *parts[:2]),
        4: tuple(parts[:3]),
    }[len(parts)]
    key = core.ArtifactKey(org=org, project=project, domain=domain, name=parts[-1])
    return core.ArtifactVersionId(key=key, version=version)
