"""Mistakes in streams: what is sent, chunks, resuming."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora_codegen import manifest, protoc
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.load import load
from remora_codegen.model import Schema

PROTO = """
syntax = "proto3";
package shop.v1;
service Shop {
  rpc Get(Part) returns (Item);
  rpc Upload(stream Part) returns (Item);
  rpc Watch(Part) returns (stream Events);
}
message Item { string name = 1; }
message Part { oneof part { string head = 1; bytes chunk = 2; } int64 from = 3; string note = 4; }
message Event { int64 revision = 1; string id = 2; }
message Events { repeated Event events = 1; bytes data = 2; Event last = 3; }
"""

HEAD = "entities:\n  Item:\n    message: shop.v1.Item\n    methods:\n      go:\n"
UPLOAD = HEAD + "        rpc: shop.v1.Shop/Upload\n"
WATCH = HEAD + "        rpc: shop.v1.Shop/Watch\n"

MISTAKES = {
    "no stream to send": (
        HEAD + "        rpc: shop.v1.Shop/Get\n        requests: items\n",
        ["7:19: 'shop.v1.Shop/Get' takes one request, so there are no 'requests' to send"],
    ),
    "names": (
        UPLOAD + "        parameters: {items: note}\n        requests: {parameter: items}\n",
        ["8:31: there are two parameters 'items'"],
    ),
    "reserved": (UPLOAD + "        requests: client\n", ["7:19: parameter 'client' is reserved (use 'client_')"]),
    "the field": (
        UPLOAD + "        requests: {parameter: items, field: nots}\n",
        ["7:45: message 'shop.v1.Part' has no field 'nots' (did you mean 'note'?)"],
    ),
    "chunks of text": (
        UPLOAD + "        requests: {parameter: content, field: note, chunk_size: 9}\n",
        ["7:19: 'chunk_size' needs a 'field' of bytes, but field 'note' is a string"],
    ),
    "chunks of nothing": (
        UPLOAD + "        requests: {parameter: content, chunk_size: 9}\n",
        ["7:19: 'chunk_size' needs a 'field' of bytes, but there is no 'field'"],
    ),
    "whole requests with other fields": (
        UPLOAD + "        parameters: {note: {}}\n        requests: items\n",
        [
            "8:19: the items are whole requests, so other parameters cannot go into each of them "
            "(say 'others: alone' or 'others: first')"
        ],
    ),
    "two members of a oneof": (
        UPLOAD + "        parameters: {head: {}}\n        requests: {parameter: content, field: chunk}\n",
        [
            "8:19: fields 'head' and 'chunk' belong to oneof 'part', so one request cannot hold both "
            "(say 'others: alone')"
        ],
    ),
    "others": (
        UPLOAD + "        requests: {parameter: content, field: chunk, others: alon}\n",
        ["7:62: 'alon' is none of alone, first, each (did you mean 'alone'?)"],
    ),
    "others of nothing": (
        UPLOAD + "        requests: {parameter: content, field: chunk, others: alone}\n",
        ["7:62: 'others' says nothing: the method fills no other field"],
    ),
    "pages of what is sent": (
        UPLOAD + "        requests: items\n        pages: {}\n",
        ["7:19: a method with 'requests' takes no 'builder', 'pages' or 'mask'"],
    ),
    "joins": (
        WATCH + "        returns: {field: events, join: bytes}\n",
        ["7:40: 'join' needs a 'field' of bytes, but field 'events' is a repeated shop.v1.Event"],
    ),
    "joins of one answer": (
        UPLOAD + "        returns: {field: name, join: file}\n",
        ["7:38: 'join' is for a field of an RPC that answers with a stream, and takes only 'field'"],
    ),
    "resuming one answer": (
        UPLOAD + "        resume: {after: name, into: note}\n",
        ["7:17: 'resume' is for an RPC that answers with a stream"],
    ),
    "positions": (
        WATCH + "        resume: {after: events.revsion, into: frm}\n",
        [
            "7:25: message 'shop.v1.Event' has no field 'revsion' (did you mean 'revision'?)",
            "7:47: message 'shop.v1.Part' has no field 'frm' (did you mean 'from'?)",
        ],
    ),
    "positions of other types": (
        WATCH + "        resume: {after: events.id, into: from}\n",
        ["7:25: field 'from' of the request is an int64, but 'events.id' is a string"],
    ),
    "positions that are messages": (
        WATCH + "        resume: {after: last, into: from}\n",
        ["7:25: a position is a number, a string or bytes, but field 'last' is a shop.v1.Event"],
    ),
    "adding to text": (
        WATCH + "        resume: {after: events.id, into: note, plus: 1}\n",
        ["7:17: 'plus' is for numbers, but field 'note' is a string"],
    ),
}


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    root = tmp_path_factory.mktemp("protos")
    (root / "shop.proto").write_text(PROTO)
    return load(protoc.descriptor_set(root, ["shop.proto"]))


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, streaming: Schema, tmp_path: Path) -> None:
    text, expected = MISTAKES[case]
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    with pytest.raises(GeneratorError) as caught:
        manifest.load(path, streaming)
    found = [line.replace(f"{path}:", "").replace("error: ", "", 1) for line in str(caught.value).splitlines()]
    assert found == expected
