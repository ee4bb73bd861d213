"""What one sample of training is, in each mode. Samples are drawn from clips of unit states.

normal     from a random moment to the next one
back       the same against the course of time; the network is told the direction
rotation   states between the frames: each is rotated by the same share of the way to its successor
diff       the past is what the network itself generated, one to three steps of it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from motion.next_state.clips import Clip
from motion.rotation import Rotation, rotation_between

__all__ = ["ALL", "MODES", "Batch", "draw_batch", "epoch_modes", "window"]

MODES = ("normal", "back", "rotation", "diff")
ALL = "all"
_FARTHEST = 3
Predict = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Batch:
    """``texts`` [b, e], ``states`` [b, m, d], ``directions`` [b], and the ``targets`` [b, d]."""

    texts: torch.Tensor
    states: torch.Tensor
    directions: torch.Tensor
    targets: torch.Tensor


def epoch_modes(mode: str) -> tuple[str, ...]:
    """The modes that an epoch of ``mode`` goes through."""
    return MODES if mode == ALL else (mode,)


def window(states: np.ndarray, end: int, memory: int) -> np.ndarray:
    """The ``memory`` states [m, d] up to and with ``end``, the first repeated where there are none before."""
    return states[np.maximum(np.arange(end - memory + 1, end + 1), 0)]


def draw_batch(
    clips: Sequence[Clip], mode: str, size: int, memory: int, draw: np.random.Generator, predict: Predict
) -> Batch:
    """``size`` samples of ``mode``, every one from a clip and a moment at random; ``predict``: the network."""
    ahead = int(draw.integers(1, _FARTHEST + 1)) if mode == "diff" else 0
    rows = [_sample(clips[int(draw.integers(len(clips)))], mode, memory, ahead, draw) for _ in range(size)]
    texts, past, targets = (torch.from_numpy(np.stack(part).astype(np.float32)) for part in zip(*rows, strict=True))
    directions = torch.full((size,), -1.0 if mode == "back" else 1.0)
    if ahead:
        with torch.no_grad():
            for _ in range(ahead):
                past = torch.cat([past[:, 1:], predict(texts, past, directions)[:, None]], dim=1)
    return Batch(texts, past, directions, targets)


def _sample(
    clip: Clip, mode: str, memory: int, ahead: int, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    states = clip.states[::-1] if mode == "back" else clip.states
    if mode == "rotation":
        step, share = rotation_between(states[:-1], states[1:]), float(draw.random())
        states = Rotation(step.plane, share * step.angle).apply(states[:-1])
    end = int(draw.integers(max(1, len(states) - 1 - ahead)))
    return clip.text, window(states, end, memory), states[min(end + 1 + ahead, len(states) - 1)]
