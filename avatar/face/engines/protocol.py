"""What every face engine offers."""

from __future__ import annotations

from typing import Protocol

from avatar.core.progress import Progress
from avatar.core.types import EngineCard, FaceClip, FacePlan, GestureTrack, Portrait, Speech
from avatar.face.options import FaceOptions

__all__ = ["FaceEngine"]


class FaceEngine(Protocol):
    """Animates a portrait in two steps: a small plan made once, and a clip opened from it by every worker.

    Making an engine is cheap: networks load on first use, once a process. The pictures depend on plan and portrait and
    nothing else, so any worker draws any range of frames.
    """

    def card(self) -> EngineCard:
        """Name, version and licences of the engine and its weights."""
        ...

    def plan(
        self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions, progress: Progress
    ) -> FacePlan:
        """Decide how the face moves in all ``gestures.frames`` frames; nothing is drawn.

        OptionError for an option that the engine cannot take, MissingEngine where its weights are not here.
        """
        ...

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> FaceClip:
        """Make ``plan`` ready to be drawn on ``device`` (``cpu``, ``cuda`` or ``cuda:N``); MissingEngine where that
        device is not here."""
        ...
