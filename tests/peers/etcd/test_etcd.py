"""The SDK of examples/etcd against the real server, compared with what etcdctl says."""

from __future__ import annotations

import asyncio
import base64
import contextvars
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from remora.client import Client
from remora.dual import run_sync
from remora.errors import AuthError, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied, Unauthenticated

COUNT = 10_000

pytestmark = [pytest.mark.timeout(90), pytest.mark.usefixtures("_only_where_it_is")]


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


def fill(sdk: Any, prefix: bytes, count: int, value: bytes = b"v") -> int:
    """Write keys, many at a time; gives the last revision."""

    async def write() -> int:
        numbers = iter(range(count))
        latest = 0

        async def some() -> None:
            nonlocal latest
            for number in numbers:
                latest = max(latest, await sdk.entities.Key.put.aio(prefix + b"%05d" % number, value))

        await asyncio.gather(*(some() for _ in range(32)))
        return latest

    return asyncio.run(write())


def test_a_key(client: Client, server: Any, sdk: Any, prefix: bytes) -> None:
    Key = sdk.entities.Key
    name = prefix + b"\xff\x00 any bytes"
    first = Key.put(name, b"1")
    assert Key.put(name, b"2") == first + 1
    key = Key.get(name)
    assert (key.key, key.value, key.version) == (name, b"2", 2)
    assert (key.create_revision, key.revision) == (first, first + 1)
    assert Key.get(name, revision=first).value == b"1"
    (theirs,) = server.ctl_json("get", prefix.decode(), "--prefix")["kvs"]
    assert decoded(theirs["key"]) == name
    assert decoded(theirs["value"]) == b"2"
    assert theirs["mod_revision"] == key.revision
    assert Key.delete(name) == 1
    assert Key.delete(name) == 0
    with pytest.raises(NotFound):
        Key.get(name)
    assert "kvs" not in server.ctl_json("get", prefix.decode(), "--prefix")


def test_ten_thousand_keys(client: Client, server: Any, sdk: Any, prefix: bytes) -> None:
    Key = sdk.entities.Key
    fill(sdk, prefix, COUNT)
    Key.put(prefix[:-1] + b"0", b"just behind the prefix")
    ours = [(key.key, key.value, key.revision) for key in Key.list(prefix)]
    listed = server.ctl_json("get", prefix.decode(), "--prefix")["kvs"]
    theirs = [(decoded(item["key"]), decoded(item["value"]), item["mod_revision"]) for item in listed]
    assert len(ours) == COUNT
    assert ours == theirs
    assert [key.key for key in Key.list(prefix, page_size=7, limit=20)] == [item[0] for item in theirs[:20]]


def test_a_watch_with_ten_thousand_events(client: Client, sdk: Any, prefix: bytes) -> None:
    with sdk.entities.Event.watch(prefix, revision=sdk.entities.Key.put(prefix, b"")) as events:
        next(events)
        writer = threading.Thread(target=contextvars.copy_context().run, args=(fill, sdk, prefix, COUNT))
        writer.start()
        seen = [(event.key, event.revision) for event in itertools.islice(events, COUNT)]
        writer.join()
    assert sorted(key for key, _ in seen) == [prefix + b"%05d" % number for number in range(COUNT)]
    revisions = [revision for _, revision in seen]
    assert revisions == sorted(set(revisions))


def test_a_watch_goes_on_when_the_server_was_killed(etcd_server: Callable[[], Any], sdk: Any) -> None:
    """Nothing is lost and nothing comes twice, whether it was written before the end or after it."""
    Event, Key = sdk.entities.Event, sdk.entities.Key
    server = etcd_server()
    with Client(server.url), Event.watch(b"a/", revision=Key.put(b"a/begin", b"")) as events:
        seen = [next(events).key]
        for number in range(3):
            for index in range(100):
                Key.put(b"a/%d/%02d" % (number, index), b"")
            seen += [next(events).key for _ in range(50 if number else 100)]
            server.kill()
            server.start()
            server.ctl("put", f"a/{number}/after", "")
        server.ctl("put", "a/end", "")
        for event in events:
            seen.append(event.key)
            if event.key == b"a/end":
                break
    written = [
        [b"a/%d/%02d" % (number, index) for index in range(100)] + [b"a/%d/after" % number] for number in range(3)
    ]
    assert seen == [b"a/begin", *(key for keys in written for key in keys), b"a/end"]


def test_a_watch_from_a_forgotten_revision(etcd_server: Callable[[], Any], sdk: Any) -> None:
    server = etcd_server()
    with Client(server.url):
        first = sdk.entities.Key.put(b"a", b"1")
        sdk.entities.Key.compact(sdk.entities.Key.put(b"a", b"2"))
        with pytest.raises(sdk.entities.Compacted):
            sdk.entities.Key.get(b"a", revision=first)
        with sdk.entities.Event.watch(b"a", revision=first) as events, pytest.raises(sdk.entities.WatchEnded):
            next(events)


def test_a_lease(client: Client, server: Any, sdk: Any, prefix: bytes) -> None:
    Key, Lease = sdk.entities.Key, sdk.entities.Lease
    lease = Lease.grant(100)
    Key.put(prefix, b"", lease=lease.id)
    found = Lease.get(lease.id)
    assert found.granted == 100
    assert 0 < found.time_left <= 100
    assert found.keys == [prefix]
    assert lease.id in [item.id for item in Lease.list()]
    assert f"{lease.id:x}" in server.ctl("lease", "list")
    theirs = server.ctl_json("lease", "timetolive", f"{lease.id:x}")
    assert theirs["granted-ttl"] == 100
    lease.revoke()
    for gone in (lambda: Lease.get(lease.id), lambda: Key.get(prefix), lease.keep_alive().__enter__):
        with pytest.raises(NotFound):
            gone()


def test_a_lease_is_kept_alive_in_a_block(client: Client, sdk: Any, prefix: bytes) -> None:
    """A second lease of the same length shows that the time was over; it is not kept alive."""
    Event, Key, Lease = sdk.entities.Event, sdk.entities.Key, sdk.entities.Lease
    with Lease.grant(2).keep_alive() as lease, Event.watch(prefix, revision=Key.put(prefix, b"")) as events:
        next(events)
        Key.put(prefix + b"kept", b"", lease=lease.id)
        for number in range(2):
            Key.put(prefix + b"left", b"%d" % number, lease=Lease.grant(2).id)
            while next(events).type.name != "DELETE":
                pass
        assert Key.get(prefix + b"kept").lease == lease.id


async def test_the_same_for_asyncio(client: Client, sdk: Any, prefix: bytes) -> None:
    Key, Lease = sdk.entities.Key, sdk.entities.Lease
    async with (await Lease.grant.aio(30)).keep_alive() as lease:
        await Key.put.aio(prefix, b"1", lease=lease.id)
        assert [key.lease async for key in Key.list.aio(prefix)] == [lease.id]
    await lease.revoke.aio()
    assert [key async for key in Key.list.aio(prefix)] == []


def test_members(client: Client, server: Any, sdk: Any) -> None:
    (ours,) = sdk.entities.Member.list()
    (theirs,) = server.ctl_json("member", "list")["members"]
    assert (ours.id, ours.name, ours.client_urls) == (theirs["ID"], theirs["name"], theirs["clientURLs"])
    assert ours.is_learner is False


def test_a_transaction(client: Client, server: Any, sdk: Any, prefix: bytes) -> None:
    Key, Txn, rpc = sdk.entities.Key, sdk.entities.Txn, sdk.rpc
    missing = rpc.Compare(key=prefix, target=rpc.CompareCompareTarget.VERSION, version=0)
    write = rpc.RequestOp(request_put=rpc.PutRequest(key=prefix, value=b"1"))
    read = rpc.RequestOp(request_range=rpc.RangeRequest(key=prefix))
    first = Txn.commit(compare=[missing], success=[write], failure=[read])
    assert first.succeeded
    assert Key.get(prefix).revision == first.revision
    second = Txn.commit(compare=[missing], success=[write], failure=[read])
    assert not second.succeeded
    assert [item.value for item in second.responses[0].response_range.kvs] == [b"1"]
    assert second.revision == first.revision
    assert server.ctl("get", prefix.decode(), "--print-value-only") == "1\n"


def test_users_and_roles(etcd_server: Callable[[], Any], sdk: Any) -> None:
    """A user may do what the roles say, once the server wants to know who calls."""
    Event, Key, Password = (getattr(sdk.entities, name) for name in ("Event", "Key", "Password"))
    Role, User = sdk.entities.Role, sdk.entities.User
    server = etcd_server()
    with Client(server.url):
        for name in ("root", "reader"):
            Role.add(name)
            User.add(name, f"of {name}").grant(name)
        Role.get("reader").grant(b"app/", b"app0", type=sdk.auth.PermissionType.READ)
        reader = User.get("reader")
        assert (reader.name, reader.role_names) == ("reader", ["reader"])
        (role,) = reader.roles()
        (permission,) = role.permissions
        assert (role.name, permission.key, permission.range_end) == ("reader", b"app/", b"app0")
        assert [user.name for user in role.users()] == ["reader"]
        assert sorted(User.list()) == sorted(Role.list()) == server.ctl("role", "list").split() == ["reader", "root"]
        User.enable()
        with pytest.raises(InvalidArgument, match="user name is empty"):
            Key.put(b"app/a", b"1")
    with Client(server.url, auth=Password("root", "wrong")), pytest.raises(AuthError, match="authentication failed"):
        Key.put(b"app/a", b"1")
    with Client(server.url, auth=Password("root", "of root")):
        Key.put(b"app/a", b"1")
        Key.put(b"other", b"2")
    with Client(server.url, auth=Password("reader", "of reader")):
        assert [key.value for key in Key.list(b"app/")] == [b"1"]
        for forbidden in (lambda: Key.put(b"app/a", b"3"), lambda: Key.get(b"other")):
            with pytest.raises(PermissionDenied):
                forbidden()
        with Event.watch(b"other") as events, pytest.raises(sdk.entities.WatchEnded, match="permission denied"):
            next(events)
        with Event.watch(b"app/", revision=1) as events:
            assert next(events).key == b"app/a"
    assert server.ctl("get", "other", "--print-value-only", "--user=root:of root") == "2\n"
    with Client(server.url, auth=Password("root", "of root")):
        Role.get("reader").revoke(b"app/", b"app0")
        assert Role.get("reader").permissions == []
        reader = User.get("reader")
        reader.revoke("reader")
        assert User.get("reader").role_names == Role.get("reader").users() == []
        reader.change_password("another")
        assert server.ctl("user", "get", "reader", "--user=root:of root").split() == ["User:", "reader", "Roles:"]
        reader.delete()
        Role.get("reader").delete()
        User.disable()
    assert server.ctl("user", "list").split() == ["root"]


def test_a_token_that_expired_is_had_anew(etcd_server: Callable[..., Any], sdk: Any) -> None:
    """The server forgets a token that is not used for a second; a call gets another one and goes on."""
    Key, Password, Role, User = (getattr(sdk.entities, name) for name in ("Key", "Password", "Role", "User"))
    tokens: list[str] = []

    class Noted(Password):  # type: ignore[misc]
        async def log_in(self, caller: Any, timeout: float) -> str:
            tokens.append(await super().log_in(caller, timeout))
            return tokens[-1]

    server = etcd_server("--auth-token-ttl=1")
    with Client(server.url):
        Role.add("root")
        User.add("root", "secret").grant("root")
        User.enable()
    with Client(server.url, auth=Noted("root", "secret")):
        Key.put(b"a", b"1")
        Key.put(b"a", b"2")
        assert len(tokens) == 1
        wait_until_forgotten(server, sdk, tokens[0])
        assert Key.get(b"a").value == b"2"
        assert [key.value for key in Key.list(b"a")] == [b"2"]
        assert len(tokens) == 2
    tokens.clear()
    # A watch says "permission denied" in its answers, whatever is wrong with a token, so it needs a fresh one.
    with Client(server.url, auth=Noted("root", "secret", lifetime=0.5)):
        revision = Key.put(b"a", b"3")
        wait_until_forgotten(server, sdk, tokens[0])
        with sdk.entities.Event.watch(b"a", revision=revision) as events:
            assert next(events).value == b"3"
        assert len(tokens) == 2


def wait_until_forgotten(server: Any, sdk: Any, token: str) -> None:
    """Wait until the server refuses a token; each time that it takes it, the token lives on for a second."""
    with Client(server.url) as client:
        for _ in range(20):
            time.sleep(2)
            call = sdk.rpc.KVStub(client).range(sdk.rpc.RangeRequest(key=b"a"), metadata={"token": token})
            try:
                run_sync(call, "range")
            except Unauthenticated:
                return
    raise AssertionError("the server does not forget tokens")


def test_members_come_and_go(etcd_server: Callable[..., Any], sdk: Any) -> None:
    """A second member that never starts: as a learner it has no vote, so the first one goes on without it."""
    Member = sdk.entities.Member
    server = etcd_server()
    with Client(server.url):
        (only,) = Member.list()
        added = Member.add(["http://127.0.0.1:1"], is_learner=True)
        assert (added.name, added.peer_urls, added.is_learner) == ("", ["http://127.0.0.1:1"], True)
        (changed,) = [member for member in added.update(["http://127.0.0.1:2"]) if member.id == added.id]
        assert changed.peer_urls == ["http://127.0.0.1:2"]
        theirs = {member["ID"]: member for member in server.ctl_json("member", "list")["members"]}
        assert theirs[added.id]["peerURLs"] == ["http://127.0.0.1:2"]
        with pytest.raises(FailedPrecondition, match="in sync with leader"):
            added.promote()
        added.remove()
        assert [member.id for member in Member.list()] == [only.id]
