"""Settings of a client: where they come from, and which source wins."""

from __future__ import annotations

from .model import Config
from .resolve import ConfigFile, load_config
from .secret import Secret

__all__ = ["Config", "ConfigFile", "Secret", "load_config"]
