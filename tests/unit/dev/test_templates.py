from __future__ import annotations

import pytest

from remora.dev.executor.templates import TemplateError, render

VALUES = {"outputprefix": "/work/out", "input": "/work/inputs.pb"}
INPUTS = {"x": "7", "nested": "{{.inputs.x}}", "with_dot.y": "dotted"}


def text_of(name: str) -> str:
    if name not in INPUTS:
        raise TemplateError(name)
    return INPUTS[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("--x={{.inputs.x}}", "--x=7"),
        ("{{ .Inputs.x }}{{$inputs.x}}", "77"),
        ("{{.inputs.with_dot.y}}", "dotted"),
        ("{{.outputPrefix}}/y {{ .input }}", "/work/out/y /work/inputs.pb"),
        ("{{.OUTPUTPREFIX}}", "/work/out"),
        ("{{.unknown}} {{.other.x}} {{x}} {.inputs.x}", "{{.unknown}} {{.other.x}} {{x}} {.inputs.x}"),
        ("{{.inputs.nested}}", "{{.inputs.x}}"),
    ],
)
def test_render(text: str, expected: str) -> None:
    assert render(text, VALUES, text_of) == expected


def test_unknown_input() -> None:
    with pytest.raises(TemplateError):
        render("{{.inputs.missing}}", VALUES, text_of)
