"""What an artifact is: a model, data, or anything else."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["model", "data", "generic"]
"""What an artifact is."""

KINDS: tuple[Kind, ...] = get_args(Kind)
KIND_KEY = "kind"
"""Key of the artifact's metadata that says what it is."""
