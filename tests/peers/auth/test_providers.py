"""Every login against providers that others wrote: npm's oidc-provider and django-oauth-toolkit."""

from __future__ import annotations

import os
import re
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from remora.auth import ClientSecret, DeviceFlow, Pkce, authenticator, prompt
from remora.auth.http import Http
from remora.client import Client
from remora.dual.portal import portal
from remora.errors import AuthError, LoginDenied
from remora_api.google.protobuf import StringValue

pytestmark = pytest.mark.skipif(
    not os.environ.get("REMORA_PEERS_INSTALL"), reason="needs OAuth 2 providers, which `nox -s peers` installs"
)

SECRET = 's3cr:et/+ %"~x'
Make = Callable[..., Client]


@pytest.fixture
def client(plane: Any) -> Iterator[Make]:
    made: list[Client] = []

    def make(**settings: Any) -> Client:
        made.append(Client(plane.url, timeout=60.0, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What goes to the provider."""
    forms: list[tuple[str, dict[str, str]]] = []
    post = Http.post

    async def noted(self: Http, url: str, what: str, form: Mapping[str, str], authorization: str = "") -> Any:
        forms.append((url, dict(form)))
        return await post(self, url, what, form, authorization)

    monkeypatch.setattr(Http, "post", noted)
    return forms


def call(plane: Any, one: Client) -> str:
    return portal.run(one.unary_unary(plane.echo.UNARY, StringValue(value="hello"))).value


def _again(form: tuple[str, dict[str, str]]) -> dict[str, Any]:
    return httpx.post(form[0], data=form[1], timeout=30, trust_env=False).json()


def test_client_secret(plane: Any, client: Make) -> None:
    one = client(client_id="pro:gram", client_secret=SECRET, auth="ClientSecret")
    assert call(plane, one) == "hello"
    plane.echo.refuse_all()
    assert call(plane, one) == "hello"
    assert len(set(plane.echo.tokens)) == 2


def test_a_client_whose_secret_belongs_into_the_body(plane: Any, client: Make, provider: Any) -> None:
    if provider.kind != "oidc-provider":
        pytest.skip("django-oauth-toolkit takes the secret in either place")
    one = client(auth=ClientSecret("poster", SECRET))
    assert call(plane, one) == "hello"


def test_a_wrong_secret(plane: Any, client: Make, provider: Any) -> None:
    with pytest.raises(AuthError) as caught:
        call(plane, client(auth=ClientSecret("pro:gram", f"{SECRET}-not")))
    assert caught.value.error in provider.invalid
    assert SECRET not in "".join(traceback.format_exception(type(caught.value), caught.value, caught.tb))


def test_browser(plane: Any, client: Make, browser: Any) -> None:
    assert call(plane, client(auth="Pkce")) == "hello"
    browser.done()
    assert "Login received" in browser.pages[-1]


def test_denied_in_the_browser(plane: Any, client: Make, browser: Any) -> None:
    browser.deny = True
    with pytest.raises(LoginDenied) as caught:
        call(plane, client(auth="Pkce"))
    assert caught.value.error == "access_denied"


def test_a_wrong_verifier(plane: Any, client: Make, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Http.post

    async def spoiled(self: Http, url: str, what: str, form: Mapping[str, str], authorization: str = "") -> Any:
        return await post(self, url, what, {**form, "code_verifier": "w" * 64}, authorization)

    monkeypatch.setattr(Http, "post", spoiled)
    with pytest.raises(AuthError) as caught:
        call(plane, client(auth=Pkce()))
    assert caught.value.error == "invalid_grant"


def test_refresh_tokens_rotate(plane: Any, client: Make, browser: Any, sent: list[Any]) -> None:
    one = client(auth="Pkce")
    for _ in range(3):
        assert call(plane, one) == "hello"
        plane.echo.refuse_all()
    kinds = [form["grant_type"] for _, form in sent]
    assert kinds == ["authorization_code", "refresh_token", "refresh_token"]
    assert sent[1][1]["refresh_token"] != sent[2][1]["refresh_token"]
    assert len(set(plane.echo.tokens)) == 3


def test_an_expired_token_is_renewed_before_it_is_used(
    plane: Any, client: Make, browser: Any, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = client(auth="Pkce")
    call(plane, one)
    kept = next((Path.home() / ".local/share/remora/tokens").glob("*.json")).read_text()
    expires = float(re.search(r'"expires": ([\d.]+)', kept)[1])  # type: ignore[index]
    with monkeypatch.context() as patch:
        patch.setattr(authenticator.time, "time", lambda: expires - 1)
        assert call(plane, one) == "hello"
    assert [form["grant_type"] for _, form in sent] == ["authorization_code", "refresh_token"]


def test_a_stolen_refresh_token_ends_the_family_and_leads_to_a_login(
    plane: Any, client: Make, browser: Any, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = client(auth="Pkce")
    call(plane, one)
    plane.echo.refuse_all()
    call(plane, one)
    assert _again(sent[-1])["error"] == "invalid_grant"  # a thief uses the old refresh token
    plane.echo.refuse_all()
    browser.done()
    second = type(browser)()
    monkeypatch.setattr(prompt, "open_url", second.open)
    assert call(plane, one) == "hello"
    second.done()
    kinds = [form["grant_type"] for _, form in sent]
    assert kinds == ["authorization_code", "refresh_token", "refresh_token", "authorization_code"]


def test_a_replayed_code(plane: Any, client: Make, browser: Any, sent: list[Any]) -> None:
    call(plane, client(auth="Pkce"))
    assert _again(sent[0])["error"] == "invalid_grant"


@pytest.fixture
def approve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Someone with another device, who types in the code that is shown."""
    threads: list[threading.Thread] = []

    def by(person: Any) -> None:
        def tell(text: str) -> None:
            page, code = re.search(r"    (\S+)\nand enter the code (\S+)", text).groups()  # type: ignore[union-attr]
            url = page.split("/o/device")[0] + "/login/?next=/o/device/" if "/o/device" in page else page
            threads.append(threading.Thread(target=person.visit, args=(url,), kwargs={"user_code": code}))
            threads[-1].start()

        monkeypatch.setattr(prompt, "tell", tell)

    yield by
    for each in threads:
        each.join(60)


def test_another_device(plane: Any, client: Make, provider: Any, browser: Any, approve: Any, sent: list[Any]) -> None:
    plane.metadata.client_id = provider.devices
    approve(browser)
    one = client(auth="DeviceFlow")
    assert call(plane, one) == "hello"
    plane.echo.refuse_all()
    if provider.kind == "oidc-provider":  # the other one gives devices no refresh token of use to this test
        assert call(plane, one) == "hello"
        assert sent[-1][1]["grant_type"] == "refresh_token"


def test_denied_on_another_device(plane: Any, client: Make, provider: Any, browser: Any, approve: Any) -> None:
    plane.metadata.client_id = provider.devices
    browser.deny = True
    approve(browser)
    with pytest.raises(LoginDenied, match="refused on the other device"):
        call(plane, client(auth=DeviceFlow()))
