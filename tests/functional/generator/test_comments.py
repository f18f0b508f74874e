"""Every comment of a proto comes out in a docstring of the package."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]

PROTO = """
// About the file.
syntax = "proto3";
package shop;

// About the message.
message Item {
  // About a field.
  string id = 1;
  string title = 2;  // About a field, behind it.
  // About a oneof.
  oneof size {
    // About a member.
    int32 width = 3;
    int32 from = 4;
  }
  // About a nested message.
  message Part {
    // About a nested field.
    int32 count = 1;
    // About a nested enum.
    enum Kind {
      // About a nested value.
      KIND_NONE = 0;
    }
  }
  // About a map.
  map<string, Part> parts = 5;
}
// About an enum.
enum Color {
  // About a value.
  COLOR_NONE = 0;
  COLOR_RED = 1;  // About a value, behind it.
}
// About the service.
service Shop {
  // About an RPC.
  rpc Get(Item) returns (Item);
  rpc Watch(Item) returns (stream Item);  // About an RPC, behind it.
}
"""
MANIFEST = """
entities:
  Item:
    message: shop.Item
    properties: {id: id, title: title}
    methods:
      get: {rpc: shop.Shop/Get, parameters: {id: {}, title: {default: ""}}, returns: Item}
      watch: {rpc: shop.Shop/Watch, parameters: {id: {}}, returns: Item}
"""
EXPECTED = {
    "shop_pb.py": {
        '"""About the file."""',
        '"""About the message.',
        "id: About a field.",
        "title: About a field, behind it.",
        "At most one of `width`, `from_` is set: About a oneof.",
        "width: About a member.",
        '"""About a nested message.',
        "count: About a nested field.",
        '"""About a nested enum.',
        "NONE: About a nested value.",
        "parts: About a map.",
        '"""About an enum.',
        "NONE: About a value.",
        "RED: About a value, behind it.",
    },
    "shop_grpc.py": {'"""About the service."""', '"""About an RPC."""', '"""About an RPC, behind it."""'},
    "item.py": {
        '"""About the message."""',
        '"""About a field."""',
        '"""About a field, behind it."""',
        '"""About an RPC.',
        '"""About an RPC, behind it.',
        "id: About a field.",
        "title: About a field, behind it.",
    },
}


def test_every_comment_is_carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/shop.proto").write_text(PROTO)
    (tmp_path / "shop.yaml").write_text(MANIFEST)
    assert remora("generate", "--package", "shop_api", "--manifest", "shop.yaml")[0] == 0
    for name, expected in EXPECTED.items():
        (path,) = (tmp_path / "generated").rglob(name)
        assert expected <= {line.strip() for line in path.read_text().splitlines()}, name
