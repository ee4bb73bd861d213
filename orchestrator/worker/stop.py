"""One flag of a worker process: it was asked to stop, so what it does now is handed back."""

from __future__ import annotations

from threading import Event

__all__ = ["stopping"]

stopping = Event()
