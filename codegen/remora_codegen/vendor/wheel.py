"""The descriptors of one version of a package: from the running environment, or from a temporary one."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location
from remora_codegen.vendor import dump_descriptors
from remora_codegen.vendor.descriptors import DescriptorFiles

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)$")


@dataclass(frozen=True)
class Wheel:
    """A package at one exact version, for example `flyteidl2==2.0.51`."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"

    @classmethod
    def parse(cls, text: str) -> Wheel:
        """Read `name==version`.

        Raises:
            GeneratorError: it is not pinned to one version.
        """
        match = _PINNED.match(text.strip())
        if match is None:
            problem = f"'{text}' does not name one version of a package (use NAME==VERSION, as flyteidl2==2.0.51)"
            raise GeneratorError([Diagnostic(Location("--from-wheel"), problem)])
        return cls(match["name"], match["version"])

    @property
    def is_installed(self) -> bool:
        """True when the running environment has exactly this version."""
        try:
            return importlib.metadata.version(self.name) == self.version
        except importlib.metadata.PackageNotFoundError:
            return False

    def descriptors(self, say: Callable[[str], None]) -> DescriptorFiles:
        """Every file descriptor of the package and what it imports.

        Args:
            say: told when the package has to be installed into a temporary environment.

        Raises:
            GeneratorError: the package cannot be installed or carries no descriptors.
        """
        with tempfile.TemporaryDirectory(prefix="remora-vendor-") as scratch:
            python = sys.executable
            if not self.is_installed:
                say(f"{self} is not installed here; installing it into a temporary environment")
                python = self._install(Path(scratch) / "venv")
            output = Path(scratch) / "descriptors.pb"
            # The script comes in on standard input, with an empty working directory: a script's own directory, or
            # the user's, would stand first on sys.path and could hide a module that the package imports.
            script = Path(dump_descriptors.__file__).read_text("utf-8")
            empty = Path(scratch) / "empty"
            empty.mkdir()
            command = [python, "-", self.name, str(output)]
            self._run(command, "cannot read the descriptors", script=script, directory=empty)
            found = FileDescriptorSet.FromString(output.read_bytes())
        return DescriptorFiles(file.SerializeToString() for file in found.file)

    def _install(self, where: Path) -> str:
        venv.create(where, with_pip=True)
        python = str(where / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"))
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(self)]
        self._run(pip, "cannot install the package")
        return python

    def _run(self, command: list[str], problem: str, *, script: str = "", directory: Path | None = None) -> None:
        environment = dict(os.environ)
        if command[0] != sys.executable:
            # What the user's own Python finds must not count as installed in the temporary environment.
            environment.pop("PYTHONPATH", None)
        done = subprocess.run(
            command, input=script, cwd=directory, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
            reason = lines[-1].removeprefix("ERROR: ") if lines else f"exit code {done.returncode}"
            raise GeneratorError([Diagnostic(Location(str(self)), f"{problem}: {reason}")])
