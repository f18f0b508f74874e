"""A token over its life: fetched once, renewed in time, renewed once when a server wants another one."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from remora.auth import ClientSecret, Pkce, prompt
from remora.client import Client
from remora.dev.objects.http import HttpRequest, HttpResponse
from remora.dual.portal import portal
from remora.errors import AuthError, RpcError, Unauthenticated
from remora_api.google.protobuf import StringValue

Make = Callable[..., Client]
Call = Callable[..., str]


def _service(site: Any, client: Make, **settings: Any) -> Client:
    return client(auth=ClientSecret("remora-service", site.provider.client_secret), **settings)


async def _many(one: Client, site: Any, count: int) -> list[str]:
    """Concurrent calls of one event loop, every other one a stream."""

    async def unary() -> str:
        return (await one.unary_unary(site.echo.UNARY, StringValue(value="x"))).value

    async def stream() -> str:
        return "".join([each.value async for each in one.unary_stream(site.echo.COUNT, StringValue(value="3"))])

    return await asyncio.gather(*(unary() if number % 2 else stream() for number in range(count)))


def _everywhere(one: Client, site: Any, count: int = 100) -> list[str]:
    """Concurrent calls from four event loops in four threads, one of them the portal's."""
    results: list[str] = []
    errors: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work(run: Callable[[Any], list[str]]) -> None:
        barrier.wait(60)
        try:
            results.extend(run(_many(one, site, count // 4)))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(run,)) for run in (portal.run, *[asyncio.run] * 3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(100)
    if errors:
        raise errors[0]
    return results


def test_a_hundred_first_calls_make_one_token_request(site: Any, client: Make) -> None:
    results = _everywhere(_service(site, client), site)
    assert sorted(results) == ["012"] * 52 + ["x"] * 48
    assert len(site.token_requests) == 1


def test_a_hundred_first_calls_make_one_login(site: Any, client: Make, person: Any) -> None:
    assert len(_everywhere(client(), site)) == 100
    assert len(person.opened) == 1
    assert len(site.token_requests) == 1


def test_a_hundred_refused_calls_make_one_token_request(site: Any, client: Make, call: Call) -> None:
    one = _service(site, client)
    call(one)
    site.expire_all()
    assert len(_everywhere(one, site)) == 100
    assert len(site.token_requests) == 2


def test_a_refused_token_is_renewed_once_and_the_call_repeated_once(site: Any, client: Make, call: Call) -> None:
    one = _service(site, client)
    site.grants.valid = lambda token: False
    with pytest.raises(Unauthenticated):
        call(one)
    assert len(site.token_requests) == 2


@pytest.mark.parametrize("status", [2, 5, 7, 13])
def test_no_other_status_renews(site: Any, client: Make, call: Call, status: int) -> None:
    with pytest.raises(RpcError) as caught:
        call(_service(site, client), str(status))
    assert caught.value.code == status
    assert len(site.token_requests) == 1


def test_requests_that_stream_are_not_repeated_and_the_next_call_has_a_new_token(site: Any, client: Make) -> None:
    one = _service(site, client)

    async def two() -> AsyncIterator[StringValue]:
        yield StringValue(value="a")
        yield StringValue(value="b")

    async def endless() -> AsyncIterator[StringValue]:
        yield StringValue(value="a")
        await asyncio.Event().wait()

    async def join(requests: AsyncIterator[StringValue]) -> str:
        return str((await one.stream_unary(site.echo.JOIN, requests)).value)

    assert portal.run(join(two())) == "a,b"
    site.expire_all()
    with pytest.raises(Unauthenticated):
        portal.run(join(endless()))
    assert portal.run(join(two())) == "a,b"
    assert len(site.token_requests) == 2


def test_a_token_is_renewed_shortly_before_it_expires(
    site: Any, client: Make, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.auth import authenticator

    now = authenticator.time.time()
    one = _service(site, client)
    call(one)
    for after, requests in ((530, 1), (545, 2)):  # the token lives 600 s, a tenth of it is 60 s
        monkeypatch.setattr(authenticator.time, "time", lambda: now + after)  # noqa: B023 - called in this turn
        call(one)
        assert len(site.token_requests) == requests


def test_a_token_that_cannot_be_renewed_is_used_until_it_expires(
    site: Any, client: Make, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.auth import authenticator

    one = _service(site, client)
    call(one)
    now = authenticator.time.time()
    asked: list[str] = []

    async def away(request: HttpRequest) -> HttpResponse:
        asked.append(request.target)
        return HttpResponse(400, {"Content-Type": "text/html"}, b"<html>no</html>")

    site.intercept = away
    monkeypatch.setattr(authenticator.time, "time", lambda: now + 580)
    assert call(one) == "hello"
    assert call(one) == "hello"
    assert asked == ["/token"]
    monkeypatch.setattr(authenticator.time, "time", lambda: now + 601)
    with pytest.raises(AuthError, match="HTTP 400 with text/html"):
        call(one)


def test_refresh_tokens_rotate(site: Any, client: Make, call: Call, person: Any) -> None:
    one = client(auth="Pkce")
    for _ in range(3):
        call(one)
        site.expire_all()
    assert [each["grant_type"] for each in site.token_requests] == [
        "authorization_code",
        "refresh_token",
        "refresh_token",
    ]
    first, second = (each["refresh_token"] for each in site.token_requests[1:])
    assert first != second
    assert len(person.opened) == 1


def test_a_refresh_token_that_is_taken_no_more_leads_to_a_login(
    site: Any, client: Make, call: Call, person: Any
) -> None:
    one = client(auth="Pkce")
    call(one)
    site.expire_all()
    site.grants.refresh.clear()
    assert call(one) == "hello"
    assert len(person.opened) == 2


def test_another_client_goes_on_with_the_kept_token(site: Any, client: Make, call: Call, person: Any) -> None:
    call(client(auth="Pkce"))
    call(client(auth="Pkce"))
    call(client())
    assert len(person.opened) == 1
    (kept,) = (Path(os.environ["HOME"]) / ".local/share/remora/tokens").glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "other",
    [
        {"auth": Pkce(audience="x")},
        {"auth": Pkce(scopes=["all"])},
        {"auth": Pkce("remora-cli")},
        {"auth": "DeviceFlow"},
    ],
)
def test_logins_that_differ_share_no_token(
    site: Any, client: Make, call: Call, person: Any, other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def approve(text: str) -> None:
        for each in site.grants.devices.values():
            each.decision = "accept"

    call(client(auth="Pkce"))
    monkeypatch.setattr(prompt, "tell", approve)
    site.provider.interval = 0
    call(client(**other))
    assert len([each for each in site.token_requests if each["grant_type"] != "refresh_token"]) == 2


def test_a_token_of_a_program_is_kept_nowhere(site: Any, client: Make, call: Call) -> None:
    call(_service(site, client))
    assert not (Path(os.environ["HOME"]) / ".local").exists()


def test_disable_keyring_keeps_nothing(
    site: Any, client: Make, call: Call, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLYTE_ADMIN_DISABLEKEYRING", "true")
    call(client(auth="Pkce"))
    assert not (Path(os.environ["HOME"]) / ".local").exists()


def test_two_processes_use_a_refresh_token_once(site: Any, client: Make, call: Call, person: Any) -> None:
    """With rotation and reuse detection, a refresh token that is used twice takes everything back."""
    call(client(auth="Pkce"))
    site.expire_all()
    script = textwrap.dedent(
        """
        import sys
        from remora.client import Client
        from remora.channel.method import Method, Shape
        from remora.dual.portal import portal
        from remora_api.google.protobuf import StringValue
        method = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
        with Client(sys.argv[1], auth="Pkce") as client:
            for _ in range(3):
                print(portal.run(client.unary_unary(method, StringValue(value="x"))).value)
        """
    )
    command = [sys.executable, "-W", "error", "-c", script, site.url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for each in processes:
        out, err = each.communicate(timeout=200)
        assert (out, err) == ("x\nx\nx\n", "")
    assert [each["grant_type"] for each in site.token_requests] == ["authorization_code", "refresh_token"]
    assert len(person.opened) == 1


def test_a_caller_that_leaves_does_not_end_the_fetch(site: Any, client: Make, call: Call) -> None:
    came, go_on = threading.Event(), threading.Event()

    async def slow(request: HttpRequest) -> HttpResponse | None:
        came.set()
        await asyncio.to_thread(go_on.wait, 20)
        return None

    site.intercept = slow
    one = _service(site, client)

    async def leave() -> None:
        first = asyncio.create_task(one.unary_unary(site.echo.UNARY, StringValue(value="x")))
        second = asyncio.create_task(one.unary_unary(site.echo.UNARY, StringValue(value="y")))
        await asyncio.to_thread(came.wait, 20)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        assert (await second).value == "y"

    asyncio.run(leave())
    assert len(site.token_requests) == 1


def test_a_login_that_nobody_waits_for_is_given_up(site: Any, client: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: Future[str] = Future()
    monkeypatch.setattr(prompt, "open_url", lambda url: opened.set_result(url) or True)
    one = client(auth="Pkce")

    async def leave() -> str:
        task = asyncio.create_task(one.unary_unary(site.echo.UNARY, StringValue(value="x")))
        url = await asyncio.wait_for(asyncio.wrap_future(opened), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return url

    address = urlsplit(dict(parse_qsl(urlsplit(asyncio.run(leave())).query))["redirect_uri"])

    async def gone() -> None:
        while True:
            try:
                socket.create_connection((address.hostname, address.port), timeout=5).close()
            except ConnectionRefusedError:
                return
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(gone(), 60))


def test_a_pickled_client_logs_in_by_itself(site: Any, client: Make, call: Call) -> None:
    one = _service(site, client)
    call(one)
    with pickle.loads(pickle.dumps(one)) as other:
        assert call(other) == "hello"
    assert len(site.token_requests) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_goes_on(site: Any, client: Make, call: Call) -> None:
    one = _service(site, client)
    call(one)
    site.expire_all()
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of newer Pythons, about forks of threaded processes
        child = os.fork()
    if child == 0:
        try:
            os._exit(0 if call(one) == "hello" else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(site.token_requests) == 2


def test_a_client_without_logins_loads_nothing_of_them(make_site: Any) -> None:
    site = make_site(guarded=False)
    script = textwrap.dedent(
        """
        import sys
        from remora.client import Client
        from remora.channel.method import Method, Shape
        from remora.dual.portal import portal
        from remora_api.google.protobuf import StringValue
        method = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)
        with Client(sys.argv[1]) as client:
            portal.run(client.unary_unary(method, StringValue(value="x")))
        print([name for name in sys.modules if name.startswith(("remora.auth", "httpx", "keyring"))])
        """
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, site.url],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
