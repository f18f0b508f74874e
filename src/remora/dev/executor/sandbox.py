"""The directory of an attempt, which stands for the container's file system."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from remora.dev.executor.failures import AttemptFailed
from remora_api.flyteidl2.core import DataLoadingConfig


class Sandbox:
    """Paths of one attempt. The process starts in `root`.

    Attributes:
        root: Working directory and HOME of the process.
        inputs: Stands for the container's input path.
        outputs: Stands for the container's output path.
        temporary: TMPDIR of the process.
        secrets: Stands for the directory where secrets are mounted; made when there are any.
        exchange: Where `{{.input}}` and `{{.outputPrefix}}` point to.
    """

    def __init__(self, root: Path, data: DataLoadingConfig | None) -> None:
        self.root = root
        self.inputs = root / "inputs"
        self.outputs = root / "outputs"
        self.temporary = root / "tmp"
        self.exchange = root / "exchange"
        self.secrets = root / "secrets"
        self._mounts: dict[str, Path] = {}
        if data is not None and data.enabled:
            self._mount(data.output_path, self.outputs)
            self._mount(data.input_path, self.inputs)

    def _mount(self, path: str, directory: Path) -> None:
        if not path:
            return
        if not path.startswith("/") or not path.strip("/"):
            raise AttemptFailed(
                f"data_config: {path!r} is not an absolute directory below /", "BAD_DATA_CONFIG", retry=False
            )
        self._mounts[path.rstrip("/")] = directory

    def create(self) -> None:
        """Make the directories, empty."""
        shutil.rmtree(self.root, ignore_errors=True)
        for directory in (self.inputs, self.outputs, self.temporary, self.exchange):
            directory.mkdir(parents=True)

    def map_secrets(self, path: str) -> None:
        """Let `path` in the container stand for the directory of secrets."""
        self._mounts[path] = self.secrets

    def remove_secrets(self) -> None:
        """Remove the secrets, which no sandbox keeps."""
        shutil.rmtree(self.secrets, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def map_paths(self, text: str) -> str:
        """Replace the container's input and output paths by those of this sandbox, wherever they stand as a path.

        `--in=/var/inputs/x` is changed; `/data/var/inputs` and `/var/inputs2` are other paths and are not.
        """
        if not self._mounts:
            return text
        longest_first = sorted(self._mounts, key=len, reverse=True)
        pattern = rf"(?<![\w./-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w.-])"
        return re.sub(pattern, lambda match: str(self._mounts[match[0]]), text)

    def environment(self) -> Mapping[str, str]:
        """Variables that tell a process where its directories are."""
        return {
            "HOME": str(self.root),
            "TMPDIR": str(self.temporary),
            "FLYTE_INPUTS_DIR": str(self.inputs),
            "FLYTE_OUTPUTS_DIR": str(self.outputs),
        }
