"""A schema without comments, in which sources could differ in many ways, and helpers to run commands on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from remora.cli import main

FILES = {
    "protos/acme/options.proto": """
syntax = "proto3";
package acme;
import "google/protobuf/descriptor.proto";
extend google.protobuf.FieldOptions { string unit = 50001; }
""",
    "protos/acme/shared/money.proto": """
syntax = "proto3";
package acme.shared;
message Money {
  enum Currency { CURRENCY_UNSPECIFIED = 0; CURRENCY_EUR = 1; }
  Currency currency = 1;
  sint64 cents = 2;
}
""",
    "protos/acme/orders/v1/orders.proto": """
syntax = "proto3";
package acme.orders.v1;
import "acme/options.proto";
import "acme/shared/money.proto";
import "google/protobuf/timestamp.proto";

message Order {
  message Line { string sku = 1; optional int32 count = 2; }
  string order_id = 1;
  repeated Line lines = 2;
  map<string, acme.shared.Money> fees = 3;
  google.protobuf.Timestamp created_at = 4;
  repeated int32 marks = 5;
  repeated int32 loose_marks = 6 [packed = false];
  oneof payment { string card = 7; acme.shared.Money cash = 8; }
  double weight = 9 [(acme.unit) = "kg"];
  string old_name = 10 [deprecated = true, json_name = "formerName"];
}
message GetOrderRequest { string order_id = 1; }
message ListOrdersRequest { int32 page_size = 1; string page_token = 2; }
message ListOrdersResponse { repeated Order orders = 1; string next_page_token = 2; }

service OrderService {
  rpc GetOrder(GetOrderRequest) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc ListOrders(ListOrdersRequest) returns (ListOrdersResponse);
  rpc WatchOrder(GetOrderRequest) returns (stream Order);
  rpc Import(stream Order) returns (Order);
}
""",
    "acme.yaml": """
entities:
  Order:
    message: acme.orders.v1.Order
    properties: {order_id: order_id, created_at: created_at}
    methods:
      get:
        rpc: acme.orders.v1.OrderService/GetOrder
        parameters: {order_id: {}}
        returns: Order
""",
}
Remora = Callable[..., tuple[int, list[str], list[str]]]


def write_files(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the schema and the manifest, which is the working directory."""
    write_files(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def remora(capsys: pytest.CaptureFixture[str]) -> Remora:
    """Run the command line in this process; gives the exit code and the lines of both outputs."""

    def run(*arguments: str) -> tuple[int, list[str], list[str]]:
        capsys.readouterr()
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err.splitlines()

    return run


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes]]:
    """A function that gives every file below a directory by its relative path."""

    def read(out: Path) -> dict[str, bytes]:
        return {
            item.relative_to(out).as_posix(): item.read_bytes() for item in sorted(out.rglob("*")) if item.is_file()
        }

    return read


@pytest.fixture(scope="session")
def protoc() -> Callable[..., subprocess.CompletedProcess[str]]:
    """protoc from grpcio-tools, with the plugins of this environment on its path."""
    scripts = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "grpc_tools.protoc", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run
