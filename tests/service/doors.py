"""The API asked without a socket, by a client on the loopback interface or elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from orchestrator.api.app import create_app
from orchestrator.jobs.service import Service
from orchestrator.settings import Settings

__all__ = ["Door", "Refusal", "asked", "idle_door"]


@dataclass(frozen=True)
class Refusal:
    """What the error envelope says."""

    message: str
    type: str
    param: str | None
    code: str | None
    reason: str | None
    params: dict[str, Any]


def asked(response: httpx.Response) -> Refusal:
    """The error of ``response``."""
    return Refusal(**response.json()["error"])


class Door:
    """``app`` as clients see it; ``address``: of the client."""

    def __init__(self, app: FastAPI, address: str = "127.0.0.1", host: str = "127.0.0.1:8000") -> None:
        self.app, self.address, self.host = app, address, host

    @property
    def service(self) -> Service:
        """What the app stands before."""
        service: Service = self.app.state.service
        return service

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._ask(method, path, options))

    async def _ask(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.address, 50000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{self.host}") as client:
            return await client.request(method, path, **options)


def idle_door(folder: Path) -> Door:
    """A service in ``folder`` whose jobs stay queued."""
    door = Door(create_app(Settings(data_dir=folder / "data", cache=folder / "cache")))
    door.service.call = lambda job_id, queues: None
    return door
