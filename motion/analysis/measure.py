"""A film as rows, one a step from frame to frame: what the encoder says of it, what the pixels say, how it flows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields

import cv2
import numpy as np

from motion.encoders import PictureEncoder
from motion.rotation import angle_between

__all__ = ["Step", "steps_of"]


@dataclass(frozen=True)
class Step:
    """From frame ``index`` - 1 to ``index``.

    ``angle`` between their embeddings and ``start_angle`` from the first frame, in degrees; ``cosine`` of neighbours;
    ``pixels`` mean absolute change and ``start_pixels`` from the first, of 255; ``flow`` mean length of the optical
    flow in pixels; ``flow_error`` the change, of 255, that remains when the frame before is warped along the flow;
    ``explained``: the share of the change that the flow accounts for.
    """

    index: int
    angle: float
    cosine: float
    start_angle: float
    pixels: float
    start_pixels: float
    flow: float
    flow_error: float
    explained: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(field.name for field in fields(cls))


def steps_of(frames: Iterable[np.ndarray], encoder: PictureEncoder) -> Iterator[Step]:
    """Rows of a film of frames uint8 [h, w, 3] of the encoder's size, as they come; memory is flat."""
    first: tuple[np.ndarray, np.ndarray] | None = None
    last: tuple[np.ndarray, np.ndarray] | None = None
    for index, frame in enumerate(frames):
        vector = encoder.encode(frame[None])[0].astype(np.float64)
        if first is None or last is None:
            first = last = (frame, vector)
            continue
        yield _step(index, first, last, (frame, vector))
        last = (frame, vector)


def _step(
    index: int,
    first: tuple[np.ndarray, np.ndarray],
    last: tuple[np.ndarray, np.ndarray],
    now: tuple[np.ndarray, np.ndarray],
) -> Step:
    change = _change(last[0], now[0])
    flow, error = _flow(last[0], now[0])
    return Step(
        index,
        float(np.degrees(angle_between(last[1], now[1]))),
        float(last[1] @ now[1]),
        float(np.degrees(angle_between(first[1], now[1]))),
        change,
        _change(first[0], now[0]),
        flow,
        error,
        1.0 - min(1.0, error / change) if change > 0.0 else 1.0,
    )


def _change(before: np.ndarray, after: np.ndarray) -> float:
    return float(cv2.absdiff(before, after).mean())


def _flow(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Mean length of the flow (DIS, Kroeger et al. 2016), and what is left of the change after warping along it."""
    a, b = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (before, after))
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(b, a, None)
    height, width = a.shape
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    warped = cv2.remap(
        before, across + flow[..., 0], down + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return float(np.linalg.norm(flow, axis=2).mean()), _change(warped, after)
