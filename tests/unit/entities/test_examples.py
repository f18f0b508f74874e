"""Examples of the blocking form, rewritten for `.aio`."""

from __future__ import annotations

import pytest

from remora_codegen.entities.examples import async_example, prompted

METHODS = {"get": True, "wait": True, "fetch": True, "listall": False, "watch": False}


@pytest.mark.parametrize(
    ("blocking", "expected"),
    [
        ('run = Run.get("n")', 'run = await Run.get.aio("n")'),
        ("run.wait(timeout=3).phase", "(await run.wait.aio(timeout=3)).phase"),
        ('run.wait()["x"]', '(await run.wait.aio())["x"]'),
        ('Task.get("t").fetch()', 'await (await Task.get.aio("t")).fetch.aio()'),
        ("for run in Run.listall():\n    print(run)", "async for run in Run.listall.aio():\n    print(run)"),
        ("for run in Run.listall():\n    run.wait()", "async for run in Run.listall.aio():\n    await run.wait.aio()"),
        (
            "with run.watch() as changes:\n    for change in changes:\n        print(change)",
            "async with run.watch.aio() as changes:\n    async for change in changes:\n        print(change)",
        ),
        ('a = Run.get("ü", "é")', 'a = await Run.get.aio("ü", "é")'),
        ("run = Run.get(\n    1,\n)", "run = await Run.get.aio(\n    1,\n)"),
        ("for run in runs:\n    run.wait()", "for run in runs:\n    await run.wait.aio()"),
    ],
)
def test_rewriting(blocking: str, expected: str) -> None:
    assert async_example(prompted(blocking), METHODS) == prompted(expected)


def test_output_stays_where_it_is() -> None:
    lines = (">>> run = Run.get(1)", ">>> run.wait().phase", "<Phase.DONE: 'done'>", ">>> run.name")
    assert async_example(lines, METHODS) == (
        ">>> run = await Run.get.aio(1)",
        ">>> (await run.wait.aio()).phase",
        "<Phase.DONE: 'done'>",
        ">>> run.name",
    )


@pytest.mark.parametrize("code", ["this is not Python", "print(1)", "values['a'].get(1)", "f().get(1)", ""])
def test_an_example_that_cannot_be_rewritten_is_left_out(code: str) -> None:
    assert async_example(prompted(code), METHODS) == ()


def test_prompts() -> None:
    assert prompted("for x in y:\n    z\nf(\n    1,\n)") == (
        ">>> for x in y:",
        "...     z",
        ">>> f(",
        "...     1,",
        "... )",
    )
    assert prompted(">>> x\n1") == (">>> x", "1")
