from __future__ import annotations

import copy
import pickle

import pytest

from remora.client import Client, init
from remora.entity import Entity
from remora_api.google.protobuf import StringValue


class Word(Entity[StringValue]):
    __slots__ = ()

    @property
    def text(self) -> str:
        return self.pb2.value


class OtherWord(Entity[StringValue]):
    __slots__ = ()


def test_an_entity_wraps_a_message() -> None:
    message = StringValue(value="a")
    word = Word(message)
    assert word.pb2 is message
    assert word.text == "a"
    assert word.to_dict() == message.to_dict()
    assert word.to_json() == message.to_json()
    assert repr(word) == "Word(text='a')"


def test_entities_are_equal_when_class_and_message_are() -> None:
    first, second = Client("http://a"), Client("http://b")
    assert Word(StringValue(value="a"), client=first) == Word(StringValue(value="a"), client=second)
    assert Word(StringValue(value="a")) != Word(StringValue(value="b"))
    assert Word(StringValue(value="a")) != OtherWord(StringValue(value="a"))
    assert Word(StringValue(value="a")) != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Word(StringValue(value="a")))


def test_an_entity_remembers_the_client_that_made_it() -> None:
    client = Client("http://a")
    init("http://b")
    assert Word(StringValue(), client=client)._client is client
    assert Word(StringValue())._client is None


@pytest.mark.parametrize("operation", [copy.copy, copy.deepcopy, lambda word: pickle.loads(pickle.dumps(word))])
def test_copies_and_pickles(operation) -> None:  # type: ignore[no-untyped-def]
    word = Word(StringValue(value="a"), client=Client("http://a", project="p"))
    again = operation(word)
    assert again == word
    assert again._client.value("project", None) == "p"
    assert operation(Word(StringValue(value="a")))._client is None
