"""The weightless fake: the photo stands still. Deterministic, for tests of everything around a face."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import torch

from avatar.core.progress import Progress
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Portrait, Speech
from avatar.face.framing import frame_person
from avatar.face.options import FaceOptions

__all__ = ["Still"]

_BATCH = 4


class Still:
    """Shows the portrait unmoved."""

    def card(self) -> EngineCard:
        """Name, version, licence."""
        return EngineCard("still", "1", "Apache-2.0")

    def plan(self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions,
             progress: Progress) -> FacePlan:  # fmt: skip
        """Place the photo in the frame."""
        framing = frame_person(portrait, options.size, options.keep_background, in_place=options.in_place)
        place = np.array([framing.scale, framing.dx, framing.dy])
        progress(1.0, "still")
        return FacePlan(
            "still", options.size, options.fps, gestures.frames, options.keep_background, {}, {"place": place},
            in_place=options.in_place,
        )  # fmt: skip

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> StillClip:
        """Draw the one picture."""
        scale, dx, dy = plan.constants["place"]
        alpha = np.ones_like(portrait.alpha) if plan.keep_background else portrait.alpha
        colour = (portrait.pixels if plan.keep_background else portrait.foreground).astype(np.float32) / 255
        layered = np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)
        matrix = np.array([[scale, 0, dx], [0, scale, dy]])
        border = cv2.BORDER_REPLICATE if plan.keep_background else cv2.BORDER_CONSTANT
        picture = cv2.warpAffine(
            layered, matrix, (plan.size.width, plan.size.height), flags=cv2.INTER_LINEAR, borderMode=border
        )
        return StillClip(torch.from_numpy(np.moveaxis(picture, -1, 0).copy()).to(device))


class StillClip:
    """One picture for every frame."""

    def __init__(self, picture: torch.Tensor) -> None:
        self._picture = picture

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Batches [b, 4, h, w]."""
        for first in range(start, stop, _BATCH):
            yield self._picture.expand(min(_BATCH, stop - first), -1, -1, -1).clone()
