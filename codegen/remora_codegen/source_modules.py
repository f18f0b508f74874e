"""Modules of hand-written functions, as their source says: functions, and where every name comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from remora_codegen.annotations import Annotations, SignatureError, last_name
from remora_codegen.literals import literal
from remora_codegen.pytypes import Imported, Type

_GENERATORS = ("AsyncGenerator",)


@dataclass(frozen=True)
class Argument:
    """One parameter of a function.

    Attributes:
        kind: `positional_only`, `positional`, `keyword`, `var_positional` or `var_keyword`.
        default: Python text of the default value, None when the parameter is required.
    """

    name: str
    type: Type
    kind: str
    default: str | None = None


@dataclass(frozen=True)
class Function:
    """A hand-written function.

    Attributes:
        file: its module's path inside the package root, for banners.
        shape: `async` (a coroutine function), `stream` (an async generator) or `plain`.
        first: name of the first parameter, the empty string when there is none.
        owners: names of the classes that the first parameter may have, as far as they are written down.
        arguments: the parameters; for a function of an entity without the first one.
        returns: what it returns; for a stream the type of an item.
        is_generic: the first parameter's type is a type variable, so subclasses get their own type back.
        first_by_position: the first parameter cannot be given by name, so `**` may take one of its name.
    """

    module: str
    name: str
    file: str
    shape: str
    first: str
    owners: tuple[str, ...]
    arguments: tuple[Argument, ...]
    returns: Type
    is_generic: bool
    doc: str
    first_by_position: bool = False


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One parsed module: its functions, and where every module-level name comes from."""

    def __init__(self, name: str, file: str, tree: ast.Module) -> None:
        self.name = name
        self.file = file
        self.tree = tree
        self.functions: dict[str, FunctionNode] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.origins: dict[str, Imported] = {}
        self.constants: dict[str, ast.expr] = {}
        self.type_variables: set[str] = set()
        self._scan(tree.body)

    @cached_property
    def package(self) -> str:
        """The package that relative imports of this module start from."""
        return self.name if self.file.endswith("/__init__.py") else self.name.rpartition(".")[0]

    def knows(self, name: str) -> bool:
        """Whether the module has a name, defined or imported."""
        return name in self.origins

    def _scan(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                # Of overloads, the last definition is the function itself.
                self.functions[node.name] = node
                self.origins[node.name] = Imported(self.name, node.name)
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                self.origins[node.name] = Imported(self.name, node.name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.origins[alias.asname or alias.name.partition(".")[0]] = Imported("", alias.name)
            elif isinstance(node, ast.ImportFrom):
                module = self._absolute(node)
                for alias in node.names:
                    self.origins[alias.asname or alias.name] = Imported(module, alias.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                self._scan_assignment(node)
            elif isinstance(node, ast.If):
                self._scan(node.body)
                self._scan(node.orelse)
            elif isinstance(node, ast.Try):
                self._scan(node.body)

    def _scan_assignment(self, node: ast.Assign | ast.AnnAssign) -> None:
        if node.value is None:
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for name, value in zip(target.elts, node.value.elts, strict=False):
                    self._assign(name, value)
            else:
                self._assign(target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.origins[target.id] = Imported(self.name, target.id)
            self.constants[target.id] = value
            if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("TypeVar"):
                self.type_variables.add(target.id)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        base = self.package.split(".")
        kept = base[: len(base) - node.level + 1]
        return ".".join([*kept, *([node.module] if node.module else [])])

    def function(self, node: FunctionNode) -> Function:
        """The signature of one of the module's functions.

        Raises:
            SignatureError: something in it cannot be copied.
        """
        where = f"function '{node.name}' of module '{self.name}' ({self.file}:{node.lineno})"
        arguments = list(self._arguments(node, where))
        first = arguments[0][0] if arguments else ""
        variable = self._self_variable(node, first)
        rest = arguments[1:] if first in ("self", "cls") else arguments
        if node.returns is None:
            raise SignatureError(f"{where} does not say what it returns", "annotate it")
        read = Annotations(self.origins, where, variable)
        shape = "plain"
        returns = node.returns
        if isinstance(node, ast.AsyncFunctionDef):
            shape = "stream" if _is_generator(node) else "async"
        if shape == "stream":
            returns = _item_annotation(node.returns, where)
        return Function(
            module=self.name,
            name=node.name,
            file=self.file,
            shape=shape,
            first=first,
            owners=self._owners(node) if first in ("self", "cls") else (),
            arguments=tuple(
                Argument(name, read.type(annotation, f"parameter '{name}'"), kind, default)
                for name, annotation, kind, default in rest
            ),
            returns=read.type(returns, "what it returns"),
            is_generic=bool(variable),
            doc=ast.get_docstring(node) or "",
            first_by_position=bool(node.args.posonlyargs),
        )

    def alias(self, name: str) -> Type | None:
        """The type that a name is an alias of, as in `Name: TypeAlias = Literal["a", "b"]`; None if it is none."""
        value = self.constants.get(name)
        if value is None or isinstance(value, ast.Call):
            return None
        try:
            return Annotations(self.origins, f"alias '{name}' of module '{self.name}'", "").type(value, "it")
        except SignatureError:
            return None

    def members(self, name: str) -> tuple[str, ...]:
        """The values of an enum class whose members are strings; none for anything else."""
        node = self.classes.get(name)
        if node is None or not any(last_name(base).endswith("Enum") for base in node.bases):
            return ()
        values = [item.value for item in node.body if isinstance(item, ast.Assign)]
        return tuple(
            value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
        )

    def _arguments(self, node: FunctionNode, where: str) -> Iterator[tuple[str, ast.expr | None, str, str | None]]:
        given = node.args
        positional = [*given.posonlyargs, *given.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
        defaults += given.defaults
        for index, (item, default) in enumerate(zip(positional, defaults, strict=True)):
            kind = "positional_only" if index < len(given.posonlyargs) else "positional"
            yield item.arg, item.annotation, kind, self._default(default, item.arg, where)
        if given.vararg is not None:
            yield given.vararg.arg, given.vararg.annotation, "var_positional", None
        for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            yield item.arg, item.annotation, "keyword", self._default(default, item.arg, where)
        if given.kwarg is not None:
            yield given.kwarg.arg, given.kwarg.annotation, "var_keyword", None

    def _default(self, node: ast.expr | None, name: str, where: str) -> str | None:
        if node is None:
            return None
        value = self.constants.get(node.id, node) if isinstance(node, ast.Name) else node
        try:
            return literal(ast.literal_eval(value))
        except ValueError:
            raise SignatureError(
                f"{where} has a default for parameter '{name}' that is not a constant",
                "use a constant of the same module, or None",
            ) from None

    def _owners(self, node: FunctionNode) -> tuple[str, ...]:
        """The classes in `self: A | B`, `cls: type[A]`, or in the bound of a type variable there."""
        annotation = [*node.args.posonlyargs, *node.args.args][0].annotation
        variable = self._self_variable(node, "self")
        if variable:
            call = self.constants[variable]
            assert isinstance(call, ast.Call)
            annotation = next((item.value for item in call.keywords if item.arg == "bound"), None)
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            annotation = ast.parse(annotation.value, mode="eval").body
        names = [] if annotation is None else [last_name(item) for item in ast.walk(annotation)]
        return tuple(name for name in names if name and name != "type")

    def _self_variable(self, node: FunctionNode, first: str) -> str:
        """The type variable of `self: E` or `cls: type[E]`; the empty string for a plain class."""
        items = [*node.args.posonlyargs, *node.args.args]
        if first not in ("self", "cls") or not items or items[0].annotation is None:
            return ""
        annotation: ast.expr = items[0].annotation
        if isinstance(annotation, ast.Subscript):
            annotation = annotation.slice
        if isinstance(annotation, ast.Name) and annotation.id in self.type_variables:
            return annotation.id
        return ""


def _is_generator(node: ast.AsyncFunctionDef) -> bool:
    """Whether the function itself yields; functions inside it do not count."""
    pending: list[ast.AST] = list(node.body)
    while pending:
        item = pending.pop()
        if isinstance(item, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            pending += ast.iter_child_nodes(item)
    return False


def _item_annotation(node: ast.expr, where: str) -> ast.expr:
    if isinstance(node, ast.Subscript) and last_name(node.value) in _GENERATORS:
        return node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
    raise SignatureError(
        f"{where} is an async generator, but its annotation does not say so",
        "annotate it as AsyncGenerator[T, None]; an AsyncIterator could not be closed",
    )
