"""What the last generation read and wrote, so that the next one need not do again what would come out the same.

The stamp lies in `.remora_cache`, beside the pyproject.toml or in the working directory. It is never needed: without it
everything is made anew. It is trusted only as far as digests go: of every file that was read, of every output, of the
generator itself, of the settings. So a changed proto, manifest, function, template or setting, another version of the
generator or of what it stands on, and an output edited by hand are all noticed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remora_codegen import config, reads, tree
from remora_codegen.config import Settings
from remora_codegen.version import VERSION

if TYPE_CHECKING:
    from remora_codegen.generate import Rendered

_FORMAT = 3
_DIRECTORY = ".remora_cache"
_STANDS_ON = ("betterproto2", "betterproto2-compiler", "grpcio-tools", "jinja2", "protobuf", "pyyaml")
_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Stamp:
    """One generation.

    Attributes:
        key: stands for the generator and the settings.
        inputs: digests by absolute path of the files that were read; an empty one for a file that was looked for.
        protos: names of all files of the proto directory.
        outputs: digests by path below the output directory.
        modules: for outputs that come from one .proto file alone, what stands for all they depend on.
        pages: digests by path below the directory of reference pages.
        tests: digests by path below the directory of contract tests.
    """

    key: str
    inputs: Mapping[str, str]
    protos: tuple[str, ...]
    outputs: Mapping[str, str]
    modules: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, rendered: Rendered, inputs: Mapping[str, str], started: int) -> Stamp | None:
        """The stamp of a generation that is done; None when an input changed meanwhile.

        Args:
            settings: those of the generation.
            rendered: what was written.
            inputs: what was read, as `remora_codegen.reads` has it.
            started: when it began, in nanoseconds since the epoch.
        """
        for path, digest in inputs.items():
            if digest and (not os.path.exists(path) or os.stat(path).st_mtime_ns >= started):
                return None
        written, pages, tests = (
            {path: reads.digest(content) for path, content in made.items()}
            for made in (rendered.tree, rendered.pages, rendered.tests)
        )
        return cls(key(settings), dict(inputs), proto_names(settings), written, dict(rendered.modules), pages, tests)

    @classmethod
    def read(cls, settings: Settings) -> Stamp | None:
        """The stamp of the last generation with these settings and this generator; None when there is none."""
        try:
            content = json.loads(_path(settings).read_text("utf-8"))
            if content.pop("format") != _FORMAT or content["key"] != key(settings):
                return None
            return cls(**{**content, "protos": tuple(content["protos"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def write(self, settings: Settings) -> None:
        """Keep it for the next time; where that is not possible the next time just takes longer."""
        path = _path(settings)
        with contextlib.suppress(OSError):
            path.parent.mkdir(exist_ok=True)
            (path.parent / ".gitignore").write_text("*\n", "utf-8")
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(json.dumps({"format": _FORMAT, **asdict(self)}), "utf-8")
            os.replace(partial, path)

    def is_fresh(self, settings: Settings) -> bool:
        """Whether everything that was read is as it was, and the output is what was written."""
        return (
            all(reads.digest_of(Path(path)) == digest for path, digest in self.inputs.items())
            and self.protos == proto_names(settings)
            and all(directory.is_dir() for directory in settings.include)
            and dict(self.unchanged(settings)) == dict(self.outputs)
            and set(tree.files(settings.out, settings.package)) == self.outputs.keys()
            and _holds(settings.reference, self.pages)
            and _holds(settings.tests, self.tests)
        )

    def unchanged(self, settings: Settings) -> Mapping[str, str]:
        """The outputs that are on disk as they were written."""
        return {path: digest for path, digest in self.outputs.items() if reads.digest_of(settings.out / path) == digest}


def _holds(directory: Path | None, digests: Mapping[str, str]) -> bool:
    """Whether a directory has the files that were written, and nothing else; always, where none is wanted."""
    if directory is None:
        return True
    return {path: reads.digest_of(directory / path) for path in tree.below(directory)} == dict(digests)


def can_stamp(settings: Settings) -> bool:
    """Whether the source is made of files; a server or a package may change without one."""
    return not (settings.from_package or settings.from_reflection)


def proto_names(settings: Settings) -> tuple[str, ...]:
    """The files of the proto directory; none when the source is another."""
    return () if settings.descriptor_set is not None else tree.protos(settings.protos)


@cache
def generator() -> str:
    """Stands for everything that the output depends on besides the input: code, templates, libraries."""
    from remora_codegen.locations import template_directory

    total = hashlib.sha256()
    for root, pattern in ((_HERE, "**/*.py"), (template_directory(), "**/*.jinja")):
        for path in sorted(root.glob(pattern)):
            total.update(f"{path.relative_to(root)}\0{reads.digest_of(path)}\n".encode())
    versions = {}
    for name in _STANDS_ON:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    total.update(json.dumps([VERSION, sys.version, versions], sort_keys=True).encode())
    return total.hexdigest()


def key(settings: Settings) -> str:
    """Stands for the generator and the settings, templates of the user included."""
    values: dict[str, Any] = {name: str(value) for name, value in vars(settings).items() if name != "connection"}
    values["directory"] = os.getcwd()
    if settings.templates is not None:
        files = sorted(path for path in settings.templates.rglob("*") if path.is_file())
        values["own templates"] = [(str(path), reads.digest_of(path)) for path in files]
    return reads.digest(json.dumps([generator(), values], sort_keys=True).encode())


def _path(settings: Settings) -> Path:
    directory = config.table_directory(Path.cwd()) or Path.cwd()
    name = reads.digest(f"{settings.out.absolute()}\0{settings.package}".encode())[:16]
    return directory / _DIRECTORY / f"{name}.json"
