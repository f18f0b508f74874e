"""What flows send to providers of all kinds, and what they make of their answers."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from remora.auth import ClientSecret, DeviceFlow, Pkce, device, prompt
from remora.auth.callback import Returned
from remora.auth.client_secret import ClientSecretFlow
from remora.auth.device import DeviceLogin
from remora.auth.flow import NoLogins, Surroundings
from remora.auth.http import Answer
from remora.auth.pkce import PkceLogin, _check
from remora.auth.provider import Provider
from remora.auth.token import Token
from remora.errors import AuthError, LoginDenied, LoginTimeout

PROVIDER = Provider(
    issuer="https://idp",
    token_endpoint="https://idp/token",
    authorization_endpoint="https://idp/login?tenant=a&x=",
    device_authorization_endpoint="https://idp/device",
    client_id="public",
    scopes=("all",),
)
GOOD = Answer(200, "application/json", {"access_token": "token", "expires_in": 60})
EMPTY = Answer(400, "", None)
Respond = Callable[[Mapping[str, str], str], Answer]


def error(code: str, status: int = 400) -> Answer:
    return Answer(status, "application/json", {"error": code})


class FakeHttp:
    """Answers forms with a function."""

    def __init__(self, respond: Respond) -> None:
        self.sent: list[tuple[str, dict[str, str], str]] = []
        self._respond = respond

    def check(self, url: str, what: str) -> str:
        return url

    async def post(self, url: str, what: str, form: Mapping[str, str], authorization: str = "") -> Answer:
        self.sent.append((url, dict(form), authorization))
        return self._respond(form, authorization)


def around(http: FakeHttp, provider: Provider = PROVIDER) -> Surroundings:
    async def find() -> Provider:
        return provider

    return Surroundings("https://flyte.example:443", http, find)  # type: ignore[arg-type]


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


ENCODED, RAW = _basic("id+x:s%2Fe%3Ac"), _basic("id x:s/e:c")


@pytest.mark.parametrize(
    ("accepts", "offered", "tries"),
    [
        (ENCODED, (), [ENCODED]),
        (RAW, (), [ENCODED, RAW]),
        (RAW, ("client_secret_basic",), [ENCODED, RAW]),
        ("", ("client_secret_post",), [""]),
        ("", ("client_secret_basic", "client_secret_post"), [ENCODED, RAW, ""]),
    ],
)
async def test_the_form_that_worked_is_remembered(accepts: str, offered: tuple[str, ...], tries: list[str]) -> None:
    http = FakeHttp(lambda form, authorization: GOOD if authorization == accepts else error("invalid_client", 401))
    flow = ClientSecretFlow(ClientSecret("id x", "s/e:c"), around(http, PROVIDER._replace(auth_methods=offered)))
    assert (await flow.login()).access == "token"
    assert [authorization for _, _, authorization in http.sent] == tries
    await flow.login()
    assert http.sent[-1][2] == accepts
    assert len(http.sent) == len(tries) + 1
    in_body = {"client_id", "client_secret"} <= http.sent[-1][1].keys()
    assert in_body == (accepts == "")


@pytest.mark.parametrize(
    "answer", [error("invalid_scope"), error("unauthorized_client"), Answer(403, "text/html", None)]
)
async def test_other_refusals_are_final(answer: Answer) -> None:
    http = FakeHttp(lambda form, authorization: answer)
    flow = ClientSecretFlow(ClientSecret("id", "s/e:c"), around(http))
    with pytest.raises(AuthError) as caught:
        await flow.login()
    assert len(http.sent) == 1
    assert caught.value.error == answer.error


async def test_a_plain_secret_is_sent_once() -> None:
    http = FakeHttp(lambda form, authorization: EMPTY)
    with pytest.raises(AuthError, match="HTTP 400 with no content"):
        await ClientSecretFlow(ClientSecret("id", "plain"), around(http)).login()
    assert len(http.sent) == 1


async def test_what_the_user_set_wins() -> None:
    http = FakeHttp(lambda form, authorization: GOOD)
    method = ClientSecret(
        "id", "s", scopes=(), audience="aud", header_key="x-token", request_access_token_params={"a": "b"}
    )
    token = await ClientSecretFlow(method, around(http)).login()
    assert token.header_key == "x-token"
    assert http.sent[0][1] == {"grant_type": "client_credentials", "audience": "aud", "a": "b"}


async def test_no_provider_means_no_logins() -> None:
    http = FakeHttp(lambda form, authorization: GOOD)
    with pytest.raises(NoLogins):
        await ClientSecretFlow(ClientSecret("id", "s"), around(http, Provider())).login()


async def test_renewing_keeps_and_scrubs() -> None:
    described = {"error": "invalid_grant", "error_description": "refresh-1234 is old"}
    answers = [GOOD, Answer(400, "application/json", described)]
    http = FakeHttp(lambda form, authorization: answers.pop(0))
    flow = PkceLogin(Pkce(refresh_access_token_params={"extra": "1"}), around(http))
    before = Token("access-1234", "refresh-1234")
    assert (await flow.renew(before)).refresh == "refresh-1234"
    assert http.sent[0][1] == {
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1234",
        "extra": "1",
        "client_id": "public",
    }
    with pytest.raises(AuthError) as caught:
        await flow.renew(before)
    assert "refresh-1234" not in str(caught.value)
    assert "<redacted> is old" in str(caught.value)


async def test_a_client_without_a_name() -> None:
    http = FakeHttp(lambda form, authorization: GOOD)
    with pytest.raises(AuthError, match=r"no client id: flyte\.example:443 names none"):
        await PkceLogin(Pkce(), around(http, PROVIDER._replace(client_id=""))).login()


def test_the_page_keeps_its_own_query() -> None:
    flow = PkceLogin(Pkce(), around(FakeHttp(lambda form, authorization: GOOD)))
    url = flow._page(PROVIDER, "http://127.0.0.1:1/callback", "v" * 64, "state")
    assert url.startswith("https://idp/login?tenant=a&x=&scope=all&response_type=code&client_id=public")
    # RFC 7636 appendix B
    assert "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" in flow._page(
        PROVIDER, "http://127.0.0.1:1/callback", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "state"
    )


@pytest.mark.parametrize(
    ("returned", "kind", "says"),
    [
        (Returned("c", "", "", "https://evil"), AuthError, "another provider"),
        (Returned("", "access_denied", "you \x1b[1m may not", ""), LoginDenied, r"refused \(you  \[1m may not\)"),
        (Returned("", "server_error", "", ""), AuthError, "did not log you in: server_error"),
    ],
)
def test_what_came_back(returned: Returned, kind: type[AuthError], says: str) -> None:
    with pytest.raises(kind, match=says):
        _check(returned, PROVIDER, "flyte", ())
    _check(Returned("c", "", "", "https://idp/"), PROVIDER, "flyte", ())
    _check(Returned("c", "", "", ""), PROVIDER, "flyte", ())


class Device:
    """A device login with answers that were decided before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, started: Mapping[str, Any], *answers: Answer) -> None:
        self.pauses: list[float] = []
        self.told: list[str] = []
        queue = [Answer(200, "application/json", dict(started)), *answers]
        self.http = FakeHttp(lambda form, authorization: queue.pop(0))
        monkeypatch.setattr(device, "pause", self._pause)
        monkeypatch.setattr(prompt, "tell", self.told.append)
        self.flow = DeviceLogin(DeviceFlow(), around(self.http))

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


STARTED = {"device_code": "dc-1234", "user_code": "UC", "verification_uri": "https://idp/d", "expires_in": 600}
PENDING, SLOW = error("authorization_pending"), error("slow_down")


async def test_a_device_waits_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Device(monkeypatch, STARTED, PENDING, SLOW, SLOW, Answer(503, "text/html", None), GOOD)
    assert (await one.flow.login()).access == "token"
    assert one.pauses == [
        5,
        5,
        10,
        15,
        15,
    ]  # RFC 8628 section 3.5: 5 s unless told otherwise, 5 s more for each slow_down
    assert one.http.sent[0][:2] == ("https://idp/device", {"client_id": "public", "scope": "all"})
    assert one.http.sent[1][1] == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": "dc-1234",
        "client_id": "public",
    }


@pytest.mark.parametrize("interval", ["7", 7, 7.0])
async def test_the_interval_of_the_provider(monkeypatch: pytest.MonkeyPatch, interval: object) -> None:
    one = Device(monkeypatch, {**STARTED, "interval": interval}, GOOD)
    await one.flow.login()
    assert one.pauses == [7]


@pytest.mark.parametrize(
    ("answer", "kind", "says"),
    [
        (error("access_denied", 403), LoginDenied, "refused on the other device"),
        (error("expired_token"), LoginTimeout, "nobody finished"),
        (error("invalid_grant"), AuthError, "refused: invalid_grant"),
        (EMPTY, AuthError, "HTTP 400 with no content"),
        (Answer(200, "application/json", {}), AuthError, "without an access token"),
    ],
)
async def test_how_a_device_login_ends(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, kind: type[AuthError], says: str
) -> None:
    one = Device(monkeypatch, STARTED, PENDING, answer)
    with pytest.raises(kind, match=says) as caught:
        await one.flow.login()
    assert "dc-1234" not in str(caught.value)


@pytest.mark.parametrize("started", [{}, {**STARTED, "user_code": ""}, {**STARTED, "verification_uri": 5}])
async def test_a_device_login_that_does_not_start(monkeypatch: pytest.MonkeyPatch, started: dict[str, Any]) -> None:
    one = Device(monkeypatch, started)
    with pytest.raises(AuthError, match="without a code and an address"):
        await one.flow.login()


async def test_what_people_are_told_is_fit_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = {**STARTED, "user_code": "A\x1b[2JB\nC", "verification_uri_complete": "https://idp/d?code=\x07UC"}
    one = Device(monkeypatch, strange, GOOD)
    await one.flow.login()
    assert one.told == [
        "To log in to flyte.example:443, open this page on any device:\n    https://idp/d\n"
        "and enter the code A [2JB C\nor open https://idp/d?code= UC"
    ]


async def test_a_provider_without_devices() -> None:
    http = FakeHttp(lambda form, authorization: GOOD)
    with pytest.raises(AuthError, match="offers no login on another device"):
        await DeviceLogin(DeviceFlow(), around(http, PROVIDER._replace(device_authorization_endpoint=""))).login()
