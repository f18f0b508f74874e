"""The manifest: which Python classes a set of proto services becomes.

`load` reads a YAML file and checks it against the schema; every mistake is a `Diagnostic` with the place of the YAML
node. What comes out has every name and type decided, so that the entity generator only has to write it down.
"""

from __future__ import annotations

from remora_codegen.manifest.loading import load
from remora_codegen.manifest.model import Entity, EntityMethod, Manifest, Parameter, Property

__all__ = ["Entity", "EntityMethod", "Manifest", "Parameter", "Property", "load"]
