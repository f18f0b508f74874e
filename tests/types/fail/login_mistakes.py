"""Mistakes about logins that checkers must find."""

from __future__ import annotations

import remora
from remora import auth


async def main() -> None:
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    await remora.create_channel("h", clientid="client")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    await remora.create_channel("h", scopes=5)
    # error-mypy: call-arg
    # error-pyright: reportCallIssue
    auth.DeviceFlow(redirect_uri="http://localhost")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    remora.Client("h", auth="Basic")
    # error-mypy: arg-type
    # error-pyright: reportArgumentType
    remora.Client("h", client_id=5)
