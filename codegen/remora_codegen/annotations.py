"""Annotations of hand-written functions as types, with every name followed to where it comes from."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping

from remora_codegen import pytypes
from remora_codegen.literals import literal
from remora_codegen.pytypes import Builtin, Imported, Name, SelfName, Type


class SignatureError(Exception):
    """A function that cannot be used; `hint` says what could be done."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Annotations:
    """Turns annotation expressions of one function into types."""

    def __init__(self, origins: Mapping[str, Imported], where: str, variable: str) -> None:
        """Read annotations of the function `where`; `variable` is the type variable that stands for its class."""
        self.origins = origins
        self.where = where
        self.variable = variable

    def type(self, node: ast.expr | None, what: str) -> Type:
        """The type that an annotation says; `what` is annotated.

        Raises:
            SignatureError: there is no annotation, or none that could be copied.
        """
        if node is None:
            raise SignatureError(f"{self.where} has no annotation for {what}", "annotate it")
        return pytypes.merged(*self._parts(node))

    def _parts(self, node: ast.expr) -> Iterator[str | Name]:
        if isinstance(node, ast.Name):
            yield self._name(node.id)
        elif isinstance(node, ast.Attribute):
            yield from self._attribute(node)
        elif isinstance(node, ast.Subscript):
            yield from self._parts(node.value)
            yield "["
            literal_values = isinstance(node.value, (ast.Name, ast.Attribute)) and last_name(node.value) == "Literal"
            yield from self._items(node.slice, literal_values)
            yield "]"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            yield from self._parts(node.left)
            if isinstance(node.right, ast.Constant) and node.right.value is None:
                yield " | None"
            else:
                yield " | "
                yield from self._parts(node.right)
        elif isinstance(node, ast.List):
            yield "["
            yield from self._items(ast.Tuple(elts=node.elts), False)
            yield "]"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from self._parts(ast.parse(node.value, mode="eval").body)
        elif isinstance(node, ast.Constant) and node.value is None:
            yield "None"
        elif isinstance(node, ast.Constant) and node.value is Ellipsis:
            yield "..."
        else:
            raise SignatureError(f"{self.where} has an annotation that cannot be copied: {ast.unparse(node)}")

    def _items(self, node: ast.expr, literal_values: bool) -> Iterator[str | Name]:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        for index, item in enumerate(items):
            if index:
                yield ", "
            if literal_values:
                yield literal(ast.literal_eval(item))
            else:
                yield from self._parts(item)

    def _attribute(self, node: ast.Attribute) -> Iterator[str | Name]:
        base = node.value
        if isinstance(base, ast.Attribute):
            yield from self._attribute(base)
        elif isinstance(base, ast.Name):
            yield self._name(base.id)
        else:
            raise SignatureError(f"{self.where} has an annotation that cannot be copied: {ast.unparse(node)}")
        yield f".{node.attr}"

    def _name(self, name: str) -> Name:
        if name == self.variable:
            return SelfName()
        if origin := self.origins.get(name):
            return origin
        if hasattr(builtins, name):
            return Builtin(name)
        raise SignatureError(f"{self.where} uses the unknown name '{name}' in an annotation")


def last_name(node: ast.AST) -> str:
    """The name at the end of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
