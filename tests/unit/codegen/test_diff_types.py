"""When two types differ, and how that is told."""

from __future__ import annotations

import pytest

from remora_codegen.diff.types import differing
from remora_codegen.pytypes import EntityName, Imported, MessageName, SelfName, Type, optional

ACTION = Imported("shop_api.entities", "Action")


@pytest.mark.parametrize(
    "other",
    [Imported("shop_api.entities.action", "Action"), EntityName("Action")],
)
def test_an_entity_is_the_same_wherever_a_function_has_it_from(other: Imported | EntityName) -> None:
    assert differing(Type((ACTION,)), Type((other,))) is None
    assert differing(Type(("list[", ACTION, "]")), Type(("list", "[", other, "]"))) is None


def test_self_is_the_same_however_it_is_written() -> None:
    assert differing(Type((SelfName(),)), Type((Imported("typing_extensions", "Self"),))) is None


def test_what_changed_is_told() -> None:
    assert differing(Type((ACTION,)), Type((SelfName(),))) == ("Action", "Self")
    assert differing(Type((ACTION,)), optional(Type((ACTION,)))) == ("Action", "Action | None")
    assert differing(Type((ACTION,)), Type((MessageName("shop.v1.Action"),))) == ("Action", "shop.v1.Action")


def test_classes_of_one_name_are_told_with_their_modules() -> None:
    one, other = Imported("shop.states", "State"), Imported("shop.phases", "State")
    assert differing(Type((one, " | None")), Type((other, " | None"))) == (
        "shop.states.State | None",
        "shop.phases.State | None",
    )
    assert differing(Type((ACTION,)), Type((Imported("shop.own", "Action"),))) == (
        "shop_api.entities.Action",
        "shop.own.Action",
    )
