"""The local control plane: a real server for development and tests, on this machine only."""

from __future__ import annotations
