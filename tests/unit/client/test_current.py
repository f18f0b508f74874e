"""Which client a call uses, and what it fills in."""

from __future__ import annotations

import asyncio
import pickle
import threading
from typing import Any

import pytest

import remora
from remora.channel import RetryPolicy
from remora.client import Client, init, resolve_client
from remora.dual import run_sync
from remora.errors import ClientClosed, ConfigError


def test_given_over_current_over_default_over_an_error() -> None:
    with pytest.raises(ConfigError, match="no client") as caught:
        resolve_client(None)
    assert "remora.init" in str(caught.value.hint)
    default = init("http://default")
    assert resolve_client(None) is default
    first, second = Client("http://first"), Client("http://second")
    with first:
        assert resolve_client(None) is first
        with second:
            assert resolve_client(None) is second
            assert resolve_client(default) is default
        assert resolve_client(None) is first
    assert resolve_client(None) is default
    assert init("http://other") is resolve_client(None)


def test_the_current_client_is_that_of_the_context() -> None:
    client = Client("http://first")
    init("http://default")

    async def look() -> Client:
        return resolve_client(None)

    async def main() -> None:
        async def inside() -> None:
            async with client:
                entered.set()
                await leave.wait()
                assert resolve_client(None) is client

        entered, leave = asyncio.Event(), asyncio.Event()
        task = asyncio.ensure_future(inside())
        await entered.wait()
        assert resolve_client(None) is not client
        leave.set()
        await task

    asyncio.run(main())
    client = Client("http://second")
    seen: list[Client] = []
    with client:
        assert run_sync(look(), "look") is client  # blocking calls take the context along
        thread = threading.Thread(target=lambda: seen.append(resolve_client(None)))
        thread.start()
        thread.join()
    assert seen[0] is not client


def test_the_outermost_block_closes() -> None:
    client = Client("http://h")
    with client:
        with client:
            pass
        assert not client.closed
        assert resolve_client(None) is client
    assert client.closed
    with pytest.raises(ClientClosed), client:
        pass
    assert repr(client) == "<Client of http://h:80, closed>"


def test_blocks_of_several_threads_close_with_the_last() -> None:
    client = Client("http://h")
    barrier = threading.Barrier(8)
    states: list[bool] = []

    def work() -> None:
        with client:
            barrier.wait()
            states.append(client.closed)
            barrier.wait()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert states == [False] * 8
    assert client.closed


def test_values() -> None:
    client = Client("http://h", project="p", org="o")
    assert client.value("project", None) == "p"
    assert client.value("project", "") == "p"
    assert client.value("project", "q") == "q"
    assert client.value("org", None, required=False) == "o"
    assert client.value("domain", None, required=False) == ""
    with pytest.raises(ConfigError, match="no domain") as caught:
        client.value("domain", None)
    assert all(way in str(caught.value.hint) for way in ("domain=", "remora.init", "FLYTE_TASK_DOMAIN"))


def test_settings_come_from_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_ADMIN_ENDPOINT", "dns:///h")
    monkeypatch.setenv("FLYTE_TASK_DOMAIN", "d")
    client = remora.init(project="p")
    assert (client.endpoint, client.value("domain", None), client.console_url) == ("https://h:443", "d", "https://h")
    assert client.config.explain()["domain"].source == "environment variable FLYTE_TASK_DOMAIN"


@pytest.mark.parametrize(
    "options",
    [
        {"loop": "mine"},
        {"timeout": 0},
        {"compression": "br"},
        {"retry": RetryPolicy(attempts=0)},
        {"keepalive": -1},
        {"max_message_bytes": 0},
        {"connect_timeout": 0},
        {"http_proxy_url": "socks5://x"},
        {"insecure": "perhaps"},
    ],
)
def test_senseless_options_are_refused_at_once(options: Any) -> None:
    with pytest.raises(ConfigError):
        Client("https://h" if "insecure" not in options else "h", **options)


def test_init_and_client_take_the_same_arguments() -> None:
    import inspect

    ours = inspect.signature(init).parameters
    theirs = inspect.signature(Client).parameters
    assert {name: (p.default, p.kind, p.annotation) for name, p in ours.items()} == {
        name: (p.default, p.kind, p.annotation) for name, p in theirs.items()
    }
    options: dict[str, Any] = {
        "insecure": False,
        "project": "p",
        "domain": "d",
        "org": "o",
        "insecure_skip_verify": False,
        "ca_cert_file": "ca.pem",
        "root_certificates": None,
        "certificate_chain": b"chain",
        "private_key": b"key",
        "ssl_context": None,
        "http_proxy_url": "http://p",
        "auth": "ClientSecret",
        "api_key": None,
        "client_id": "id",
        "client_secret": "hush",
        "command": None,
        "proxy_command": ["print-token"],
        "console_endpoint": "c",
        "context": {"tenant": "t"},
        "config_file": False,
        "trust_env": False,
        "metadata": {"a": "b"},
        "timeout": 1.0,
        "connect_timeout": 2.0,
        "keepalive": 3.0,
        "max_message_bytes": 4,
        "compression": "gzip",
        "retry": RetryPolicy(attempts=2),
        "grpc_options": [("grpc.primary_user_agent", "a/1")],
        "validate": False,
        "loop": "shared",
    }
    assert set(options) == set(theirs) - {"endpoint"}
    assert init("h", **options).__getstate__() == Client("h", **options).__getstate__()


def test_a_client_can_be_pickled() -> None:
    client = Client("http://h", project="p", metadata={"a": "b"}, timeout=5, loop="shared")
    again = pickle.loads(pickle.dumps(client))
    assert again.__getstate__() == client.__getstate__()
    assert again.value("project", None) == "p"
    assert not again.closed
