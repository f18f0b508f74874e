from __future__ import annotations

from pathlib import Path

import pytest

from remora.dev.executor.failures import AttemptFailed
from remora.dev.executor.sandbox import Sandbox
from remora_api.flyteidl2.core import DataLoadingConfig


def sandbox(inputs: str = "/var/inputs", outputs: str = "/var/outputs") -> Sandbox:
    return Sandbox(Path("/w"), DataLoadingConfig(enabled=True, input_path=inputs, output_path=outputs))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/var/inputs", "/w/inputs"),
        ("/var/inputs/x", "/w/inputs/x"),
        ("cat /var/inputs/x>/var/outputs/y", "cat /w/inputs/x>/w/outputs/y"),
        ("--in=/var/inputs/x:/var/outputs", "--in=/w/inputs/x:/w/outputs"),
        ("'/var/inputs'", "'/w/inputs'"),
        ("/var/inputs2 /var/inputs-old /var/inputs.bak", "/var/inputs2 /var/inputs-old /var/inputs.bak"),
        ("/data/var/inputs s3://bucket/var/inputs", "/data/var/inputs s3://bucket/var/inputs"),
    ],
)
def test_paths_are_mapped(text: str, expected: str) -> None:
    assert sandbox().map_paths(text) == expected


def test_a_path_below_another_wins() -> None:
    assert sandbox("/data", "/data/out/").map_paths("/data/x /data/out/y") == "/w/inputs/x /w/outputs/y"


def test_without_data_config_nothing_is_mapped() -> None:
    assert Sandbox(Path("/w"), None).map_paths("/var/inputs") == "/var/inputs"
    assert Sandbox(Path("/w"), DataLoadingConfig(input_path="/var/inputs")).map_paths("/var/inputs") == "/var/inputs"


@pytest.mark.parametrize("path", ["/", "relative", "//"])
def test_paths_that_would_take_everything_are_refused(path: str) -> None:
    with pytest.raises(AttemptFailed, match="is not an absolute directory below /"):
        sandbox(path)


def test_create_and_remove(tmp_path: Path) -> None:
    box = Sandbox(tmp_path / "w", None)
    box.create()
    (box.inputs / "left").touch()
    box.create()
    assert not list(box.inputs.iterdir())
    assert box.environment()["FLYTE_INPUTS_DIR"] == str(box.inputs)
    box.remove()
    assert not box.root.exists()
