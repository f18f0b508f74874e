"""The JSON Schema of manifests, for editors: made from the format, published as `schema.json` beside this module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from remora_codegen.manifest.format import MANIFEST

PUBLISHED = Path(__file__).with_name("schema.json")


def json_schema() -> dict[str, Any]:
    """The schema (JSON Schema, draft 2020-12) of a whole manifest."""
    definitions: dict[str, Any] = {}
    root = MANIFEST.json_schema(definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Remora manifest",
        **root,
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def text() -> str:
    """What `schema.json` must contain."""
    return json.dumps(json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(text(), encoding="utf-8")
