"""Mistakes with the entities beside runs and tasks."""

from __future__ import annotations

from remora import App, Condition, LazyEntity, Run, Secret, Trigger, TriggerSpec


def mistakes(run: Run, condition: Condition, lazy: LazyEntity) -> None:
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    Secret.create("n", 7)
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    Secret.create("n", "v", type="odd")
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    Trigger.get("n", "t")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    TriggerSpec("n", "0 2 * * *")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    App.get("a").watch("running")
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    Run.listall(phases="running")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    condition.signal(None)
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    lazy.override(retrys=1)
