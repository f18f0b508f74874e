"""Docstrings of generated code."""

from __future__ import annotations

from remora_codegen.entities.docs import compose, parse, quoted, sentence

WRITTEN = """
Wait until the run has ended. Then
bring it up to date.

More about it:

    a = 1

Args:
    timeout: How long,
        in seconds.
    *rest: The rest.

Returns:
    The details.

Raises:
    NotFound: there is none.
    RunFailed: it failed, and this text is so long that it does not fit on one line of a docstring that is indented by
        eight.

Example:
    >>> run.wait()
    'x'
"""


def test_parts_of_a_google_docstring() -> None:
    doc = parse(WRITTEN, "Unused")
    assert doc.summary == "Wait until the run has ended."
    assert doc.body == ("Then bring it up to date.", "More about it:", "    a = 1")
    assert doc.arguments == {"timeout": "How long, in seconds.", "rest": "The rest."}
    assert doc.example == (">>> run.wait()", "'x'")


def test_a_composed_docstring_fits_where_it_stands() -> None:
    doc = parse(WRITTEN, "Unused")
    text = compose(doc, [("timeout", doc.arguments["timeout"])], doc.example, 8)
    assert text.startswith('"""Wait until the run has ended.\n\n        Then bring it up to date.\n')
    assert "        Args:\n            timeout: How long, in seconds.\n" in text
    assert "        Returns:\n            The details.\n" in text
    assert '        Example:\n            >>> run.wait()\n            \'x\'\n        """' in text
    assert "            RunFailed: it failed, and this text is so long that it does not fit on one line" in text
    assert max(len(line) for line in text.splitlines()) <= 120
    assert text.index("Args:") < text.index("Returns:") < text.index("Raises:") < text.index("Example:")


def test_a_text_without_a_usable_first_sentence() -> None:
    assert parse("", "call `x`").summary == "Call `x`."
    long = "word " * 40
    doc = parse(long, "Call `x`")
    assert (doc.summary, doc.body) == ("Call `x`.", (long.strip(),))


def test_summaries_are_sentences() -> None:
    assert sentence("reads a book") == "Reads a book."
    assert sentence("`name` of it:") == "`name` of it."
    assert sentence("Why?") == "Why?"


def test_quotes_and_backslashes() -> None:
    assert quoted('Say """no""".', (), 4) == "\"\"\"Say '''no'''.\"\"\""
    assert quoted("A path.", ["C:\\temp"], 4) == 'r"""A path.\n\n    C:\\temp\n    """'


def test_lists_and_code_keep_their_lines() -> None:
    doc = parse("A list.\n\n- one\n- two\n\nThen text\nthat flows.", "")
    text = compose(doc, (), (), 4)
    assert "    - one\n    - two\n\n    Then text that flows.\n" in text
