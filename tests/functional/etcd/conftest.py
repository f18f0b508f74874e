"""The example examples/etcd, generated, and a fake server in place of etcd."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from remora.testing.fixtures import fake_server as fake_server
from remora_codegen import write
from remora_codegen.config import Settings
from remora_codegen.generate import render

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "etcd"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the package `etcd_api`."""
    out = tmp_path_factory.mktemp("etcd")
    settings = Settings(protos=EXAMPLE / "protos", manifest=EXAMPLE / "etcd.yaml", package="etcd_api")
    write.write(out, "etcd_api", render(settings))
    return out


@pytest.fixture(scope="session")
def etcd(generated: Path) -> Iterator[SimpleNamespace]:
    """The modules of the package: `entities`, `rpc` (etcdserverpb) and `kv` (mvccpb)."""
    sys.path[:0] = paths = [str(generated), str(EXAMPLE)]
    try:
        names = {"entities": "entities", "rpc": "etcdserverpb", "kv": "mvccpb"}
        yield SimpleNamespace(**{name: importlib.import_module(f"etcd_api.{module}") for name, module in names.items()})
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if name.partition(".")[0] in ("etcd_api", "etcd_functions")]:
            del sys.modules[name]
