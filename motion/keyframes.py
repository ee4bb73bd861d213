"""A loop of small pictures made once, and a clip that draws any frame of a video from it; keyframes that are kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from avatar.core.types import BackdropPlan, Size
from motion.drift import catmull_rom, generator_for, stroll

if TYPE_CHECKING:
    import torch

__all__ = ["KeptKeyframes", "PictureLoop", "covering", "planes_of", "within"]

_CACHE_BYTES = 80_000_000


class KeptKeyframes:
    """Keyframes of ``size`` bytes, drawn when first asked for; the latest 80 MB, or ``room`` bytes, stay, and ``least``
    in any case."""

    def __init__(self, size: int, least: int, room: int = _CACHE_BYTES) -> None:
        self.most = max(least, room // size)
        self._kept: OrderedDict[int, np.ndarray] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, number: int, draw: Callable[[int], np.ndarray]) -> np.ndarray:
        """Keyframe ``number``, which ``draw`` makes."""
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        self._kept[number] = draw(number)
        if len(self._kept) > self.most:
            self._kept.popitem(last=False)
        return self._kept[number]


class PictureLoop:
    """Frames between the ``pictures`` uint8 [k, h, w, 3] of a plan, on a closed Catmull-Rom curve through them.

    Where the plan's setting ``path`` is ``wander`` the loop is walked at a speed that has no period (``stroll``).
    """

    def __init__(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> None:
        self._pictures = plan.arrays["pictures"]
        self._turn = 1.0 / (plan.period * fps)
        self._wanders, self._seed = plan.settings["path"] == "wander", int(plan.settings["seed"])
        self._size, self._device = size, device
        noise = generator_for(0, "fine dither").random((2, size.height, size.width, 3), np.float32)
        self._dither = (noise[0] - noise[1]) * (0.6 / 255.0)

    def frame(self, index: int) -> torch.Tensor:
        """Frame ``index``, float32 [3, h, w] in 0..1."""
        import torch

        return torch.from_numpy(planes_of(self._full(index))).clamp_(0.0, 1.0).to(self._device)

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        full = self._full(index)
        return np.asarray(cv2.addWeighted(full, 255.0, full, 0.0, 0.0, dtype=cv2.CV_8U))

    def _full(self, index: int) -> np.ndarray:
        """Frame ``index``, float32 [h, w, 3], give or take the dither in 0..1."""
        size = (self._size.width, self._size.height)
        full = cv2.resize(self._small(index * self._turn), size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(cv2.add(full, self._dither, dst=full))

    def _small(self, turns: float) -> np.ndarray:
        """The picture float32 [h, w, 3] after ``turns`` of the period."""
        place = float(stroll(np.array(turns), self._seed)) if self._wanders else turns
        knot, weights = catmull_rom((place % 1.0) * len(self._pictures))
        mixed = np.zeros(self._pictures.shape[1:], np.float32)
        for k, weight in zip((-1, 0, 1, 2), weights, strict=True):
            if weight:
                picture = self._pictures[(knot + k) % len(self._pictures)]
                cv2.scaleAdd(picture.astype(np.float32), weight / 255.0, mixed, dst=mixed)
        return mixed


def planes_of(picture: np.ndarray) -> np.ndarray:
    """``picture`` [h, w, 3] as planes [3, h, w], contiguous."""
    planes = np.empty((3, *picture.shape[:2]), picture.dtype)
    cv2.mixChannels([picture], list(planes), [0, 0, 1, 1, 2, 2])
    return planes


def covering(picture: np.ndarray, size: Size) -> np.ndarray:
    """The middle of ``picture`` [h, w, 3] in the shape of ``size``."""
    height, width = picture.shape[:2]
    wide = min(width, max(1, round(height * size.width / size.height)))
    high = min(height, max(1, round(width * size.height / size.width)))
    top, left = (height - high) // 2, (width - wide) // 2
    return picture[top : top + high, left : left + wide]


def within(picture: np.ndarray, width: int) -> np.ndarray:
    """``picture`` [h, w, 3], made smaller where it is wider than ``width`` pixels."""
    if picture.shape[1] <= width:
        return picture
    height = max(2, picture.shape[0] * width // picture.shape[1])
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
