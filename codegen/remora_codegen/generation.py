"""`remora generate`: make what is not as it would come out, and nothing twice.

Importing this module is cheap. When nothing changed since the last time, nothing else of the generator is loaded.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from remora_codegen import reads, tree
from remora_codegen.config import Settings
from remora_codegen.stamp import Stamp, can_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from remora_codegen.diagnostics import Diagnostic
    from remora_codegen.write import Finding


def write(settings: Settings, note: Callable[[Diagnostic], None] = lambda item: None) -> str:
    """Make the output what the sources say; gives a line about each directory, on what was done.

    Args:
        settings: what to generate from what.
        note: is told what the protos say and the output does not do, when anything had to be made.

    Raises:
        GeneratorError: the input is wrong, or the package holds files of others; nothing was written.
        OSError: something could not be written; nothing was changed.
    """
    stamp = Stamp.read(settings) if can_stamp(settings) else None
    if stamp is not None and stamp.is_fresh(settings):
        return "\n".join(_fresh(settings, stamp))
    from remora_codegen import generate
    from remora_codegen import write as writing

    started = time.time_ns()
    with reads.recorded() as inputs:
        rendered = generate.render_again(settings, stamp, note)
    parts = writing.parts(settings, rendered)
    reports = writing.write_all(parts)
    if can_stamp(settings) and (new := Stamp.of(settings, rendered, inputs, started)):
        new.write(settings)
    return "\n".join(f"{part.directory}: {report}" for part, report in zip(parts, reports, strict=True))


def _fresh(settings: Settings, stamp: Stamp) -> Iterator[str]:
    yield f"{tree.package_directory(settings.out, settings.package)}: fresh, {len(stamp.outputs)} files"
    if settings.reference is not None:
        yield f"{settings.reference}: fresh, {len(stamp.pages)} files"
    if settings.tests is not None:
        yield f"{settings.tests}: fresh, {len(stamp.tests)} files"


def findings(settings: Settings) -> list[Finding]:
    """How the output differs from what the sources say, file by file; nothing is written.

    Raises:
        GeneratorError: the input is wrong.
    """
    stamp = Stamp.read(settings) if can_stamp(settings) else None
    if stamp is not None and stamp.is_fresh(settings):
        return []
    from remora_codegen import generate
    from remora_codegen import write as writing

    return writing.check_all(writing.parts(settings, generate.render_again(settings, stamp)))
