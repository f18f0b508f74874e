"""Identifiers in requests."""

from __future__ import annotations

import re
import secrets

from remora.dev.store.actions import ROOT, ActionKey
from remora.errors import InvalidArgument
from remora_api.flyteidl2.common import ActionIdentifier, RunIdentifier
from remora_api.flyteidl2.task import TaskIdentifier

MAX_RUN_NAME = 30
_DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?\Z")
# What Kubernetes makes random names of: no vowels, and nothing that looks like another character.
RANDOM_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def run_key(identifier: RunIdentifier | None, field: str = "run_id") -> ActionKey:
    """The root action of a run.

    Raises:
        InvalidArgument: The identifier is missing.
    """
    if identifier is None:
        raise InvalidArgument(f"{field} is required")
    return ActionKey(identifier.project, identifier.domain, identifier.name, ROOT)


def action_key(identifier: ActionIdentifier | None, field: str = "action_id") -> ActionKey:
    """An action.

    Raises:
        InvalidArgument: The identifier or its run is missing.
    """
    if identifier is None:
        raise InvalidArgument(f"{field} is required")
    run = run_key(identifier.run, f"{field}.run")
    return run._replace(name=identifier.name)


def task_id(identifier: TaskIdentifier | None, field: str = "task_id") -> TaskIdentifier:
    """A task version.

    Raises:
        InvalidArgument: The identifier is missing.
    """
    if identifier is None:
        raise InvalidArgument(f"{field} is required")
    return identifier


def check_run_name(name: str) -> None:
    """Refuse a run name that could not be the name of a Kubernetes resource.

    Raises:
        InvalidArgument: It is too long or not a DNS-1035 label.
    """
    if len(name) > MAX_RUN_NAME:
        raise InvalidArgument(f'invalid run name "{name}": must be no more than {MAX_RUN_NAME} characters')
    if not _DNS_LABEL.match(name):
        raise InvalidArgument(
            f'invalid run name "{name}": must consist of lower case alphanumeric characters or "-", start with a '
            "letter, and end with an alphanumeric character"
        )


def new_run_name() -> str:
    """A name for a run whose caller chose none."""
    return "r" + "".join(secrets.choice(RANDOM_ALPHABET) for _ in range(19))
