from __future__ import annotations

import pytest

from remora.dev.literals import make
from remora.dev.services.identifiers import check_run_name, new_run_name
from remora.dev.services.inputs import input_object, inputs_hash, with_defaults
from remora.dev.store.actions import ActionKey
from remora.errors import InvalidArgument
from remora_api.flyteidl2.core import Parameter
from remora_api.flyteidl2.task import Inputs, NamedLiteral, NamedParameter, TaskSpec


def named(name: str, value: int) -> NamedLiteral:
    return NamedLiteral(name=name, value=make.integer(value))


def test_places() -> None:
    key = ActionKey("p", "d", "r")
    assert input_object("", key) == ("remora://runs/p/d/r/inputs/inputs.pb", "runs/p/d/r/inputs/inputs.pb")
    assert input_object("remora://mine/", key)[1] == "mine/p/d/r/inputs/inputs.pb"
    assert input_object("remora://uploads/x", None)[1] == "uploads/x/inputs.pb"
    with pytest.raises(InvalidArgument):
        input_object("s3://bucket", key)


def test_defaults_are_for_what_is_not_given() -> None:
    defaults = [
        NamedParameter(name="x", parameter=Parameter(default=make.integer(1))),
        NamedParameter(name="y", parameter=Parameter(default=make.integer(2))),
        NamedParameter(name="z", parameter=Parameter(required=True)),
    ]
    found = with_defaults(Inputs(literals=[named("x", 7)]), TaskSpec(default_inputs=defaults))
    assert found.literals == [named("x", 7), named("y", 2)]


def test_hash_does_not_depend_on_order_or_ignored_inputs() -> None:
    one = inputs_hash(Inputs(literals=[named("a", 1), named("b", 2), named("c", 3)]), ["c"])
    other = inputs_hash(Inputs(literals=[named("b", 2), named("a", 1)]), [])
    assert one == other
    assert one != inputs_hash(Inputs(literals=[named("a", 1)]), [])


def test_hash_of_nothing_is_the_offset_of_fnv_1a() -> None:
    assert inputs_hash(Inputs(), []) == "y_Kc5IQiIyU"


def test_new_names_are_names() -> None:
    names = {new_run_name() for _ in range(100)}
    assert len(names) == 100
    for name in names:
        assert len(name) == 20
        check_run_name(name)


@pytest.mark.parametrize("name", ["", "A", "1a", "a-", "-a", "a_b", "a.b", "a\n", "ä", "a" * 31])
def test_bad_names(name: str) -> None:
    with pytest.raises(InvalidArgument, match="invalid run name"):
        check_run_name(name)
