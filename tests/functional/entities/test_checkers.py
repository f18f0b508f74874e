"""The generated packages as a consumer sees them: lint, format, both type checkers, and what an import loads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parent / "library"
DEPOT = LIBRARY.with_name("depot")
ROOT = LIBRARY.parents[3]

PROGRAM = '''
from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from depot_api.depot import v1 as depot
from depot_api.entities import Hall, Item, ItemTaken, Job, Pair
from library_api.entities import Book, Shelf
from library_api.library import v1 as library
from remora.dual import AsyncPager, AsyncStream, Page, Pager, Stream
from remora.errors import FailedPrecondition


class Novel(Book):
    """A subclass."""


def blocking(book: Novel) -> None:
    novel: Novel = Novel.get("b1")
    novels: Pager[Novel] = Novel.list(shelf="A", genres=[library.Genre.NOVEL], limit=3)
    first: Novel | None = novels.first()
    updated: Novel = book.update(title="x")
    copied: Novel = book.copy()
    renamed: Novel = book.rename("x", shout=True)
    nothing: None = book.remove()
    stream: Stream[Novel] = Novel.watch("A")
    letters: Stream[str] = book.letters()
    count: int = Book.count("A")
    counted: datetime | None = Book.counted("A")
    shelves: Pager[str] = Book.shelves()
    titles: Pager[str] = Book.titles()
    near: Pager[Novel] = book.neighbours(order="desc")
    everything: Pager[Novel] = Novel.everything("A")
    one: Novel | None = Novel.first()
    message: library.Book = book.pb2
    shelf: str | None = book.shelf
    row: int | None = book.row
    place: library.Place = book.place
    books: list[Book] = Shelf(library.ShelfChange()).books
    poem: Book = Book.add_poem("b1", genre="novel")


async def awaited(book: Novel) -> None:
    novel: Novel = await Novel.get.aio("b1")
    novels: AsyncPager[Novel] = Novel.list.aio()
    page: Page[Novel] = await novels
    async for item in Novel.list.aio(limit=3):
        found: Novel = item
    updated: Novel = await book.update.aio(title="x")
    renamed: Novel = await book.rename.aio("x")
    stream: AsyncStream[Novel] = Novel.watch.aio("A")
    async with stream as changes:
        async for change in changes:
            changed: Novel = change


class Tool(Item):
    """A subclass."""


def named(tool: Tool) -> None:
    found: Tool = Tool.get("d", "i", etag=None, digest=b"")
    again: Tool = tool.reload()
    changed: Tool = tool.update(title="x", row=None)
    other: Item = Item.update_named("n", title="x")
    parts: tuple[str, str | None] = (tool.depot, tool.item)


async def listed() -> None:
    numbered: Pager[Tool] = Tool.numbered(hall="A", limit=3, page_size=2)
    streamed: Pager[Tool] = Tool.stream(limit=3)
    first: Tool | None = await Tool.batches.aio().first()
    keys: list[bytes] = [pair.key async for pair in Pair.list.aio(prefix=b"a")]
    names: Pager[str] = Pair.names()
    size: int = await Tool.upload.aio("n", Path("x"), kind="text")
    content: bytes = Tool.download("n")
    saved: int = Tool.download_to("n", "x")
    added: list[str] = Tool.add([depot.Item()], hall="A")
    texts: Stream[str] = Tool.chat("r", iter(["a"]))
    events: AsyncStream[depot.Event] = Tool.watch.aio(since=3)
    followed: Stream[Tool] = Tool.follow("A")
    hall = Hall(depot.Place(hall="A"))
    there: Pager[Item] = hall.items.numbered(limit=3)
    put: list[str] = await hall.items.add.aio([depot.Item()])
    seen: Stream[Item] = hall.items.follow()
    job: Job = await Job.wait.aio("j", timeout=3, poll_interval=0.1)
    job = Job(depot.Job()).wait_watching()
    try:
        ticket: str = Item(depot.Item()).reserve("ada")
    except ItemTaken as error:
        taken: depot.Taken | None = error.detail
        base: FailedPrecondition = error
'''

# One wrong call per line, and the text that mypy's message must hold.
WRONG = {
    'Book.get("b1", nam="x")': "nam",
    "Book.get(1)": "int",
    "Book.get()": "name",
    'Book.get.aio("b1", nam="x")': "nam",
    "Book.list.aio(shelf=1)": "int",
    'Book.list("A", "B", "C", "D")': "positional",
    'Book.add("b1", genre="NOVEL")': "str",
    'Book.add_poem("b1", genre="essay")': "essay",
    'Book.get("b1").rename(title="x")': "title",
    'Book.get("b1").rename.aio("x", loud=True)': "loud",
    'Book.get("b1").titel': "titel",
    "Book.watch(1)": "int",
    'Item.get("d", item=1)': "int",
    'Item.get("d", "i", etag=b"x")': "bytes",
    "Item.stream(page_size=3)": "page_size",
    'Item.get("d", "i").update(title=1)': "int",
    'Item.get("d", "i").update(name="x")': "name",
    'Pair.list(prefix="a")': "str",
    'Item.upload("n", 3)': "int",
    'Item.add(["a"])': "str",
    'Hall(depot.Place()).items.numbered(hall="B")': "hall",
}


@pytest.fixture(scope="module")
def consumer(library_out: Path, depot_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the generated packages and the hand-written functions."""
    place = tmp_path_factory.mktemp("consumer")
    for package in (library_out / "library_api", depot_out / "depot_api"):
        shutil.copytree(package, place / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for functions in (LIBRARY / "behaviours" / "library_behaviours.py", DEPOT / "behaviours" / "depot_functions.py"):
        shutil.copy(functions, place)
    return place


def run(command: list[str], place: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(place), "MYPYPATH": str(place), **more}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=600)


def tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def program() -> str:
    wrong = "\n".join(f"    {call}" for call in WRONG)
    return f"{PROGRAM}\n\ndef wrong() -> None:\n{wrong}\n"


def wrong_lines() -> dict[int, str]:
    lines = program().splitlines()
    return {lines.index(f"    {call}") + 1: text for call, text in WRONG.items()}


def test_mypy_strict(consumer: Path, request: pytest.FixtureRequest) -> None:
    (consumer / "use.py").write_text(program())
    cache = request.config.cache.mkdir("entities-mypy")  # type: ignore[union-attr]
    options = ["--strict", "--python-version=3.10", "--config-file=", f"--cache-dir={cache}", "--no-error-summary"]
    done = run(
        [tool("mypy"), *options, "library_api", "library_behaviours.py", "depot_api", "depot_functions.py", "use.py"],
        consumer,
    )
    expected = wrong_lines()
    found: dict[int, str] = {}
    for line in done.stdout.splitlines():
        if ": note:" in line:
            continue
        file, number, message = line.split(":", 2)
        assert file == "use.py", done.stdout
        found.setdefault(int(number), message)
    assert found.keys() == expected.keys(), done.stdout
    for wrong, text in expected.items():
        assert text in found[wrong], found[wrong]


def test_pyright(consumer: Path) -> None:
    (consumer / "use.py").write_text(program())
    (consumer / "pyrightconfig.json").write_text('{"pythonVersion": "3.10", "typeCheckingMode": "standard"}')
    done = run([tool("pyright"), "--outputjson", "--pythonpath", sys.executable], consumer)
    errors = [item for item in json.loads(done.stdout)["generalDiagnostics"] if item["severity"] == "error"]
    assert {Path(item["file"]).name for item in errors} == {"use.py"}, done.stdout
    assert {item["range"]["start"]["line"] + 1 for item in errors} == wrong_lines().keys(), done.stdout


def test_lint_and_format(consumer: Path) -> None:
    """Clean with the project's own rules, but for those of names (A, N), which the manifest decides."""
    shutil.copy(ROOT / "pyproject.toml", consumer)
    for command in (["check", "--ignore=A,N"], ["format", "--check"]):
        done = run([tool("ruff"), *command, "--no-cache", "library_api/entities", "depot_api/entities"], consumer)
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_entity_loads_no_messages_and_no_event_loop(consumer: Path) -> None:
    code = (
        "import sys, library_api.entities as entities; entities.Book; "
        "loaded = {name for name in sys.modules}; "
        "bad = [name for name in loaded if name.endswith(('_pb', '_grpc')) or name in "
        "('asyncio', 'grpclib', 'ssl', 'yaml', 'library_behaviours', 'library_api.entities.shelf')]; "
        "assert not bad, bad"
    )
    done = run([sys.executable, "-c", code], consumer)
    assert done.returncode == 0, done.stderr


def test_the_output_is_the_same_whatever_the_hash_seed(consumer: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from remora_codegen import write\nfrom remora_codegen.config import Settings\n"
        "from remora_codegen.generate import render\nlibrary = Path(sys.argv[1])\n"
        "settings = Settings(protos=library / 'protos', manifest=library / 'library.yaml', package='library_api')\n"
        "write.write(Path(sys.argv[2]), 'library_api', render(settings))\n"
    )
    for seed in ("1", "2"):
        out = tmp_path / seed
        out.mkdir()
        done = run([sys.executable, "-c", code, str(LIBRARY), str(out)], consumer, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        for path in sorted((consumer / "library_api").rglob("*.py")):
            assert path.read_bytes() == (out / "library_api" / path.relative_to(consumer / "library_api")).read_bytes()
