"""Addresses of things in the web console."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from remora.errors import ConfigError, RemoraError
from remora.flyte.calls import ROOT_ACTION, action_id_of, client_of

if TYPE_CHECKING:
    from remora.client import Client
    from remora_api.entities import Action, ActionDetails, Run, RunDetails, Task, TaskDetails
    from remora_api.flyteidl2 import task as tasks


class Console:
    """Builds console addresses; every part is percent-encoded.

    Args:
        base: Scheme and host of the console, such as `https://flyte.example.com`.
    """

    __slots__ = ("base",)

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    def run_url(self, project: str, domain: str, run_name: str) -> str:
        """Address of a run."""
        return f"{self._scope(project, domain)}/runs/{_part(run_name)}"

    def action_url(self, project: str, domain: str, run_name: str, action_name: str) -> str:
        """Address of an action, opened inside its run."""
        return f"{self.run_url(project, domain, run_name)}?i={_part(action_name)}"

    def task_url(self, project: str, domain: str, task_name: str) -> str:
        """Address of a task."""
        return f"{self._scope(project, domain)}/tasks/{_part(task_name)}"

    def _scope(self, project: str, domain: str) -> str:
        return f"{self.base}/v2/domain/{_part(domain)}/project/{_part(project)}"


def console(client: Client) -> Console:
    """The console of a client's control plane.

    Raises:
        ConfigError: the control plane is a unix socket, and no setting names the console.
    """
    base = client.config.console_url
    if not base:
        raise ConfigError(
            "nothing says where the web console is: the endpoint is a unix socket",
            hint="set console.endpoint in the config file, or FLYTE_CONSOLE_ENDPOINT",
        )
    return Console(base)


def _part(text: str) -> str:
    return quote(text, safe="")


def url(self: Action | ActionDetails | Run | RunDetails) -> str:
    """Address of the run or action in the web console. No call is made.

    The console's own address is the setting `console.endpoint`; without it the control plane's endpoint is used.
    """
    found = action_id_of(self)
    run = found.run
    if run is None:
        raise RemoraError(f"this {type(self).__name__} has no identifier; was it made by hand?")
    links = console(client_of(self))
    if found.name in ("", ROOT_ACTION):
        return links.run_url(run.project, run.domain, run.name)
    return links.action_url(run.project, run.domain, run.name, found.name)


def task_url(self: Task | TaskDetails) -> str:
    """Address of the task in the web console. No call is made.

    The console's own address is the setting `console.endpoint`; without it the control plane's endpoint is used.
    """
    from remora.client import resolve_client

    found: tasks.TaskIdentifier | None = self.pb2.task_id
    if found is None:
        raise RemoraError(f"this {type(self).__name__} has no identifier; was it made by hand?")
    return console(resolve_client(self._client)).task_url(found.project, found.domain, found.name)
