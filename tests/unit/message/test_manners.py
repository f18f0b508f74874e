"""How messages behave as Python objects."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from types import ModuleType

import pytest

from remora_api.flyteidl2 import common, workflow


class TestConstruction:
    def test_defaults(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink()
        assert (sink.f_double, sink.f_int32, sink.f_bool, sink.f_string, sink.f_bytes) == (0.0, 0, False, "", b"")
        assert sink.f_color is kitchen.Color.UNSPECIFIED
        assert (sink.f_leaf, sink.o_int32, sink.c_string, sink.time) == (None, None, None, None)
        assert (sink.r_int32, sink.m_string) == ([], {})

    def test_lists_are_not_shared(self, kitchen: ModuleType) -> None:
        kitchen.Sink().r_int32.append(1)
        assert kitchen.Sink().r_int32 == []
        assert kitchen.Sink.parse(b"").r_int32 is not kitchen.Sink.parse(b"").r_int32

    def test_only_keywords(self, kitchen: ModuleType) -> None:
        with pytest.raises(TypeError):
            kitchen.Leaf(1)
        with pytest.raises(TypeError):
            kitchen.Leaf(no_such=1)

    def test_no_other_attributes(self, kitchen: ModuleType) -> None:
        with pytest.raises(AttributeError):
            kitchen.Leaf().no_such = 1


class TestComparison:
    def test_by_value(self, kitchen: ModuleType) -> None:
        assert kitchen.Leaf(number=1, numbers=[1]) == kitchen.Leaf(number=1, numbers=[1])
        assert kitchen.Leaf(number=1) != kitchen.Leaf(number=2)
        assert kitchen.Leaf() != kitchen.Nothing()
        assert kitchen.Leaf() != "leaf"

    def test_set_to_the_default_is_not_unset(self, kitchen: ModuleType) -> None:
        assert kitchen.Sink(o_int32=0) != kitchen.Sink()
        assert kitchen.Sink(f_leaf=kitchen.Leaf()) != kitchen.Sink()

    def test_not_hashable(self, kitchen: ModuleType) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(kitchen.Leaf())


class TestCopies:
    def test_everything_is_kept(self, kitchen: ModuleType) -> None:
        data = bytes(kitchen.Sink(r_leaf=[kitchen.Leaf(number=1)], m_string={"a": "b"}, c_bool=True)) + b"\xc0\x0c\x01"
        sink = kitchen.Sink.parse(data)
        sink.f_color = kitchen.Color(99)
        for other in (copy.copy(sink), copy.deepcopy(sink), pickle.loads(pickle.dumps(sink))):
            assert other == sink
            assert bytes(other) == bytes(sink)
            assert other.f_color == 99

    def test_a_deep_copy_shares_nothing(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(r_leaf=[kitchen.Leaf(number=1)])
        other = copy.deepcopy(sink)
        other.r_leaf[0].number = 2
        assert sink.r_leaf[0].number == 1

    @pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
    def test_pickle_protocols(self, kitchen: ModuleType, protocol: int) -> None:
        leaf = kitchen.Leaf(number=1, leaf=kitchen.Leaf(text="x"))
        assert pickle.loads(pickle.dumps(leaf, protocol)) == leaf


class TestPresence:
    def test_is_set(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(f_int32=1, o_string="", r_int32=[0], f_double=-0.0, from_=True, is_set_=True)
        assert all(map(sink.is_set, ["f_int32", "o_string", "r_int32", "f_double", "from", "from_", "is_set"]))
        assert not any(map(sink.is_set, ["f_int64", "o_int32", "f_leaf", "m_string", "c_string", "f_float"]))

    def test_which_oneof(self, kitchen: ModuleType) -> None:
        assert kitchen.Sink().which_oneof("choice") is None
        assert kitchen.Sink(c_bool=False).which_oneof("choice") == "c_bool"

    def test_wrong_names(self, kitchen: ModuleType) -> None:
        with pytest.raises(AttributeError, match=r"kitchen\.Leaf has no field 'no_such'"):
            kitchen.Leaf().is_set("no_such")
        with pytest.raises(AttributeError, match=r"kitchen\.Leaf has no oneof 'number'"):
            kitchen.Leaf().which_oneof("number")


class TestRepr:
    def test_only_what_is_set(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf(number=1, counts={"a": 1}, leaf=kitchen.Leaf(), left=0)
        assert repr(leaf) == "Leaf(number=1, counts={'a': 1}, leaf=Leaf(), left=0)"
        assert repr(kitchen.Sink(f_color=kitchen.Color.RED)) == "Sink(f_color=Color.RED)"
        assert repr(kitchen.Sink(f_color=kitchen.Color(99))) == "Sink(f_color=Color.UNRECOGNIZED_99)"

    def test_long_values_are_cut(self, kitchen: ModuleType) -> None:
        sink = kitchen.Sink(f_string="x" * 1000, f_bytes=b"y" * 1000, r_int32=list(range(1000)))
        assert len(repr(sink)) < 250
        assert "(1000 characters)" in repr(sink)
        assert "(1000 bytes)" in repr(sink)
        assert "... 997 more" in repr(sink)

    def test_nesting_is_cut(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf(text="bottom")
        for _ in range(50):
            leaf = kitchen.Leaf(leaf=leaf)
        assert repr(leaf).endswith("leaf=Leaf(...)))))")
        leaf.leaf = leaf
        assert len(repr(leaf)) < 200

    def test_secrets_are_hidden(self, kitchen: ModuleType) -> None:
        credentials = kitchen.Credentials(
            client_secret="hunter2", user="jane", secret_name="db-password", token_type="Bearer"
        )
        assert repr(credentials) == (
            "Credentials(client_secret=<hidden>, user='jane', secret_name='db-password', token_type='Bearer')"
        )

    def test_unknown_fields_are_counted(self, kitchen: ModuleType) -> None:
        assert repr(kitchen.Nothing.parse(b"\x08\x01")) == "Nothing(<2 bytes of unknown fields>)"

    def test_wrong_values_do_not_break_it(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf()
        leaf.numbers = 5
        assert repr(leaf) == "Leaf(numbers=5)"


class TestSecretsOfTheSchema:
    def test_values_of_secrets(self) -> None:
        from remora_api.flyteidl2 import secret

        assert "hunter2" not in repr(secret.SecretSpec(string_value="hunter2"))
        assert "hunter2" not in repr(secret.SecretSpec(binary_value=b"hunter2"))

    def test_page_tokens_are_shown(self) -> None:
        from remora_api.flyteidl2 import workflow

        assert repr(workflow.ListRunsResponse(token="p2")) == "ListRunsResponse(token='p2')"


def test_match_statements(kitchen: ModuleType) -> None:
    match kitchen.Leaf(number=5, leaf=kitchen.Leaf(text="x")):
        case kitchen.Leaf(number=5, leaf=kitchen.Leaf(text=text)):
            assert text == "x"
        case _:
            pytest.fail("no match")
    match kitchen.Leaf(number=5, text="t"):
        case kitchen.Leaf(number, text):
            assert (number, text) == (5, "t")
        case _:
            pytest.fail("no match")


class TestDataclasses:
    def test_fields(self, kitchen: ModuleType) -> None:
        assert dataclasses.is_dataclass(kitchen.Leaf)
        names = [field.name for field in dataclasses.fields(kitchen.Leaf)]
        assert names == ["number", "text", "numbers", "counts", "leaf", "left", "right"]

    def test_replace(self, kitchen: ModuleType) -> None:
        leaf = kitchen.Leaf(number=1, text="a")
        assert dataclasses.replace(leaf, text="b") == kitchen.Leaf(number=1, text="b")

    def test_asdict(self, kitchen: ModuleType) -> None:
        sink = kitchen.Leaf(leaf=kitchen.Leaf(number=1))
        assert dataclasses.asdict(sink)["leaf"]["number"] == 1


class TestPydantic:
    def test_instances_are_taken_as_they_are(self) -> None:
        pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

        class Model(pydantic.BaseModel):
            run: common.RunIdentifier
            phases: list[workflow.ActionStatus]

        run = common.RunIdentifier(name="r1")
        model = Model(run=run, phases=[workflow.ActionStatus(attempts=2)])
        assert model.run is run
        assert model.model_dump()["run"]["name"] == "r1"
        text = model.model_dump_json()
        assert json.loads(text) == {"run": {"name": "r1"}, "phases": [{"attempts": 2}]}
        assert Model.model_validate_json(text) == model
        assert model.model_copy(deep=True) == model

    @pytest.mark.parametrize("value", ["r1", {"name": "r1"}, common.ActionIdentifier(name="a0")])
    def test_other_values_are_refused(self, value: object) -> None:
        pydantic = pytest.importorskip("pydantic", reason="pydantic is not installed")

        class Model(pydantic.BaseModel):
            run: common.RunIdentifier

        with pytest.raises(pydantic.ValidationError):
            Model(run=value)
        with pytest.raises(pydantic.ValidationError, match="did you mean 'name'"):
            Model.model_validate_json('{"run": {"nam": "r1"}}')


class TestEnums:
    def test_members(self, kitchen: ModuleType) -> None:
        color = kitchen.Color
        assert list(color) == [color.UNSPECIFIED, color.RED, color.NEGATIVE]
        assert (color.RED, color.RED.name, color.RED.value, color(1)) == (1, "RED", 1, color.CRIMSON)
        assert color["CRIMSON"] is color.RED
        assert f"{color.RED}" == str(color.RED) == "1"

    def test_unknown_numbers(self, kitchen: ModuleType) -> None:
        other = kitchen.Color(99)
        assert (other, other.value, other.name) == (99, 99, "UNRECOGNIZED_99")
        assert isinstance(other, kitchen.Color)
        assert other == kitchen.Color(99)
        assert hash(other) == hash(99)
        assert pickle.loads(pickle.dumps(other)) == other
        assert copy.deepcopy(other) == other
        assert len(kitchen.Color) == 3

    @pytest.mark.parametrize("value", [2**31, -(2**31) - 1, "RED", None, 1.5])
    def test_what_is_no_number_of_an_enum(self, kitchen: ModuleType, value: object) -> None:
        with pytest.raises(ValueError, match="is not a valid Color"):
            kitchen.Color(value)
