"""Build the HTML pages of README.md, docs/ and examples/ into a directory: `python docs/site/build.py site`.

The pages are laid out as the repository is, so that links between Markdown files lead to the same places. MkDocs runs
strictly: a link or an anchor that leads nowhere fails the build.
"""

from __future__ import annotations

import logging
import re
import shutil
import sys
import tempfile
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOP = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s#]+)[^)]*\)")
_FENCE = re.compile(r"^```(\w+) .*$", re.MULTILINE)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def main(destination: Path) -> None:
    """Build the site; what was in the directory goes."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    with tempfile.TemporaryDirectory() as temporary:
        pages = Path(temporary)
        copied = copy(pages)
        settings = load_config(
            str(HERE / "mkdocs.yml"),
            docs_dir=str(pages),
            site_dir=str(destination),
            nav=navigation(copied),
            strict=True,
        )
        build(settings)


def copy(pages: Path) -> list[Path]:
    """Copy the Markdown pages and every other file that they link to; gives the pages, relative to the repository."""
    markdown = [ROOT / name for name in TOP]
    markdown += sorted(path for name in ("docs", "examples") for path in (ROOT / name).rglob("*.md"))
    wanted = set(markdown)
    for page in markdown:
        for address in _LINK.findall(page.read_text("utf-8")):
            file = (page.parent / address).resolve()
            if ":" not in address and file.is_file() and file.is_relative_to(ROOT):
                wanted.add(file)
    for file in wanted:
        target = pages / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".md":
            # Of the words after the language of a block, which tests read, Python-Markdown knows nothing.
            target.write_text(_FENCE.sub(r"```\1", file.read_text("utf-8")), "utf-8")
        else:
            shutil.copy(file, target)
    shutil.copytree(HERE / "assets", pages / "assets")
    return [page.relative_to(ROOT) for page in markdown]


def navigation(pages: list[Path]) -> list[object]:
    """The menu: the guides by name, the reference by folders, the rest."""

    def entries(chosen: list[Path]) -> list[object]:
        return [{title(page): page.as_posix()} for page in chosen]

    guides = [page for page in pages if page.parent == Path("docs")]
    decisions = [page for page in pages if page.parent == Path("docs/decisions")]
    examples = [
        {name: folder(Path("examples") / name, pages)}
        for name in sorted({page.parts[1] for page in pages if page.parts[0] == "examples"})
    ]
    first, *more = [Path(name) for name in TOP]
    return [
        {"Remora": first.as_posix()},
        {"Guides": entries(guides)},
        {"API reference": folder(Path("docs/reference"), pages)},
        {"Examples": examples},
        {"Decisions": entries(decisions)},
        *entries(more),
    ]


def folder(directory: Path, pages: list[Path]) -> list[object]:
    """The pages of a folder of the reference, and below them those of its folders."""
    # `remora` comes before `remora.auth`, and what an index or a README says before both.
    first = ("README.md", "index.md")
    own = [page for page in pages if page.parent == directory]
    own.sort(key=lambda page: (page.name not in first, page.stem.split(".")))
    below = sorted({page.relative_to(directory).parts[0] for page in pages if directory in page.parents[1:]})
    found: list[object] = [{title(page): page.as_posix()} for page in own]
    return found + [{name: folder(directory / name, pages)} for name in below]


def title(page: Path) -> str:
    """The heading of a page."""
    match = _TITLE.search((ROOT / page).read_text("utf-8"))
    return match[1].strip("`") if match else page.stem


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
