"""A strict control plane refuses what breaks a rule of the protos; the rules themselves have tests of their own."""

from __future__ import annotations

import dataclasses

import pytest

from remora.contract.v1.messages import Message
from remora.dev.strict import check
from remora.errors import InvalidArgument
from remora_api.flyteidl2 import common, core, task, workflow

RUN = common.RunIdentifier(project="p", domain="d", name="r")
PROJECT = common.ProjectIdentifier(name="p", domain="d")
TASK = task.TaskIdentifier(project="p", domain="d", name="t", version="1")
NEVER = task.TriggerAutomationSpec(type=task.TriggerAutomationSpecType.TYPE_NONE)
TRIGGER = task.TaskTrigger(spec=task.TaskTriggerSpec(), automation_spec=NEVER)
SPEC = task.TaskSpec(task_template=core.TaskTemplate())


@pytest.mark.parametrize(
    "message",
    [
        workflow.GetRunDetailsRequest(run_id=RUN),
        workflow.CreateRunRequest(project_id=PROJECT, task_id=TASK),
        workflow.ListRunsRequest(org=""),
        task.DeployTaskRequest(task_id=TASK, spec=SPEC),
    ],
    ids=lambda message: type(message).__name__,
)
def test_good_requests(message: Message) -> None:
    check(message)


@pytest.mark.parametrize(
    ("message", "field", "rule"),
    [
        (workflow.GetRunDetailsRequest(), "GetRunDetailsRequest.run_id", "required"),
        (workflow.CreateRunRequest(project_id=PROJECT), "CreateRunRequest.task", "required"),
        (
            workflow.GetRunDetailsRequest(run_id=common.RunIdentifier(project="p", domain="d", name="r" * 31)),
            "GetRunDetailsRequest.run_id.name",
            "string.max_len",
        ),
        (
            task.DeployTaskRequest(
                task_id=TASK, spec=SPEC, triggers=[dataclasses.replace(TRIGGER, name=name) for name in ("a", "b" * 256)]
            ),
            "DeployTaskRequest.triggers[1].name",
            "string.max_len",
        ),
    ],
    ids=["required", "oneof", "length", "repeated"],
)
def test_bad_requests(message: Message, field: str, rule: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check(message)
    assert caught.value.message.startswith("validation error: ")
    assert f"{field}: " in caught.value.message
    assert caught.value.message.endswith(f"({rule})")
