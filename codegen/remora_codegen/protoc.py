"""Run protoc (from grpcio-tools) over a proto directory and read its descriptor set as typed objects."""

from __future__ import annotations

import concurrent.futures
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from betterproto2_compiler.lib.google.protobuf import FileDescriptorSet
from google.protobuf import descriptor_pb2

from remora_codegen import mistakes, tree
from remora_codegen.diagnostics import Diagnostic, GeneratorError
from remora_codegen.model import Location


def find_protos(root: Path) -> tuple[str, ...]:
    """Every .proto file below `root`, as sorted `/`-separated paths relative to it."""
    if not root.is_dir():
        raise GeneratorError([Diagnostic(Location(str(root)), "the proto directory does not exist")])
    return tree.protos(root)


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """A temporary directory for protoc's input or output."""
    with tempfile.TemporaryDirectory(prefix="remora-protoc-") as name:
        yield Path(name)


def descriptor_set(root: Path, files: Sequence[str], include: Iterable[Path] = ()) -> FileDescriptorSet:
    """Compile `files` below `root` into a descriptor set with comments and everything they import.

    Args:
        root: the directory that import paths start from.
        files: paths relative to `root`.
        include: further import directories; the well-known types of google.protobuf are always found.

    Raises:
        GeneratorError: protoc refused a file; each of its lines is a diagnostic.
    """
    from remora_codegen.inputs.descriptors import normalized, read_set

    found = read_set(serialized_set(root, files, include), str(root))
    ordered = normalized(found.values(), str(root))
    return FileDescriptorSet.parse(descriptor_pb2.FileDescriptorSet(file=ordered).SerializeToString())


def well_known_set(files: Sequence[str]) -> bytes:
    """Files of google.protobuf, and what they import, as an encoded descriptor set with comments."""
    with resources.as_file(resources.files("grpc_tools") / "_proto") as root:
        return serialized_set(root, files)


def serialized_set(
    root: Path, files: Sequence[str], include: Iterable[Path] = (), *, source_info: bool = True
) -> bytes:
    """The same as bytes; without places and comments when `source_info` is false."""
    if not files:
        raise GeneratorError([Diagnostic(Location(str(root)), "there is no .proto file in this directory")])
    well_known = resources.files("grpc_tools") / "_proto"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{root}", *(f"-I{path}" for path in include)]
    command += [f"-I{well_known}", "--include_imports"]
    command += ["--include_source_info"] if source_info else []
    with scratch_directory() as scratch:
        out = scratch / "set.pb"

        def run(*names: str) -> str:
            arguments = [*command, f"--descriptor_set_out={out if names == tuple(files) else os.devnull}", *names]
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
            return done.stderr if done.returncode else ""

        if not run(*files):
            return out.read_bytes()
        # protoc stops at the first file that it refuses; to name every mistake, each file gets a run of its own.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            texts = list(pool.map(run, files))
    raise GeneratorError(mistakes.diagnostics(texts, root))
