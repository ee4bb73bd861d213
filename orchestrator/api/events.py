"""What happens to a video, as server-sent events; one look at the job table serves every listener of a video.

The framing is FastAPI's. Its own routes of events describe themselves by OpenAPI 3.2 in a schema that says 3.1, and
left a traceback in the log when a listener went away.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi.concurrency import run_in_threadpool
from fastapi.sse import format_sse_event
from sqlalchemy.exc import DBAPIError

from avatar.core.errors import GovorunError
from orchestrator.api.objects import Video
from orchestrator.jobs.database import told
from orchestrator.jobs.table import FINAL

__all__ = ["Watches", "events"]

_LOG = logging.getLogger(__name__)
_HEARTBEAT = 15.0
_LOOK_EVERY = 0.5
Look = Callable[[], Video | None]


class Watches:
    """The videos that somebody listens to; each is looked at by one task, which ends with its last listener."""

    def __init__(self) -> None:
        self._watches: dict[str, _Watch] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._watches)

    @asynccontextmanager
    async def of(self, video_id: str, look: Look) -> AsyncIterator[_Watch]:
        """The watch over a video; ``look`` blocks, and gives None once the video is deleted."""
        watch = self._watches.get(video_id)
        if watch is None:
            watch = self._watches[video_id] = _Watch(look, self._closed)
        watch.listeners += 1
        try:
            yield watch
        finally:
            watch.listeners -= 1
            if not watch.listeners:
                watch.task.cancel()
                self._watches.pop(video_id, None)

    async def close(self) -> None:
        """End every stream, those that are asked for from now on too: the process stops."""
        self._closed = True
        for watch in list(self._watches.values()):
            await watch.close()


class _Watch:
    def __init__(self, look: Look, closed: bool = False) -> None:
        self.closed = closed
        self.listeners = 0
        self.video: Video | None = None
        self.version = 0
        self.over = False
        self._look = look
        self._changed = asyncio.Condition()
        self.task = asyncio.create_task(self._run())

    async def after(self, version: int) -> None:
        """Wait until there is something newer than ``version``, or nothing more comes."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.version > version or self.closed)

    async def close(self) -> None:
        """Nothing more comes from here."""
        async with self._changed:
            self.closed = True
            self._changed.notify_all()

    async def _run(self) -> None:
        while not self.over:
            try:
                video = await run_in_threadpool(self._look)
            except DBAPIError as error:  # away for now: the next look may find it back
                _LOG.warning("a video could not be looked at (%s)", told(error))
            except (GovorunError, OSError) as error:
                _LOG.warning("a video could not be looked at (%s)", error)
            else:
                await self._tell(video)
            if not self.over:
                await asyncio.sleep(_LOOK_EVERY)

    async def _tell(self, video: Video | None) -> None:
        over = video is None or video.status in FINAL
        if over or _news(video) != _news(self.video):
            async with self._changed:
                self.video, self.over = video, over
                self.version += 1
                self._changed.notify_all()


async def events(watches: Watches, video_id: str, look: Look) -> AsyncIterator[bytes]:
    """The stream: ``status``, ``stage``, ``progress`` and ``eta`` as they change, and ``video``, the whole object, with
    each; a comment every 15 seconds in which nothing happens. It ends when the video does, or the process."""
    before: dict[str, Any] = {}
    version = 0
    async with watches.of(video_id, look) as watch:
        while True:
            try:
                await asyncio.wait_for(watch.after(version), _HEARTBEAT)
            except TimeoutError:
                yield format_sse_event(comment="still here")
                continue
            if watch.closed:
                return
            version, video = watch.version, watch.video
            if video is None:
                yield _event("deleted", {"id": video_id})
                return
            now = _words(video)
            for name, data in now.items():
                if before.get(name) != data:
                    yield _event(name, data)
            before = now
            yield format_sse_event(event="video", data_str=video.model_dump_json())
            if video.status in FINAL:
                return


def _event(name: str, data: dict[str, Any]) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))


def _words(video: Video) -> dict[str, dict[str, Any]]:
    error = video.error.model_dump() if video.error else None
    return {
        "status": {"status": video.status, "error": error},
        "stage": {"stage": video.stage},
        "progress": {"progress": video.progress},
        "eta": {"eta_seconds": video.eta_seconds, "eta_sure": video.eta_sure},
    }


def _news(video: Video | None) -> object:
    """What is worth an event: an estimate that only counts down is none."""
    if video is None:
        return None
    eta = None if video.eta_seconds is None else round(video.eta_seconds / 5)
    early = (video.has_draft, len(video.pieces))
    return video.status, video.stage, video.progress, early, tuple(video.urls), eta, video.eta_sure
