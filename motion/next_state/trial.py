"""How far a next-state model sees: cosines with what came, against staying and against rotating on as before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motion.next_state.clips import Clip
from motion.next_state.model import NextState
from motion.rotation import Rotation, rotation_between

__all__ = ["HORIZONS", "Seen", "look_ahead"]

HORIZONS = (1, 4, 8)
_FIRST = 3  # frames that every forecast may look at


@dataclass(frozen=True)
class Seen:
    """Cosines with the true state of every forecast at ``horizon``: of the model, of staying, of rotating on; [n]."""

    horizon: int
    model: np.ndarray
    stay: np.ndarray
    rotate: np.ndarray


def look_ahead(model: NextState, clips: Sequence[Clip], horizons: Sequence[int] = HORIZONS) -> list[Seen]:
    """Forecasts from every moment of ``clips`` that has three states before it and enough after it."""
    return [_at(model, clips, horizon) for horizon in horizons]


def _at(model: NextState, clips: Sequence[Clip], horizon: int) -> Seen:
    texts, past, truth = [], [], []
    for clip in clips:
        for end in range(_FIRST, len(clip.states) - horizon + 1):
            texts.append(clip.text)
            past.append(clip.states[end - _FIRST : end])
            truth.append(clip.states[end - 1 + horizon])
    seen, true = np.stack(past), np.stack(truth)
    said = model.generate(np.stack(texts), seen, horizon)[:, -1]
    step = rotation_between(seen[:, -2], seen[:, -1])
    on = Rotation(step.plane, horizon * step.angle).apply(seen[:, -1])
    return Seen(horizon, *((told * true).sum(axis=1) for told in (said, seen[:, -1], on)))
