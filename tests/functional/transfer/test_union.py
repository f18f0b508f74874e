"""Uploads under the names of union.remote."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from remora.testing import ControlPlane
from remora.union import upload_dir


def test_a_directory_has_a_digest(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    with ControlPlane() as plane:
        digest, uri = upload_dir(tmp_path, client=plane.client())
        again, elsewhere = asyncio.run(upload_dir.aio(tmp_path, client=plane.client()))
    lines = [f"{hashlib.md5(name.encode()).hexdigest()}  {name}\n" for name in ("a/c.txt", "b.txt")]
    assert digest == again == hashlib.md5("".join(lines).encode()).hexdigest()
    assert uri.startswith("remora://")
    assert uri != elsewhere
