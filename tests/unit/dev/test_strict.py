from __future__ import annotations

import pytest

from remora.contract.v1.messages import Message
from remora.dev.strict import check
from remora.errors import InvalidArgument
from remora_api.flyteidl2 import app, cluster, common, dataproxy, secret, task, trigger, workflow

RUN = common.RunIdentifier(project="p", domain="d", name="r")
PROJECT = common.ProjectIdentifier(name="p", domain="d")
TASK = task.TaskIdentifier(project="p", domain="d", name="t", version="1")
ACTION = common.ActionIdentifier(run=RUN, name="a0")
APP = app.Identifier(project="p", domain="d", name="n")
TRIGGER = common.TriggerName(project="p", domain="d", task_name="t", name="n")


@pytest.mark.parametrize(
    "message",
    [
        workflow.GetRunDetailsRequest(run_id=RUN),
        workflow.CreateRunRequest(project_id=PROJECT, task_id=TASK),
        workflow.ListRunsRequest(org=""),
        task.DeployTaskRequest(task_id=TASK, spec=task.TaskSpec()),
    ],
)
def test_good_requests(message: Message) -> None:
    check(message)


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (workflow.GetRunDetailsRequest(), "run_id: is required"),
        (workflow.CreateRunRequest(project_id=PROJECT), "task: one of its fields is required"),
        (workflow.ListRunsRequest(), "scope_by: one of its fields is required"),
        (
            workflow.GetRunDetailsRequest(run_id=common.RunIdentifier(domain="d", name="r")),
            "run_id.project: must have at least 1 character",
        ),
        (
            workflow.GetRunDetailsRequest(run_id=common.RunIdentifier(project="p", domain="d", name="r" * 31)),
            "run_id.name: must have at most 30 characters, not 31",
        ),
        (
            task.DeployTaskRequest(
                task_id=TASK, spec=task.TaskSpec(), triggers=[task.TaskTrigger(name="a"), task.TaskTrigger()]
            ),
            "triggers[1].name: must have at least 1 character",
        ),
        (
            dataproxy.TailLogsRequest(action_id=common.ActionIdentifier(run=RUN, name="a0")),
            "attempt: must be greater than 0",
        ),
        (trigger.UpdateTriggersRequest(), "names: must have at least 1 item"),
        (trigger.DeployTriggerRequest(spec=trigger.TriggerSpec(task_version="1")), "name: is required"),
        (
            trigger.DeployTriggerRequest(name=TRIGGER, spec=trigger.TriggerSpec()),
            "spec.task_version: must have at least 1 character",
        ),
        (trigger.ListTriggersRequest(), "scope_by: one of its fields is required"),
        (workflow.SignalEventRequest(action_id=ACTION), "payload: is required"),
        (
            workflow.SignalEventRequest(action_id=ACTION, payload=workflow.EventPayload()),
            "payload.value: one of its fields is required",
        ),
        (workflow.WatchClusterEventsRequest(id=ACTION), "attempt: must be greater than 0"),
        (cluster.SelectClusterRequest(), "resource: one of its fields is required"),
        (app.GetRequest(), "identifier: one of its fields is required"),
        (
            app.CreateRequest(app=app.App(metadata=app.Meta(id=APP), spec=app.Spec())),
            "app.spec.app_payload: one of its fields is required",
        ),
        (
            app.DeleteRequest(app_id=app.Identifier(project="p", domain="d", name="n" * 31)),
            "app_id.name: must have at most 30 characters, not 31",
        ),
        (secret.CreateSecretRequest(), "id: is required"),
        (
            secret.CreateSecretRequest(id=secret.SecretIdentifier(name="x"), secret_spec=secret.SecretSpec()),
            "secret_spec.value: one of its fields is required",
        ),
    ],
)
def test_bad_requests(message: Message, complaint: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        check(message)
    assert caught.value.message == complaint
