"""What the embedded animator draws: frames of one plan, by the warp in torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch

from avatar.core.types import FacePlan
from avatar.face.bytes_warp import BytesWarp
from avatar.face.interior import JAW_TO_TEETH
from avatar.face.mouth_warp import InsideTracks
from avatar.face.plates import drop, states
from avatar.face.rig import COEFFICIENTS
from avatar.face.warp import Expression, PoseTracks, Warp

__all__ = ["BytesClip", "EmbeddedClip"]

_BATCH = 5  # frames of one batch; the last batch of a call is padded to it, so that chunks give the same numbers
_, _TIP, _BETWEEN = states("tongue")
_UNCOVERED = 0.012  # lips that have moved so far off the photo's mouth show its rim no more, IOD


class EmbeddedClip:
    """Frames of one plan on one device."""

    def __init__(self, plan: FacePlan, warp: Warp, device: str) -> None:
        self._plan, self._warp, self._device = plan, warp, device

    @torch.inference_mode()
    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Batches [b, 4, h, w] for frames ``start``..``stop - 1``; any range of frames gives the same frames."""
        for index, count in _batches(start, stop):
            yield self._warp.render(*self._moment(index))[:count]

    def _moment(self, index: np.ndarray) -> tuple[Expression, PoseTracks]:
        """What face and head do in the frames ``index``."""
        tracks = self._plan.tracks
        take = lambda name: torch.from_numpy(np.ascontiguousarray(tracks[name][index])).to(self._device)  # noqa: E731
        coefficients, pose = take("coefficients"), take("pose")
        angles = pose[:, 0:3] * (np.pi / 180)
        moves = pose[:, 3:6] * self._warp.layers.iod
        motion = PoseTracks(angles[:, 0], angles[:, 1], angles[:, 2], moves[:, 0], moves[:, 1], moves[:, 2], pose[:, 6])
        inside = self._inside(coefficients, angles, take)
        return Expression(coefficients, take("lids"), inside, take("gaze"), take("units")), motion

    def _inside(self, coefficients: torch.Tensor, angles: torch.Tensor,
                take: Callable[[str], torch.Tensor]) -> InsideTracks:  # fmt: skip
        """Where teeth and tongue are: they ride on the jaw, whatever it is in the photo."""
        layers = self._warp.layers
        down = layers.iod * torch.tensor(layers.down, device=self._device)
        close = coefficients[:, COEFFICIENTS.index("close")].clamp(0, 1)
        moved = JAW_TO_TEETH * (coefficients[:, COEFFICIENTS.index("jaw")] - layers.inside.jaw * close)
        dropped = JAW_TO_TEETH * layers.inside.jaw + moved
        low, high = (drop(state) for state in states("lower"))
        pulled = (coefficients[:, COEFFICIENTS.index(name)] for name in ("lower_lip", "wide", "smile"))
        uncovered = moved.clamp(min=0) + sum(way.clamp(min=0) for way in pulled)
        between, tip = take("between"), take("tip")
        # A tip at the upper teeth hangs on the skull, at the place of its plate.
        tongue = moved + sum(w * (drop(state) - dropped) for w, state in ((tip, _TIP), (between, _BETWEEN)))
        return InsideTracks(
            teeth=moved[:, None] * down,
            tongue=tongue[:, None] * down,
            away=layers.iod * torch.sin(angles[:, :2]),
            open=((dropped - low) / (high - low)).clamp(0, 1),
            tip=tip,
            between=between,
            round=take("round"),
            shut=close,
            seam=((close - 0.80) / 0.20).clamp(0, 1),
            parted=(uncovered / _UNCOVERED).clamp(0, 1),
        )


class BytesClip(EmbeddedClip):
    """Frames of one plan on a CPU, in bytes besides."""

    def __init__(self, plan: FacePlan, warp: Warp, device: str) -> None:
        super().__init__(plan, warp, device)
        self._bytes = BytesWarp(warp)

    @torch.inference_mode()
    def byte_frames(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """The frames as uint8 [b, h, w, 4]."""
        for index, count in _batches(start, stop):
            yield self._bytes.render(*self._moment(index))[:count]


def _batches(start: int, stop: int) -> Iterator[tuple[np.ndarray, int]]:
    """Numbers of frames in batches of the same size, and how many of them are wanted."""
    for first in range(start, stop, _BATCH):
        wanted = np.arange(first, min(first + _BATCH, stop))
        yield np.pad(wanted, (0, _BATCH - len(wanted)), mode="edge"), len(wanted)
