"""Stubs and server bases: one `<file>_grpc.py` beside the messages of every .proto file that has services."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from remora_codegen import layout, names
from remora_codegen.local_names import LocalNames
from remora_codegen.messages.documentation import docstring
from remora_codegen.messages.formatting import indent
from remora_codegen.messages.scope import home
from remora_codegen.model import File, Idempotency, Method, Schema, Service
from remora_codegen.render import Options, Output, Templates

_TEMPLATE = "services/module.py.jinja"
_CONTRACT = "remora.contract.v1.services"
_INDENT = 4


def outputs(schema: Schema, templates: Templates, options: Options, known: Container[str] = ()) -> tuple[Output, ...]:
    """The modules of all services, but for those whose paths are `known`.

    Raises:
        GeneratorError: a template is broken.
    """
    found = []
    for file in schema.files:
        if file.services and home(file, options) == options.package:
            path = "/".join((*options.package.split("."), *file.package_path, f"{file.service_module}.py"))
            if path in known:
                continue
            text = templates.render(_TEMPLATE, module=_Builder(schema, file, options).build())
            found.append(Output(path=path, text=text, sources=(file.name,)))
    return tuple(found)


@dataclass(frozen=True)
class MethodView:
    """One RPC as the template needs it; all text is laid out already.

    Attributes:
        name: the Python method.
        constant: the module-level name of its facts.
        facts: the definition of that constant.
        stub_signature: `def` line or lines of the stub's method.
        stub_doc: docstring of the stub's method.
        call: how the stub's method calls; with `await` where it answers with one message.
        base_signature: `def` line or lines of the server base's method.
        base_doc: docstring of the server base's method.
    """

    name: str
    constant: str
    facts: str
    stub_signature: str
    stub_doc: str
    call: str
    base_signature: str
    base_doc: str


@dataclass(frozen=True)
class ServiceView:
    """One service as the template needs it."""

    full_name: str
    stub: str
    stub_doc: str
    base: str
    base_doc: str
    methods_annotation: str
    methods: tuple[MethodView, ...]


@dataclass(frozen=True)
class ModuleView:
    """One module as the template needs it.

    Attributes:
        imports: the import statements that run, in blocks.
        type_imports: those for type checkers alone, in blocks, indented.
        caller: local name of the contract's `Caller`.
        server_base: local name of the contract's `ServerBase`.
        unimplemented: local name of the contract's function that makes the error of methods left alone.
    """

    doc: str
    caller: str
    server_base: str
    unimplemented: str
    imports: tuple[str, ...]
    type_imports: tuple[str, ...]
    services: tuple[ServiceView, ...]


class _Builder:
    """Makes the view of one module."""

    def __init__(self, schema: Schema, file: File, options: Options) -> None:
        self.schema = schema
        self.file = file
        self.options = options
        methods = [method for service in file.services for method in service.methods]
        own = {name for service in file.services for name in (service.stub_name, service.base_name)}
        # An annotation inside a class sees the methods of that class first, so no import may be called like one.
        self.names = LocalNames(own | {method.python_name for method in methods})
        for method in methods:
            self.message(method.request)
            self.message(method.response)

    def build(self) -> ModuleView:
        services = tuple(self.service(service) for service in self.file.services)
        self.names.use("typing", "TYPE_CHECKING")
        return ModuleView(
            doc=_docstring("", f"Stubs and server bases of `{self.file.name}`.", 0),
            caller=self.names.use(_CONTRACT, "Caller", type_only=True),
            server_base=self.names.use(_CONTRACT, "ServerBase"),
            unimplemented=self.names.use(_CONTRACT, "unimplemented") if any(s.methods for s in services) else "",
            imports=self.names.statements(type_only=False),
            type_imports=self.names.statements(type_only=True, indent=_INDENT),
            services=services,
        )

    def message(self, full_name: str) -> str:
        file = self.schema.type_file(full_name)
        if home(file, self.options) == self.options.package:
            module = layout.relative_module(self.file.package_path, (*file.package_path, file.module))
        else:
            module = ".".join((home(file, self.options), *file.package_path, file.module))
        return self.names.use(module, self.schema.python_name(full_name))

    def service(self, service: Service) -> ServiceView:
        methods = tuple(self.method(service, method) for method in service.methods)
        facts = self.names.use(_CONTRACT, "Method")
        any_type = self.names.use("typing", "Any")
        mapping = self.names.use("collections.abc", "Mapping", type_only=True)
        text = self.builtin("str")
        call = f"Call `{service.full_name}`."
        serve = f"Serve `{service.full_name}`: inherit and override; methods left alone answer UNIMPLEMENTED."
        return ServiceView(
            full_name=service.full_name,
            stub=service.stub_name,
            stub_doc=_docstring(_with_note(service.doc or call, service.deprecated), call, 1),
            base=service.base_name,
            base_doc=_docstring(_with_note(serve, service.deprecated), f"Serve `{service.full_name}`.", 1),
            methods_annotation=(
                f"{self.names.use('typing', 'ClassVar')}[{mapping}[{text}, {facts}[{any_type}, {any_type}]]]"
            ),
            methods=methods,
        )

    def method(self, service: Service, method: Method) -> MethodView:
        request, response = self.message(method.request), self.message(method.response)
        constant = self.constant(service, method)
        path = f"{service.full_name}/{method.name}"
        awaited = not method.server_streaming
        argument = "requests" if method.client_streaming else "request"
        call = "Call `{}` and iterate over its responses." if method.server_streaming else "Call `{}`."
        return MethodView(
            name=method.python_name,
            constant=constant,
            facts=self.facts(method, constant, path, request, response),
            stub_signature=self.stub_signature(method, argument, request, response),
            stub_doc=_method_docstring(method, call.format(path)),
            call=layout.bracketed(
                f"return {'await ' if awaited else ''}self._caller.{method.shape}(",
                (constant, argument, "timeout=timeout", "metadata=metadata"),
                ")",
                2 * _INDENT,
            ),
            base_signature=self.base_signature(method, argument, request, response),
            base_doc=_method_docstring(method, f"Serve `{path}`."),
        )

    def constant(self, service: Service, method: Method) -> str:
        # With two leading underscores the name would be mangled inside the classes.
        name = names.snake_case(method.name).upper().lstrip("_")
        if len(self.file.services) > 1:
            name = f"{names.snake_case(service.python_name).upper()}_{name}"
        return self.names.own(f"_{name}")

    def facts(self, method: Method, constant: str, path: str, request: str, response: str) -> str:
        shape = f"{self.names.use(_CONTRACT, 'Shape')}.{method.shape.upper()}"
        items = [f'"/{path}"', request, response, shape]
        if method.idempotency is not Idempotency.UNKNOWN:
            items.append("idempotent=True")
        return layout.bracketed(f"{constant} = {self.names.use(_CONTRACT, 'Method')}(", items, ")")

    def stub_signature(self, method: Method, argument: str, request: str, response: str) -> str:
        timeout, metadata = self.builtin("float"), self.names.use(_CONTRACT, "Metadata", type_only=True)
        parameters = (
            "self",
            f"{argument}: {self.request_annotation(method, request)}",
            "*",
            f"timeout: {timeout} | None = None",
            f"metadata: {metadata} | None = None",
        )
        if method.server_streaming:
            stream = self.names.use(_CONTRACT, "ResponseStream", type_only=True)
            return layout.bracketed(f"def {method.python_name}(", parameters, f") -> {stream}[{response}]:", _INDENT)
        return layout.bracketed(f"async def {method.python_name}(", parameters, f") -> {response}:", _INDENT)

    def request_annotation(self, method: Method, request: str) -> str:
        if not method.client_streaming:
            return request
        iterables = [self.names.use("collections.abc", name, type_only=True) for name in ("Iterable", "AsyncIterable")]
        return " | ".join(f"{iterable}[{request}]" for iterable in iterables)

    def base_signature(self, method: Method, argument: str, request: str, response: str) -> str:
        context = self.names.use(_CONTRACT, "ServerContext", type_only=True)
        requests = self.iterator(request) if method.client_streaming else request
        parameters = ("self", f"{argument}: {requests}", f"context: {context}")
        if method.server_streaming:
            head, tail = f"def {method.python_name}(", f") -> {self.iterator(response)}:"
        else:
            head, tail = f"async def {method.python_name}(", f") -> {response}:"
        return layout.bracketed(head, parameters, tail, _INDENT)

    def iterator(self, item: str) -> str:
        return f"{self.names.use('collections.abc', 'AsyncIterator', type_only=True)}[{item}]"

    def builtin(self, name: str) -> str:
        """A builtin type; imported under another name where a method has taken its own."""
        return self.names.use("builtins", name, type_only=True) if self.names.is_taken(name) else name


def _method_docstring(method: Method, fallback: str) -> str:
    return _docstring(_with_note(method.doc or fallback, method.deprecated), fallback, 2)


def _with_note(text: str, deprecated: bool) -> str:
    return f"{text}\n\nDeprecated." if deprecated else text


def _docstring(comment: str, fallback: str, depth: int) -> str:
    """A docstring that begins where the template puts it; its later lines are indented."""
    first, *rest = docstring(fallback, comment, (), depth)
    return "\n".join([first, *indent(rest, depth)])
