"""No secret is ever in a log line, a repr, a message or a traceback."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from remora.dev.objects.http import HttpRequest, HttpResponse

BROWSER = """
import sys, httpx
with httpx.Client(timeout=20, trust_env=False) as browser:
    answer = browser.post(sys.argv[1], data={"decision": "accept"})
    browser.get(answer.headers["location"])
"""


def test_nothing_secret_is_ever_shown(make_site: Callable[..., Any], tmp_path: Path) -> None:
    site = make_site("flyte-authorization")  # a name that the HTTP/2 library does not keep out of its logs by itself
    site.provider.interval = 0
    site.provider.client_secret = 's3cret/+ %"~x'  # a key cannot carry a colon
    printed = str(site.grants.tokens("command", "command", "")["access_token"])
    secrets: set[str] = {printed, site.provider.client_secret}

    async def note(request: HttpRequest) -> HttpResponse | None:
        query = dict(parse_qsl(urlsplit(request.target).query))
        secrets.update(query[name] for name in ("state", "code_challenge") if name in query)
        secrets.update(site.grants.codes, site.grants.devices)
        if authorization := request.headers.get("authorization"):
            secrets.add(authorization.partition(" ")[2])
        for each in site.grants.devices.values():
            each.decision = "accept"
        return None

    site.intercept = note

    def expire_when_asked(text: str) -> None:
        if text == "expire":
            secrets.update(site.grants.access, site.grants.refresh)
            site.grants.access = {printed: site.grants.access[printed]}

    site.echo.before_unary = expire_when_asked
    key = base64.b64encode(f"{site.url}:remora-service:{site.provider.client_secret}:None".encode()).decode()
    browser = tmp_path / "browser.py"
    browser.write_text(textwrap.dedent(BROWSER))
    script = Path(__file__).parent / "leaking.py"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("COV")},
        "BROWSER": f"{sys.executable} {browser} %s",
    }
    done = subprocess.run(
        [sys.executable, str(script), site.url, site.provider.client_secret, key, printed],
        capture_output=True,
        text=True,
        timeout=400,
        env=environment,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    assert "all done" in output
    assert output.count("StringValue(value='hello')") >= 18, output
    secrets.update(site.grants.access, site.grants.refresh)
    for form in site.token_requests:
        for name in ("code", "code_verifier", "refresh_token", "device_code"):
            secrets.add(form.get(name, printed))
    secrets.add(key)
    assert len(secrets) > 20
    spellings = {text for secret in secrets for text in (secret, quote(secret, safe=""), quote_plus(secret))}
    spellings |= {base64.b64encode(secret.encode()).decode().rstrip("=") for secret in secrets}
    # A JSON web token is as good as its parts.
    spellings |= {secret.rpartition(".")[2] for secret in secrets if secret.count(".") == 2}
    leaked = [line for line in output.splitlines() if any(text in line for text in spellings)]
    assert not leaked, leaked[:5]
    assert "DEBUG:hpack" in output
    assert "DEBUG:asyncio" in output
