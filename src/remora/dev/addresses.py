"""Where the control plane is reached; known once it listens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Addresses:
    """URLs of a control plane.

    Attributes:
        endpoint: The gRPC server.
        object_store: The HTTP server of the object store.
    """

    endpoint: str = ""
    object_store: str = ""
