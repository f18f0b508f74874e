from __future__ import annotations

from remora_codegen.reference import docstrings


def test_every_part_of_a_docstring_is_found() -> None:
    found = docstrings.read(
        "Move a file. It stays whole.\n"
        "\n"
        "More about it.\n"
        "\n"
        "Args:\n"
        "    source: Where it is,\n"
        "        and where it was.\n"
        "    **options: Anything else: all of it.\n"
        "\n"
        "Returns:\n"
        "    How many\n"
        "    bytes.\n"
        "\n"
        "Raises:\n"
        "    NotFound: there is none.\n"
        "\n"
        "Example:\n"
        "    >>> move(1)\n"
        "    2\n"
    )
    assert found.summary == "Move a file."
    assert found.body == ("It stays whole.", "More about it.")
    assert found.arguments == {"source": "Where it is, and where it was.", "options": "Anything else: all of it."}
    assert found.returns == "How many bytes."
    assert found.raises == {"NotFound": "there is none."}
    assert found.example == (">>> move(1)", "2")


def test_text_after_a_section_is_text_again() -> None:
    found = docstrings.read(
        "A range.\n\nAttributes:\n    after: From here.\n\nBoth have a zone.\n\nRaises:\n    E: no."
    )
    assert found.attributes == {"after": "From here."}
    assert found.body == ("Both have a zone.",)
    assert found.raises == {"E": "no."}


def test_nothing_is_nothing() -> None:
    assert docstrings.read("") == docstrings.Docstring()


def test_paragraphs_keep_their_lines() -> None:
    assert docstrings.paragraphs(["a", "b", "", "    code", " ", "c"]) == ["a\nb", "    code", "c"]
