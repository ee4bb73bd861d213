"""How often a key may ask: counted in memory, or in Redis where that is the broker, so that all API processes agree.

While Redis is away each process counts by itself: a limit may be stretched, but is never off.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from avatar.core.reasons import Message
from orchestrator.api.errors import ApiError
from orchestrator.logs import seldom

__all__ = ["Rates"]

_LOG = logging.getLogger(__name__)
_WRONG_KEYS = 20  # a minute from one address


class Rates:
    """Counters of one application. ``store``: where they are, as :mod:`limits` names it."""

    def __init__(self, store: str) -> None:
        self._shared = MovingWindowRateLimiter(storage_from_string(store, wrap_exceptions=True))
        self._own = MovingWindowRateLimiter(MemoryStorage())

    @classmethod
    def of(cls, app: FastAPI) -> Rates:
        """The counters of ``app``, made when they are first needed."""
        found = getattr(app.state, "rates", None)
        if found is None:
            broker = app.state.service.settings.broker
            found = app.state.rates = cls(broker if broker.startswith(("redis://", "rediss://")) else "memory://")
        return found

    def count(self, who: str, most: int) -> None:
        """One more request of ``who``; ApiError 429 with Retry-After beyond ``most`` a minute."""
        limit = RateLimitItemPerMinute(most, namespace="govorun")
        self._hit(limit, who, lambda seconds: Message("too_many_requests", most=most, seconds=seconds))

    def count_wrong_key(self, address: str) -> None:
        """One more wrong key from ``address``; ApiError 429 with Retry-After after many."""
        limit = RateLimitItemPerMinute(_WRONG_KEYS, namespace="govorun-keys")
        self._hit(limit, address, lambda seconds: Message("too_many_wrong_keys", seconds=seconds))

    def _hit(self, limit: RateLimitItemPerMinute, who: str, why: Callable[[int], Message]) -> None:
        try:
            reset = _over_until(self._shared, limit, who)
        except StorageError as error:
            seldom(_LOG, f"requests are counted by each process alone, as Redis is away ({error})")
            reset = _over_until(self._own, limit, who)
        if reset is None:
            return
        wait = max(1, min(60, math.ceil(reset - time.time())))
        raise ApiError(429, why(wait), "rate_limit_exceeded", headers={"Retry-After": str(wait)})


def _over_until(limiter: MovingWindowRateLimiter, limit: RateLimitItemPerMinute, who: str) -> float | None:
    """Count once more; None within the limit, else when the oldest one counts no more (unix seconds)."""
    return None if limiter.hit(limit, who) else limiter.get_window_stats(limit, who).reset_time
