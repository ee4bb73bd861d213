"""Request bodies under a limit: too large ones are answered before they are read, slow ones are cut off.

FastAPI's own limit does not know of slow clients, and answers a body that was announced too large in plain text
instead of our error object.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from avatar.core import reasons
from orchestrator.api.errors import ApiError, reply

__all__ = ["BodyLimit"]

_LOG = logging.getLogger(__name__)
_PATIENCE = 30.0
_WHOLE_PATIENCE = 900.0
_DRAIN_SECONDS = 10.0


class BodyLimit:
    """ASGI middleware. ``most``: bytes of a body; 413 beyond. 408 for a client that sends nothing for ``patience``
    seconds, or is not done after 15 minutes."""

    def __init__(self, app: ASGIApp, most: int, patience: float = _PATIENCE) -> None:
        self.app = app
        self.most = most
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, self.most, self.patience)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if _announced(scope) > self.most:
                raise _too_large(self.most)
            await self.app(scope, body.receive, watched)
        except ApiError as error:
            if started:
                raise
            await _refuse(error, scope, receive, send, self.most)


class _Body:
    """Counts what comes, and gives up on a client that stalls."""

    def __init__(self, receive: Receive, most: int, patience: float) -> None:
        self._receive = receive
        self._most = most
        self._patience = patience
        self._size = 0
        self._whole = False
        self._deadline = asyncio.get_running_loop().time() + _WHOLE_PATIENCE

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, min(self._patience, left)))
        except TimeoutError:
            _LOG.info("a client stopped sending its body")
            raise ApiError(408, reasons.Message("body_too_slow"), "timeout") from None
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise _too_large(self._most)
        return message


def _too_large(most: int) -> ApiError:
    return ApiError(413, reasons.Message("body_too_large", megabytes=most >> 20), "body_too_large")


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(error: ApiError, scope: Scope, receive: Receive, send: Send, most: int) -> None:
    """Answer at once, then take a while what the client still sends: many read no answer before they have sent all."""
    response = reply(error)
    headers = [*response.raw_headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with suppress(TimeoutError, ClientDisconnect):
        await asyncio.wait_for(_drain(receive, most), _DRAIN_SECONDS)
    await send({"type": "http.response.body", "body": b""})


async def _drain(receive: Receive, most: int) -> None:
    taken = 0
    while taken <= most:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
        taken += len(message.get("body", b""))
