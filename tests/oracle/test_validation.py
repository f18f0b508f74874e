"""Validation rules against protovalidate: what it finds in random messages of every type is what we find."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from remora.errors import ValidationError

protovalidate = pytest.importorskip("protovalidate", reason="protovalidate is not installed")

PER_TYPE = 6
# Rules in CEL, which are left to the server.
FOREIGN = {
    "queue_identifier.domain_project_combination",
    "backoff.cap_required_when_factor_gt_1",
    "reuse_policy.replica_bounds",
    "relation_type.greater_than_zero",
    "at_least_one_required",
    "paused_rule_exclusive",
}
# What `may-be-empty` in pyproject.toml names.
MAY_BE_EMPTY = re.compile(r"\.(org|organization|org\.name)$|\.OrgIdentifier\.name$")


def violations(message: Any) -> set[tuple[str, str]] | None:
    """Path and rule of every violation that is ours to find; None when protovalidate cannot tell."""
    try:
        found = protovalidate.collect_violations(message)
    except protovalidate.EvaluationError:
        # It cannot evaluate an expression that names an enum.
        return None
    pairs = set()
    for violation in found:
        names = [element.field_name for element in violation.proto.field.elements] if violation.proto.field else []
        path = ".".join(names)
        rule = violation.proto.rule_id
        empty = rule in ("string.min_len", "string.pattern") and "" in reached(message, names)
        if rule not in FOREIGN and not (empty and MAY_BE_EMPTY.search(f"{message.DESCRIPTOR.full_name}.{path}")):
            pairs.add((path, rule))
    return pairs


def reached(message: Any, names: list[str]) -> list[Any]:
    """What a path leads to, in all elements of a list and all values of a map."""
    values = [message]
    for name in names:
        # A path may also end in the name of a oneof.
        values = [getattr(value, name, None) for value in values]
        flat: list[Any] = []
        for value in values:
            scalar = isinstance(value, (str, bytes)) or not hasattr(value, "__len__")
            flat += [value] if scalar else value.values() if hasattr(value, "values") else value
        values = flat
    return values


def verdict(message: Any) -> set[tuple[str, str]]:
    """Path, without the indexes and keys of lists and maps, and rule of the violation that we find first."""
    try:
        message.validate()
    except ValidationError as error:
        return {(re.sub(r"\[[^\]]*\]| \(key\)", "", error.field), error.rule)}
    return set()


def test_every_type(oracle: Any, package: str) -> None:
    compared = 0
    for name, ours in oracle.types.items():
        if ours.__module__.rpartition(".")[0] == f"remora_api.{package}":
            rng = random.Random(f"validation {name}")
            for _ in range(PER_TYPE):
                theirs = oracle.message(name, rng)
                wanted = violations(theirs)
                if wanted is not None:
                    found = verdict(ours.parse(theirs.SerializeToString()))
                    assert found <= wanted, name
                    assert bool(found) == bool(wanted), (name, wanted)
                    compared += 1
    assert compared
