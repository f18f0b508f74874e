"""`nox -s fuzz`: hostile bytes and JSON for five minutes, guided by coverage, with google protobuf as the judge.

Bytes must be accepted by both sides and then hold the same, or be refused by both. JSON that we accept, google must
accept and read as the same; `json_format` is the more lenient side. Any exception but `DecodeError` and `JsonError`, a
disagreement, or an input that takes more than five seconds ends the run; the input is kept beside the corpus, and
`run.py FILE` tries it again.

Usage: run.py [SECONDS | FILE]
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import sys
from pathlib import Path
from typing import Any

import atheris

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

# Instrumenting takes a while, so only what every message shares, and packages with every kind of field.
with atheris.instrument_imports(include=["remora.message", "remora_api.flyteidl2.core", "remora_api.google"]):
    from conftest import Oracle
    from google.protobuf import json_format
    from google.protobuf.message import DecodeError as GoogleDecodeError

    from remora.errors import DecodeError, JsonError

    # What is imported at its first use would otherwise be missed.
    for module in ("json_any", "json_in", "json_out", "json_values", "malformed", "representation"):
        importlib.import_module(f"remora.message.{module}")
    for module in ("google.protobuf", "flyteidl2.core"):
        importlib.import_module(f"remora_api.{module}")

SEEDS_PER_TYPE = 3
JSON = 0x80


class Judge:
    """Decides about one input: two bytes choose the type and the form, the rest is the content."""

    def __init__(self) -> None:
        self.oracle = Oracle()
        self.names = sorted(self.oracle.types)

    def seeds(self, folder: Path) -> None:
        """Write valid inputs of every type, in both forms, to start from."""
        rng = random.Random("seeds")
        for index, name in enumerate(self.names):
            for number in range(SEEDS_PER_TYPE):
                message = self.oracle.message(name, rng)
                forms = (
                    (0, message.SerializeToString()),
                    (JSON, json_format.MessageToJson(message, indent=None).encode()),
                )
                for form, content in forms:
                    head = bytes((index >> 8 | form, index & 255))
                    (folder / f"{index}-{number}-{form}").write_bytes(head + content)

    def __call__(self, data: bytes) -> None:
        """Try one input.

        Raises:
            AssertionError: The two sides disagree.
        """
        if len(data) < 2:
            return
        name = self.names[((data[0] & ~JSON) << 8 | data[1]) % len(self.names)]
        content = data[2:]
        (self._json if data[0] & JSON else self._binary)(self.oracle.types[name], self.oracle.theirs[name], content)

    def _binary(self, ours: Any, theirs: Any, data: bytes) -> None:
        expected = None
        with contextlib.suppress(GoogleDecodeError):
            expected = theirs.FromString(data)
        try:
            message = ours.parse(data)
        except DecodeError as error:
            # Google's implementation keeps a field with the number 0, although the specification has no such field.
            assert expected is None or "field number 0" in str(error), f"refused: {error}"  # noqa: PT017
            return
        assert expected is not None, "accepted"
        self._same(theirs, bytes(message), expected)
        repr(message)

    def _json(self, ours: Any, theirs: Any, data: bytes) -> None:
        text = data.decode(errors="replace")
        try:
            message = ours.from_json(text)
        except JsonError:
            return
        self._same(theirs, bytes(message), json_format.Parse(text, theirs()))
        assert ours.from_json(message.to_json()) == message or "NaN" in message.to_json()

    def _same(self, theirs: Any, data: bytes, expected: Any) -> None:
        again = theirs.FromString(data)
        assert again.SerializeToString(deterministic=True) == expected.SerializeToString(deterministic=True), "differs"


def main() -> None:
    """Fuzz, or try one kept input again."""
    argument = sys.argv[1] if len(sys.argv) > 1 else "300"
    judge = Judge()
    if not argument.isdigit():
        judge(Path(argument).read_bytes())
        return
    home = Path(os.environ.get("REMORA_PEERS_HOME", ".nox/.cache/peers")).resolve() / "fuzz"
    corpus = home / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    judge.seeds(corpus)
    options = [f"-max_total_time={argument}", "-timeout=5", "-max_len=4096", f"-artifact_prefix={home}/"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
