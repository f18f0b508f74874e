"""Further manifests over the same messages: each is a subpackage of entities."""

from __future__ import annotations

from pathlib import Path

import pytest

from remora_codegen import config, generate
from remora_codegen.diagnostics import GeneratorError

PROTO = """
syntax = "proto3";
package shop.v1;
service Shop { rpc GetItem(GetItemRequest) returns (Item); }
message Item { string id = 1; string title = 2; }
message GetItemRequest { string id = 1; }
"""
MANIFEST = """
entities:
  {name}:
    message: shop.v1.Item
    doc: A thing that is sold.
    properties:
      {property}: {{field: title, doc: What it is called.}}
    methods:
      get:
        rpc: shop.v1.Shop/GetItem
        doc: Read it.
        parameters:
          id: {{field: id, doc: Which one.}}
        returns: {{entity: {name}}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos" / "shop.proto").write_text(PROTO)
    (tmp_path / "items.yaml").write_text(MANIFEST.format(name="Item", property="title"))
    (tmp_path / "goods.yaml").write_text(MANIFEST.format(name="Good", property="name"))
    (tmp_path / "pyproject.toml").write_text(
        '[tool.remora]\nmanifest = "items.yaml"\npackage = "shop_api"\n[tool.remora.surfaces]\ngoods = "goods.yaml"\n'
    )
    return tmp_path


def test_each_surface_is_a_subpackage_over_the_same_messages(project: Path) -> None:
    tree = generate.render(config.load(project))
    entities = sorted(path for path in tree if "/entities/" in path or "/goods/" in path)
    assert entities == [
        "shop_api/entities/__init__.py",
        "shop_api/entities/item.py",
        "shop_api/goods/__init__.py",
        "shop_api/goods/good.py",
    ]
    assert "from ..shop import v1 as shop" in tree["shop_api/goods/good.py"].decode()
    assert sum(path.endswith("_pb.py") for path in tree) == 1
    assert "Sources: goods.yaml" in tree["shop_api/goods/__init__.py"].decode()


def test_a_mistake_is_told_with_the_surface_that_has_it(project: Path) -> None:
    (project / "goods.yaml").write_text(MANIFEST.format(name="Good", property="name").replace("title", "titel"))
    with pytest.raises(GeneratorError) as caught:
        generate.render(config.load(project))
    (found,) = caught.value.diagnostics
    assert found.location.file.endswith("goods.yaml")
    assert "titel" in found.message


def test_surfaces_that_are_no_table(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.remora]\nsurfaces = ["goods.yaml"]\n')
    with pytest.raises(GeneratorError, match="'surfaces' must be a table"):
        config.load(project)


def test_other_protos_have_no_surfaces(project: Path) -> None:
    settings = config.load(project).override(protos=project / "protos", package="other_api")
    assert settings.surfaces == ()
