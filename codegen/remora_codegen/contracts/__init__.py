"""Contract tests: beside a generated package, a small test of each method of its entities and stubs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from remora_codegen import testing
from remora_codegen.contracts.entity_tests import EntityTests, TestView
from remora_codegen.contracts.names import FirstParty, TestNames
from remora_codegen.contracts.stub_tests import StubTests
from remora_codegen.contracts.wire import Wire
from remora_codegen.manifest import Entity, Manifest
from remora_codegen.manifest.model import FromContext, FromParameter
from remora_codegen.model import Schema
from remora_codegen.names import snake_case
from remora_codegen.render import Options, Output, Templates

_OWN_SETTINGS = ("org", "project", "domain")


def outputs(
    schema: Schema,
    surfaces: Iterable[tuple[str, Manifest]],
    files: Iterable[FileDescriptorProto],
    templates: Templates,
    options: Options,
    out: Path,
) -> Iterator[Output]:
    """The tests, by path below the directory of tests.

    Args:
        schema: all services and messages.
        surfaces: the manifests by their subpackages.
        files: descriptors of all files.
        templates: the templates.
        options: what the user chose.
        out: the directory that holds the package.

    Raises:
        GeneratorError: a template is broken.
    """
    surfaces = tuple(surfaces)
    ours = FirstParty(options.package, out)
    manifests = tuple(manifest for _, manifest in surfaces)
    yield Output("__init__.py", f'"""Contract tests of `{options.package}`."""\n', _sources(manifests))
    empty = Manifest("", ())
    served = tuple(testing.served(schema, options))
    if not served:
        return
    settings = sorted(set(_settings(manifests)))
    names = TestNames(schema, empty, options, Entity("", "", ""), ours)
    yield Output("conftest.py", _conftest(names, settings, templates, options), _sources(manifests))
    wire = Wire(files)
    taken: set[str] = set()
    for name, manifest in surfaces:
        for entity in manifest.entities:
            if entity.methods or entity.collections:
                own = replace(options, entities=name)
                names = TestNames(schema, manifest, own, entity, ours)
                tests = EntityTests(schema, manifest, names, _testing(schema, options), entity).tests()
                prefix = "" if name == options.entities else f"{name}_"
                path = _path(f"test_{prefix}{entity.module}", taken)
                doc = f"What the methods of `{entity.name}` send, and what they make of the answers."
                yield Output(path, _module(doc, names, tests, templates), (manifest.file, *manifest.included))
    for file in served:
        for service in file.services:
            if service.methods:
                names = TestNames(schema, empty, options, Entity("", "", ""), ours)
                tests = StubTests(schema, names, _testing(schema, options), service, wire).tests()
                path = _path(f"test_{snake_case(service.python_name)}_stub", taken)
                doc = f"What `{service.stub_name}` sends and receives, down to the bytes."
                yield Output(path, _module(doc, names, tests, templates), (file.name,))


def _testing(schema: Schema, options: Options) -> str:
    return f"{options.package}.{testing.module_name(schema)}"


def _path(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return f"{name}.py"


def _sources(manifests: Iterable[Manifest]) -> tuple[str, ...]:
    return tuple(sorted({name for item in manifests for name in (item.file, *item.included)}))


def _module(doc: str, names: TestNames, tests: tuple[TestView, ...], templates: Templates) -> str:
    type_imports = names.statements(type_only=True, indent=4)
    checking = names.use("typing", "TYPE_CHECKING") if type_imports else ""
    return templates.render(
        "contracts/module.py.jinja",
        doc=doc,
        imports=names.statements(type_only=False),
        type_imports=type_imports,
        type_checking=checking,
        tests=tests,
    )


def _conftest(names: TestNames, settings: list[str], templates: Templates, options: Options) -> str:
    server = names.use(f"{options.package}.testing", "FakeServer")
    own = [name for name in _OWN_SETTINGS if name in settings]
    others = [name for name in settings if name not in _OWN_SETTINGS]
    given = [f'{name}="{name}"' for name in own]
    if others:
        given.append(f"context={{{', '.join(f'{name!r}: {name!r}'.replace(chr(39), chr(34)) for name in others)}}}")
    pytest = names.use("", "pytest")
    policy = names.use("remora.contract.v1.testing", "RetryPolicy")
    client = names.contract("Client", type_only=True)
    iterator = names.use("collections.abc", "Iterator", type_only=True)
    return templates.render(
        "contracts/conftest.py.jinja",
        package=options.package,
        server=server,
        pytest=pytest,
        client=client,
        iterator=iterator,
        settings=[*given, "validate=False", f"retry={policy}(attempts=1)", "timeout=10"],
        type_checking=names.use("typing", "TYPE_CHECKING"),
        imports=names.statements(type_only=False),
        type_imports=names.statements(type_only=True, indent=4),
    )


def _settings(value: object) -> Iterator[str]:
    """Every setting of a client that the methods ask for."""
    if isinstance(value, FromContext) or (isinstance(value, FromParameter) and value.setting):
        yield value.setting
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _settings(item)
    elif isinstance(value, Mapping):
        yield from _settings(tuple(value.values()))
    elif is_dataclass(value):
        for part in fields(value):
            yield from _settings(getattr(value, part.name))
