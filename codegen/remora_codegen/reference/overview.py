"""The page that leads to all others."""

from __future__ import annotations

from collections.abc import Sequence

from remora_codegen.model import File
from remora_codegen.pytypes import Imported
from remora_codegen.reference import messages
from remora_codegen.reference.index import Index, Place, relative
from remora_codegen.reference.markdown import cell, code
from remora_codegen.reference.surfaces import Surface
from remora_codegen.reference.views import PageView, Table

PATH = "index.md"
TITLE = "API reference"
_INTRO = (
    "Made by `remora generate` of the manifest, the protos and the docstrings. A method that makes a call has a "
    "blocking form and, as `.aio`, an async one with the same parameters."
)


def view(
    index: Index,
    modules: Sequence[tuple[Place, str]],
    surfaces: Sequence[Surface],
    packages: Sequence[tuple[Place, tuple[File, ...]]],
) -> PageView:
    """The page.

    Args:
        index: where everything is.
        modules: pages of hand-written modules, and what each says of itself.
        surfaces: pages of entities.
        packages: pages of proto packages, and their files.
    """
    link = index.linker(PATH)
    tables = [
        Table("Modules", ("Module", "Description"), tuple((_link(place), cell(text, link)) for place, text in modules))
    ]
    for surface in surfaces:
        rows = tuple(
            (_link(place), cell(index.summaries[Imported(surface.module, name)], link))
            for name, place in sorted(surface.pages.items())
        )
        title = f"Entities in {code([(surface.module, f'{surface.name}/index.md')])}"
        tables.append(Table(title, ("Entity", "Description"), rows))
    rows = tuple((_link(place), ", ".join(messages.counts(files))) for place, files in packages)
    tables.append(Table("Messages and services", ("Proto package", "What it has"), rows))
    return PageView(TITLE, (_INTRO,), tuple(table for table in tables if table.rows))


def _link(place: Place) -> str:
    return code([(place.title, relative(PATH, place))])
