"""Every name of flyte.remote and union.remote is here, in a form that does at least what theirs does.

`names.yaml` says what they have. `ours.yaml` says what is different on purpose, what is ours alone, and what is
missing, each with its reason; anything else that differs fails.
"""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
import yaml

import remora
from remora.entity import Entity

HERE = Path(__file__).resolve().parent
THEIRS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load((HERE / "names.yaml").read_text("utf-8"))
OURS: dict[str, Any] = yaml.safe_load((HERE / "ours.yaml").read_text("utf-8"))
MISSING: dict[str, str] = OURS["missing"]
DIFFERENT: dict[str, str] = OURS["different"]
EXTRA: dict[str, list[str]] = OURS["extra"]

# Classes that users only meet through others; `module` are functions.
NOT_OFFERED = {"ToJSONMixin": Entity}

POSITIONS = 3
"""So many parameters can be given by position, in the same order, if they can there."""

CASES = [(owner, name) for owner, names in THEIRS.items() for name in names]


def found_class(owner: str) -> Any:
    """Our class of one of theirs."""
    if owner.startswith("union."):
        return getattr(importlib.import_module("remora.union"), owner.removeprefix("union."))
    return NOT_OFFERED.get(owner) or getattr(remora, owner)


def member(owner: str, name: str) -> Any:
    """What we have under a name: a property, a function, or something that is called and has `.aio`."""
    if owner == "module":
        return getattr(remora, name)
    cls = found_class(owner)
    if name.startswith("__"):
        # Looked up on the class, a special method may be that of its metaclass.
        return next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None) or getattr(cls, f"no{name}")
    raw = inspect.getattr_static(cls, name)
    if isinstance(raw, property):
        # Bound methods of instances are properties that give an object with both forms.
        bound = bound_class(raw)
        return raw if bound is None else bound
    return getattr(cls, name)


def bound_class(raw: property) -> Any | None:
    """The class with both forms that a property gives, if it gives one."""
    assert isinstance(raw.fget, FunctionType)
    returns = str(raw.fget.__annotations__.get("return", ""))
    name = returns.partition("[")[0]
    candidate = raw.fget.__globals__.get(name)
    return candidate if isinstance(candidate, type) and hasattr(candidate, "aio") else None


def signature(found: Any, *, drop_self: bool) -> inspect.Signature:
    """The signature of what is called to block."""
    target = found.__call__ if isinstance(found, type) and hasattr(found, "aio") else found
    if not inspect.isfunction(target) and not inspect.ismethod(target) and not isinstance(target, type):
        target = target.__call__ if hasattr(target, "aio") else target
    shown = inspect.signature(target)
    parameters = list(shown.parameters.values())
    if drop_self and parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    return shown.replace(parameters=parameters)


def is_excused(table: dict[str, str], owner: str, name: str, detail: str = "") -> bool:
    return any(key in table for key in (f"{owner}.{name}", f"{owner}.{name}:{detail}", f"{owner}.*:{detail}"))


@pytest.mark.parametrize(("owner", "name"), CASES, ids=[f"{owner}.{name}" for owner, name in CASES])
def test_a_name_is_there(owner: str, name: str) -> None:
    wanted = THEIRS[owner][name]
    if is_excused(MISSING, owner, name):
        with pytest.raises(AttributeError):
            member(owner, name)
        return
    if wanted["form"] == "constructor" or name == "constructor":
        check_parameters(owner, name, inspect.signature(found_class(owner)), wanted)
        return
    found = member(owner, name)
    if wanted["form"] == "property":
        if not is_excused(DIFFERENT, owner, name, "form"):
            assert isinstance(found, property) or not callable(found), f"{owner}.{name} is not a property"
        return
    assert callable(found), f"{owner}.{name} cannot be called"
    # Whatever can be awaited there can be called and awaited here; what never makes a call is plain in both.
    if name.startswith("__"):
        assert inspect.iscoroutinefunction(found)
    elif is_excused(DIFFERENT, owner, name, "form"):
        assert inspect.iscoroutinefunction(found) == wanted["form"].startswith("async")
    elif wanted["form"] in ("dual", "stream", "async", "async stream"):
        assert hasattr(found, "aio"), f"{owner}.{name} has no .aio"
    check_parameters(owner, name, signature(found, drop_self=True), wanted)


def check_parameters(owner: str, name: str, found: inspect.Signature, wanted: dict[str, Any]) -> None:
    """All parameters of theirs are ours, with the same defaults; what they require is required here at most."""
    by_position = [ours.name for ours in found.parameters.values() if ours.kind is not ours.KEYWORD_ONLY]
    for index, text in enumerate([*wanted.get("parameters", []), *wanted.get("older", [])]):
        parameter, separator, default = text.removesuffix(" (keyword)").partition("=")
        parameter = parameter.lstrip("/*")
        if is_excused(MISSING, owner, name, parameter):
            assert parameter not in found.parameters, f"{owner}.{name}: {parameter} is there, so it is not missing"
            continue
        ours = found.parameters.get(parameter)
        if ours is None and parameter == "kwargs":
            continue
        assert ours is not None, f"{owner}.{name} has no parameter {parameter}"
        # The first few are what people give by position.
        if index < POSITIONS and text in wanted.get("parameters", []) and not text.endswith("(keyword)"):
            where = f"{owner}.{name}: {parameter} cannot be given as argument {index + 1}"
            assert by_position[index : index + 1] == [parameter] or is_excused(DIFFERENT, owner, name, "order"), where
        if not separator or is_excused(DIFFERENT, owner, name, parameter) or ours.kind is ours.VAR_POSITIONAL:
            continue
        assert ours.default is not ours.empty, f"{owner}.{name}: {parameter} has no default"
        assert repr(ours.default) == default, f"{owner}.{name}: {parameter}={ours.default!r}, theirs is {default}"


@pytest.mark.parametrize("owner", sorted({owner for owner in THEIRS if owner != "module"}))
def test_nothing_else_is_there_unsaid(owner: str) -> None:
    known = set(THEIRS[owner]) | set(EXTRA.get(owner, [])) | set(EXTRA["*"])
    cls = found_class(owner)
    # Members of enums are values, and what comes with a string or dict is not ours.
    inherited = {name for base in (str, dict, tuple) if issubclass(cls, base) for name in dir(base)}
    public = {name for name in dir(cls) if not name.startswith("_")} - inherited
    public -= set(getattr(cls, "__members__", ()))
    assert public - known == set(), "not in names.yaml, and not said to be ours in ours.yaml"
    unknown = {name for name in EXTRA.get(owner, []) if name not in public}
    assert unknown == set(), "said to be ours, and not there"


def test_what_is_excused_is_known() -> None:
    known = {f"{owner}.{name}" for owner, name in CASES} | {f"{owner}.*" for owner in THEIRS}
    for table in (MISSING, DIFFERENT):
        for key, reason in table.items():
            assert key.partition(":")[0] in known, key
            assert len(reason) > 20, f"{key} needs a reason"


def test_every_export_is_a_public_name() -> None:
    exports = set(remora.__dir__())
    for owner in THEIRS:
        if owner not in NOT_OFFERED and owner != "module" and not owner.startswith("union."):
            assert owner in exports, owner
