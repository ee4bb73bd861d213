"""What the service answers, as frozen objects; whatever it says beyond them is in ``raw``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Event", "Failure", "Portrait", "Reason", "Video", "Voice"]

Params = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Reason:
    """What a message is about, for whoever says it in other words. ``code`` is None for what has none."""

    code: str | None
    params: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why a video failed. ``code``: for a program, ``message``: for a person."""

    code: str
    message: str
    reason: Reason


@dataclass(frozen=True)
class Video:
    """A video and the job that makes it.

    ``status``: queued, in_progress, completed, failed or cancelled. ``progress``: percent, 0 to 100. ``seconds``: its
    length, estimated until it is completed. ``eta``: seconds until it is done, None where nobody knows; ``eta_sure``:
    whether that is known to within 30 percent. ``files``: the variants that can be downloaded now. ``notes``: what the
    engines remarked.
    """

    id: str
    status: str
    progress: int
    stage: str | None
    eta: float | None
    eta_sure: bool
    seconds: float
    title: str | None
    prompt: str | None
    error: Failure | None
    files: tuple[str, ...]
    notes: tuple[str, ...]
    created_at: int
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status not in ("queued", "in_progress")

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Video:
        """A video object of the service."""
        return cls(
            id=told["id"],
            status=told["status"],
            progress=told["progress"],
            stage=told.get("stage") or None,
            eta=told.get("eta_seconds"),
            eta_sure=bool(told.get("eta_sure")),
            seconds=float(told["seconds"]),
            title=told.get("title"),
            prompt=told.get("prompt"),
            error=_failure(told.get("error")),
            files=tuple(told.get("urls") or ()),
            notes=tuple(told.get("notes") or ()),
            created_at=told["created_at"],
            raw=told,
        )


def _failure(told: Mapping[str, Any] | None) -> Failure | None:
    if told is None:
        return None
    return Failure(told["code"], told["message"], Reason(told.get("reason"), told.get("params") or {}))


@dataclass(frozen=True)
class Voice:
    """A voice that is installed. ``quality``: neural, accented, robotic or test."""

    id: str
    name: str
    language: str
    engine: str
    quality: str
    licence: str
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Voice:
        """A voice object of the service."""
        named = {name: told[name] for name in ("id", "name", "language", "engine", "quality", "licence")}
        return cls(**named, raw=told)


@dataclass(frozen=True)
class Portrait:
    """A photo that was looked at. ``problems``: why it cannot be used; ``notes``: what would be better."""

    ok: bool
    width: int
    height: int
    faces: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Portrait:
        """What ``POST /v1/portraits/check`` found."""
        sizes = (told["width"], told["height"], told["faces"])
        return cls(told["ok"], *sizes, tuple(told["problems"]), tuple(told["notes"]), told)


@dataclass(frozen=True)
class Event:
    """A webhook that was checked. ``type``: video.completed, video.failed or video.cancelled."""

    id: str
    type: str
    created_at: int
    video_id: str
