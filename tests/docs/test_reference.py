"""The reference of this repository: nothing on it is without a meaning, and that of the example is fresh."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from remora_codegen import banner, config, generate
from remora_codegen.config import Settings
from remora_codegen.reference import Reference
from remora_codegen.reference.views import ClassView, PageView
from remora_codegen.render import Options

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "etcd"


@pytest.fixture(scope="module")
def pages() -> dict[str, PageView]:
    """What stands on every page but those of proto packages."""
    # Seen from here, the paths of the table are absolute.
    settings = config.load(Path(__file__).resolve().parent)
    schema = generate.read_schema(settings)
    manifest = generate.read_manifest(schema, settings)
    options = Options(package=settings.package, runtime_package=settings.runtime_package)
    surfaces = list(generate.surfaces(schema, manifest, settings, options))
    found = dict(Reference(schema, surfaces, options, settings.reference_modules).pages())
    return {path: view for path, view in found.items() if not path.startswith(("flyteidl2/", "google/"))}


def classes(pages: dict[str, PageView]) -> Iterator[tuple[str, ClassView]]:
    for path, view in pages.items():
        yield from ((path, item) for item in view.classes)


def test_every_class_function_and_value_has_a_summary(pages: dict[str, PageView]) -> None:
    lacking = [f"{path}: {item.title}" for path, item in classes(pages) if not item.summary]
    for path, view in pages.items():
        methods = [method for item in view.classes for method in item.methods]
        lacking += [f"{path}: {item.title}" for item in (*view.functions, *methods, *view.values) if not item.summary]
    assert not lacking


def test_every_parameter_has_a_meaning(pages: dict[str, PageView]) -> None:
    lacking = []
    for path, view in pages.items():
        methods = [method for item in view.classes for method in item.methods]
        for item in (*view.functions, *methods):
            lacking += [f"{path}: {item.title}: {row[0]}" for row in item.parameters.rows if not row[-1]]
    assert not lacking


def test_every_property_field_and_method_of_a_table_is_described(pages: dict[str, PageView]) -> None:
    lacking = []
    for path, item in classes(pages):
        for table in item.tables:
            lacking += [f"{path}: {item.title} {table.title}: {row[0]}" for row in table.rows if not row[-1]]
    assert not lacking


def test_no_summary_only_says_where_the_code_is(pages: dict[str, PageView]) -> None:
    for path, item in classes(pages):
        for method in item.methods:
            assert not method.summary.startswith(("See `", "Call `")), f"{path}: {method.title}"
        for table in item.tables:
            for row in table.rows:
                assert not re.match(r"The (field )?`\w+` of the (entity|message)", row[-1]), f"{path}: {row[0]}"


def test_there_is_a_page_for_every_entity(pages: dict[str, PageView]) -> None:
    modules = {path.stem for path in (ROOT / "generated/remora_api/entities").glob("*.py")} - {"__init__"}
    assert {f"entities/{name}.md" for name in modules} <= pages.keys()
    assert len(pages) > 30


def test_the_pages_of_the_example_are_fresh() -> None:
    settings = Settings(
        protos=EXAMPLE / "protos", manifest=EXAMPLE / "etcd.yaml", package="etcd_api", reference=EXAMPLE / "reference"
    )
    made = {path: banner.stripped(content) for path, content in generate.render_again(settings, None).pages.items()}
    root = EXAMPLE / "reference"
    kept = {
        path.relative_to(root).as_posix(): banner.stripped(path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }
    assert kept == made, "run the command of examples/etcd/README.md"
