"""Mistakes in updates by field mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen import manifest, protoc
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.load import load
from remora_codegen.model import Schema

PROTO = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/field_mask.proto";
service Shop { rpc Change(ChangeRequest) returns (Item); }
message Item { string name = 1; string title = 2; }
message ChangeRequest {
  Item item = 1;
  google.protobuf.FieldMask mask = 2;
  Item other = 3;
  string reason = 4;
  repeated Item items = 5;
}
"""

HEAD = "entities:\n  Item:\n    message: shop.v1.Item\n    methods:\n      change:\n        rpc: shop.v1.Shop/Change\n"

MISTAKES = {
    "the field": (
        "        mask: reason\n        parameters: {title: item.title}\n",
        ["7:15: field 'reason' must be a google.protobuf.FieldMask, but it is a string"],
    ),
    "no such field": (
        "        mask: msk\n        parameters: {title: item.title}\n",
        ["7:15: message 'shop.v1.ChangeRequest' has no field 'msk' (did you mean 'mask'?)"],
    ),
    "which message": (
        "        mask: mask\n        parameters: {title: item.title, name: other.name}\n",
        [
            "7:15: 'mask' needs 'of', the request field of the message that is changed "
            "(parameters reach into 'item' and 'other')"
        ],
    ),
    "no message at all": (
        "        mask: mask\n        parameters: {reason: reason}\n",
        ["7:15: 'mask' needs 'of', the request field of the message that is changed"],
    ),
    "what it is of": (
        "        mask: {field: mask, of: items}\n",
        ["7:33: field 'items' must be a message, but it is a repeated shop.v1.Item"],
    ),
    "no changes": (
        "        mask: mask\n        parameters: {name: {field: item.name, mask: false}}\n",
        ["7:15: no parameter changes 'item', so the mask would always be empty"],
    ),
    "parameters": (
        "        mask: mask\n        parameters:\n          title: {field: item.title, default: x, type: int}\n"
        "          reason: {mask: false}\n",
        [
            "9:18: parameter 'title' is a change, which takes no 'default' "
            "(it names the thing that is changed? Then say 'mask: false')",
            "9:56: parameter 'title' is declared as int, but field 'item.title' takes str",
            "10:19: 'mask' of parameter 'reason' says nothing: it would be no change anyway",
        ],
    ),
    "the mask is filled otherwise, too": (
        "        mask: mask\n        parameters: {title: item.title, mask: mask}\n",
        ["8:41: field 'mask' is filled twice; it is one field of 'shop.v1.ChangeRequest'"],
    ),
}


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    root = tmp_path_factory.mktemp("protos")
    (root / "shop.proto").write_text(PROTO)
    return load(protoc.descriptor_set(root, ["shop.proto"]))


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes(case: str, masked: Schema, tmp_path: Path) -> None:
    text, expected = MISTAKES[case]
    path = tmp_path / "shop.yaml"
    path.write_text(HEAD + text)
    with pytest.raises(GeneratorError) as caught:
        manifest.load(path, masked)
    found = [line.replace(f"{path}:", "").replace("error: ", "", 1) for line in str(caught.value).splitlines()]
    assert found == expected


def test_the_mask_belongs_to_rpcs(mistakes: Callable[[str], list[str]]) -> None:
    text = (
        "entities:\n  Item:\n    message: shop.v1.Item\n    methods:\n"
        "      go: {behaviour: 'shop_functions:fetch', mask: x}\n"
    )
    assert mistakes(text) == ["shop.yaml:5:11: error: a method with 'behaviour' takes no 'mask'; its function decides"]
