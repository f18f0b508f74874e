"""Templates in the command line of a container: `{{.inputs.x}}`, `{{.outputPrefix}}` and their kin."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# Flyte accepts any case, white space inside, and `$` in place of the dot.
_TEMPLATE = re.compile(r"\{\{\s*[.$](?P<name>[A-Za-z]+)(?:\.(?P<input>[^}\s]+))?\s*\}\}")


class TemplateError(ValueError):
    """A template names something that the run does not have."""


def render(text: str, values: Mapping[str, str], inputs: Callable[[str], str]) -> str:
    """Replace the templates in one argument. What is put in is not looked at again.

    Args:
        text: The argument.
        values: Values of the plain templates by lower-case name; templates of other names stay as they are.
        inputs: Gives the text of an input.

    Raises:
        TemplateError: `inputs` knows no such input.
    """

    def replace(match: re.Match[str]) -> str:
        name = match["name"].lower()
        if match["input"] is not None:
            return inputs(match["input"]) if name == "inputs" else match[0]
        return values.get(name, match[0])

    return _TEMPLATE.sub(replace, text)
