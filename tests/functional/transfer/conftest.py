"""One control plane for the tests of a module, and a tree of files with awkward names."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

import remora
from remora.testing import ControlPlane
from remora.transfer import attempts

PARTS = (
    *("plain", "with space", " lead", "trail ", "two  spaces", "per%cent", "%41%2F", "a+b"),
    *("hash#", "ques?tion", "amp&er", "eq=ual", "semi;colon", "com,ma", "quo'te", 'dou"ble', "back`tick", "pi|pe"),
    *("br[ack]et", "cur{l}y", "less<more>", "at@sign", "dol$lar", "ex!claim", "star*", "(paren)", "ti~lde", "ca^ret"),
    *("-dash", "--rf", ".hidden", "..double", "trail.", "con", "NUL.txt", "a.b.c", "~", "$HOME", "name.tar.gz"),
    *("größe", "日本語", "данные", "שלום", "🙂", "é", "e\u0301", "\u200bzero", "ﬁ", "I\u0307"),
    *("L" * 200, "ß" * 100),
)


def make_tree(root: Path, count: int) -> dict[str, bytes]:
    """Fill a directory with files of awkward names, in folders of awkward names.

    Returns:
        What the store should have: contents by name, in normal form C.
    """
    choice = random.Random(4711)
    expected: dict[str, bytes] = {}
    number = 0
    while len(expected) < count:
        number += 1
        folders = [choice.choice(PARTS[:-2]) for _ in range(choice.randrange(4))]
        name = choice.choice(PARTS) if number % 3 else f"{choice.choice(PARTS[:-2])} {number}"
        path = "/".join([*folders, name])
        normal = unicodedata.normalize("NFC", path)
        parents = {normal.rsplit("/", depth)[0] for depth in range(1, normal.count("/") + 1)}
        if normal in expected or parents & set(expected) or any(each.startswith(f"{normal}/") for each in expected):
            continue
        body = choice.randbytes(choice.choice((0, 1, 100, 5000)))
        if number % 100 == 1:
            body = choice.randbytes(700_000)
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        expected[normal] = body
    return expected


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    with ControlPlane() as running:
        yield running


@pytest.fixture
def client(plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> Iterator[remora.Client]:
    """The current client of the test. Pauses take no time, and faults that the test injects end with it."""
    monkeypatch.setattr(attempts, "FIRST_DELAY", 0.0)
    with plane.client() as current:
        yield current
    plane.faults.clear()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A directory of 150 files, and what the store should have of it."""
    root = tmp_path_factory.mktemp("tree")
    return root, make_tree(root, 150)
