"""Random messages of every type against google protobuf: binary and JSON, both directions."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterator
from typing import Any

from google.protobuf import json_format

from remora.message.base import Message

PER_TYPE = 20


def pairs(oracle: Any, package: str, salt: str) -> Iterator[tuple[type[Message], Any]]:
    """Our class and a random google message, for every type of a package."""
    for name, ours in oracle.types.items():
        if ours.__module__.rpartition(".")[0] == f"remora_api.{package}":
            rng = random.Random(f"{salt} {name}")
            for _ in range(PER_TYPE):
                yield ours, oracle.message(name, rng)


def same(left: Any, right: Any) -> bool:
    """Equal as google messages; NaN is equal to itself, and -0.0 is not 0.0."""
    return bool(left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True))


def test_every_type_of_the_package_is_covered(oracle: Any, package: str) -> None:
    names = {ours._full_name for ours, _ in pairs(oracle, package, "")}
    expected = {name for name in oracle.types if oracle.types[name].__module__.startswith(f"remora_api.{package}.")}
    assert names
    assert names <= expected


def test_binary_round_trip(oracle: Any, package: str) -> None:
    for ours, theirs in pairs(oracle, package, "binary"):
        data = theirs.SerializeToString()
        message = ours.parse(data)
        again = bytes(message)
        assert same(type(theirs).FromString(again), theirs), (ours._full_name, data)
        assert len(again) == len(data), (ours._full_name, data)
        for copied in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
            assert type(copied) is ours
            assert bytes(copied) == again


def test_unknown_fields_survive(oracle: Any, package: str) -> None:
    empty = oracle.types["google.protobuf.Empty"]
    for _, theirs in pairs(oracle, package, "unknown"):
        data = theirs.SerializeToString()
        message = empty.parse(data)
        assert bytes(message) == data
        assert bytes(copy.deepcopy(message)) == data
        assert bytes(pickle.loads(pickle.dumps(message))) == data


def test_to_json(text_oracle: Any, package: str) -> None:
    for number, (ours, theirs) in enumerate(pairs(text_oracle, package, "to_json")):
        # Messages take turns in the four combinations of the options.
        proto_names, defaults = bool(number & 1), bool(number & 2)
        message = ours.parse(theirs.SerializeToString())
        expected = json_format.MessageToJson(
            theirs,
            indent=2,
            preserving_proto_field_name=proto_names,
            always_print_fields_with_no_presence=defaults,
        )
        actual = message.to_json(
            indent=2, preserving_proto_field_name=proto_names, including_default_value_fields=defaults
        )
        assert actual == expected, ours._full_name


def test_from_json(text_oracle: Any, package: str) -> None:
    for ours, theirs in pairs(text_oracle, package, "from_json"):
        text = json_format.MessageToJson(theirs)
        message = ours.from_json(text)
        expected = json_format.Parse(text, type(theirs)())
        assert same(type(theirs).FromString(bytes(message)), expected), (ours._full_name, text)
        assert message.to_json(indent=2) == text


def test_google_reads_our_json(oracle: Any, package: str) -> None:
    for ours, theirs in pairs(oracle, package, "google reads"):
        message = ours.parse(theirs.SerializeToString())
        read = json_format.Parse(message.to_json(), type(theirs)())
        assert same(read, json_format.Parse(json_format.MessageToJson(theirs), type(theirs)())), ours._full_name
