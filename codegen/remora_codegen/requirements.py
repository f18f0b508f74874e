"""Whether the packages that the generator needs are installed. Importing this module is cheap."""

from __future__ import annotations

import importlib.util

# What the extra `codegen` brings: packages by one of their modules.
_NEEDED = {
    "betterproto2_compiler": "betterproto2-compiler",
    "google.protobuf": "protobuf",
    "grpc_tools": "grpcio-tools",
    "jinja2": "jinja2",
    "yaml": "pyyaml",
}


def missing_packages() -> str:
    """What to tell a user whose installation lacks some of them; the empty string when all are there."""
    missing = sorted(package for module, package in _NEEDED.items() if not _is_installed(module))
    return f"error: the generator needs {', '.join(missing)}: pip install 'remora[codegen]'" if missing else ""


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
