"""The command line of the example: `python -m etcd_api`, against a fake server."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from remora.commands import exits
from remora.commands.run import run

pytest.importorskip("click")


@pytest.fixture
def command(etcd: Any, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line; gives exit code, stdout and stderr."""
    program = importlib.import_module("etcd_api.commands").PROGRAM

    def call(server: Any, *arguments: str) -> tuple[int, str, str]:
        code = run(program, [*arguments, "--endpoint", server.url], name="etcd")
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


def test_put_get_and_list(etcd: Any, fake_server: Callable[..., Any], command: Callable[..., Any]) -> None:
    rpc, kv = etcd.rpc, etcd.kv
    fake = fake_server(rpc.KVBase)
    puts = fake.on(rpc.KVBase.put).answer(rpc.PutResponse(header=rpc.ResponseHeader(revision=7)))
    name = kv.KeyValue(key=b"app/name", value=b"Emma", mod_revision=7)
    odd = kv.KeyValue(key=b"app/\xff", value=b"\x1b[2J", mod_revision=8, lease=5)
    ranges = fake.on(rpc.KVBase.range).answer_with(lambda request: rpc.RangeResponse(kvs=[name, odd]))
    assert command(fake, "key", "put", "app/name", "Emma", "--lease", "5") == (exits.OK, "7\n", "")
    assert puts.requests == [rpc.PutRequest(key=b"app/name", value=b"Emma", lease=5)]
    code, out, _ = command(fake, "key", "list", "app/")
    assert code == exits.OK
    assert [line.split() for line in out.splitlines()] == [
        ["KEY", "VALUE", "REVISION", "LEASE"],
        ["app/name", "Emma", "7", "0"],
        [r"app/\xff", r"\x1b[2J", "8", "5"],
    ]
    assert ranges.requests[-1].key == b"app/"
    code, out, _ = command(fake, "key", "list", "--limit", "1", "--output", "json")
    assert [item["key"] for item in json.loads(out)] == ["YXBwL25hbWU="]
    assert command(fake, "key", "get", "app/name", "-o", "name")[1] == "app/name\n"


def test_a_key_that_is_not_there(etcd: Any, fake_server: Callable[..., Any], command: Callable[..., Any]) -> None:
    fake = fake_server(etcd.rpc.KVBase)
    fake.on(etcd.rpc.KVBase.range).answer(etcd.rpc.RangeResponse())
    code, out, err = command(fake, "key", "get", "nothing")
    assert (code, out) == (exits.NOT_FOUND, "")
    assert err == "error: NOT_FOUND: there is no such key\n"


def test_a_watch_gives_lines(etcd: Any, fake_server: Callable[..., Any], command: Callable[..., Any]) -> None:
    rpc, kv = etcd.rpc, etcd.kv
    fake = fake_server(rpc.WatchBase)
    events = [kv.Event(kv=kv.KeyValue(key=b"a/%d" % number, mod_revision=number)) for number in (1, 2)]
    last = rpc.WatchResponse(canceled=True, cancel_reason="enough")
    fake.on(rpc.WatchBase.watch).stream(rpc.WatchResponse(created=True), rpc.WatchResponse(events=events), last)
    code, out, err = command(fake, "watch", "a/", "--output", "json")
    assert [json.loads(line)["revision"] for line in out.splitlines()] == [1, 2]
    assert code == exits.FAILED
    assert json.loads(err)["error"]["type"] == "WatchEnded"


def test_an_instance_is_read_first(etcd: Any, fake_server: Callable[..., Any], command: Callable[..., Any]) -> None:
    rpc = etcd.rpc
    fake = fake_server(rpc.LeaseBase)
    fake.on(rpc.LeaseBase.lease_time_to_live).answer(rpc.LeaseTimeToLiveResponse(ID=5, TTL=9))
    revokes = fake.on(rpc.LeaseBase.lease_revoke).answer(rpc.LeaseRevokeResponse())
    assert command(fake, "lease", "revoke", "5") == (exits.OK, "", "")
    assert revokes.requests == [rpc.LeaseRevokeRequest(ID=5)]


def test_it_cannot_complete_what_is_no_program(etcd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    program = importlib.import_module("etcd_api.commands").PROGRAM
    assert run(program, ["completion", "bash"], name="python -m etcd_api") == exits.USAGE
    assert "[project.scripts]" in capsys.readouterr().err
