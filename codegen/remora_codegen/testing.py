"""The module that tests of a generated package import: a server of all its services, and the fixture of it."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from remora_codegen import layout
from remora_codegen.local_names import LocalNames
from remora_codegen.messages.scope import home
from remora_codegen.model import File, Schema
from remora_codegen.render import Options, Output, Templates

CONTRACT = "remora.contract.v1.testing"


@dataclass(frozen=True)
class TestingView:
    """What the template sees; all text is laid out already.

    Attributes:
        services: the definition of the tuple of all server bases.
        example: a method of one of them.
        server: local name of the runtime's server.
        fixture: the name of the fixture.
        fixture_decorator: what makes it one.
    """

    doc: str
    package: str
    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    type_checking: str
    services: str
    example: str
    server: str
    server_base: str
    iterator: str
    fixture: str
    fixture_decorator: str


def module_name(schema: Schema) -> str:
    """The module's name in the package, which a proto package may have taken."""
    return free_name("testing", {file.package_path[0] for file in schema.files if file.package_path})


def free_name(name: str, taken: Container[str]) -> str:
    """A name that is not taken."""
    while name in taken:
        name += "_"
    return name


def served(schema: Schema, options: Options) -> Iterator[File]:
    """The files of the package that have services with methods."""
    for file in schema.files:
        if home(file, options) == options.package and any(service.methods for service in file.services):
            yield file


def outputs(schema: Schema, templates: Templates, options: Options) -> Iterator[Output]:
    """The module; none for a package without services.

    Raises:
        GeneratorError: a template is broken.
    """
    files = tuple(served(schema, options))
    if files:
        text = templates.render("testing/module.py.jinja", module=_view(files, options))
        path = f"{options.package.replace('.', '/')}/{module_name(schema)}.py"
        yield Output(path, text, tuple(file.name for file in files))


def _view(files: tuple[File, ...], options: Options) -> TestingView:
    fixture = f"fake_{options.package.replace('.', '_')}"
    names = LocalNames(("SERVICES", "FakeServer", fixture))
    bases = []
    example = ""
    for file in files:
        module = layout.relative_module((), (*file.package_path, file.service_module))
        for service in file.services:
            if service.methods:
                bases.append(names.use(module, service.base_name))
                example = example or f"{bases[-1]}.{service.methods[0].python_name}"
    bases.sort(key=layout.natural)
    server = names.use(CONTRACT, "AnyFakeServer")
    decorator = names.use(CONTRACT, "fixture")
    server_base = names.use(CONTRACT, "ServerBase", type_only=True)
    iterator = names.use("collections.abc", "Iterator", type_only=True)
    checking = names.use("typing", "TYPE_CHECKING")
    head = f"SERVICES: tuple[type[{server_base}], ...] = ("
    one = f"{head}{bases[0]},)"
    return TestingView(
        doc=f'"""A real server of `{options.package}` in the process of your tests; see `FakeServer`."""',
        package=options.package,
        imports=names.statements(type_only=False),
        type_imports=names.statements(type_only=True, indent=4),
        type_checking=checking,
        services=one if len(bases) == 1 else layout.bracketed(head, bases, ")"),
        example=example,
        server=server,
        server_base=server_base,
        iterator=iterator,
        fixture=fixture,
        fixture_decorator=decorator,
    )
