"""A small schema and a way to load manifests against it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen import manifest, protoc
from remora_codegen.diagnostics import GeneratorError
from remora_codegen.load import load
from remora_codegen.manifest import Manifest
from remora_codegen.model import Schema

PROTO = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";

service Shop {
  rpc GetItem(GetItemRequest) returns (GetItemResponse);
  rpc ListItems(ListItemsRequest) returns (ListItemsResponse);
  rpc WatchItems(ListItemsRequest) returns (stream GetItemResponse);
  rpc Upload(stream Item) returns (Item);
}
enum Color { COLOR_UNSPECIFIED = 0; COLOR_RED = 1; }
message Size { int32 width = 1; string unit = 2; }
message Item {
  string name = 1;
  int32 count = 2;
  Color color = 3;
  Size size = 4;
  repeated Size sizes = 5;
  map<string, string> labels = 6;
  google.protobuf.Timestamp made_at = 7;
  optional string note = 8;
}
message GetItemRequest {
  string name = 1;
  uint32 depth = 2;
  Color color = 3;
  Size size = 4;
  oneof by { string code = 5; string label = 6; }
  repeated string tags = 7;
  bool deep = 8;
  bytes key = 9;
  double weight = 10;
}
message GetItemResponse { Item item = 1; string etag = 2; }
message ListItemsRequest { string token = 1; int32 size = 2; string shelf = 3; }
message ListItemsResponse { repeated Item items = 1; string token = 2; int32 total = 3; }
"""

FUNCTIONS = '''
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from shop_api.entities import Item
    from shop_api.shop import v1 as shop
    from remora.client import Client
    from collections.abc import AsyncGenerator, AsyncIterator

CODE = 5

def shout(text: str) -> str:
    """In capital letters."""
    return text.upper()

def two(text: str, more: str) -> str:
    """Takes too much."""
    return text

def number(text: str) -> int:
    """A number."""
    return 1

def title(self: Item) -> str:
    """The title."""
    return self.name

def titled(self: Item, limit: int) -> str:
    """The title, cut."""
    return self.name

def free(text: str) -> str:
    """No method."""
    return text

async def fetch(self: Item, *, timeout: float | None = None) -> Item:
    """Fetch it again."""
    return self

async def bare(self: Item):
    return self

async def untyped(self: Item, limit) -> Item:
    return self

async def odd_default(self: Item, limit: int = len("x")) -> Item:
    return self

async def unknown(self: Item) -> Nothing:
    return self

async def iterated(self: Item) -> AsyncIterator[str]:
    yield self.name

def items_request(client: Client, shelf: str, *, deep: bool = False) -> shop.ListItemsRequest:
    """Items.

    Args:
        shelf: Where.
    """
    return shop.ListItemsRequest(shelf=shelf)

def wrong_request(client: Client) -> shop.GetItemRequest:
    """Another message."""
    return shop.GetItemRequest()

def paged_request(client: Client, limit: int) -> shop.ListItemsRequest:
    """Takes what the method has."""
    return shop.ListItemsRequest()

def no_client(shelf: str) -> shop.ListItemsRequest:
    """Has no client."""
    return shop.ListItemsRequest()
'''


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    root = tmp_path_factory.mktemp("protos")
    (root / "shop.proto").write_text(PROTO)
    return load(protoc.descriptor_set(root, ["shop.proto"]))


@pytest.fixture
def read(schema: Schema, tmp_path: Path) -> Callable[[str], Manifest]:
    """Loads a manifest from its text; the hand-written functions are in the module `shop_functions`."""
    (tmp_path / "shop_functions.py").write_text(FUNCTIONS)
    (tmp_path / "shop_broken.py").write_text("def broken(:\n")

    def from_text(text: str) -> Manifest:
        path = tmp_path / "shop.yaml"
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return manifest.load(path, schema, roots=[tmp_path])

    return from_text


@pytest.fixture
def mistakes(read: Callable[[str], Manifest], tmp_path: Path) -> Callable[[str], list[str]]:
    """The lines that a manifest's mistakes give."""

    def of(text: str) -> list[str]:
        with pytest.raises(GeneratorError) as caught:
            read(text)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return of
