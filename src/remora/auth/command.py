"""Tokens that a command prints."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from remora.channel.deadline import within
from remora.errors import AuthError, LoginTimeout

from .flow import Flow
from .http import shown
from .token import read_printed

if TYPE_CHECKING:
    from .flow import Surroundings
    from .methods import ExternalCommand
    from .token import Token

_MAX_OUTPUT = 256 * 1024


class CommandFlow(Flow):
    """Runs a command without a shell and reads the token from its standard output.

    Args:
        method: The command.
        around: What the client gives; None when the header is known.
    """

    def __init__(self, method: ExternalCommand, around: Surroundings | None) -> None:
        self._method = method
        self._around = around

    async def login(self) -> Token:
        """Run the command."""
        header_key = self._method.header_key
        if not header_key and self._around is not None:
            header_key = (await self._around.find()).header_key
        now = time.time()
        output = await self._run()
        try:
            text = output.decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        token = read_printed(text, now, header_key or "authorization")
        if token is None:
            what = "more or other than a token" if output.strip() else "no token"
            raise AuthError(
                f"the command {self._name} printed {what}",
                hint="it must print the token alone, or JSON with access_token and expires_in; messages go to stderr",
            )
        return token

    @property
    def _name(self) -> str:
        # Arguments may hold secrets, so only the program is named.
        return repr(os.path.basename(self._method.command[0]))

    async def _run(self) -> bytes:
        method = self._method
        environment = None if method.environment is None else {**os.environ, **method.environment}
        try:
            process = await asyncio.create_subprocess_exec(
                *method.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                limit=_MAX_OUTPUT,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be run"
            raise AuthError(f"the command {self._name} could not be started: {reason}") from None
        try:
            output, complaints = await within(method.timeout, process.communicate())
        except asyncio.TimeoutError:
            raise LoginTimeout(
                f"the command {self._name} did not end within {method.timeout:g} s",
                hint="it gets no input; does it ask for something?",
            ) from None
        finally:
            await _end(process)
        if process.returncode != 0:
            said = _complaint(complaints, output)
            raise AuthError(
                f"the command {self._name} failed with exit code {process.returncode}" + (f": {said}" if said else "")
            )
        return output


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            return
        await process.wait()


def _complaint(complaints: bytes, output: bytes) -> str:
    """What the command said on stderr, without anything that it also printed: that may be the token."""
    printed = output.decode("utf-8", "replace").split()
    text = complaints.decode("utf-8", "replace").strip()
    # The end says why it failed; what comes before is often a traceback.
    return shown(" ".join(text.split())[-300:], tuple(sorted(printed, key=len, reverse=True)))
