"""Templates of resource names, such as `shelves/{shelf}/books/{book}`."""

from __future__ import annotations

import re

from remora_codegen.diagnostics import did_you_mean
from remora_codegen.manifest.format import MethodNode
from remora_codegen.manifest.scope import Scope
from remora_codegen.manifest.shapes import Text

_PART = re.compile(r"\{([^{}]*)\}")


def parts_of(template: str) -> list[str]:
    """The names between braces, in order."""
    return _PART.findall(template)


def check_template(scope: Scope, text: Text) -> bool:
    """Whether a template can be built and parsed again; reported otherwise."""
    parts = parts_of(text.value)
    rest = _PART.sub("", text.value)
    twice = next((part for part in parts if parts.count(part) > 1), None)
    wrong = next((part for part in parts if not part.isidentifier()), None)
    if "{" in rest or "}" in rest or not parts:
        scope.report(text.at, f"'{text}' is no template of a resource name", "write it as 'shelves/{shelf}'")
    elif wrong is not None:
        scope.report(text.at, f"part '{wrong}' of the template is not a Python name")
    elif twice is not None:
        scope.report(text.at, f"the template has two parts '{twice}'")
    elif any(not re.fullmatch(r"[^{}]*\{[^{}]*\}[^{}]*|[^{}]+", piece) for piece in text.value.split("/")):
        scope.report(text.at, "a template has one part between two slashes", "write it as 'shelves/{shelf}'")
    else:
        return True
    return False


def check_part(scope: Scope, text: Text, part: Text) -> bool:
    """Whether a template is right and has a part of this name; reported otherwise."""
    if not check_template(scope, text):
        return False
    parts = parts_of(text.value)
    if part.value not in parts:
        scope.report(part.at, f"the template '{text}' has no part '{part}'", did_you_mean(part.value, parts))
    return part.value in parts


def method_parts(node: MethodNode) -> frozenset[str]:
    """The parts of all templates of a method, which its parameters give."""
    sources = [source for _, source in (*node.request, *node.metadata)]
    return frozenset(part for source in sources if source.template for part in parts_of(source.template.value))
