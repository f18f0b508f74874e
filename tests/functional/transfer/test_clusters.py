"""Uploads go to the cluster that has the project."""

from __future__ import annotations

from pathlib import Path

from remora import upload_file
from remora.testing import ControlPlane


def objects(plane: ControlPlane) -> list[str]:
    """Files in the object store of a control plane."""
    root = Path(plane.data_dir) / "objects"
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_an_upload_goes_to_the_selected_cluster(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("content")
    with ControlPlane() as there, ControlPlane(cluster_endpoint=there.endpoint) as plane:
        upload_file(tmp_path / "file.txt", client=plane.client())
        assert "file.txt" in objects(there)
        assert objects(plane) == []
