"""`remora init`: what it proposes, that it generates, and that it overwrites nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Remora = Callable[..., tuple[int, list[str], list[str]]]
ROOT = Path(__file__).resolve().parents[3]

PROPOSED = """\
entities:
  Order:
    message: acme.orders.v1.Order
    properties:
      order_id: order_id
      lines: lines
      fees: fees
      created_at: created_at
      marks: marks
      loose_marks: loose_marks
      card: card
      cash: cash
      weight: weight
      old_name: old_name
    methods:
      # GetOrder takes GetOrderRequest, gives Order.
      get:
        rpc: acme.orders.v1.OrderService/GetOrder
        parameters:
          order_id: {}
        returns: Order
      # ListOrders takes ListOrdersRequest, gives ListOrdersResponse.
      listall:
        rpc: acme.orders.v1.OrderService/ListOrders
        pages: {items: orders, next_token: next_page_token, token: page_token, size: page_size}
        returns: Order
      # WatchOrder takes GetOrderRequest, gives a stream of Order.
      watch:
        rpc: acme.orders.v1.OrderService/WatchOrder
        parameters:
          order_id: {}
        returns: Order
      # Import takes a stream of Order, gives Order.
      import_:
        rpc: acme.orders.v1.OrderService/Import
        requests: {parameter: requests}
        returns: Order
"""
TABLE = """\
[tool.remora]
protos = "protos"
manifest = "remora.yaml"
out = "generated"
package = "acme_api"
"""


def test_a_first_manifest(project: Path, remora: Remora) -> None:
    code, out, err = remora("init", "--protos", "protos")
    assert (code, err) == (0, [])
    assert out == [
        "remora.yaml: 1 entity, 4 methods; look at it and change what you like",
        "pyproject.toml: written, with [tool.remora]",
        "next: remora generate",
    ]
    text = (project / "remora.yaml").read_text()
    assert text.startswith("# Proposed by `remora init`")
    assert text.partition("\n\n")[2] == PROPOSED
    assert (project / "pyproject.toml").read_text() == TABLE
    assert remora("generate")[0] == 0
    code_ = "from acme_api.entities import Order; Order.get, Order.listall, Order.watch, Order.get.aio"
    subprocess.run([sys.executable, "-c", code_], cwd=project / "generated", check=True)


@pytest.mark.parametrize("there", ["remora.yaml", "acme.yaml"])
def test_no_manifest_is_overwritten(project: Path, remora: Remora, there: str) -> None:
    (project / there).write_text("mine")
    arguments = [] if there == "remora.yaml" else ["--manifest", there]
    line = f"{there}: error: this file exists already (remove it, or name another with --manifest)"
    assert remora("init", "--protos", "protos", *arguments) == (2, [], [line])
    assert (project / there).read_text() == "mine"
    assert not (project / "pyproject.toml").exists()


def test_settings_go_into_a_pyproject_that_has_none(project: Path, remora: Remora) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "shop"\n')
    code, out, _ = remora("init", "--protos", "protos", "--out", "src", "--package", "shop_api")
    assert code == 0
    assert "pyproject.toml: [tool.remora] added" in out
    text = (project / "pyproject.toml").read_text()
    table = TABLE.replace("generated", "src").replace("acme_api", "shop_api")
    assert text == '[project]\nname = "shop"\n\n' + table


def test_settings_that_are_there_stay(project: Path, remora: Remora) -> None:
    table = '[tool.remora]\nprotos = "protos"\npackage = "acme_api"\n'
    (project / "pyproject.toml").write_text(table)
    code, out, _ = remora("init")
    assert code == 0
    assert (project / "pyproject.toml").read_text() == table
    assert '  manifest = "remora.yaml"' in out


def test_another_source(project: Path, remora: Remora, protoc: Callable[..., object]) -> None:
    protoc("-Iprotos", "--descriptor_set_out=a.pb", "--include_imports", "acme/orders/v1/orders.proto")
    assert remora("init", "--descriptor-set", "a.pb", "--manifest", "first.yaml")[0] == 0
    assert 'descriptor-set = "a.pb"' in (project / "pyproject.toml").read_text()
    assert remora("generate")[0] == 0


def test_protos_without_services(project: Path, remora: Remora) -> None:
    line = "protos: error: there is no service to propose entities from"
    assert remora("init", "--protos", "protos", "--files", "acme/shared/*.proto") == (2, [], [line])
    assert not (project / "remora.yaml").exists()


SHAPES = """
syntax = "proto3";
package shop.v1;
import "google/protobuf/empty.proto";
message UserKey { string org = 1; string project = 2; string domain = 3; string name = 4; }
message User { UserKey key = 1; string class = 2; string client = 3; bool get = 4; Group group = 5; }
message Group { string name = 1; }
message UserGetRequest { UserKey key = 1; }
message UserGetResponse { User user = 1; }
message UserAddRequest { User user = 1; bool from = 2; }
message UserDeleteRequest { UserKey key = 1; }
message GroupList { repeated Group items = 1; string cursor = 2; }
message ListGroupsRequest { Page page = 1; }
message Page { int32 limit = 1; string cursor = 2; }
message SuspendUserRequest { UserKey key = 1; string reason = 2; }
message StatusRequest {}
message GetVersionResponse { string version = 1; }
message GroupEvent { oneof event { Group added = 1; string removed = 2; } }
service Users {
  rpc UserGet(UserGetRequest) returns (UserGetResponse);
  rpc UserAdd(UserAddRequest) returns (google.protobuf.Empty);
  rpc UserDelete(UserDeleteRequest) returns (google.protobuf.Empty);
  rpc SuspendUser(SuspendUserRequest) returns (UserGetResponse);
  rpc GetVersion(StatusRequest) returns (GetVersionResponse);
  rpc Ping(StatusRequest) returns (google.protobuf.Empty);
}
service GroupService {
  rpc List(ListGroupsRequest) returns (GroupList);
  rpc Watch(StatusRequest) returns (stream GroupEvent);
}
"""


def test_shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora) -> None:
    """Nouns before verbs, bare verbs, composite identifiers, context, reserved names, tokens in a nested message."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/shop.proto").write_text(SHAPES)
    assert remora("init")[0] == 0
    text = (tmp_path / "remora.yaml").read_text()
    for part in (
        "class_: class\n      client_: client\n      get_: get\n      group: {field: group, entity: Group}\n",
        "org: {field: key.org, context: org}\n          project: {field: key.project, context: project}\n",
        "name: {field: key.name}\n        returns: {entity: User, field: user}\n",
        "rpc: shop.v1.Users/UserAdd\n        parameters:\n          user: {}\n          from_: {field: from, ",
        "      delete:\n        rpc: shop.v1.Users/UserDelete\n        request:\n          key: {self: key}\n",
        "      suspend:\n        rpc: shop.v1.Users/SuspendUser\n        parameters:\n          reason: {default: ",
        "        returns: {refresh: true, field: user}\n",
        "        pages: {items: items, next_token: cursor, token: page.cursor, size: page.limit}\n",
        "  Version:\n    message: shop.v1.GetVersionResponse\n",
        "      watch:\n        rpc: shop.v1.GroupService/Watch\n        returns: {entity: Group, field: added}\n",
        "#   shop.v1.Users/Ping: it names no entity, and none is in what it returns\n",
    ):
        assert part in text
    assert remora("generate")[0] == 0


MANNERS = """
syntax = "proto3";
package post.v1;
import "google/protobuf/field_mask.proto";
message Parcel { int64 id = 1; string name = 2; repeated string marks = 3; Size size = 4; }
message Size { int32 width = 1; }
message GetParcelRequest { int64 id = 1; }
message FindParcelsRequest { string text = 1; }
message ListParcelsRequest { int32 page = 1; int32 per_page = 2; string sender = 3; }
message ListParcelsResponse { repeated Parcel parcels = 1; int32 total = 2; }
message UpdateParcelRequest { Parcel parcel = 1; google.protobuf.FieldMask update_mask = 2; bool force = 3; }
message AttachLabelRequest { oneof part { Label label = 1; bytes chunk = 2; } }
message Label { string title = 1; string media_type = 2; }
message ReadLabelRequest { int64 id = 1; }
message Piece { bytes data = 1; }
message ScanParcelRequest { int64 id = 1; bytes data = 2; }
service Parcels {
  rpc GetParcel(GetParcelRequest) returns (Parcel);
  rpc SearchParcel(FindParcelsRequest) returns (stream Parcel);
  rpc ListParcels(ListParcelsRequest) returns (ListParcelsResponse);
  rpc UpdateParcel(UpdateParcelRequest) returns (Parcel);
  rpc AttachParcel(stream AttachLabelRequest) returns (Parcel);
  rpc DownloadParcel(ReadLabelRequest) returns (stream Piece);
  rpc ScanParcel(stream ScanParcelRequest) returns (Parcel);
  rpc TalkParcel(stream GetParcelRequest) returns (stream Parcel);
}
"""


def test_manners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora) -> None:
    """Numbered pages, lists that are streams, updates by field mask, streams of requests, content in chunks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos/post.proto").write_text(MANNERS)
    assert remora("init")[0] == 0
    text = (tmp_path / "remora.yaml").read_text()
    for part in (
        '          text: {default: ""}\n        pages: {}\n        returns: Parcel\n',
        '          sender: {default: ""}\n        pages: {items: parcels, total: total, page: page, size: per_page}\n',
        "        mask: update_mask\n        parameters:\n          name: parcel.name\n          marks: parcel.marks\n"
        "          size: parcel.size\n          force: {default: false}\n"
        "        request:\n          parcel.id: {self: id}\n        returns: {refresh: true}\n",
        "          title: {field: label.title}\n          media_type: {field: label.media_type}\n"
        "        requests: {parameter: content, field: chunk, chunk_size: 65536, others: alone}\n",
        "          id: {self: id}\n        returns: {field: data, join: bytes}\n",
        "        requests: {parameter: content, field: data, chunk_size: 65536, others: each}\n",
        "        rpc: post.v1.Parcels/TalkParcel\n        requests: {parameter: requests}\n        returns: Parcel\n",
    ):
        assert part in text
    assert "# RPCs without a place" not in text
    assert remora("generate")[0] == 0


@pytest.mark.parametrize(
    ("protos", "files", "entities"),
    [
        ("tests/functional/entities/library/protos", "**/*.proto", ["Book"]),
        ("tests/golden/library/protos", "**/*.proto", ["Book"]),
        ("tests/golden/telemetry/protos", "**/*.proto", []),
        ("protos", "flyteidl2/**/*.proto", ["App", "Project", "Run", "RunDetails", "Secret", "Task", "Trigger"]),
    ],
)
def test_proposals_for_the_protos_of_this_repository_generate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora, protos: str, files: str, entities: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = remora("init", "--protos", str(ROOT / protos), "--files", files, "--package", "some_api")
    assert (code, err) == (0, [])
    code, _, err = remora("generate")
    # Rules of the protos that no plain check can express are told, and are no mistake.
    assert (code, [line for line in err if ": note: " not in line]) == (0, [])
    written = {path.stem for path in (tmp_path / "generated/some_api").glob("entities/*.py")}
    assert {name.lower() for name in entities} <= {name.replace("_", "") for name in written}


def test_a_proposal_passes_mypy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora) -> None:
    monkeypatch.chdir(tmp_path)
    for name, protos in (("library", "tests/functional/entities/library/protos"), ("shop", "shop"), ("post", "post")):
        if name != "library":
            (tmp_path / name).mkdir()
            (tmp_path / name / f"{name}.proto").write_text(SHAPES if name == "shop" else MANNERS)
        source = str(ROOT / protos) if name == "library" else protos
        files = (source, "--package", f"{name}_api", "--manifest", f"{name}.yaml", "--out", ".")
        assert remora("init", "--protos", *files)[0] == 0
        assert remora("generate", "--protos", *files)[0] == 0
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir=/dev/null"]
    done = subprocess.run(
        [*command, "library_api", "shop_api", "post_api"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_an_rpc_that_gives_a_token_for_a_password_is_a_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remora: Remora
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protos").mkdir()
    (tmp_path / "protos" / "door.proto").write_text(
        'syntax = "proto3"; package door.v1;\n'
        "service Door { rpc LogIn(Ask) returns (Given); rpc Refresh(Ask) returns (Fresh);\n"
        "  rpc Lists(Ask) returns (No); rpc GetRoom(Key) returns (Room); }\n"
        "message Ask { string user = 1; string password = 2; }\n"
        "message Given { string access_token = 1; string refresh_token = 2; }\n"
        "message Fresh { string refresh_token = 1; }\n"
        "message No { string next_page_token = 1; }\n"
        "message Key { string id = 1; } message Room { string id = 1; }\n"
    )
    code, lines, _ = remora("init", "--package", "door_api")
    assert code == 0
    assert lines[0] == "remora.yaml: 1 entity, 1 method, 1 login; look at it and change what you like"
    assert [line.split(":")[1].strip() for line in lines if line.startswith("not placed")] == [
        "door.v1.Door/Lists",
        "door.v1.Door/Refresh",
    ]
    assert (
        "logins:\n"
        "  Password:\n"
        "    rpc: door.v1.Door/LogIn\n"
        "    parameters: {user: {}, password: {secret: true}}\n"
        "    token: access_token\n"
    ) in (tmp_path / "remora.yaml").read_text()
    assert remora("generate")[0] == 0
    assert "class Password(RpcLogin):" in (tmp_path / "generated/door_api/entities/logins.py").read_text()
