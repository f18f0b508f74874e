"""Lists whose filters the backend may refuse: then everything is read and filtered on this side."""

from __future__ import annotations

import copy
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from remora.errors import FilterWarning, InvalidArgument
from remora_api.flyteidl2 import common, workflow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from remora.client import Client
    from remora.dual import Page, PageSource

T = TypeVar("T")
M = TypeVar("M", workflow.Run, workflow.Action)
R = TypeVar("R", workflow.ListRunsRequest, workflow.ListActionsRequest)

_REFUSED = "refused_filters"


def filtered_pages(
    client: Client,
    filters: list[common.Filter],
    refusable: tuple[str, ...],
    matches: Callable[[M], bool],
    fetch: Callable[[list[common.Filter], str, int], Any],
    make: Callable[[M], T],
    limit: int | None,
    page_size: int,
    watch: Callable[[], AsyncGenerator[T, None]],
) -> PageSource[T]:
    """Pages whose filters are tried on the backend, and applied here when it refuses them.

    What it has refused once is not tried again with the same client.

    Args:
        client: Remembers what was refused.
        filters: What to filter by.
        refusable: Beginnings of the names of fields that the backend may refuse to filter by.
        matches: What those filters say, of one item.
        fetch: Reads items: filters, token and size of the page; the items and the token of the next page.
        make: Makes what the pages hold of an item.
        limit: At most so many items.
        page_size: Items of one page.
        watch: Watches the list.
    """
    from remora.dual import Page, PageSource

    doubtful = [item.field for item in filters if item.field.startswith(refusable)]
    accepted = [item for item in filters if item.field not in doubtful]

    async def plain(token: str, size: int) -> Page[T]:
        items, following = await fetch(filters, token, size)
        return Page([make(item) for item in items], following)

    async def filtered(token: str, size: int) -> Page[T]:
        refused = client.kept.setdefault(_REFUSED, set())
        if not refused.isdisjoint(doubtful):
            items, following = await fetch(accepted, token, size)
            return Page([make(item) for item in items if matches(item)], following)
        try:
            return await plain(token, size)
        except InvalidArgument as error:
            if token or "filter" not in error.message.lower():
                raise
            refused.update(doubtful)
            names = ", ".join(doubtful)
            warnings.warn(
                f"the backend refuses to filter by {names}, so everything is fetched and filtered on this side",
                FilterWarning,
                stacklevel=2,
            )
            return await filtered(token, size)

    return PageSource(filtered if doubtful else plain, limit=limit, page_size=page_size, watch=watch)


def filters_of(message: workflow.ListRunsRequest | workflow.ListActionsRequest) -> list[common.Filter]:
    """The filters of a list's request."""
    return [] if message.request is None else message.request.filters


def paged(message: R, filters: list[common.Filter], token: str, size: int) -> R:
    """The request for one page. A new message: pages of one list may be read at the same time."""
    given = message.request if message.request is not None else common.ListRequest()
    asked = copy.copy(message)
    asked.request = common.ListRequest(
        limit=size,
        token=token,
        sort_by=given.sort_by,
        filters=filters,
        raw_filters=given.raw_filters,
        sort_by_fields=given.sort_by_fields,
    )
    return asked
