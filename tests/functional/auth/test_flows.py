"""Every way to log in, from the first call to the token in its header."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from remora.auth import ClientSecret, DeviceFlow, ExternalCommand, Pkce
from remora.channel import RetryPolicy
from remora.client import Client
from remora.errors import AuthError, LoginDenied, LoginTimeout, Unauthenticated, Unavailable

Make = Callable[..., Client]
Call = Callable[..., str]

SERVICE = {"client_id": "remora-service"}


def test_client_secret(site: Any, client: Make, call: Call) -> None:
    one = client(client_id="remora-service", client_secret=site.provider.client_secret)
    assert call(one) == "hello"
    assert call(one) == "hello"
    assert site.token_requests == [{"grant_type": "client_credentials", "scope": "all offline"}]


def test_pkce(site: Any, client: Make, call: Call, person: Any) -> None:
    one = client(auth="Pkce")
    assert call(one) == "hello"
    asked, (sent,) = person.asked(), site.token_requests
    assert asked["code_challenge_method"] == "S256"
    assert 43 <= len(sent["code_verifier"]) <= 128
    assert sent["redirect_uri"] == asked["redirect_uri"]
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    person.done()
    (page,) = person.pages
    assert page.status_code == 200
    assert "Login received" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_verifier_and_state_are_fresh_for_each_login(site: Any, client: Make, call: Call, person: Any) -> None:
    call(client(auth=Pkce(audience="one")))
    first = person.asked()
    call(client(auth=Pkce(audience="two")))
    second = person.asked()
    assert first["state"] != second["state"]
    assert first["code_challenge"] != second["code_challenge"]


def test_a_server_that_wants_a_login_gets_one_with_a_browser(site: Any, client: Make, call: Call, person: Any) -> None:
    one = client()
    assert call(one) == "hello"
    assert len(person.opened) == 1


def test_without_a_person_the_server_has_the_last_word(
    site: Any, client: Make, call: Call, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.auth import prompt

    monkeypatch.setattr(prompt, "is_interactive", lambda: False)
    with pytest.raises(Unauthenticated, match="hint: log in from a terminal, pass auth="):
        call(client())
    assert person.opened == []


def test_pkce_prints_the_page_when_no_browser_opens(
    site: Any, client: Make, call: Call, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from remora.auth import prompt

    def tell(text: str) -> None:
        person.open(text.split("\n")[-1])

    monkeypatch.setattr(prompt, "open_url", lambda url: False)
    monkeypatch.setattr(prompt, "tell", tell)
    assert call(client(auth="Pkce")) == "hello"


def test_pkce_denied(site: Any, client: Make, call: Call, person: Any) -> None:
    person.decision = "deny"
    with pytest.raises(LoginDenied) as caught:
        call(client(auth="Pkce"))
    assert caught.value.error == "access_denied"
    person.done()
    assert "did not succeed" in person.pages[0].text
    assert site.token_requests == []


def test_pkce_that_nobody_finishes(site: Any, client: Make, call: Call) -> None:
    with pytest.raises(LoginTimeout, match=r"nobody finished the login .* within 0\.05 s"):
        call(client(auth=Pkce(login_timeout=0.05)))


def test_the_parameters_of_each_request(site: Any, client: Make, call: Call, person: Any) -> None:
    auth = Pkce(
        audience="aud",
        scopes=["all"],
        request_auth_code_params={"prompt": "login"},
        request_access_token_params={"extra": "1"},
        refresh_access_token_params={"again": "2"},
        add_request_auth_code_params_to_request_access_token_params=True,
    )
    one = client(auth=auth)
    call(one)
    asked = person.asked()
    assert (asked["prompt"], asked["audience"], asked["scope"]) == ("login", "aud", "all")
    site.expire_all()
    call(one)
    first, second = site.token_requests
    assert (first["extra"], first["prompt"]) == ("1", "login")
    assert (second["grant_type"], second["again"]) == ("refresh_token", "2")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between two questions of the device flow, which take no time."""
    from remora.auth import device

    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(device, "pause", pause)
    return made


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    from remora.auth import prompt

    texts: list[str] = []
    monkeypatch.setattr(prompt, "tell", texts.append)
    return texts


def _decide_after(site: Any, questions: int, decision: str) -> None:
    """Someone decides on the other device after some questions."""
    poll = site.provider._poll

    def counted(device_code: str) -> Any:
        counted.times += 1  # type: ignore[attr-defined]
        if counted.times > questions:  # type: ignore[attr-defined]
            site.grants.devices[device_code].decision = decision
        return poll(device_code)

    counted.times = 0  # type: ignore[attr-defined]
    site.provider._poll = counted


def test_device_flow(site: Any, client: Make, call: Call, pauses: list[float], told: list[str]) -> None:
    _decide_after(site, 2, "accept")
    assert call(client(auth="DeviceFlow")) == "hello"
    assert "/device" in told[0]
    assert "enter the code" in told[0]
    # The provider's interval is 1 s; it was asked again at once, said slow_down, and got 5 s more (RFC 8628, 3.5).
    assert pauses == [1.0, 1.0, 6.0]


def test_device_flow_denied(site: Any, client: Make, call: Call, pauses: list[float], told: list[str]) -> None:
    _decide_after(site, 0, "deny")
    with pytest.raises(LoginDenied, match="refused on the other device"):
        call(client(auth=DeviceFlow()))


def test_device_flow_expired(site: Any, client: Make, call: Call, pauses: list[float], told: list[str]) -> None:
    def expire() -> float:
        return 1e12 if site.grants.devices else 0.0

    site.grants.now = expire
    with pytest.raises(LoginTimeout) as caught:
        call(client(auth=DeviceFlow()))
    assert caught.value.error == "expired_token"


def test_external_command(site: Any, client: Make, call: Call) -> None:
    token = site.grants.tokens("svc", "svc", "")["access_token"]
    one = client(command=[sys.executable, "-c", f"print({token!r})"])
    assert call(one) == "hello"
    assert call(one) == "hello"


def test_external_command_as_json(site: Any, client: Make, call: Call) -> None:
    answer = site.grants.tokens("svc", "svc", "")
    one = client(auth=ExternalCommand([sys.executable, "-c", f"import json; print(json.dumps({answer!r}))"]))
    assert call(one) == "hello"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; print('tok-12345'); sys.exit('no session: tok-12345')", r"exit code 1: no session: <redacted>"),
        ("print('two words')", "printed more or other than a token"),
        ("", "printed no token"),
    ],
)
def test_a_command_that_fails(client: Make, call: Call, code: str, says: str) -> None:
    with pytest.raises(AuthError, match=says) as caught:
        call(client(command=[sys.executable, "-c", code]))
    assert "tok-12345" not in str(caught.value)
    assert code not in str(caught.value) or not code


def test_a_command_that_does_not_end(client: Make, call: Call) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(LoginTimeout, match=r"did not end within 0\.2 s"):
        call(client(auth=ExternalCommand(command, timeout=0.2)))


def test_a_command_that_is_not_there(client: Make, call: Call) -> None:
    with pytest.raises(AuthError, match="'no-such-program' could not be started: No such file"):
        call(client(command=["/no/such/no-such-program", "--token=hush"]))


def test_the_header_that_the_control_plane_names(make_site: Any, client: Make, call: Call) -> None:
    site = make_site("flyte-authorization")
    one = client(endpoint=site.url, client_id="remora-service", client_secret=site.provider.client_secret)
    assert call(one) == "hello"
    assert "authorization" not in site.echo.seen[0]


def test_headers_of_the_caller_win(site: Any, client: Make, call: Call) -> None:
    token = site.grants.tokens("svc", "svc", "")["access_token"]
    one = client(auth=ClientSecret("remora-service", "wrong"))
    assert call(one, metadata={"authorization": f"Bearer {token}"}) == "hello"
    with pytest.raises(Unauthenticated):
        call(one, metadata={"authorization": "Bearer other"})
    assert site.token_requests == []


def test_a_control_plane_without_logins(make_site: Any, client: Make, call: Call, person: Any) -> None:
    site = make_site(guarded=False, metadata=False)
    for auth in ("Pkce", "DeviceFlow"):
        assert call(client(endpoint=site.url, auth=auth)) == "hello"
    assert call(client(endpoint=site.url, client_id="a", client_secret="b")) == "hello"
    assert "authorization" not in site.echo.seen[0]
    assert person.opened == []


def test_a_guarded_control_plane_that_names_no_provider(make_site: Any, client: Make, call: Call) -> None:
    site = make_site(metadata=False)
    with pytest.raises(AuthError, match="does not say where to get them"):
        call(client(endpoint=site.url, client_id="a", client_secret="b"))


def test_an_issuer_instead_of_the_control_planes_word(make_site: Any, client: Make, call: Call) -> None:
    site = make_site(metadata=False)
    secret = site.provider.client_secret
    auth = ClientSecret("remora-service", secret, issuer=site.provider.url)
    assert call(client(endpoint=site.url, auth=auth)) == "hello"


def test_a_control_plane_that_is_away(client: Make, call: Call) -> None:
    one = client(endpoint="http://127.0.0.1:1", client_id="a", client_secret="b", retry=RetryPolicy(attempts=1))
    with pytest.raises(Unavailable) as caught:
        call(one)
    assert not caught.value.retriable
