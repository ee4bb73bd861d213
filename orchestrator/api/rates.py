"""How often a key may ask: counted in memory, or in Redis where that is the broker, so that all API processes agree."""

from __future__ import annotations

import logging
import math
import time

from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from orchestrator.api.errors import ApiError

__all__ = ["Rates"]

_LOG = logging.getLogger(__name__)
_WRONG_KEYS = 20  # a minute from one address


class Rates:
    """Counters of one application. ``store``: where they are, as :mod:`limits` names it."""

    def __init__(self, store: str) -> None:
        self._storage = storage_from_string(store, wrap_exceptions=True)
        self._limiter = MovingWindowRateLimiter(self._storage)

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
        self._hit(RateLimitItemPerMinute(most, namespace="govorun"), who, f"more than {most} requests a minute")

    def count_wrong_key(self, address: str) -> None:
        """One more wrong key from ``address``; ApiError 429 with Retry-After after many."""
        self._hit(RateLimitItemPerMinute(_WRONG_KEYS, namespace="govorun-keys"), address, "many wrong keys")

    def _hit(self, limit: RateLimitItemPerMinute, who: str, why: str) -> None:
        try:
            if self._limiter.hit(limit, who):
                return
            reset = self._limiter.get_window_stats(limit, who).reset_time
        except StorageError:
            _LOG.warning("requests cannot be counted now and are let through", exc_info=True)
            return
        wait = max(1, min(60, math.ceil(reset - time.time())))
        raise ApiError(
            429, f"Too many requests ({why}): wait {wait} s.", "rate_limit_exceeded", headers={"Retry-After": str(wait)}
        )
