"""Who asks, and how much they may: the dependency that every route of ``/v1`` takes.

A key opens the service: as ``Authorization: Bearer``, or in a cookie of ``POST /v1/session`` for what a page cannot
send headers with. Without any key made yet, a program or page of this very machine needs none. That is judged by the
address of the client, by the Host header (a name that was made to point here is refused) and by the absence of a proxy.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from avatar.core.reasons import Message
from avatar.core.web import is_loopback
from orchestrator.api.errors import ApiError
from orchestrator.api.rates import Rates
from orchestrator.jobs.api_keys import Key, Keys
from orchestrator.jobs.service import Service
from orchestrator.private import secret_file

__all__ = [
    "COOKIE",
    "SESSION_SECONDS",
    "Asker",
    "Caller",
    "Watcher",
    "address_of",
    "caller",
    "end_session",
    "session_value",
    "watcher",
]

COOKIE = "govorun_session"
SESSION_SECONDS = 30 * 86_400
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_HOW = "send a key as `Authorization: Bearer gvr_...`; `govorun keys create NAME` makes one."


@dataclass(frozen=True)
class Caller:
    """``owner``: what the caller's jobs are kept under, "" where no key was needed. ``open_jobs``: how many of them may
    be unfinished at once; None for any number, as whoever is alone on the machine shares it with nobody. ``priority``:
    of the caller's jobs, higher is sooner."""

    owner: str
    open_jobs: int | None
    priority: int = 0


async def caller(request: Request) -> Caller:
    """The caller of ``request``; ApiError 401 without a valid key, 429 with Retry-After beyond the rate."""
    return await run_in_threadpool(_admit, request, True)


async def watcher(request: Request) -> None:
    """Who watches the service: any program of this machine, or a key, which is not counted."""
    if not _from_this_machine(request):
        await run_in_threadpool(_admit, request, False)


Asker = Annotated[Caller, Depends(caller)]
"""A route's parameter that is the caller."""
Watcher = Annotated[None, Depends(watcher)]
"""A route's parameter that lets in who watches the service."""


def session_value(service: Service, key: Key) -> str:
    """A cookie that stands for ``key`` until it expires or the key is revoked."""
    until = f"{int(time.time()) + SESSION_SECONDS}.{secrets.token_hex(4)}"  # nobody else's, though made in this second
    return f"{key.id}.{until}.{_signature(service, key, until)}"


def end_session(request: Request) -> None:
    """The cookie of ``request`` opens nothing any more, also for whoever kept a copy."""
    service: Service = request.app.state.service
    keys, cookie = service.keys, request.cookies.get(COOKIE, "")
    if _of_session(cookie, service, keys) is not None:
        keys.end_session(cookie, float(cookie.split(".")[1]))


def _admit(request: Request, counted: bool) -> Caller:
    service: Service = request.app.state.service
    rates = Rates.of(request.app)
    keys = service.keys
    key = _key_of(request, service, keys, rates)
    if key is None:
        return Caller("", None)
    if counted:
        rates.count(key.id, key.requests_per_minute or service.settings.requests_per_minute)
    keys.note_use(key)
    return Caller(key.id, key.open_jobs or service.settings.open_jobs, key.priority)


def _key_of(request: Request, service: Service, keys: Keys, rates: Rates) -> Key | None:
    """The caller's key, None where none is needed."""
    bearer = _bearer(request)
    if bearer and (key := keys.find(bearer)) is not None:
        return key
    cookie = request.cookies.get(COOKIE, "")
    if not bearer and cookie and (key := _of_session(cookie, service, keys)) is not None:
        _refuse_other_sites(request)
        return key
    if _from_this_machine(request) and not keys.exist():
        _refuse_other_sites(request)
        return None
    if bearer or cookie:
        rates.count_wrong_key(address_of(request))
        raise ApiError(401, Message("key_wrong", how=_HOW), "invalid_api_key", headers=_challenge())
    raise ApiError(401, Message("key_missing", how=_HOW), "missing_api_key", headers=_challenge())


def _challenge() -> dict[str, str]:
    return {"WWW-Authenticate": "Bearer"}


def _bearer(request: Request) -> str:
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _of_session(cookie: str, service: Service, keys: Keys) -> Key | None:
    parts = cookie.split(".")
    if len(parts) != 4 or not parts[1].isdecimal() or len(cookie) > 200 or int(parts[1]) < time.time():
        return None
    key = keys.get(parts[0])
    if key is None:
        return None
    right = _signature(service, key, f"{parts[1]}.{parts[2]}")
    good = hmac.compare_digest(right, parts[3].encode("ascii", "replace").decode())
    return key if good and not keys.has_ended(cookie) else None


def _signature(service: Service, key: Key, until: str) -> str:
    """Signed with what neither the database nor the data folder tells alone; equal for all machines of a cluster."""
    settings = service.settings
    own = settings.database or secret_file(settings.data_dir / "session.secret", secrets.token_hex(32))
    return hmac.new(f"{key.hash} {own}".encode(), f"{key.id}.{until}".encode(), "sha256").hexdigest()


def _from_this_machine(request: Request) -> bool:
    """Whether a program of this machine asks, by a name of this machine, and nobody asks through it."""
    listening = getattr(request.app.state, "host", "")
    if listening and not is_loopback(listening):
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return is_loopback(address_of(request)) and is_loopback(_host_name(f"//{request.headers.get('host', '')}"))


def _refuse_other_sites(request: Request) -> None:
    """A page of another site may make a browser ask here; it must not be served."""
    origin = request.headers.get("origin")
    own = {request.headers.get(name, "").lower() for name in ("host", "x-forwarded-host")}
    foreign = origin is not None and origin.lower().partition("://")[2] not in own - {""}
    elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    followed = request.method in ("GET", "HEAD") and request.headers.get("sec-fetch-mode") == "navigate"
    if foreign or (elsewhere and not followed):
        raise ApiError(403, Message("foreign_page"), "foreign_origin")


def _host_name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def address_of(request: Request) -> str:
    """The address of the client, "" where there is none."""
    return request.client.host if request.client is not None else ""
