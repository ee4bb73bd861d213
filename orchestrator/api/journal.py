"""Every request has an id, in its answer and in the records about it; one line tells how it was answered.

No answer is taken for another type than it says, and none of the API is kept by anybody on the way unless it allows so.
"""

from __future__ import annotations

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator.logs import about

__all__ = ["HEADER", "Journal"]

_LOG = logging.getLogger(__name__)
HEADER = "X-Request-Id"
_NOT_TO_BE_KEPT = ("/v1/", "/metrics", "/healthz", "/readyz")
_HARMLESS = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Journal:
    """Takes a harmless ``X-Request-Id`` of the client, or makes one; logs method, route, status and milliseconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request = given if _HARMLESS.fullmatch(given) else uuid.uuid4().hex
        started, status = time.perf_counter(), 499

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request
                headers.setdefault("X-Content-Type-Options", "nosniff")
                if scope["path"].startswith(_NOT_TO_BE_KEPT):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with about(request=request):
            try:
                await self._app(scope, receive, tell)
            finally:
                _write(scope, status, 1000.0 * (time.perf_counter() - started))


def _write(scope: Scope, status: int, milliseconds: float) -> None:
    """The path as the route has it: no ids, no query."""
    route = getattr(scope.get("route"), "path", "") or "-"
    fields = {"method": scope["method"], "route": route, "status": status, "ms": round(milliseconds, 1)}
    _LOG.info("%s %s", scope["method"], route, extra={"fields": fields})
