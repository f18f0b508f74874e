"""What `test_leaks` runs: every login, and many of their failures, with everything that can be shown on stderr."""

from __future__ import annotations

import base64
import logging
import sys
import traceback
import warnings
from typing import Any

import remora
from remora.auth import ClientSecret, DeviceFlow, ExternalCommand, Passthrough, Pkce, device, prompt
from remora.channel.method import Method, Shape
from remora.client import Client
from remora.dual.portal import portal
from remora_api.google.protobuf import StringValue

METHOD = Method("/test.v1.Echo/Unary", StringValue, StringValue, Shape.UNARY_UNARY)


def show(*values: Any) -> None:
    for value in values:
        print(repr(value), str(value), file=sys.stderr)


def attempt(client: Client, text: str = "hello", **options: Any) -> None:
    """A call, with all that it leaves behind: objects, errors, tracebacks with their causes and contexts."""
    try:
        show(portal.run(client.unary_unary(METHOD, StringValue(value=text), **options)))
    except Exception as error:
        traceback.print_exc()
        show(error, error.__cause__, error.__context__, getattr(error, "__dict__", None))
    channels = client._channels
    show(client, client.config, client.config.explain(), client.__getstate__(), channels, vars(client))
    credentials = next((each[0].credentials for each in channels._channels._entries.values()), None)
    show(credentials, getattr(credentials, "__dict__", None))
    for name in ("_own", "_proxy"):
        authenticator = getattr(credentials, name, None)
        show(getattr(authenticator, "__dict__", None), getattr(getattr(authenticator, "_flow", None), "__dict__", None))


def misread(text: str) -> None:
    """A key that is none."""
    try:
        Client(api_key=text)
    except Exception as error:
        traceback.print_exc()
        show(error, error.__cause__, error.__context__)


def main() -> None:
    url, secret, key, printed = sys.argv[1:5]
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    logging.captureWarnings(True)
    warnings.simplefilter("always")
    device.MIN_INTERVAL = 0.01
    prompt.is_interactive = lambda: True
    prompt.tell = lambda text: None  # shows the code of a device, which is what it is for
    service = ClientSecret("remora-service", secret)
    printing = [sys.executable, "-c", f"print({printed!r})"]
    failing = [sys.executable, "-c", f"import sys; print({printed!r}); sys.exit({printed!r})"]
    clients = [
        Client(url, auth=service),
        Client(url, auth=ClientSecret("remora-service", f"{secret}-wrong")),
        Client(url, client_id="remora-service", client_secret=secret),
        Client(api_key=key),
        Client(url, auth=Pkce()),
        Client(url, auth=Pkce(), timeout=30),
        Client(url),
        Client(url, auth=DeviceFlow()),
        Client(url, command=printing),
        Client(url, auth=ExternalCommand(failing)),
        Client(url, auth="Passthrough", proxy_command=printing),
    ]
    for client in clients:
        attempt(client)
        attempt(client, "7")  # PERMISSION_DENIED
        attempt(client, "expire")  # the server forgets all tokens, so the next call renews
        attempt(client)
        client.close()
    with Client(url, auth=Passthrough()) as client, remora.auth_metadata(("authorization", f"Bearer {printed}")):
        attempt(client)
    colons = base64.b64encode(f"https://h:remora-service:{secret}:{secret}:org".encode()).decode()
    for text in (key[:-8], f"{key}{key}", f"!{key}", colons):
        misread(text)
    print("all done", file=sys.stderr)


main()
