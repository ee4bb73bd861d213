"""Webhooks: who asked for a video is told when it has ended, signed the Standard-Webhooks way, until it is heard.

An event is a row, made from the job table and from nothing else: whoever died meanwhile, a job that ended is told
exactly one event. A row is sent by one process at a time, under a lease, and again after pauses that grow.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
from sqlalchemy import Connection, and_, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError
from standardwebhooks import Webhook

from avatar.core.errors import OptionError
from orchestrator.jobs.api_keys import local_webhook_secret
from orchestrator.jobs.database import DELIVERIES, JOBS, KEYS, READING
from orchestrator.jobs.service import Service
from orchestrator.jobs.table import FINAL, Job
from orchestrator.version import __version__

__all__ = ["PAUSES", "announce", "check_url", "deliver", "leads_inside", "may_be_asked", "record"]

_LOG = logging.getLogger(__name__)
PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 12 * 3600.0)
"""Seconds to wait after each failure; the one after the last is the end."""
_AT_ONCE, _PATIENCE, _LEASE = 16, 20.0, 60.0
_HORIZON = 3 * 86_400.0  # what ended longer ago is not told any more
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+")
_MOST_URL, _MOST_REASON = 2048, 300
_DISGUISES = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
"""Networks of IPv6 addresses that lead to an IPv4 address."""


def check_url(url: str) -> str:
    """``url`` as it was given; OptionError where no webhook can be sent there."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        parsed = httpx.URL("")
    named = _HOST.fullmatch(parsed.host) is not None and len(url) <= _MOST_URL
    if parsed.scheme not in ("http", "https") or not named:
        raise OptionError(f"{url[:100]!r} is no address for a webhook: write https://host/path.")
    if parsed.userinfo or parsed.fragment:
        raise OptionError(
            "The address of a webhook has no user name, password or fragment: the signature is the proof."
        )
    return url


def leads_inside(url: str) -> bool:
    """Whether ``url`` names, as far as can be told now, an address that webhooks may not go to."""
    try:
        parsed = httpx.URL(url)
        found = socket.getaddrinfo(parsed.raw_host.decode("ascii"), parsed.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, httpx.InvalidURL):  # nobody knows it, which may change
        return False
    return not all(may_be_asked(str(entry[4][0]), private=False) for entry in found)


def record(service: Service, most: int = 100) -> int:
    """Make the events of jobs that ended and have none; returns how many."""
    with service.engine.connect().execution_options(**READING) as connection:
        jobs = connection.execute(_untold(most)).scalars().all()
    return sum(announce(service, service.jobs.get(job)) for job in jobs if service.jobs.state(job))


def announce(service: Service, job: Job) -> bool:
    """Keep the event of a job that ended, to be sent. False where it is kept already, or where nobody wants it."""
    url = _wanted_at(service, job)
    if not url or job.state not in FINAL:
        return False
    event = f"evt_{hashlib.sha256(job.id.encode()).hexdigest()[:32]}"
    ended = job.ended_at or time.time()
    body = {"id": event, "object": "event", "created_at": int(ended), "type": f"video.{job.state}"}
    text = json.dumps({**body, "data": {"id": job.id}})
    row = {"id": event, "job": job.id, "owner": job.owner, "url": url, "body": text, "state": "waiting"}
    try:
        with service.engine.begin() as connection:
            connection.execute(insert(DELIVERIES).values(**row, created_at=ended))
    except IntegrityError:
        return False
    return True


def deliver(service: Service) -> int:
    """Send what is due, many at once; takes at most some twenty seconds. Returns how many were heard."""
    record(service)
    due = _claim(service)
    if not due:
        return 0
    reasons = asyncio.run(_send_all(service, due))
    for delivery, reason in zip(due, reasons, strict=True):
        _settle(service, delivery, reason)
    return reasons.count("")


@dataclass(frozen=True)
class _Delivery:
    id: str
    owner: str
    url: str
    body: str
    tries: int
    lease: float


def _untold(most: int):  # type: ignore[no-untyped-def]
    asked = JOBS.c.details["webhook_url"].as_string() != ""
    with_address = (KEYS.c.webhook_url != "", KEYS.c.revoked_at.is_(None), KEYS.c.created_at < JOBS.c.ended_at)
    by_key = select(KEYS.c.id).where(*with_address)
    query = select(JOBS.c.id).outerjoin(DELIVERIES, DELIVERIES.c.job == JOBS.c.id).where(DELIVERIES.c.id.is_(None))
    query = query.where(JOBS.c.kind == "video", JOBS.c.state.in_(FINAL), JOBS.c.ended_at > time.time() - _HORIZON)
    return query.where(or_(asked, JOBS.c.owner.in_(by_key))).order_by(JOBS.c.ended_at).limit(most)


def _wanted_at(service: Service, job: Job) -> str:
    url = job.details.get("webhook_url")
    if isinstance(url, str) and url:
        return url
    key = service.keys.get(job.owner) if job.owner else None
    return key.webhook_url if key is not None else ""


def _claim(service: Service) -> list[_Delivery]:
    now = time.time()
    due = (DELIVERIES.c.state == "waiting", DELIVERIES.c.not_before <= now, DELIVERIES.c.leased_until < now)
    query = select(DELIVERIES).where(*due).order_by(DELIVERIES.c.not_before).limit(_AT_ONCE)
    with service.engine.begin() as connection:
        rows = connection.execute(query).all()
        return [_delivery(row, now + _LEASE) for row in rows if _take(connection, row.id, due, now + _LEASE)]


def _take(connection: Connection, event: str, due: Sequence, lease: float) -> bool:
    values = {"leased_until": lease, "tries": DELIVERIES.c.tries + 1}
    return connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == event, *due).values(**values)).rowcount == 1


def _delivery(row: Row, lease: float) -> _Delivery:
    return _Delivery(row.id, row.owner, row.url, row.body, row.tries + 1, lease)


def _settle(service: Service, delivery: _Delivery, reason: str) -> None:
    over = delivery.tries > len(PAUSES)
    values: dict[str, object] = {"state": "waiting", "leased_until": 0.0, "last_error": reason[:_MOST_REASON]}
    if not reason:
        values["state"] = "delivered"
    elif over:
        values["state"] = "failed"
        _LOG.warning("the webhook %s was given up: %s", delivery.id, reason)
    else:
        values["not_before"] = time.time() + PAUSES[delivery.tries - 1]
    mine = and_(DELIVERIES.c.id == delivery.id, DELIVERIES.c.leased_until == delivery.lease)
    with service.engine.begin() as connection:
        connection.execute(update(DELIVERIES).where(mine).values(**values))


async def _send_all(service: Service, due: Sequence[_Delivery]) -> list[str]:
    secrets = [_secret(service, delivery.owner) for delivery in due]
    # Whoever needs no key is the owner of this machine, and may reach its network.
    private = [service.settings.webhook_private or not delivery.owner for delivery in due]
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=10.0, limits=limits) as client:
        sending = (_send(client, *one) for one in zip(due, secrets, private, strict=True))
        return list(await asyncio.gather(*sending))


def _secret(service: Service, owner: str) -> str:
    if not owner:
        return local_webhook_secret(service.settings.data_dir)
    key = service.keys.get(owner)
    return service.keys.webhook_secret(key) if key is not None else ""


async def _send(client: httpx.AsyncClient, delivery: _Delivery, secret: str, private: bool) -> str:
    """ "" where it was heard, else the reason why not."""
    if not secret:
        return "the key of this job was revoked"
    try:
        return await asyncio.wait_for(_post(client, delivery, secret, private), _PATIENCE)
    except (TimeoutError, httpx.TimeoutException):
        return "no answer in time"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


async def _post(client: httpx.AsyncClient, delivery: _Delivery, secret: str, private: bool) -> str:
    url = httpx.URL(delivery.url)
    address = await _resolved(url, private)
    if not address:
        return "it leads to a private network, which is refused here (GOVORUN_WEBHOOK_PRIVATE)"
    now = datetime.now(UTC)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": f"govorun/{__version__}",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(delivery.id, now, delivery.body),
    }
    # The address that was looked at is the one that is connected to; the name still decides about the certificate.
    request = client.build_request(
        "POST", url.copy_with(host=address), headers=headers, content=delivery.body,
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )  # fmt: skip
    response = await client.send(request, stream=True)
    await response.aclose()  # what it says beyond its status is not read
    return "" if response.is_success else f"it answered {response.status_code}"


async def _resolved(url: httpx.URL, private: bool) -> str:
    """An address of the host, "" where one of them may not be asked."""
    port = url.port or (443 if url.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    return addresses[0] if addresses and all(may_be_asked(one, private) for one in addresses) else ""


def may_be_asked(address: str, private: bool) -> bool:
    """Whether a webhook may go to ``address``; ``private``: also where only this network reaches it."""
    parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    if parsed.is_multicast or parsed.is_unspecified:
        return False
    disguised = parsed.version == 6 and any(parsed in network for network in _DISGUISES)
    return private or (parsed.is_global and not disguised)
