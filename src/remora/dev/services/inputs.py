"""Inputs of runs: where they are kept, and their defaults and digest."""

from __future__ import annotations

import base64
from collections.abc import Collection

from remora.dev.objects.keys import InvalidKey, join_key, key_of, native_url
from remora.dev.store.actions import ActionKey
from remora.errors import InvalidArgument
from remora_api.flyteidl2.task import Inputs, NamedLiteral, TaskSpec

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
FILE = "inputs.pb"


def input_object(base: str, run: ActionKey | None) -> tuple[str, str]:
    """URI and key of the object that holds inputs.

    Args:
        base: A folder as native URL; "" is the folder of runs.
        run: The run that they belong to; None when `base` is a folder for them alone.

    Raises:
        InvalidArgument: The folder is not in this object store.
    """
    try:
        parts = [key_of(base.rstrip("/"))] if base else ["runs"]
        if run is not None:
            parts += [run.project, run.domain, run.run, "inputs"]
        key = join_key(*parts, FILE)
    except InvalidKey as error:
        raise InvalidArgument(str(error)) from error
    return native_url(key), key


def with_defaults(inputs: Inputs, spec: TaskSpec) -> Inputs:
    """Inputs with the task's defaults for those that are not given."""
    given = {item.name for item in inputs.literals}
    literals = list(inputs.literals)
    literals += [
        NamedLiteral(name=item.name, value=item.parameter.default)
        for item in spec.default_inputs
        if item.name not in given and item.parameter is not None and item.parameter.default is not None
    ]
    return Inputs(literals=literals, context=inputs.context)


def inputs_hash(inputs: Inputs, ignored: Collection[str]) -> str:
    """Digest of inputs for the cache: 64-bit FNV-1a in URL-safe base64, without the variables that it ignores."""
    relevant = Inputs(
        literals=sorted((item for item in inputs.literals if item.name not in ignored), key=lambda item: item.name)
    )
    value = _FNV_OFFSET
    for byte in bytes(relevant):
        value = (value ^ byte) * _FNV_PRIME & 0xFFFFFFFFFFFFFFFF
    return base64.urlsafe_b64encode(value.to_bytes(8, "big")).rstrip(b"=").decode()
