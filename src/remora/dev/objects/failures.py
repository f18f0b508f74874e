"""What the object store does with a request that is to fail."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from email.utils import formatdate
from html import escape

from remora.dev.faults import Fault
from remora.dev.objects.http import Body, HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]

_XML = {"Content-Type": "application/xml"}


async def fail(fault: Fault, request: HttpRequest, handler: Handler) -> HttpResponse:
    """Fail a request as a rule says.

    Args:
        fault: The rule.
        request: The request.
        handler: Would answer it; used where what fails is the way to or from the store, not the store.
    """
    if fault.how == "corrupt":
        if request.method == "PUT":
            return await handler(replace(request, body=_damaged(request.body)))
        response = await handler(request)
        return replace(response, body=_DamagedBody(response.body)) if response.status == 200 else response
    if fault.how == "cut":
        response = await handler(request)
        return replace(response, body=_HalfBody(response.body)) if response.status == 200 else response
    if fault.after:
        await _read(request.body, fault.after)
    if fault.how == "stall":
        await asyncio.sleep(fault.seconds or 3600.0)
        return HttpResponse(0, abandon=True)
    if fault.how == "expired":
        return HttpResponse(403, _XML, error_document("AccessDenied", "Request has expired"))
    if fault.how == "refused":
        return HttpResponse(403, _XML, error_document("SignatureDoesNotMatch", "this refusal was asked for"))
    return HttpResponse(
        fault.status,
        _headers(fault, request),
        error_document(fault.code or "InjectedFault", "this failure was asked for"),
        abandon=not fault.status,
    )


def _headers(fault: Fault, request: HttpRequest) -> dict[str, str]:
    headers = dict(_XML)
    if fault.how == "date":
        headers["Retry-After"] = formatdate(time.time() + fault.seconds, usegmt=True)
    elif fault.seconds:
        headers["Retry-After"] = f"{fault.seconds:g}"
    if 300 <= fault.status < 400:
        headers["Location"] = request.target
    return headers


def error_document(code: str, message: str) -> bytes:
    """An error in the form of S3."""
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'.encode()


async def _read(body: AsyncIterator[bytes], count: int) -> None:
    async for piece in body:
        count -= len(piece)
        if count <= 0:
            return


def _flipped(piece: bytes) -> bytes:
    return bytes([piece[0] ^ 0xFF]) + piece[1:] if piece else piece


async def _damaged(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    first = True
    async for piece in body:
        yield _flipped(piece) if first else piece
        first = False


class _WrappedBody:
    """A body that goes wrong on its way."""

    def __init__(self, body: bytes | Body) -> None:
        self._body = body
        self.length = len(body) if isinstance(body, bytes) else body.length

    async def _pieces(self) -> AsyncIterator[bytes]:
        if isinstance(self._body, bytes):
            yield self._body
        else:
            async for piece in self._body:
                yield piece

    def close(self) -> None:
        """Give back what it holds."""
        if not isinstance(self._body, bytes):
            self._body.close()


class _DamagedBody(_WrappedBody):
    """A body with a wrong byte."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _damaged(self._pieces())


class _HalfBody(_WrappedBody):
    """A body of which half gets through."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self.length // 2
        async for piece in self._pieces():
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                raise ConnectionAbortedError("this failure was asked for")
