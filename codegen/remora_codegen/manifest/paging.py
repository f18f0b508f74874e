"""Checks of how a listing RPC is paged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from remora_codegen.manifest.call_format import PagesNode
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.model import FieldPath, Fill, FromLocal, FromPosition, Pages, Source
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text
from remora_codegen.manifest.values import describe
from remora_codegen.model import Field, Label, Method

_PAGE_SIZE = 100
_STYLES = ("token", "page", "offset", "after")
# Which keys say something about one style alone.
_BELONGS = {
    "next_token": ("token",),
    "first_page": ("page",),
    "key": ("after",),
    "inclusive": ("after",),
    "total": ("page", "offset"),
    "total_pages": ("page",),
    "more": ("page", "offset", "after"),
    "short_page_ends": ("page", "offset", "after"),
}
_WORDS = {"str": "a string", "int": "a whole number", "bool": "a bool"}


def resolve_pages(
    scope: Scope, rpc: Method, node: MethodNode, pages: PagesNode, fills: Sequence[Fill]
) -> tuple[Pages, list[Fill]] | None:
    """The checked paging and all fills of the request, or None after reporting what is wrong."""
    if rpc.server_streaming:
        return _streamed(scope, rpc, pages, fills)
    given = [key for key in _STYLES if getattr(pages, key) is not None]
    if len(given) != 1:
        hint = f"this has {' and '.join(repr(key) for key in given)}" if given else ""
        scope.report(pages.at, "'pages' needs exactly one of 'token', 'page', 'offset' and 'after'", hint)
        return None
    style = given[0]
    if not _complete(scope, pages, style):
        return None
    assert pages.items is not None
    items = scope.path(rpc.response, pages.items)
    position = _scalar(scope, rpc.request, getattr(pages, style), _position_types(style))
    ends = {
        name: _scalar(scope, rpc.response, getattr(pages, name), (kind,))
        for name, kind in (("next_token", "str"), ("more", "bool"), ("total", "int"), ("total_pages", "int"))
    }
    size = _scalar(scope, rpc.request, pages.size, ("int",))
    if pages.size is None:
        for name in ("page_size", "max_page_size", "short_page_ends"):
            if getattr(pages, name):
                scope.report(pages.at, f"'{name}' needs 'size', the request field of the page size")
    if items is not None and not items.leaf.is_repeated:
        scope.report(pages.items.at, f"'items' must be a repeated field, but '{items}' is {describe(items.leaf)}")
        return None
    if items is None or position is None or (pages.size and size is None):
        return None
    if any(getattr(pages, name) is not None and path is None for name, path in ends.items()):
        return None
    key = None
    if style == "after":
        key = _key(scope, pages, items, position)
        if key is None:
            return None
    where, rest = _position(pages, style, position, fills)
    sized = [Fill(size, FromLocal("size"))] if size else []
    found = Pages(
        style="key" if style == "after" else style,
        items=items,
        limit=pages.limit,
        page_size=pages.page_size or _PAGE_SIZE if size else None,
        max_page_size=pages.max_page_size,
        first_page=1 if pages.first_page is None else pages.first_page,
        key=key,
        keys=position.leaf.kind.python if key else "",
        short_page_ends=pages.short_page_ends,
        **ends,
    )
    return found, [*rest, where, *sized]


def _complete(scope: Scope, pages: PagesNode, style: str) -> bool:
    """Whether every key is there that the style needs, and none that belongs to another style."""
    needed = {"token": ("items", "next_token"), "after": ("items", "key")}.get(style, ("items",))
    missing = [key for key in needed if getattr(pages, key) is None]
    for key in missing:
        scope.report(pages.at, f"'pages' with '{style}' needs the key '{key}'")
    for key, styles in _BELONGS.items():
        if getattr(pages, key) not in (None, False) and style not in styles:
            goes = " or ".join(repr(item) for item in styles)
            scope.report(pages.at, f"'{key}' goes with {goes}, not with '{style}'")
    if pages.first_page is not None and pages.first_page > 1:
        scope.report(pages.at, f"'first_page' is 0 or 1, not {pages.first_page}")
    return not missing


def _position_types(style: str) -> tuple[str, ...]:
    return {"token": ("str",), "after": ("str", "bytes", "int")}.get(style, ("int",))


def _scalar(scope: Scope, message: str, text: Text | None, wanted: Sequence[str]) -> FieldPath | None:
    """A path to a scalar of one of some Python types."""
    path = scope.path(message, text) if text is not None else None
    if path is None or text is None:
        return None
    if not _is_scalar(path.leaf) or path.leaf.kind.python not in wanted:
        what = _WORDS[wanted[0]] if len(wanted) == 1 else "a string, bytes or a whole number"
        scope.report(text.at, f"field '{path}' must be {what}, but it is {describe(path.leaf)}")
        return None
    return path


def _is_scalar(leaf: Field) -> bool:
    return not (leaf.is_repeated or leaf.is_map or leaf.type_name)


def _key(scope: Scope, pages: PagesNode, items: FieldPath, position: FieldPath) -> FieldPath | None:
    assert pages.key is not None
    wanted = position.leaf.kind.python
    if pages.key.value == ".":
        leaf, path = items.leaf, FieldPath("", ())
        fits = not leaf.type_name and leaf.kind.python == wanted
    elif items.leaf.is_message:
        found = scope.path(items.leaf.type_name, pages.key)
        if found is None:
            return None
        leaf, path = found.leaf, found
        fits = _is_scalar(leaf) and leaf.kind.python == wanted
    else:
        scope.report(pages.key.at, f"the items are scalars, which have no field '{pages.key}'", "use '.'")
        return None
    if not fits:
        what = describe(replace(leaf, label=Label.SINGULAR))
        scope.report(pages.key.at, f"the key is {what}, but field '{position}' is {describe(position.leaf)}")
        return None
    return path


def _position(pages: PagesNode, style: str, path: FieldPath, fills: Sequence[Fill]) -> tuple[Fill, list[Fill]]:
    """What fills the position, and the other fills: what fills a key's field gives the first page."""
    if style == "token":
        return Fill(path, FromLocal("token")), list(fills)
    if style != "after":
        first_page = 1 if pages.first_page is None else pages.first_page
        return Fill(path, FromPosition(style, first_page=first_page)), list(fills)
    first: Source | None = next((fill.source for fill in fills if str(fill.path) == str(path)), None)
    rest = [fill for fill in fills if str(fill.path) != str(path)]
    return Fill(path, FromPosition("key", first, inclusive=pages.inclusive)), rest


def _streamed(scope: Scope, rpc: Method, pages: PagesNode, fills: Sequence[Fill]) -> tuple[Pages, list[Fill]] | None:
    """A list that comes as a stream: there is no position to ask for."""
    others = [*_STYLES, *_BELONGS, "size", "page_size", "max_page_size"]
    useless = [key for key in others if getattr(pages, key) not in (None, False)]
    if useless:
        listed = ", ".join(repr(key) for key in useless)
        scope.report(pages.at, f"the RPC answers with a stream, which has no {listed}; 'items' and 'limit' are enough")
        return None
    items = scope.path(rpc.response, pages.items) if pages.items else None
    if pages.items is not None and items is None:
        return None
    if items is not None and pages.items is not None and not items.leaf.is_repeated:
        scope.report(pages.items.at, f"'items' must be a repeated field, but '{items}' is {describe(items.leaf)}")
        return None
    return Pages("stream", items, pages.limit), list(fills)
