"""`remora check`: everything that continuous integration wants to know about generated code, in one command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from remora_codegen import generation
from remora_codegen.config import Settings
from remora_codegen.diff import compare, report
from remora_codegen.diff.git import Repository
from remora_codegen.diff.snapshot import GIT

_AGAINST = "--against"
STALE = 1


def check(
    settings: Settings,
    against: str | None,
    form: str,
    fail_on: str,
    *,
    diff: bool,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> int:
    """Look for mistakes, for stale output, and for changes that break users since this branch began.

    Args:
        settings: the project.
        against: commit, tag or branch; the default branch when None.
        form: how changes are told.
        fail_on: the mildest change that fails.
        diff: whether to look for changes at all.
        say: told what was found.
        warn: told about stale output when what is said must be JSON or Markdown alone.

    Returns:
        0, or 1 when the output is stale, or the exit code of the worst change as `remora diff` has it; of two
        findings the change counts.

    Raises:
        GeneratorError: a mistake in the protos or the manifest, no git, or no such commit.
    """
    findings = generation.findings(settings)
    changes = []
    label = ""
    if diff:
        repository = Repository.around(Path.cwd(), _AGAINST)
        reference = against or repository.default_branch(_AGAINST)
        commit = repository.merge_base(reference, _AGAINST)
        label = f"{reference} ({commit[:10]})"
        changes = compare.changes(f"{GIT}{commit}", "", settings)
    tell = say if form == "text" else warn
    for finding in findings:
        tell(str(finding))
    tell(f"stale: {len(findings)} files; run `remora generate`" if findings else "generated code is fresh")
    if diff:
        if form == "text":
            say(f"changes since {label}:")
        say(report.rendered(changes, form, label, "the working tree").rstrip("\n"))
    return compare.exit_code(changes, fail_on) or (STALE if findings else 0)
