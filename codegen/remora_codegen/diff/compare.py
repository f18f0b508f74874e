"""Two sides compared, each change with its places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from remora_codegen.config import Settings
from remora_codegen.diff import commands, schema, surface
from remora_codegen.diff.changes import Change, Level
from remora_codegen.diff.snapshot import Snapshot, snapshot


def changes(
    old: str, new: str, settings: Settings, *, old_manifest: Path | None = None, new_manifest: Path | None = None
) -> list[Change]:
    """Everything that changed, the worst first, then by name.

    Args:
        old: the old side, as `snapshot` takes it.
        new: the new side; the empty string for the sources as the settings name them.
        settings: those of the project around.
        old_manifest: the manifest of the old side, where its source names none.
        new_manifest: that of the new side.

    Raises:
        GeneratorError: a side cannot be read.
    """
    with (
        snapshot(old, settings, old_manifest) as before,
        snapshot(new, settings, new_manifest) as after,
    ):
        found = [*schema.compare(before.schema, after.schema)]
        # Protos alone say nothing about entities, so none of theirs came or went.
        if (before.manifest and after.manifest) or (before.project and after.project):
            found += surface.compare(before.manifest, after.manifest)
            found += commands.compare(before.manifest, after.manifest)
        placed = [_placed(item, before, after) for item in found]
    return sorted(placed, key=lambda item: (-item.level, item.subject, item.rule))


def exit_code(found: Sequence[Change], fail_on: str) -> int:
    """0, or the code of the worst change when it is as bad as `fail_on` or worse.

    Args:
        found: the changes, the worst first.
        fail_on: the option of a level, or `nothing`.
    """
    if not found or fail_on == "nothing" or found[0].level < Level[fail_on.upper()]:
        return 0
    return found[0].level.exit_code


def _placed(change: Change, before: Snapshot, after: Snapshot) -> Change:
    manifest = after.shown(after.places.of(change.subject))
    if manifest is None:
        manifest = before.shown(before.places.of(change.subject))
    return replace(change, old=before.shown(change.old), new=after.shown(change.new), manifest=manifest)
