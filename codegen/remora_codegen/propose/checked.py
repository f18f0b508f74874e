"""A plan that certainly generates: what the manifest's own checks refuse is taken out again and said."""

from __future__ import annotations

from pathlib import Path

from remora_codegen import manifest, protoc
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.model import Schema
from remora_codegen.propose.entities import propose
from remora_codegen.propose.plan import Plan
from remora_codegen.propose.text import lines, text


def proposal(schema: Schema) -> Plan:
    """A plan for the schema of which every line has been checked."""
    plan = propose(schema)
    while plan.entities:
        with protoc.scratch_directory() as scratch:
            path = scratch / "manifest.yaml"
            path.write_text(text(plan), "utf-8")
            try:
                manifest.load(path, schema, name=path.name)
                return plan
            except GeneratorError as error:
                _take_out(plan, error, path)
    return plan


def _take_out(plan: Plan, error: GeneratorError, path: Path) -> None:
    subjects = [subject for _, subject in lines(plan)]
    blamed: dict[tuple[str, str], str] = {}
    for item in error.diagnostics:
        subject = subjects[item.location.line - 1] if item.location.line else ("", "")
        if not subject[0]:
            raise AssertionError(f"{path.name} cannot be proposed: {item}")
        blamed.setdefault(subject, item.message)
    for (entity, member), reason in blamed.items():
        owner = plan.entities[entity]
        if member in owner.methods:
            plan.unplaced[owner.methods.pop(member).rpc.path] = reason
        elif member in owner.properties:
            del owner.properties[member]
        if not member or not owner.methods:
            for method in owner.methods.values():
                plan.unplaced[method.rpc.path] = reason
            del plan.entities[entity]
    if not blamed:
        raise error
