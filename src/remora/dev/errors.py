"""What can go wrong when the local control plane starts."""

from __future__ import annotations

from remora.errors import RemoraError


class ControlPlaneError(RemoraError):
    """The local control plane cannot start with these settings; the message says what to change."""
