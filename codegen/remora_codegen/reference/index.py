"""Where everything that has a place on some page is, and how a page links to it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field

from remora_codegen.pytypes import Imported
from remora_codegen.reference.markdown import Linker, slug


@dataclass(frozen=True)
class Place:
    """A heading of a page; without an anchor it is the page itself."""

    page: str
    anchor: str
    title: str


@dataclass
class Index:
    """Everything with a place, filled before the first page is written.

    Attributes:
        public: for a definition, the module and name by which programs import it.
        summaries: first sentences about generated classes.
    """

    public: dict[Imported, Imported] = field(default_factory=dict)
    summaries: dict[Imported, str] = field(default_factory=dict)
    _places: dict[Imported, Place] = field(default_factory=dict)
    _names: dict[tuple[str, str], Place] = field(default_factory=dict)
    _anchors: dict[str, set[str]] = field(default_factory=dict)

    def page(self, path: str, title: str) -> Place:
        """A new page; where its path is taken, as by a proto package called `index`, it gets an underscore."""
        while path in self._anchors:
            path = f"{path.removesuffix('.md')}_.md"
        self._anchors[path] = {slug(title)}
        return Place(path, "", title)

    def heading(self, path: str, title: str, kind: str) -> Place:
        """A new heading of a page; where its anchor is taken the kind of thing is added to it."""
        taken = self._anchors[path]
        while slug(title) in taken:
            title = f"{title} {kind}"
        taken.add(slug(title))
        return Place(path, slug(title), title)

    def add(self, place: Place, *keys: Imported, name: str = "", modules: Iterable[str] = (), scope: str = "") -> Place:
        """Say what is at a place.

        Args:
            place: where.
            keys: the module and name of a definition; several where it can be imported from several modules.
            name: how texts speak of it, as `Run.get`.
            modules: what may stand before that name.
            scope: the folder in which that name means this thing; pages elsewhere take the first of a name.
        """
        for key in keys:
            self._places.setdefault(key, place)
        for spelled in (name, *(f"{module}.{name}" for module in modules)) if name else ():
            self._names.setdefault((scope, spelled), place)
            self._names.setdefault(("", spelled), place)
        return place

    def place(self, key: Imported) -> Place | None:
        """Where a definition has its place."""
        return self._places.get(key)

    def address(self, page: str, key: Imported) -> str:
        """The address of a definition, relative to a page; nothing when it has no place."""
        place = self._places.get(key)
        return "" if place is None else relative(page, place)

    def linker(self, page: str, scope: str = "", owner: str = "") -> Linker:
        """Finds what code spans of a page name.

        Args:
            page: the page.
            scope: whose names come first.
            owner: the class of which is spoken; its methods may be named alone.
        """

        def link(text: str) -> str:
            name = text.removesuffix("()")
            if not all(part.isidentifier() for part in name.split(".")):
                return ""
            own = (f"{owner}.{name}",) if owner and "." not in name and text.endswith("()") else ()
            for wanted in (*own, name):
                for where in (scope, ""):
                    if place := self._names.get((where, wanted)):
                        return "" if wanted == owner else relative(page, place)
            return ""

        return link


def relative(page: str, place: Place) -> str:
    """The address of a place, seen from a page."""
    anchor = f"#{place.anchor}" if place.anchor else ""
    if place.page == page:
        return anchor or posixpath.basename(page)
    return posixpath.relpath(place.page, posixpath.dirname(page) or ".") + anchor
