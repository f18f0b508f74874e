"""`remora vendor` over a small package that stands in for a published one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]
Install = Callable[[str, dict[str, str]], None]

COMMON = 'syntax = "proto3"; package shop; message Id { string value = 1; }'
ORDERS = """
syntax = "proto3"; package shop;
import "shop/common.proto"; import "google/protobuf/timestamp.proto";
message Order { Id id = 1; google.protobuf.Timestamp at = 2; State state = 3; }
enum State { STATE_NEW = 0; }
service Orders { rpc Get(Id) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; } }
"""
STOCK = 'syntax = "proto3"; package shop; import "shop/common.proto"; service Stock { rpc Count(Id) returns (Id); }'
FIRST = {"shop/common.proto": COMMON, "shop/orders.proto": ORDERS, "shop/stock.proto": STOCK}
SECOND = {
    "shop/common.proto": COMMON.replace("value = 1;", "value = 1; int32 part = 2;"),
    "shop/state.proto": 'syntax = "proto3"; package shop; enum State { STATE_NEW = 0; STATE_OLD = 1; }',
    "shop/orders.proto": """
        syntax = "proto3"; package shop;
        import "shop/common.proto"; import "google/protobuf/timestamp.proto"; import "shop/state.proto";
        message Order { Id id = 1; repeated google.protobuf.Timestamp at = 2; State state = 3 [deprecated = true]; }
        service Orders { rpc Get(stream Id) returns (Order); }
    """,
    "shop/stock.proto": STOCK,
}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Make a distribution `shop-idl` of some .proto files importable, as pip would."""
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))

    def install(version: str, protos: dict[str, str]) -> None:
        for path in sorted(site.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        source = tmp_path / f"source-{version}"
        for name, text in protos.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_text(text)
        site.mkdir(exist_ok=True)
        if protos:
            protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{source}", f"--python_out={site}"]
            subprocess.run([*protoc, *protos], check=True)
        info = site / f"shop_idl-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: shop-idl\nVersion: {version}\n")
        modules = ["shop/__init__.py,,", *(f"{path.relative_to(site)},," for path in site.rglob("*_pb2.py"))]
        (info / "RECORD").write_text("\n".join(modules) + "\n")

    return install


def vendored(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted((root / "protos").rglob("*"))
        if path.is_file()
    }


def test_brings_services_and_all_they_reach(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    code, out, err = remora("vendor", "--from-wheel", "shop-idl==1.0", "--services", "Orders")
    assert (code, err) == (0, [])
    assert out == ["added   shop/common.proto", "added   shop/orders.proto"]
    files = vendored(tmp_path)
    assert sorted(files) == ["protos/protos.lock", "protos/shop/common.proto", "protos/shop/orders.proto"]
    assert files["protos/shop/orders.proto"].splitlines()[0] == (
        "// Printed by `remora vendor` from the descriptors of shop-idl (see protos.lock); do not edit."
    )
    assert "option idempotency_level = NO_SIDE_EFFECTS;" in files["protos/shop/orders.proto"]
    lock = json.loads(files["protos/protos.lock"])
    assert lock["wheel"] == "shop-idl==1.0"
    assert lock["services"] == ["shop.Orders"]
    assert sorted(lock["files"]) == ["shop/common.proto", "shop/orders.proto"]


def test_same_version_changes_nothing(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    remora("vendor", "--from-wheel", "shop-idl==1.0", "--services", "shop.Orders")

    def times() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in (tmp_path / "protos").rglob("*")}

    before = times()
    for services in ([], ["--services", "Orders"], ["--services", "shop.Orders"]):
        assert remora("vendor", "--from-wheel", "shop-idl==1.0", *services) == (0, ["nothing changed"], [])
    assert times() == before


def test_new_version_shows_what_changed(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    remora("vendor", "--from-wheel", "shop-idl==1.0", "--services", "Orders,Stock")
    install("1.1", SECOND)
    code, out, _ = remora("vendor", "--from-wheel", "shop-idl==1.1")
    assert code == 0
    assert out == [
        "source  shop-idl==1.0 -> shop-idl==1.1",
        "changed shop/common.proto",
        "  + field shop.Id.part int32 = 2",
        "changed shop/orders.proto",
        "  ~ field shop.Order.at: google.protobuf.Timestamp = 2 -> repeated google.protobuf.Timestamp = 2",
        "  ~ field shop.Order.state: shop.State = 3 -> shop.State = 3 [deprecated = true]",
        "  ~ rpc shop.Orders/Get: (shop.Id) returns (shop.Order) [idempotency_level = NO_SIDE_EFFECTS]"
        " -> (stream shop.Id) returns (shop.Order)",
        "  - enum shop.State",
        "  - value shop.State.STATE_NEW",
        "added   shop/state.proto",
    ]
    assert remora("vendor", "--from-wheel", "shop-idl==1.1") == (0, ["nothing changed"], [])


def test_services_can_be_added_and_removed(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    remora("vendor", "--from-wheel", "shop-idl==1.0", "--services", "Orders")
    _, out, _ = remora("vendor", "--from-wheel", "shop-idl==1.0", "--services", "Stock")
    assert out == [
        "service shop.Stock added",
        "service shop.Orders removed",
        "added   shop/stock.proto",
        "removed shop/orders.proto",
    ]
    assert sorted(vendored(tmp_path)) == ["protos/protos.lock", "protos/shop/common.proto", "protos/shop/stock.proto"]
    _, out, _ = remora("vendor", "--from-wheel", "shop-idl==1.0", "--all")
    assert out == ["service * added", "service shop.Stock removed", "added   shop/orders.proto"]


def test_edited_and_deleted_files_are_restored(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    remora("vendor", "--from-wheel", "shop-idl==1.0", "--all")
    before = vendored(tmp_path)
    (tmp_path / "protos/shop/common.proto").write_text("nonsense")
    (tmp_path / "protos/shop/stock.proto").unlink()
    _, out, _ = remora("vendor", "--from-wheel", "shop-idl==1.0")
    assert out == [
        "restored shop/common.proto (was edited since the lock)",
        "restored shop/stock.proto (was missing since the lock)",
    ]
    assert vendored(tmp_path) == before


def test_files_of_others_are_not_overwritten(install: Install, remora: Remora, tmp_path: Path) -> None:
    install("1.0", FIRST)
    own = tmp_path / "protos/shop/common.proto"
    own.parent.mkdir(parents=True)
    own.write_text("// mine\n")
    code, out, err = remora("vendor", "--from-wheel", "shop-idl==1.0", "--all")
    assert (code, out) == (2, [])
    assert err == [
        "protos/shop/common.proto: error: this file was not written by `remora vendor` (move it away)",
    ]
    assert vendored(tmp_path) == {"protos/shop/common.proto": "// mine\n"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["shop-idl"], "--from-wheel: error: 'shop-idl' does not name one version of a package"),
        (["shop-idl>=1"], "--from-wheel: error: 'shop-idl>=1' does not name one version of a package"),
        (["shop-idl==1.0"], "--services: error: there is no protos.lock in 'protos' that names services"),
        (
            ["shop-idl==1.0", "--services", "Order,Stokc,Orders"],
            "--services: error: shop-idl==1.0 has no service 'Order' (did you mean 'Orders'?)\n"
            "--services: error: shop-idl==1.0 has no service 'Stokc' (did you mean 'Stock'?)",
        ),
    ],
)
def test_mistakes_are_one_line_each(
    install: Install, remora: Remora, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    install("1.0", FIRST)
    code, out, err = remora("vendor", "--from-wheel", *arguments)
    assert (code, out) == (2, [])
    assert [line.partition(" (use")[0] for line in err] == expected.splitlines()
    assert not (tmp_path / "protos").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "protos/protos.lock:1:2: error: this lock cannot be read: not JSON"),
        ('{"format": 7}', "protos/protos.lock: error: this lock cannot be read: format 7 is not known"),
        ('{"format": 1}', "protos/protos.lock: error: this lock cannot be read: there is no 'wheel'"),
        ("[]", "protos/protos.lock: error: this lock cannot be read: "),
    ],
)
def test_a_broken_lock_is_reported(remora: Remora, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/protos.lock").write_text(text)
    code, _, err = remora("vendor", "--from-wheel", "shop-idl==1.0")
    assert code == 2
    assert len(err) == 1
    assert err[0].startswith(expected)


def test_a_package_without_descriptors(install: Install, remora: Remora) -> None:
    install("1.0", {})
    code, _, err = remora("vendor", "--from-wheel", "shop-idl==1.0", "--all")
    assert code == 2
    assert err == [
        "shop-idl==1.0: error: cannot read the descriptors: shop-idl has no *_pb2 modules, so it carries no descriptors"
    ]


def test_a_package_that_cannot_be_installed(
    install: Install, remora: Remora, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install("1.0", FIRST)
    (tmp_path / "empty").mkdir()
    for name, value in {"NO_INDEX": "1", "FIND_LINKS": str(tmp_path / "empty"), "CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    code, _, err = remora("vendor", "--from-wheel", "shop-idl==9.9", "--all")
    assert code == 2
    assert err[0] == "shop-idl==9.9 is not installed here; installing it into a temporary environment"
    assert err[1].startswith("shop-idl==9.9: error: cannot install the package: No matching distribution found")
    assert len(err) == 2
