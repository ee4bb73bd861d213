"""Videos that an assistant ordered: made one after another, each in a process of its own, so that it can be stopped.

Nothing is kept between runs of the server but the finished files.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from avatar.core.errors import OptionError
from orchestrator.video.cache import drop_work
from orchestrator.video.request import RenderRequest
from orchestrator.video.scenes import scenes_to_json

__all__ = ["ENDED", "Studio", "Video"]

_LOG = logging.getLogger(__name__)
_PATIENCE = 1.2  # seconds for a child to stop by itself: clients give a server two to end
ENDED = ("completed", "failed", "cancelled")


@dataclass(frozen=True)
class Video:
    """A video as it stands: ``status`` queued, in_progress or one of ENDED; ``progress`` 0..1 of the whole."""

    id: str
    output: Path
    status: str = "queued"
    stage: str = ""
    progress: float = 0.0
    error: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Studio:
    """``most_open``: how many videos may be unfinished at once. ``work``: where the work folders of videos lie."""

    def __init__(self, most_open: int, work: Path) -> None:
        self._most_open = most_open
        self._work_folders = work
        self._videos: dict[str, Video] = {}
        self._waiting: deque[tuple[str, str]] = deque()
        self._child: tuple[str, subprocess.Popen[str]] | None = None
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="studio", daemon=True)
        self._thread.start()

    def order(self, scenes: Sequence[RenderRequest], output: Path) -> Video:
        """Queue a video; OptionError where too many are unfinished, or one of that name is."""
        order = json.dumps({"scenes": json.loads(scenes_to_json(scenes))["scenes"], "output": str(output)})
        with self._changed:
            unfinished = [video for video in self._videos.values() if video.status not in ENDED]
            if len(unfinished) >= self._most_open:
                raise OptionError(f"{len(unfinished)} videos are unfinished, which is the most: wait for one of them.")
            video = Video(f"video-{len(self._videos) + 1}", output)
            self._videos[video.id] = video
            self._waiting.append((video.id, order))
            self._changed.notify_all()
        return video

    def get(self, video_id: str) -> Video:
        """The video as it stands; OptionError where there is none of that name."""
        with self._changed:
            if video_id not in self._videos:
                known = ", ".join(self._videos) or "none"
                raise OptionError(f"There is no video {video_id[:80]!r}: since this server started there are {known}.")
            return self._videos[video_id]

    def outputs(self) -> set[Path]:
        """Where videos go that were ordered."""
        with self._changed:
            return {video.output for video in self._videos.values()}

    def ahead(self, video_id: str) -> int:
        """How many videos are made before this one."""
        with self._changed:
            names = [name for name, _ in self._waiting]
            return names.index(video_id) + (self._child is not None) if video_id in names else 0

    def cancel(self, video_id: str) -> Video:
        """Stop a video; one that has ended stays as it is. OptionError where there is none of that name."""
        with self._changed:
            if self.get(video_id).status in ENDED:
                return self._videos[video_id]
            self._waiting = deque(one for one in self._waiting if one[0] != video_id)
            self._change(video_id, status="cancelled")
            if self._child is not None and self._child[0] == video_id:
                threading.Thread(target=_stop, args=(self._child[1],), daemon=True).start()
            return self._videos[video_id]

    def close(self) -> None:
        """Stop everything and wait until the child is gone."""
        with self._changed:
            self._closed = True
            for video_id in list(self._videos):
                self.cancel(video_id)
            self._changed.notify_all()
        self._thread.join(4 * _PATIENCE)

    def _change(self, video_id: str, **changes: Any) -> None:
        self._videos[video_id] = replace(self._videos[video_id], **changes)
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._waiting)
                if not self._waiting:
                    return
                video_id, order = self._waiting.popleft()
                child = _started()
                self._child = (video_id, child)
                self._change(video_id, status="in_progress")
            try:
                self._follow(video_id, child, order)
            finally:
                _stop(child)
                drop_work(self._work_folders, child.pid)
                with self._changed:
                    self._child = None

    def _follow(self, video_id: str, child: subprocess.Popen[str], order: str) -> None:
        assert child.stdin is not None and child.stdout is not None
        with suppress(OSError, ValueError):  # it was stopped before it began
            child.stdin.write(order + "\n")
            child.stdin.flush()
        with child.stdout:
            for line in child.stdout:
                said = json.loads(line)
                with self._changed:
                    if self._videos[video_id].status == "in_progress":
                        self._change(video_id, **_changes(said))
        with self._changed:
            if self._videos[video_id].status == "in_progress":
                self._change(video_id, status="failed", error="The process that made the video ended unexpectedly.")


def _changes(said: dict[str, Any]) -> dict[str, Any]:
    event = said.pop("event")
    if event == "progress":
        return {"stage": said["stage"], "progress": said["fraction"]}
    if event == "error":
        return {"status": "failed", "error": said["message"]}
    return {"status": "completed", "progress": 1.0, "facts": said}


def _started() -> subprocess.Popen[str]:
    """A child that waits for its order; what it logs goes where the server logs."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)}
    return subprocess.Popen(
        [sys.executable, "-m", "orchestrator.mcp.child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, encoding="utf-8", env=environment, start_new_session=True,
    )  # fmt: skip


def _stop(child: subprocess.Popen[str]) -> None:
    """End the input, wait a little, and kill what is left of the child and its own children."""
    with suppress(OSError, ValueError):
        if child.stdin is not None:
            child.stdin.close()
    with suppress(psutil.NoSuchProcess):  # it has ended, and been waited for
        family = psutil.Process(child.pid).children(recursive=True)
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            _LOG.warning("a video did not stop by itself and was killed")
            child.kill()
            child.wait()
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
