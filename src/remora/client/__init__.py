"""Clients: the explicit one, the default one, and the current one of a context."""

from __future__ import annotations

from .client import Client
from .current import resolve_client
from .default import init

__all__ = ["Client", "init", "resolve_client"]
