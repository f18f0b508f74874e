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
    from collections.abc import Callable

    from remora_codegen.diagnostics import Diagnostic
    from remora_codegen.generate import Rendered
    from remora_codegen.write import Finding, Target


def write(settings: Settings, note: Callable[[Diagnostic], None] = lambda item: None) -> str:
    """Make the output what the sources say; gives a line about what was done.

    Args:
        settings: what to generate from what.
        note: is told what the protos say and the output does not do, when anything had to be made.

    Raises:
        GeneratorError: the input is wrong, or the package holds files of others; nothing was written.
        OSError: something could not be written; nothing was changed.
    """
    place = tree.package_directory(settings.out, settings.package)
    stamp = Stamp.read(settings) if can_stamp(settings) else None
    if stamp is not None and stamp.is_fresh(settings):
        tests = f"\n{settings.tests}: fresh, {len(stamp.tests)} files" if settings.tests else ""
        return f"{place}: fresh, {len(stamp.outputs)} files{tests}"
    from remora_codegen import generate
    from remora_codegen import write as writing

    started = time.time_ns()
    with reads.recorded() as inputs:
        rendered = generate.render_again(settings, stamp, note)
    targets = _targets(settings, rendered)
    reports = writing.write_all(targets)
    if can_stamp(settings) and (new := Stamp.of(settings, rendered, inputs, started)):
        new.write(settings)
    return "\n".join(
        f"{tree.package_directory(target.out, target.package)}: {report}"
        for target, report in zip(targets, reports, strict=True)
    )


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

    targets = _targets(settings, generate.render_again(settings, stamp))
    return [item for target in targets for item in writing.check(target.out, target.package, target.tree)]


def _targets(settings: Settings, rendered: Rendered) -> list[Target]:
    """The package, and the directory of tests if there is one."""
    from remora_codegen.write import Target

    found = [Target(settings.out, settings.package, rendered.tree)]
    if settings.tests is not None:
        name = settings.tests.name
        found.append(
            Target(settings.tests.parent, name, {f"{name}/{path}": item for path, item in rendered.tests.items()})
        )
    return found
