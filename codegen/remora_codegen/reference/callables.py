"""Hand-written functions and methods as a page shows them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remora_codegen.annotations import last_name
from remora_codegen.entities.arguments import with_markers
from remora_codegen.literals import literal
from remora_codegen.pytypes import Imported, Type
from remora_codegen.reference import docstrings
from remora_codegen.reference.docstrings import Docstring
from remora_codegen.reference.markdown import Linker, cell, code, fenced, inline, paragraphs, sample
from remora_codegen.reference.source import Sources, annotated
from remora_codegen.reference.types import Types, signature
from remora_codegen.reference.views import FunctionView, Sample, Table
from remora_codegen.source_modules import FunctionNode, Module

PARAMETER_COLUMNS = ("Parameter", "Type", "Default", "Meaning")


@dataclass(frozen=True)
class Parameter:
    """One parameter; `default` is its text, nothing for one that is required."""

    name: str
    type: Type
    kind: str
    default: str
    meaning: str = ""

    @property
    def shown(self) -> str:
        """The name with its stars."""
        return {"var_positional": "*", "var_keyword": "**"}.get(self.kind, "") + self.name


def parameter_table(title: str, items: Sequence[Parameter], types: Types, link: Linker) -> Table:
    """The parameters of a function."""
    rows = tuple(
        (
            code([(item.shown, "")]),
            types.linked(item.type),
            code([(item.default, "")]) if item.default else "",
            cell(item.meaning, link),
        )
        for item in items
    )
    return Table(title, PARAMETER_COLUMNS, rows)


def definition(items: Sequence[Parameter], types: Types) -> list[str]:
    """The parameters as they stand in a signature."""
    texts = [
        (f"{item.shown}: {types.text(item.type)}" + (f" = {item.default}" if item.default else ""), item.kind)
        for item in items
    ]
    return with_markers(texts, first_by_position=False)


def error_table(raises: Mapping[str, str], link: Linker) -> Table:
    """The errors of a function."""
    rows = tuple((code([(name, link(name))]), cell(_sentence(text), link)) for name, text in raises.items())
    return Table("Raises", ("Error", "When"), rows)


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:] if text.split(" ", 1)[0].isalpha() else text
    return text if text.endswith((".", "!", "?")) else f"{text}."


class Callables:
    """Makes the views of the functions of one page."""

    def __init__(self, sources: Sources, types: Types, link: Linker) -> None:
        self._sources = sources
        self._types = types
        self._link = link

    def view(self, module: Module, node: FunctionNode, title: str, name: str, target: str) -> FunctionView:
        """A function or method.

        Args:
            module: where it is written.
            node: its source.
            title: its heading.
            name: what its signature calls it.
            target: how it is called, without brackets.
        """
        doc = docstrings.read(ast.get_docstring(node) or "")
        return self._view(module, node, title, name, doc, self._notes(node, target))

    def dual(self, module: Module, node: ast.ClassDef, title: str, name: str, target: str, text: str) -> FunctionView:
        """An object that is called to block and whose `aio` is the async form.

        Args:
            module: where its class is written.
            node: its class.
            title: its heading.
            name: what its signature calls it.
            target: how it is called, without brackets.
            text: what is said of it where it is offered.
        """
        blocking, asynchronous = (method(node, wanted) for wanted in ("__call__", "aio"))
        assert blocking is not None
        assert asynchronous is not None
        doc = docstrings.read(ast.get_docstring(blocking) or text or ast.get_docstring(node) or "")
        forms = dual_note(target, "unary" if isinstance(asynchronous, ast.AsyncFunctionDef) else "stream")
        return self._view(module, blocking, title, name, doc, (forms,))

    def parameters(self, module: Module, node: FunctionNode, meanings: Mapping[str, str]) -> list[Parameter]:
        """The parameters of a function, with what its docstring says of them."""
        return [
            Parameter(name, annotated(module, annotation), kind, default, meanings.get(name, ""))
            for name, annotation, kind, default in _parameters(module, node, drop_first=_is_bound(node))
        ]

    def expanded(self, items: Sequence[Parameter]) -> list[Parameter]:
        """The parameters, with the keywords that `**name: Unpack[T]` takes in its place."""
        found: list[Parameter] = []
        for item in items:
            keywords = self._keywords(item) if item.kind == "var_keyword" else []
            found += keywords or [item]
        return found

    def _keywords(self, item: Parameter) -> list[Parameter]:
        names = [part for part in item.type.parts if isinstance(part, Imported) and part.name != "Unpack"]
        if not any(isinstance(part, Imported) and part.name == "Unpack" for part in item.type.parts) or not names:
            return []
        where = self._sources.defined(names[0])
        node = self._sources.find(where)
        if not isinstance(node, ast.ClassDef):
            return []
        module = self._sources.module(where.module)
        meanings = docstrings.read(ast.get_docstring(node) or "").attributes
        return [
            Parameter(field.target.id, annotated(module, field.annotation), "keyword", "", meanings[field.target.id])
            for field in node.body
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and field.target.id in meanings
        ]

    def _view(
        self,
        module: Module,
        node: FunctionNode,
        title: str,
        name: str,
        doc: Docstring,
        notes: tuple[str, ...],
    ) -> FunctionView:
        items = self.parameters(module, node, doc.arguments)
        shown = self.expanded(items)
        head = "async def " if isinstance(node, ast.AsyncFunctionDef) else "def "
        returns = self._types.text(annotated(module, node.returns)) if node.returns else "None"
        return function_view(
            title,
            doc,
            notes,
            signature(
                f"{head}{name}(",
                definition(items, self._types),
                f") -> {returns}",
            ),
            parameter_table("Parameters", shown, self._types, self._link),
            self._link,
        )

    def _notes(self, node: FunctionNode, target: str) -> tuple[str, ...]:
        decorators = {last_name(item) for item in node.decorator_list}
        yields = node.returns is not None and last_name(getattr(node.returns, "value", node.returns))
        if "contextmanager" in decorators:
            return (f"Use it as `with {target}(...):`.",)
        if "asynccontextmanager" in decorators:
            return (f"Use it as `async with {target}(...):`.",)
        if yields in ("AsyncIterator", "AsyncGenerator"):
            return (f"Use it as `async for item in {target}(...):`.",)
        if isinstance(node, ast.AsyncFunctionDef):
            return (f"Async: `await {target}(...)`.",)
        return ()


def function_view(
    title: str,
    doc: Docstring,
    notes: tuple[str, ...],
    signature_: str,
    parameters: Table,
    link: Linker,
    *,
    calls: str = "",
    also: Sequence[str] = (),
) -> FunctionView:
    """A function's view from its docstring and what was found out about it.

    Args:
        title: its heading.
        doc: its docstring.
        notes: sentences about how it is called.
        signature_: its signature.
        parameters: their table.
        link: finds what texts name.
        calls: the RPCs that it makes.
        also: the async form of the example.
    """
    returns = "".join(
        f"**{what}:** {inline(_sentence(text), link)}"
        for what, text in (("Returns", doc.returns), ("Yields", doc.yields))
        if text
    )
    return FunctionView(
        title=title,
        summary=inline(doc.summary, link),
        body=paragraphs(doc.body, link),
        notes=notes,
        signature=fenced(Sample("python", signature_)),
        parameters=parameters,
        returns=returns,
        raises=error_table(doc.raises, link),
        calls=calls,
        examples=tuple(sample(lines) for lines in (doc.example, also) if lines),
    )


def dual_note(target: str, shape: str, item: str = "item") -> str:
    """How both forms of a method are called."""
    if shape == "unary":
        return f"Blocking: `{target}(...)`. Async: `await {target}.aio(...)`."
    return f"Blocking: `for {item} in {target}(...):`. Async: `async for {item} in {target}.aio(...):`."


def method(node: ast.ClassDef, name: str) -> FunctionNode | None:
    """A method of a class by its name; of overloads the last one."""
    found = [item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return next((item for item in reversed(found) if item.name == name), None)


def default_text(node: ast.expr | None, module: Module | None = None) -> str:
    """A default as the house writes constants; of a dataclass field what it gives, of a constant its value."""
    if node is None:
        return ""
    if module is not None and isinstance(node, ast.Name) and node.id in module.constants:
        return default_text(module.constants[node.id])
    if isinstance(node, ast.Call) and last_name(node.func) == "field":
        given = {item.arg: item.value for item in node.keywords}
        if "default" in given:
            return default_text(given["default"])
        made = ast.unparse(given["default_factory"]) if "default_factory" in given else ""
        return {"": "", "list": "[]", "dict": "{}"}.get(made, f"{made}()")
    try:
        return literal(ast.literal_eval(node))
    except ValueError:
        return ast.unparse(node)


def _is_bound(node: FunctionNode) -> bool:
    """Whether the first parameter is what the function is called on."""
    items = [*node.args.posonlyargs, *node.args.args]
    return bool(items) and items[0].arg in ("self", "cls")


def _parameters(
    module: Module, node: FunctionNode, *, drop_first: bool
) -> Iterator[tuple[str, ast.expr | None, str, str]]:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(positional) - len(given.defaults)) + list(given.defaults)
    for index, (item, default) in enumerate(zip(positional, defaults, strict=True)):
        if not (drop_first and index == 0):
            kind = "positional_only" if index < len(given.posonlyargs) else "positional"
            yield item.arg, item.annotation, kind, default_text(default, module)
    if given.vararg is not None:
        yield given.vararg.arg, given.vararg.annotation, "var_positional", ""
    for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield item.arg, item.annotation, "keyword", default_text(default, module)
    if given.kwarg is not None:
        yield given.kwarg.arg, given.kwarg.annotation, "var_keyword", ""
