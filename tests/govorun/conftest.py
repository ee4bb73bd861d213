"""A running service for the client."""

from __future__ import annotations

from tests.service.live import live_service

__all__ = ["live_service"]
