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
    """Builds addresses of the web console; every part is percent-encoded.

    Args:
        endpoint: Where the console is: `https://flyte.example.com`, or an endpoint without a scheme, also as
            `dns:///host`.
        insecure: What an endpoint without a scheme means: http instead of https.
    """

    __slots__ = ("base", "endpoint", "insecure")

    def __init__(self, endpoint: str, insecure: bool = False) -> None:
        self.endpoint = endpoint
        plain = endpoint.removeprefix("dns:///").rstrip("/")
        if "://" not in plain:
            plain = f"{'http' if insecure else 'https'}://{plain}"
        self.base = plain
        self.insecure = plain.startswith("http://")

    def run_url(self, project: str, domain: str, run_name: str) -> str:
        """Address of a run.

        Args:
            project: Project of the run.
            domain: Domain of the run.
            run_name: Name of the run.
        """
        return f"{self._scope(project, domain)}/runs/{_part(run_name)}"

    def action_url(self, project: str, domain: str, run_name: str, action_name: str) -> str:
        """Address of an action, opened inside its run.

        Args:
            project: Project of the run.
            domain: Domain of the run.
            run_name: Name of the run.
            action_name: Name of the action.
        """
        return f"{self.run_url(project, domain, run_name)}?i={_part(action_name)}"

    def tracked_run_url(self, project: str, domain: str, run_name: str) -> str:
        """Address of a run that was made on somebody's own machine and only reported to the control plane.

        Args:
            project: Project of the run.
            domain: Domain of the run.
            run_name: Name of the run.
        """
        return f"{self._scope(project, domain)}/tracked-runs/{_part(run_name)}"

    def app_url(self, project: str, domain: str, app_name: str) -> str:
        """Address of an app's page in the console; the app itself has an address of its own.

        Args:
            project: Project of the app.
            domain: Domain of the app.
            app_name: Name of the app.
        """
        return f"{self._scope(project, domain)}/apps/{_part(app_name)}"

    def task_url(self, project: str, domain: str, task_name: str) -> str:
        """Address of a task.

        Args:
            project: Project of the task.
            domain: Domain of the task.
            task_name: Name of the task.
        """
        return f"{self._scope(project, domain)}/tasks/{_part(task_name)}"

    def artifact_url(self, project: str, domain: str, name: str) -> str:
        """Address of an artifact.

        Args:
            project: Project of the artifact.
            domain: Domain of the artifact.
            name: Name of the artifact.
        """
        return f"{self._scope(project, domain)}/artifacts/{_part(name)}"

    def trigger_url(self, project: str, domain: str, task_name: str, trigger_name: str) -> str:
        """Address of a trigger.

        Args:
            project: Project of the trigger.
            domain: Domain of the trigger.
            task_name: Name of the task that it starts.
            trigger_name: Name of the trigger.
        """
        return f"{self._scope(project, domain)}/triggers/{_part(task_name)}/{_part(trigger_name)}"

    def __repr__(self) -> str:
        return f"Console({self.base!r})"

    def _scope(self, project: str, domain: str) -> str:
        return f"{self.base}/v2/domain/{_part(domain)}/project/{_part(project)}"


def get_run_url(endpoint: str, insecure: bool, project: str, domain: str, run_name: str) -> str:
    """Address of a run in the web console of an endpoint; `Run.url` has it for a run at hand.

    Args:
        endpoint: Where the console is, as `Console` takes it.
        insecure: What an endpoint without a scheme means: http instead of https.
        project: Project of the run.
        domain: Domain of the run.
        run_name: Name of the run.
    """
    return Console(endpoint, insecure).run_url(project, domain, run_name)


def get_app_url(endpoint: str, insecure: bool, project: str, domain: str, app_name: str) -> str:
    """Address of an app in the web console of an endpoint; `App.url` has it for an app at hand.

    Args:
        endpoint: Where the console is, as `Console` takes it.
        insecure: What an endpoint without a scheme means: http instead of https.
        project: Project of the app.
        domain: Domain of the app.
        app_name: Name of the app.
    """
    return Console(endpoint, insecure).app_url(project, domain, app_name)


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
