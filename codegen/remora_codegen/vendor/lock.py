"""`protos.lock`: where vendored .proto files came from and what they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location

FILE_NAME = "protos.lock"
_FORMAT = 1


def digest(content: bytes) -> str:
    """The digest of a file's content as the lock writes it."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Lock:
    """The lock's content.

    Attributes:
        wheel: the pinned package, `flyteidl2==2.0.51`; empty when nothing was vendored yet.
        services: full names of the services asked for, or `["*"]` for all of the package.
        generator: version of the generator that printed the files.
        files: digest of each file by its path below the proto directory.
    """

    wheel: str = ""
    services: tuple[str, ...] = ()
    generator: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, directory: Path) -> Lock:
        """Read the lock of a proto directory; an empty one when there is none.

        Raises:
            GeneratorError: the file is not a lock of this format.
        """
        path = directory / FILE_NAME
        if not path.exists():
            return cls()
        try:
            content = json.loads(path.read_text("utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(f"format {content['format']} is not known to this version of the generator")
            return cls(
                wheel=str(content["wheel"]),
                services=tuple(content["services"]),
                generator=str(content["generator"]),
                files=dict(content["files"]),
            )
        except json.JSONDecodeError as error:
            raise _broken(path, f"not JSON: {error.msg}", error.lineno, error.colno) from None
        except (ValueError, KeyError, TypeError) as error:
            reason = f"there is no {error}" if isinstance(error, KeyError) else str(error)
            raise _broken(path, reason) from None

    def text(self) -> str:
        """The file's content."""
        content = {
            "format": _FORMAT,
            "wheel": self.wheel,
            "generator": self.generator,
            "services": list(self.services),
            "files": dict(sorted(self.files.items())),
        }
        return json.dumps(content, indent=2) + "\n"


def _broken(path: Path, reason: str, line: int = 0, column: int = 0) -> GeneratorError:
    hint = "delete the file and name --services or --all to begin anew"
    return GeneratorError([Diagnostic(Location(str(path), line, column), f"this lock cannot be read: {reason}", hint)])
