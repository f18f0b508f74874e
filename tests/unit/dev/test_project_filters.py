from __future__ import annotations

import pytest

from remora.dev.store import projects
from remora.dev.store.database import Transaction
from remora.dev.store.project_filters import project_filter
from remora.errors import InvalidArgument
from remora_api.flyteidl2.project import Project, ProjectState


@pytest.fixture
def stored(tx: Transaction) -> Transaction:
    projects.create(tx, Project(id="one", name="First"))
    projects.create(tx, Project(id="two", name="Second"))
    projects.create(tx, Project(id="old", name="Old", state=ProjectState.ARCHIVED))
    return tx


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["one", "two"]),
        ("  ", ["one", "two"]),
        ("eq(identifier,old)", ["old"]),
        ("ne(identifier,one)", ["old", "two"]),
        ("contains(name,s)", ["one"]),
        ("value_in(identifier,one;two)", ["one", "two"]),
        ("ne(identifier,one)+eq(state,0)", ["two"]),
        ("eq(state,archived)", ["old"]),
    ],
)
def test_filters(stored: Transaction, text: str, expected: list[str]) -> None:
    found = projects.page(stored, project_filter(text), "id", None, 0, ())
    assert [project.id for project in found] == expected


@pytest.mark.parametrize("text", ["one", "eq(identifier)", "eq(a,b", "like(name,x)", "eq(owner,x)", "eq(state,never)"])
def test_bad_filters(text: str) -> None:
    with pytest.raises(InvalidArgument):
        project_filter(text)
