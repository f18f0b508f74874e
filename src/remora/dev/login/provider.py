"""A small OAuth 2 provider on loopback: every login of this library can be tried against it."""

from __future__ import annotations

import base64
import binascii
import html
import json
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from remora.channel.endpoint import is_loopback
from remora.dev.login.grants import CODE_SECONDS, Code, Device, Grants, Refused
from remora.dev.objects.http import HttpRequest, HttpResponse

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
PUBLIC_CLIENT, SECRET_CLIENT = "remora-cli", "remora-service"
_MAX_FORM = 64 * 1024
_DEVICE_SECONDS = 300.0
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 section 6.1

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Local login</title>
<h1>Local login</h1><p>{text}</p>{form}</html>"""
_FORM = """<form method="post">{fields}<button name="decision" value="accept">Log in as "dev"</button>
<button name="decision" value="deny">Refuse</button></form>"""


class LoginProvider:
    """Serves the endpoints of an OAuth 2 provider.

    Two clients exist: "remora-cli" without a secret, for people, and "remora-service" with one, for programs.

    Args:
        client_secret: Secret of "remora-service"; a random one if it is left out.

    Attributes:
        url: Where it listens; set once it does.
        grants: What was given out.
        requests: Forms that came to the token endpoint, in order.
        interval: Seconds that a device should wait between two questions.
    """

    def __init__(self, client_secret: str = "", *, grants: Grants | None = None) -> None:
        self.client_secret = client_secret or secrets.token_urlsafe(24)
        self.url = ""
        self.grants = grants or Grants()
        self.requests: list[dict[str, str]] = []
        self.interval = 1

    def facts(self) -> dict[str, str]:
        """What a program needs to log in, its secret included."""
        return {"issuer": self.url, "client_id": SECRET_CLIENT, "client_secret": self.client_secret}

    def instructions(self, endpoint: str) -> str:
        """How a person can try each login."""
        return (
            f"Logins are on, at {self.url}. In a terminal: remora.init({endpoint!r}) opens a browser, and "
            f'auth="DeviceFlow" shows a code.\nPrograms use client_id={SECRET_CLIENT!r} with the client_secret of the '
            "line above, or this API key, each only for as long as this runs:\n" + self.api_key(endpoint)
        )

    def api_key(self, endpoint: str) -> str:
        """An API key for an endpoint that this provider guards."""
        text = f"{endpoint}:{SECRET_CLIENT}:{self.client_secret}:None"
        return base64.b64encode(text.encode()).decode("ascii")

    def metadata(self) -> dict[str, object]:
        """The RFC 8414 document."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "device_authorization_endpoint": f"{self.url}/device_authorization",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["all", "offline"],
            "authorization_response_iss_parameter_supported": True,
        }

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        parts = urlsplit(request.target)
        query = dict(parse_qsl(parts.query))
        body = b""
        async for piece in request.body:
            body += piece
            if len(body) > _MAX_FORM:
                return HttpResponse(413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        route = (request.method, parts.path)
        try:
            if route == ("GET", "/.well-known/oauth-authorization-server"):
                return _json(200, self.metadata())
            if route == ("POST", "/token"):
                return _json(200, self.token(form, request.headers))
            if route == ("POST", "/device_authorization"):
                return _json(200, self._start_device(form))
        except Refused as error:
            return _json(error.status, {"error": error.error, "error_description": error.description})
        if parts.path == "/authorize":
            return self._authorize(query, form if request.method == "POST" else None)
        if parts.path == "/device":
            return self._decide_device({**query, **form}, decided=request.method == "POST")
        return HttpResponse(404)

    def token(self, form: dict[str, str], headers: Mapping[str, str]) -> dict[str, object]:
        """The answer of the token endpoint.

        Raises:
            Refused: There are no tokens.
        """
        self.requests.append(form)
        kind, client_id = form.get("grant_type", ""), form.get("client_id", "")
        if kind == "client_credentials":
            return self._client_credentials(form, headers.get("authorization", ""))
        if client_id != PUBLIC_CLIENT:
            raise Refused("invalid_client", status=401)
        if kind == "authorization_code":
            return self.grants.redeem(
                form.get("code", ""), client_id, form.get("redirect_uri", ""), form.get("code_verifier", "")
            )
        if kind == "refresh_token":
            return self.grants.rotate(form.get("refresh_token", ""), client_id)
        if kind == DEVICE_GRANT:
            return self._poll(form.get("device_code", ""))
        raise Refused("unsupported_grant_type")

    def _client_credentials(self, form: Mapping[str, str], authorization: str) -> dict[str, object]:
        scheme, _, value = authorization.partition(" ")
        try:
            pair = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        client_id, _, secret = (unquote_plus(each) for each in pair.partition(":"))
        known = client_id == SECRET_CLIENT and secrets.compare_digest(secret.encode(), self.client_secret.encode())
        if scheme.lower() != "basic" or not known:
            raise Refused("invalid_client", "client id or secret is wrong", 401)
        return self.grants.tokens(client_id, client_id, form.get("scope", ""))

    def _start_device(self, form: Mapping[str, str]) -> dict[str, object]:
        if form.get("client_id") != PUBLIC_CLIENT:
            raise Refused("invalid_client", status=401)
        device_code = secrets.token_urlsafe(24)
        user_code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))
        expires = self.grants.now() + _DEVICE_SECONDS
        self.grants.devices[device_code] = Device(PUBLIC_CLIENT, user_code, form.get("scope", ""), expires)
        page = f"{self.url}/device"
        return {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?{urlencode({'user_code': user_code})}",
            "expires_in": int(_DEVICE_SECONDS),
            "interval": self.interval,
        }

    def _poll(self, device_code: str) -> dict[str, object]:
        device, now = self.grants.devices.get(device_code), self.grants.now()
        if device is None:
            raise Refused("invalid_grant")
        if now >= device.expires:
            raise Refused("expired_token")
        too_soon = now - device.asked < self.interval
        device.asked = now
        if device.decision == "accept":
            del self.grants.devices[device_code]
            return self.grants.tokens("dev", PUBLIC_CLIENT, device.scope, secrets.token_urlsafe(8))
        if device.decision == "deny":
            raise Refused("access_denied")
        raise Refused("slow_down" if too_soon else "authorization_pending")

    def _authorize(self, query: Mapping[str, str], form: Mapping[str, str] | None) -> HttpResponse:
        redirect_uri = query.get("redirect_uri", "")
        parts = urlsplit(redirect_uri)
        if query.get("client_id") != PUBLIC_CLIENT or parts.scheme != "http" or not is_loopback(parts.hostname or ""):
            return _page(400, "This client may not log in, or not with this address to come back to.")
        back = {"state": query.get("state", ""), "iss": self.url}
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            return _redirect(redirect_uri, {"error": "invalid_request", **back})
        if form is None:
            return _page(200, "A program wants to use the local control plane.", _FORM.format(fields=""))
        if form.get("decision") != "accept":
            return _redirect(redirect_uri, {"error": "access_denied", **back})
        code = secrets.token_urlsafe(24)
        expires = self.grants.now() + CODE_SECONDS
        scope, challenge = query.get("scope", ""), query.get("code_challenge", "")
        self.grants.codes[code] = Code(PUBLIC_CLIENT, redirect_uri, challenge, scope, "dev", expires)
        return _redirect(redirect_uri, {"code": code, **back})

    def _decide_device(self, fields: Mapping[str, str], *, decided: bool) -> HttpResponse:
        user_code = fields.get("user_code", "").upper()
        found = [each for each in self.grants.devices.values() if each.user_code == user_code]
        if not decided:
            box = f'<label>Code <input name="user_code" value="{html.escape(user_code)}"></label> '
            return _page(200, "Enter the code that your program shows.", _FORM.format(fields=box))
        if not found:
            return _page(404, "There is no such code.")
        found[0].decision = "accept" if fields.get("decision") == "accept" else "deny"
        return _page(200, "Done. You can close this page.")


def _json(status: int, value: Mapping[str, object]) -> HttpResponse:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return HttpResponse(status, headers, json.dumps(value).encode())


def _page(status: int, text: str, form: str = "") -> HttpResponse:
    headers = {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "DENY", "Cache-Control": "no-store"}
    return HttpResponse(status, headers, _PAGE.format(text=text, form=form).encode())


def _redirect(uri: str, fields: Mapping[str, str]) -> HttpResponse:
    mark = "&" if urlsplit(uri).query else "?"
    return HttpResponse(302, {"Location": f"{uri}{mark}{urlencode(fields)}", "Referrer-Policy": "no-referrer"})
