"""The messages that codecs are measured on, as a control plane would send them."""

from __future__ import annotations

from remora_api.flyteidl2 import common, core, task, workflow
from remora_api.google.protobuf import Duration, Timestamp


def encoded() -> dict[str, tuple[str, bytes]]:
    """Title -> module and class, as `workflow.run_service.ListRunsResponse`, and the bytes."""
    return {
        "ListRunsResponse, 100 runs": ("workflow.run_service.ListRunsResponse", hundred_runs()),
        "ActionDetails": ("workflow.run_definition.ActionDetails", bytes(_action_details())),
        "TaskSpec": ("task.task_definition.TaskSpec", bytes(_task_spec())),
        "GetRunDetailsRequest": ("workflow.run_service.GetRunDetailsRequest", _small()),
    }


def _small() -> bytes:
    run_id = common.RunIdentifier(org="acme", project="flytesnacks", domain="development", name="rb5x7mq9dlv2wz8k4jtq")
    return bytes(workflow.GetRunDetailsRequest(run_id=run_id))


def _action(number: int) -> workflow.Action:
    run_id = common.RunIdentifier(org="acme", project="flytesnacks", domain="development", name=f"r{number:019d}")
    task_id = task.TaskIdentifier(
        org="acme",
        project="flytesnacks",
        domain="development",
        name=f"training.step_{number % 7}",
        version="0f3c5a9be2d14c7788",
    )
    metadata = workflow.ActionMetadata(
        group="",
        environment_name="training",
        funtion_name=f"step_{number % 7}",
        task=workflow.TaskActionMetadata(id=task_id, task_type="python", short_name=f"step_{number % 7}"),
        executed_by=common.EnrichedIdentity(
            user=common.User(
                id=common.UserIdentifier(subject=f"00u{number:017d}"),
                spec=common.UserSpec(first_name="Ada", last_name="Lovelace", email="ada@example.com"),
            )
        ),
    )
    status = workflow.ActionStatus(
        phase=common.ActionPhase.SUCCEEDED,
        start_time=Timestamp(seconds=1_760_000_000 + number, nanos=123_456_789),
        end_time=Timestamp(seconds=1_760_000_100 + number, nanos=987_654_321),
        attempts=1,
        duration_ms=100_864,
    )
    return workflow.Action(id=common.ActionIdentifier(run=run_id, name="a0"), metadata=metadata, status=status)


def hundred_runs() -> bytes:
    """A page of runs."""
    runs = [workflow.Run(action=_action(number)) for number in range(100)]
    return bytes(workflow.ListRunsResponse(runs=runs, token="100"))


def _task_spec() -> task.TaskSpec:
    variables = [
        core.VariableEntry(
            key=name,
            value=core.Variable(type=core.LiteralType(simple=kind), description=f"The {name} of the training."),
        )
        for name, kind in [
            ("learning_rate", core.SimpleType.FLOAT),
            ("epochs", core.SimpleType.INTEGER),
            ("dataset", core.SimpleType.STRING),
            ("started", core.SimpleType.DATETIME),
            ("options", core.SimpleType.STRUCT),
        ]
    ]
    resources = [
        core.ResourcesResourceEntry(name=core.ResourcesResourceName.CPU, value="4"),
        core.ResourcesResourceEntry(name=core.ResourcesResourceName.MEMORY, value="16Gi"),
    ]
    container = core.Container(
        image="ghcr.io/acme/training:0f3c5a9be2d14c7788aa",
        args=["a0", "--inputs", "{{.input}}", "--outputs-path", "{{.outputPrefix}}", "--version", "0f3c5a9be2d1"] * 2,
        resources=core.Resources(requests=resources, limits=resources),
        env=[core.KeyValuePair(key=f"ACME_SETTING_{index}", value=f"value number {index}") for index in range(12)],
    )
    template = core.TaskTemplate(
        id=core.Identifier(
            project="flytesnacks", domain="development", name="training.step", version="0f3c5a9be2d14c77"
        ),
        type="python",
        metadata=core.TaskMetadata(
            discoverable=True,
            timeout=Duration(seconds=3600),
            retries=core.RetryStrategy(retries=3),
            discovery_version="2",
            tags={"team": "vision", "tier": "gold"},
        ),
        interface=core.TypedInterface(
            inputs=core.VariableMap(variables=variables), outputs=core.VariableMap(variables=variables[:2])
        ),
        container=container,
        task_type_version=1,
        config={"runtime": "container", "pool": "gpu"},
    )
    return task.TaskSpec(
        task_template=template,
        short_name="step",
        environment=task.Environment(name="training", description="Everything that trains."),
        documentation=task.DocumentationEntity(short_description="One step of the training."),
    )


def _action_details() -> workflow.ActionDetails:
    action = _action(7)
    attempts = [
        workflow.ActionAttempt(
            phase=common.ActionPhase.SUCCEEDED,
            attempt=index + 1,
            start_time=Timestamp(seconds=1_760_000_000 + index, nanos=5_000_000),
            end_time=Timestamp(seconds=1_760_000_050 + index, nanos=7_000_000),
            logs_available=True,
            cluster="gpu-eu-west-1",
            cluster_events=[
                workflow.ClusterEvent(
                    occurred_at=Timestamp(seconds=1_760_000_001 + number, nanos=9_000_000),
                    message=f"Pulled image ghcr.io/acme/training in {number}.2 s",
                )
                for number in range(8)
            ],
            phase_transitions=[
                workflow.PhaseTransition(
                    phase=phase,
                    start_time=Timestamp(seconds=1_760_000_000, nanos=1_000_000),
                    end_time=Timestamp(seconds=1_760_000_010, nanos=2_000_000),
                )
                for phase in (common.ActionPhase.QUEUED, common.ActionPhase.INITIALIZING, common.ActionPhase.RUNNING)
            ],
        )
        for index in range(2)
    ]
    return workflow.ActionDetails(
        id=action.id, metadata=action.metadata, status=action.status, task=_task_spec(), attempts=attempts
    )
