"""Makes the conformance runner start on systems whose C library is older than the one it was linked with.

The runner that npm brings was linked on a newer system and uses five symbols that glibc 2.38 and libstdc++ 13.2 added.
All of them are new names of old functions, so a small library can give them: it is compiled here and preloaded, and
in a copy of the runner the two new versions are marked as weak, so that the loader goes on without them.
"""

from __future__ import annotations

import platform
import shutil
import struct
import subprocess
from pathlib import Path

NEW_VERSIONS = ("GLIBC_2.38", "GLIBCXX_3.4.32")
SHIM = Path(__file__).with_name("newer_symbols.cpp")

# ELF, 64 bits (System V ABI, "Sections" and "Symbol Versioning").
_SECTION = struct.Struct("<IIQQQQIIQQ")
_VERSION_NEED = struct.Struct("<HHIII")
_VERSION_AUX = struct.Struct("<IHHII")
_SHT_GNU_VERNEED = 0x6FFFFFFE
_WEAK = 0x2


def runner(package: Path, home: Path) -> list[str]:
    """The command that starts the runner.

    Args:
        package: The directory of the npm package.
        home: Where a patched copy may be kept.
    """
    name = f"conformance_test_runner-{platform.system().lower()}-{platform.machine().replace('x86_64', 'x64')}"
    program = package / "bin" / name
    if not program.exists():
        raise SystemExit(f"the npm package has no runner for this system: {name}")
    probe = subprocess.run([str(program)], capture_output=True, text=True, check=False)
    if not any(version in probe.stderr for version in NEW_VERSIONS):
        return [str(program)]
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        raise SystemExit("this system's C library is older than the runner needs, and there is no C++ compiler")
    copy, library = home / "runner", home / "newer_symbols.so"
    content = bytearray(program.read_bytes())
    mark_weak(content)
    copy.write_bytes(content)
    copy.chmod(0o755)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(SHIM)], check=True)
    return ["env", f"LD_PRELOAD={library}", str(copy)]


def mark_weak(content: bytearray) -> None:
    """Mark the needed versions that are too new as weak, in place."""
    (table,) = struct.unpack_from("<Q", content, 0x28)
    size, count = struct.unpack_from("<HH", content, 0x3A)
    sections = [_SECTION.unpack_from(content, table + index * size) for index in range(count)]
    for section in sections:
        if section[1] != _SHT_GNU_VERNEED:
            continue
        names = sections[section[6]][4]
        position = section[4]
        for _ in range(section[7]):
            _, entries, _, offset, following = _VERSION_NEED.unpack_from(content, position)
            entry = position + offset
            for _ in range(entries):
                _, flags, _, name, step = _VERSION_AUX.unpack_from(content, entry)
                start = names + name
                if content[start : content.index(0, start)].decode() in NEW_VERSIONS:
                    struct.pack_into("<H", content, entry + 4, flags | _WEAK)
                entry += step
            position += following
