"""`remora vendor`: from an installed package's descriptors to .proto files and their lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from remora_codegen import protoc, transaction
from remora_codegen.diagnostics import Diagnostic, GeneratorError, did_you_mean
from remora_codegen.model import Location
from remora_codegen.vendor import facts
from remora_codegen.vendor.descriptors import DescriptorFiles, canonical
from remora_codegen.vendor.lock import FILE_NAME, Lock, digest
from remora_codegen.vendor.printer import print_file
from remora_codegen.vendor.scopes import Scopes
from remora_codegen.vendor.wheel import Wheel
from remora_codegen.version import VERSION

ALL = "*"
_HEADER = "Printed by `remora vendor` from the descriptors of "


def vendor(
    wheel: Wheel,
    directory: Path,
    services: Sequence[str] = (),
    *,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> None:
    """Bring the .proto files of some services, and all they import, into a directory.

    Args:
        wheel: the package that carries the descriptors.
        directory: where the files and the lock go.
        services: names of services, full or unique last parts, or `["*"]`; those in the lock when omitted.
        say: told what changed, line by line.
        warn: told what takes time.

    Raises:
        GeneratorError: an unknown service, a package that cannot be read, a file that would be overwritten but is
            not ours, or text that would not compile to the same descriptors again.
    """
    lock = Lock.read(directory)
    wanted = tuple(services) or lock.services
    if not wanted:
        problem = f"there is no {FILE_NAME} in '{directory}' that names services (use --services or --all)"
        raise GeneratorError([Diagnostic(Location("--services"), problem)])
    descriptors = wheel.descriptors(warn)
    chosen = _chosen_services(wanted, descriptors, wheel)
    texts = proto_texts(descriptors, _files_of(chosen, descriptors), wheel.name)
    _verify(texts, descriptors)
    new = Lock(
        wheel=str(wheel),
        services=chosen,
        generator=VERSION,
        files={name: digest(text.encode()) for name, text in texts.items()},
    )
    _write(directory, lock, new, texts, descriptors, say)


def _chosen_services(wanted: Iterable[str], descriptors: DescriptorFiles, wheel: Wheel) -> tuple[str, ...]:
    if ALL in wanted:
        return (ALL,)
    known = descriptors.services()
    found, problems = [], []
    for name in wanted:
        matches = [name] if name in known else [item for item in known if item.rpartition(".")[2] == name]
        if len(matches) == 1:
            found += matches
            continue
        if matches:
            message = f"'{name}' is the name of several services of {wheel}: {', '.join(sorted(matches))}"
            hint = "use a full name"
        else:
            message = f"{wheel} has no service '{name}'"
            hint = did_you_mean(name, [*known, *(item.rpartition(".")[2] for item in known)])
        problems.append(Diagnostic(Location("--services"), message, hint))
    if problems:
        raise GeneratorError(problems)
    return tuple(sorted(set(found)))


def _files_of(services: Iterable[str], descriptors: DescriptorFiles) -> tuple[str, ...]:
    by_service = descriptors.services()
    if ALL in services:
        return descriptors.closure(descriptors.by_name)
    return descriptors.closure(by_service[name] for name in services)


def proto_texts(descriptors: DescriptorFiles, names: Iterable[str], source: str) -> dict[str, str]:
    """The text of each file by its name, without the well-known types, which every protoc brings along.

    The header names the package but not its version, so that a file changes only when what it says does.
    """
    texts = {}
    for name in names:
        if not name.startswith("google/protobuf/"):
            scopes = Scopes(descriptors.by_name[item] for item in descriptors.closure([name]))
            header = f"{_HEADER}{source} (see {FILE_NAME}); do not edit."
            texts[name] = print_file(descriptors.by_name[name], scopes, header)
    return texts


def compile_protos(directory: Path, names: Sequence[str], pool: DescriptorFiles | None = None) -> DescriptorFiles:
    """Descriptors of .proto files as protoc sees them, with readable options."""
    content = protoc.serialized_set(directory, names, source_info=False)
    return DescriptorFiles((file.SerializeToString() for file in FileDescriptorSet.FromString(content).file), pool)


def _verify(texts: Mapping[str, str], descriptors: DescriptorFiles) -> None:
    """Compile what was printed and compare it with what it was printed from."""
    with protoc.scratch_directory() as scratch:
        transaction.apply(scratch, {name: text.encode() for name, text in texts.items()})
        compiled = compile_protos(scratch, sorted(texts), descriptors)
    problems = [
        Diagnostic(Location(name), f"the printed text differs from the descriptor: {line}")
        for name in texts
        if canonical(compiled.by_name[name]) != canonical(descriptors.by_name[name])
        for line in facts.changes(descriptors.by_name[name], compiled.by_name[name]) or ["in a detail"]
    ]
    if problems:
        raise GeneratorError(problems)


def _write(
    directory: Path,
    old: Lock,
    new: Lock,
    texts: Mapping[str, str],
    descriptors: DescriptorFiles,
    say: Callable[[str], None],
) -> None:
    on_disk = {name: (directory / name).read_bytes() for name in {*old.files, *texts} if (directory / name).is_file()}
    foreign = [
        Diagnostic(Location(str(directory / name)), "this file was not written by `remora vendor`", "move it away")
        for name, content in on_disk.items()
        if name not in old.files and not content.startswith(f"// {_HEADER}".encode())
    ]
    if foreign:
        raise GeneratorError(foreign)
    lines = []
    if old.wheel and old.wheel != new.wheel:
        lines.append(f"source  {old.wheel} -> {new.wheel}")
    if old.services and old.services != new.services:
        lines += [f"service {name} added" for name in new.services if name not in old.services]
        lines += [f"service {name} removed" for name in old.services if name not in new.services]
    previous = _previous(directory, on_disk)
    writes: dict[str, bytes] = {}
    for name, text in sorted(texts.items()):
        content = text.encode()
        if on_disk.get(name) != content:
            writes[name] = content
        if name not in old.files:
            lines.append(f"added   {name}")
        elif old.files[name] != digest(content):
            lines.append(f"changed {name}")
            if previous is not None and name in previous.by_name:
                before = canonical(previous.by_name[name])
                lines += [f"  {line}" for line in facts.changes(before, canonical(descriptors.by_name[name]))]
        elif name in writes:
            state = "was edited" if name in on_disk else "was missing"
            lines.append(f"restored {name} ({state} since the lock)")
    removed = [name for name in old.files if name not in texts]
    lines += [f"removed {name}" for name in sorted(removed)]
    if lines:
        writes[FILE_NAME] = new.text().encode()
    transaction.apply(directory, writes, [name for name in removed if name in on_disk])
    for line in lines or ["nothing changed"]:
        say(line)


def _previous(directory: Path, on_disk: Mapping[str, bytes]) -> DescriptorFiles | None:
    """What the files said before; None when they do not compile, as after a careless edit."""
    if not on_disk:
        return None
    try:
        return compile_protos(directory, sorted(on_disk))
    except GeneratorError:
        return None
