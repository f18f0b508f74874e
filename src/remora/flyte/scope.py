"""Organization, project and domain of a request: what the caller gives, else what the client is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from remora.flyte.parameters import optional_name
from remora_api.flyteidl2 import common

if TYPE_CHECKING:
    from remora.client import Client

LONGEST_SCOPE = 64
"""Characters that identifiers of organizations, projects and domains may have."""


class Scope(NamedTuple):
    """Where something lives.

    Attributes:
        org: The organization; "" where there are none.
        project: The project.
        domain: The domain.
    """

    org: str
    project: str
    domain: str

    @property
    def project_id(self) -> common.ProjectIdentifier:
        """The identifier that requests about a whole project take."""
        return common.ProjectIdentifier(organization=self.org, domain=self.domain, name=self.project)


def scope_of(client: Client, project: str | None = None, domain: str | None = None) -> Scope:
    """The scope of a request.

    Raises:
        InvalidArgument: a name is given, and it is empty or too long.
        ConfigError: neither a parameter nor a setting names project or domain.
    """
    return Scope(
        client.value("org", None, required=False),
        client.value("project", optional_name(project, "project", longest=LONGEST_SCOPE)),
        client.value("domain", optional_name(domain, "domain", longest=LONGEST_SCOPE)),
    )
