from __future__ import annotations

import copy
import json
import pickle

import pytest

from remora.errors import InvalidArgument
from remora.flyte.phases import ActionPhase, as_phase, as_phases, phase_of
from remora_api.flyteidl2 import common

TERMINAL = {"succeeded", "failed", "aborted", "timed_out", "recovered"}


@pytest.mark.parametrize("number", range(11))
def test_every_number_of_the_proto_enum_has_a_phase(number: int) -> None:
    phase = ActionPhase.from_protobuf(number)
    assert phase.to_protobuf_value() == number
    assert phase.to_protobuf_name() == f"ACTION_PHASE_{common.ActionPhase(number).name}"
    assert phase.is_terminal == (phase.value in TERMINAL)
    assert phase.is_success == (phase.value in {"succeeded", "recovered"})


@pytest.mark.parametrize("number", [11, 99, 2**31 - 1])
def test_an_unknown_number_survives(number: int) -> None:
    phase = ActionPhase.from_protobuf(common.ActionPhase(number))
    assert phase.to_protobuf_value() == number
    assert phase == ActionPhase.from_protobuf(number)
    assert hash(phase) == hash(ActionPhase.from_protobuf(number))
    assert not phase.is_terminal
    assert not phase.is_success
    assert phase not in list(ActionPhase)
    assert pickle.loads(pickle.dumps(phase)) == phase
    assert copy.deepcopy(phase) == phase
    assert f"{phase}" == f"phase_{number}"


def test_zero_is_unspecified_and_not_an_error() -> None:
    assert ActionPhase.from_protobuf(0) is ActionPhase.UNSPECIFIED
    assert phase_of(None) is ActionPhase.UNSPECIFIED


def test_a_phase_is_its_text() -> None:
    phase = ActionPhase("running")
    assert phase == "running"
    assert str(ActionPhase.RUNNING) == "running"
    assert f"{ActionPhase.RUNNING:>9}" == "  running"
    assert json.dumps([ActionPhase.TIMED_OUT]) == '["timed_out"]'
    assert "running" in {ActionPhase.RUNNING}
    assert pickle.loads(pickle.dumps(ActionPhase.RUNNING)) is ActionPhase.RUNNING


@pytest.mark.parametrize(
    "spelling",
    [
        "running",
        "RUNNING",
        "Running",
        " running ",
        "ACTION_PHASE_RUNNING",
        "PHASE_RUNNING",
        ActionPhase.RUNNING,
        common.ActionPhase.RUNNING,
        4,
    ],
)
def test_every_spelling_is_accepted(spelling: ActionPhase | str | int) -> None:
    assert as_phase(spelling, "in_phase") is ActionPhase.RUNNING


def test_a_wrong_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InvalidArgument, match=r"in_phase: 'runing' is not a phase .*did you mean 'running'"):
        as_phase("runing", "in_phase")
    with pytest.raises(TypeError, match="in_phase: expected a phase name or ActionPhase, got bool"):
        as_phase(True, "in_phase")


def test_a_lone_string_is_one_phase_and_not_its_characters() -> None:
    assert as_phases("recovered", "in_phase") == (ActionPhase.RECOVERED,)


def test_repeated_phases_count_once_and_none_is_refused() -> None:
    assert as_phases(["failed", "FAILED", ActionPhase.ABORTED], "in_phase") == (
        ActionPhase.FAILED,
        ActionPhase.ABORTED,
    )
    with pytest.raises(InvalidArgument, match="in_phase is empty"):
        as_phases((), "in_phase")
