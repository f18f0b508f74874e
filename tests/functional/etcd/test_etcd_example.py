"""The example's SDK is typed, and calls what the manifest says; `tests/peers/etcd` tries it on the real server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from remora.errors import NotFound, Unavailable

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "etcd"
PROGRAM = """\
from etcd_api.authpb import Permission
from etcd_api.entities import Event, Key, Lease, Member, Password, Role, User

from remora import Client


def use() -> None:
    client = Client("http://127.0.0.1:1", auth=Password("root", "secret", lifetime=240))
    user: User = User.add("ada", "1815", client=client)
    roles: list[Role] = user.roles()
    users: list[User] = roles[0].users()
    permissions: list[Permission] = roles[0].permissions
    revision: int = Key.put(b"a", b"1", lease=5)
    value: bytes = Key.get(b"a").value
    keys: list[Key] = list(Key.list(b"a", limit=5))
    members: list[Member] = Member.list()
    with Event.watch(b"a", revision=revision) as events:
        event: Event = next(events)
    with Lease.grant(10).keep_alive() as lease:
        left: int = lease.time_left
    wrong: str = Key.get(b"a").value


async def use_async() -> None:
    keys: list[Key] = [key async for key in Key.list.aio(b"a")]
    async with (await Lease.grant.aio(10)).keep_alive() as lease:
        wrong: str = (await Lease.get.aio(lease.id)).time_left
"""


def test_it_passes_strict_type_checking(generated: Path, tmp_path: Path) -> None:
    if find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    (tmp_path / "program.py").write_text(PROGRAM)
    wrong = {number for number, line in enumerate(PROGRAM.splitlines(), 1) if "wrong:" in line}
    paths = [str(EXAMPLE), str(generated)]
    (tmp_path / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    sources = ["program.py", str(EXAMPLE / "etcd_functions.py"), str(generated / "etcd_api")]
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", *sources]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert {int(line.split(":")[1]) for line in lines[:-1]} == wrong, done.stdout + done.stderr
    assert all(line.startswith("program.py:") and "[assignment]" in line for line in lines[:-1]), done.stdout


def test_a_list_and_a_put(etcd: Any, fake_server: Callable[..., Any]) -> None:
    Key, rpc, kv = etcd.entities.Key, etcd.rpc, etcd.kv
    store = {b"a/%d" % number: b"%d" % number for number in range(5)}

    def answer(request: Any) -> Any:
        found = [key for key in sorted(store) if request.key <= key < request.range_end]
        page = [kv.KeyValue(key=key, value=store[key]) for key in found[: request.limit]]
        return rpc.RangeResponse(kvs=page, more=len(found) > len(page))

    fake = fake_server(rpc.KVBase)
    ranges = fake.on(rpc.KVBase.range).answer_with(answer)
    puts = fake.on(rpc.KVBase.put).answer(rpc.PutResponse(header=rpc.ResponseHeader(revision=7)))
    with fake.client():
        assert [key.value for key in Key.list(b"a/", page_size=2)] == [b"0", b"1", b"2", b"3", b"4"]
        assert [request.key for request in ranges.requests] == [b"a/", b"a/1\0", b"a/3\0"]
        assert {request.range_end for request in ranges.requests} == {b"a0"}
        assert Key.put(b"a/5", b"5", lease=3) == 7
    assert puts.requests == [rpc.PutRequest(key=b"a/5", value=b"5", lease=3)]


def test_a_key_that_is_not_there(etcd: Any, fake_server: Callable[..., Any]) -> None:
    fake = fake_server(etcd.rpc.KVBase)
    fake.on(etcd.rpc.KVBase.range).answer(etcd.rpc.RangeResponse())
    with fake.client(), pytest.raises(NotFound, match="no such key"):
        etcd.entities.Key.get(b"a")


def test_a_watch_that_the_server_ends(etcd: Any, fake_server: Callable[..., Any]) -> None:
    """The answer says so, while the stream stays open."""
    response = etcd.rpc.WatchResponse
    fake = fake_server(etcd.rpc.WatchBase)
    watch = fake.on(etcd.rpc.WatchBase.watch)
    watch.stream(response(created=True), response(canceled=True, cancel_reason="no permission"), hold=True)
    watch.stream(response(created=True), response(canceled=True, compact_revision=9), hold=True)
    with fake.client():
        for words in ("no permission", "tells of a failure"):
            with pytest.raises(etcd.entities.WatchEnded, match=words), etcd.entities.Event.watch(b"a") as events:
                next(events)


def test_a_lease_outlives_a_server_that_is_away_for_a_moment(etcd: Any, fake_server: Callable[..., Any]) -> None:
    answer = etcd.rpc.LeaseKeepAliveResponse
    fake = fake_server(etcd.rpc.LeaseBase)
    beat = fake.on(etcd.rpc.LeaseBase.lease_keep_alive)
    beat.stream(answer(ID=5, TTL=1), hold=True).fail(Unavailable("gone")).stream(answer(ID=5, TTL=1), hold=True)
    beat.stream(answer(ID=5, TTL=0), hold=True)
    with fake.client(), etcd.entities.Lease(etcd.rpc.LeaseTimeToLiveResponse(ID=5)).beats() as beats:
        assert [next(beats), next(beats)] == [1, 1]
        with pytest.raises(NotFound, match="no such lease"):
            next(beats)
    assert beat.requests == [etcd.rpc.LeaseKeepAliveRequest(ID=5)] * 4


@pytest.mark.parametrize(("prefix", "end"), [(b"a/", b"a0"), (b"a\xff", b"b"), (b"", b"\0"), (b"\xff", b"\0")])
def test_the_end_of_a_prefix(etcd: Any, prefix: bytes, end: bytes) -> None:
    import etcd_functions  # type: ignore[import-not-found]

    assert etcd_functions.end_of(prefix) == end
