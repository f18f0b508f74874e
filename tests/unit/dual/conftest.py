from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest

RunScript = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_script() -> RunScript:
    """Runs a script in an interpreter of its own, with every warning an error; gives what it printed."""

    def run(source: str, *, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(source)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
