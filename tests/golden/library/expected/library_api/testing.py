"""A real server of `library_api` in the process of your tests; see `FakeServer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remora.contract.v1.testing import AnyFakeServer, fixture

from .library.library_grpc import LibraryBase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from remora.contract.v1.testing import ServerBase

__all__ = ["SERVICES", "FakeServer", "fake_library_api"]

SERVICES: tuple[type[ServerBase], ...] = (LibraryBase,)
"""All services of `library_api`."""


class FakeServer(AnyFakeServer):
    """A server of `library_api` in the process of a test, which answers as the test tells it to.

    Args:
        *services: Server bases to serve; all of this package when there are none.

    Example:
        >>> with FakeServer() as fake, fake.client():  # doctest: +SKIP
        ...     fake.on(LibraryBase.get_book).answer(...)
    """

    def __init__(self, *services: type[ServerBase]) -> None:
        super().__init__(*(services or SERVICES))


@fixture
def fake_library_api() -> Iterator[FakeServer]:
    """A running server of `library_api` for one test."""
    with FakeServer() as server:
        yield server
