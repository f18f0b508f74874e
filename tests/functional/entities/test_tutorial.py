"""The tutorial of docs/manifest.md, executed: its manifest, its service, its program."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from remora.errors import NotFound
from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first block of a language on the page, which is the tutorial's."""
    found = re.search(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def make_service(v1: Any, empty: Any) -> Any:
    """The library, with three books."""

    class Library(v1.LibraryBase):  # type: ignore[misc]
        def __init__(self) -> None:
            self.books = {
                name: v1.Book(id=name, title=title, place=v1.Place(shelf="A"))
                for name, title in (("b1", "Emmma"), ("b2", "Emma"), ("b3", "Persuasion"))
            }

        async def get_book(self, request: Any, context: Any) -> Any:
            if request.id not in self.books:
                raise NotFound(f"no book {request.id}")
            return v1.GetBookResponse(book=self.books[request.id])

        async def stream_books(self, request: Any, context: Any) -> AsyncIterator[Any]:
            for book in list(self.books.values()):
                yield book

        async def find_books(self, request: Any, context: Any) -> Any:
            found = [book for book in self.books.values() if request.text in book.title]
            start = (request.page - 1) * request.per_page
            return v1.FindBooksResponse(books=found[start : start + request.per_page], total=len(found))

        async def change_book(self, request: Any, context: Any) -> Any:
            book = self.books[request.book.id]
            assert request.update_mask.paths == ["title", "place.shelf"]
            book.title, book.place = request.book.title, v1.Place()
            return book

        async def remove_book(self, request: Any, context: Any) -> Any:
            del self.books[context.metadata["x-book-id"]]
            return empty()

        async def upload_scan(self, requests: Any, context: Any) -> Any:
            size, head = 0, None
            async for request in requests:
                head = head or request.head
                size += len(request.chunk or b"")
            assert head.id == "b1"
            return v1.UploadScanResponse(size=size)

    return Library()


def test_the_tutorial(tmp_path: Path) -> None:
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos" / "library.proto").write_text(block("proto"))
    (tmp_path / "library.yaml").write_text(block("yaml"))
    settings = Settings(protos=tmp_path / "protos", manifest=tmp_path / "library.yaml", package="library_api")
    out = tmp_path / "src"
    out.mkdir()
    write.write(out, "library_api", render(settings))
    # The package has the name of another test's, so everything that imports it runs in a process of its own.
    (tmp_path / "serve.py").write_text(
        "import sys\n"
        f"sys.path[:0] = [{str(out)!r}, {str(Path(__file__).parent)!r}]\n"
        "from conftest import ServerThread\n"
        "from test_tutorial import block, make_service\n"
        "from library_api.library import v1\n"
        "from remora_api.google.protobuf import Empty\n"
        "with ServerThread(make_service(v1, Empty)) as server:\n"
        "    program = block('python tutorial').replace('http://127.0.0.1:50051', server.url)\n"
        "    exec(compile(program, 'tutorial', 'exec'), {'__name__': 'tutorial'})\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "serve.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["Emmma A", "['b1', 'b2']", "['b2']", "Emma", "12 bytes", "['b2', 'b3']"]
