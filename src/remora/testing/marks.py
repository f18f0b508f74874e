"""Fixtures of generated packages, which must be importable where pytest is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def fixture(function: F) -> F:
    """Make a function a fixture of pytest, where pytest runs; elsewhere it stays what it is."""
    if "pytest" not in sys.modules:
        return function
    import pytest

    made: Any = pytest.fixture(function)
    found: F = made
    return found
