"""`remora generate` with reference pages: written with the package or not at all, and told when they are stale."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from remora_codegen import config, transaction
from remora_codegen.config import Settings

Remora = Callable[..., tuple[int, list[str], list[str]]]
PAGE = Path("docs/reference/entities/order.md")
TABLE = """\
[tool.remora]
manifest = "acme.yaml"
package = "acme_api"
reference = "docs/reference"
reference-modules = ["shop_values"]
"""


@pytest.fixture
def pages(project: Path, remora: Remora) -> Path:
    """A project with pages, generated once."""
    (project / "functions").mkdir()
    (project / "functions/shop_values.py").write_text('"""Values."""\n\n\nclass Price:\n    """A price."""\n')
    with (project / "acme.yaml").open("a") as manifest:
        manifest.write("sources: [functions]\n")
    (project / "pyproject.toml").write_text(TABLE)
    code, out, err = remora("generate")
    assert (code, err) == (0, [])
    assert out[1].startswith("docs/reference: ")
    return project / "docs/reference"


def test_every_entity_package_and_module_has_a_page(pages: Path, remora: Remora) -> None:
    assert sorted(path.relative_to(pages).as_posix() for path in pages.rglob("*.md")) == [
        "acme/orders/v1.md",
        "acme/shared.md",
        "entities/index.md",
        "entities/order.md",
        "index.md",
        "shop_values.md",
    ]
    assert remora("generate", "--check") == (0, [], [])
    assert all("fresh" in line for line in remora("generate")[1])


def test_a_page_that_is_not_as_it_would_be_made_is_stale(pages: Path, remora: Remora) -> None:
    PAGE.write_text(PAGE.read_text().replace("Order", "Odrer"))
    (pages / "entities/index.md").unlink()
    code, out, _ = remora("generate", "--check")
    assert code == 1
    assert out[0] == "docs/reference/entities/index.md: missing"
    assert out[1].startswith(f"{PAGE}: stale, differs from line ")
    assert remora("generate")[1][1].startswith("docs/reference: 2 files written, 0 removed, ")


def test_a_change_of_a_docstring_makes_its_page_stale(pages: Path, remora: Remora) -> None:
    Path("functions/shop_values.py").write_text('"""Values."""\n\n\nclass Price:\n    """What it costs."""\n')
    code, out, _ = remora("generate", "--check")
    assert (code, [line.partition(":")[0] for line in out]) == (1, ["docs/reference/shop_values.md"])


def test_pages_of_what_is_gone_are_removed(pages: Path, remora: Remora) -> None:
    text = Path("pyproject.toml").read_text()
    Path("pyproject.toml").write_text(text.replace('reference-modules = ["shop_values"]', ""))
    assert remora("generate", "--check")[1] == [
        "docs/reference/index.md: stale, differs from line 7 on",
        "docs/reference/shop_values.md: extra, nothing in the sources gives this file",
    ]
    assert remora("generate")[0] == 0
    assert not (pages / "shop_values.md").exists()


def test_pages_of_others_are_never_touched(pages: Path, remora: Remora) -> None:
    (pages / "guide.md").write_text("# Mine\n")
    code, _, err = remora("generate")
    assert code == 2
    assert err == [
        "docs/reference/guide.md: error: this file was not generated (move it out of 'docs/reference')",
    ]


@pytest.mark.parametrize("option", [("--out", "elsewhere"), ("--package", "other_api"), ("--protos", "protos")])
def test_pages_belong_to_the_package_of_the_table(pages: Path, remora: Remora, option: tuple[str, str]) -> None:
    before = PAGE.read_bytes()
    PAGE.write_bytes(b"# Changed\n")
    code, out, _ = remora("generate", *option, *(("--package", "other_api") if option[0] == "--protos" else ()))
    assert code == 0
    assert not any("docs/reference" in line for line in out)
    assert PAGE.read_bytes() == b"# Changed\n" != before


def test_the_option_says_where(project: Path, remora: Remora) -> None:
    package = ("--manifest", "acme.yaml", "--package", "acme_api")
    code, out, _ = remora("generate", *package, "--reference", "pages")
    assert code == 0
    assert out[1].startswith("pages: ")
    assert Path("pages/entities/order.md").exists()


def test_a_module_that_is_not_there_is_one_line(pages: Path, remora: Remora) -> None:
    text = Path("pyproject.toml").read_text()
    Path("pyproject.toml").write_text(text.replace("shop_values", "shop_value"))
    code, _, err = remora("generate")
    assert (code, len(err)) == (2, 1)
    assert err[0].startswith("reference-modules: error: there is no module 'shop_value'")


def test_a_setting_of_the_wrong_type_is_told_with_its_place(pages: Path, remora: Remora) -> None:
    text = Path("pyproject.toml").read_text()
    Path("pyproject.toml").write_text(text.replace('["shop_values"]', '"shop_values"'))
    code, _, err = remora("generate")
    assert code == 2
    assert err[0].endswith(": error: 'reference-modules' must be a list of strings")


def test_package_and_pages_are_written_together_or_not_at_all(
    pages: Path,
    remora: Remora,
    contents: Callable[[Path], dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest = Path("acme.yaml")
    manifest.write_text(manifest.read_text().replace("order_id: order_id,", "number: order_id,"))
    before = contents(Path())
    replace, done = os.replace, []

    def full(source: Path, target: Path) -> None:
        if str(target).endswith("order.md") and not done:
            done.append(target)
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(transaction.os, "replace", full)
    code, _, err = remora("generate")
    assert code == 2
    assert "No space left on device" in err[-1]
    assert contents(Path()) == before


@pytest.mark.parametrize("place", ["out", "out/acme_api", "out/acme_api/docs"])
def test_pages_and_package_do_not_lie_in_each_other(project: Path, remora: Remora, place: str) -> None:
    package = ("--manifest", "acme.yaml", "--package", "acme_api", "--out", "out")
    code, _, err = remora("generate", *package, "--reference", place)
    assert code == 2
    assert err == [
        f"--reference: error: '{place}' and the package lie in each other, and each belongs to the generator alone "
        "(name a directory of its own)"
    ]
    assert not (project / "out").exists()


def test_settings_are_relative_to_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.remora]\nreference = "docs/api"\nreference-modules = ["a", "b"]\n')
    below = tmp_path / "below"
    below.mkdir()
    found = config.load(below)
    assert found.reference == tmp_path / "docs/api"
    assert found.reference_modules == ("a", "b")


def test_another_source_leaves_modules_behind() -> None:
    settings = Settings(reference=Path("docs"), reference_modules=("a",), package="p")
    assert settings.override(protos=Path("x")).reference_modules == ()
    assert settings.override(protos=Path("x"), reference=Path("y")).reference == Path("y")
    assert settings.override(only=["A"]).reference == Path("docs")
