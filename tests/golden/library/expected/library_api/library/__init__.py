"""What the proto package `library` defines; every name is imported when it is first used."""

from __future__ import annotations

from remora.contract.v1.messages import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .library_grpc import LibraryBase as LibraryBase
    from .library_grpc import LibraryStub as LibraryStub
    from .library_pb import Book as Book
    from .library_pb import GetBookRequest as GetBookRequest
    from .library_pb import ListBooksRequest as ListBooksRequest
    from .library_pb import ListBooksResponse as ListBooksResponse

__all__ = ["Book", "GetBookRequest", "LibraryBase", "LibraryStub", "ListBooksRequest", "ListBooksResponse"]

_MODULES = {
    "Book": "library_pb",
    "GetBookRequest": "library_pb",
    "LibraryBase": "library_grpc",
    "LibraryStub": "library_grpc",
    "ListBooksRequest": "library_pb",
    "ListBooksResponse": "library_pb",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(__name__, _MODULES)
