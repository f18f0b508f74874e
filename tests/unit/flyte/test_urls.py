from __future__ import annotations

import pytest

from remora import Client
from remora.errors import ConfigError
from remora_api.entities import Action, Run, RunDetails, Task
from remora_api.flyteidl2 import common, workflow
from remora_api.flyteidl2 import task as tasks


def client(endpoint: str, **settings: str) -> Client:
    return Client(endpoint, config_file=False, trust_env=False, **settings)  # type: ignore[arg-type]


def action(name: str, run: str = "r1", project: str = "p", domain: str = "d") -> workflow.Action:
    run_id = common.RunIdentifier(project=project, domain=domain, name=run)
    return workflow.Action(id=common.ActionIdentifier(run=run_id, name=name))


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("https://flyte.example.com", "https://flyte.example.com"),
        ("dns:///flyte.example.com", "https://flyte.example.com"),
        ("http://10.0.0.1:8089", "http://10.0.0.1:8089"),
        ("http://localhost:8090", "http://localhost:8080"),
    ],
)
def test_a_run_in_the_console(endpoint: str, base: str) -> None:
    run = Run(workflow.Run(action=action("a0")), client=client(endpoint))
    assert run.url == f"{base}/v2/domain/d/project/p/runs/r1"


def test_an_action_is_opened_inside_its_run() -> None:
    found = Action(action("a 1/2"), client=client("https://h"))
    assert found.url == "https://h/v2/domain/d/project/p/runs/r1?i=a%201%2F2"
    root = Action(action("a0"), client=client("https://h"))
    assert root.url == "https://h/v2/domain/d/project/p/runs/r1"
    details = workflow.RunDetails(action=workflow.ActionDetails(id=action("a0").id))
    assert RunDetails(details, client=client("https://h")).url == root.url


def test_every_part_is_percent_encoded() -> None:
    run = Run(workflow.Run(action=action("a0", "r?1", "p/../q", "d#é")), client=client("https://h"))
    assert run.url == "https://h/v2/domain/d%23%C3%A9/project/p%2F..%2Fq/runs/r%3F1"


def test_the_consoles_own_address_wins() -> None:
    own = client("https://h", console_endpoint="https://console.example.com/flyte/")
    run = Run(workflow.Run(action=action("a0")), client=own)
    assert run.url == "https://console.example.com/flyte/v2/domain/d/project/p/runs/r1"


def test_a_task_in_the_console() -> None:
    task = Task(
        tasks.Task(task_id=tasks.TaskIdentifier(project="p", domain="d", name="env.f")), client=client("https://h")
    )
    assert task.url == "https://h/v2/domain/d/project/p/tasks/env.f"


def test_a_unix_socket_has_no_console_of_its_own() -> None:
    run = Run(workflow.Run(action=action("a0")), client=client("unix:/tmp/flyte.sock"))
    with pytest.raises(ConfigError, match=r"nothing says where the web console is.*FLYTE_CONSOLE_ENDPOINT"):
        _ = run.url
