"""The person's own colours where the background shines through.

Colours of person and background are sought that explain the picture and change little from pixel to pixel, least where
alpha changes least, from a picture of one pixel up to the whole one (Germer et al., "Fast multi-level foreground
estimation", 2020).
"""

from __future__ import annotations

import math

import cv2
import numpy as np

__all__ = ["foreground_colours"]

_SMOOTHNESS = 1e-5
_SMALL, _ROUNDS_SMALL, _ROUNDS = 32, 10, 3  # rounds of averaging for pictures up to 32 px a side, and for larger ones


def foreground_colours(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours float32 [h, w, 3] in 0..1 of the person in ``picture`` float32 [h, w, 3]; ``alpha`` float32 [h, w]."""
    height, width = alpha.shape
    person, behind = _mean(picture, alpha > 0.9), _mean(picture, alpha < 0.1)
    levels = max(1, math.ceil(math.log2(max(width, height))))
    for level in range(levels + 1):
        size = (round(width ** (level / levels)), round(height ** (level / levels)))
        person, behind = _refined(*(_sized(part, size) for part in (picture, alpha, person, behind)))
    return person


def _mean(picture: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The mean colour as a picture of one pixel, black where there is none."""
    mean = picture[where].mean(axis=0) if where.any() else np.zeros(3)
    return np.asarray(mean, np.float32).reshape(1, 1, 3)


def _sized(part: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    resized = cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
    return resized.reshape(size[1], size[0], *part.shape[2:])


def _refined(
    picture: np.ndarray, alpha: np.ndarray, person: np.ndarray, behind: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Colours of person and background after some rounds: each pixel's two colours are the best for its neighbours'."""
    pulls = [_SMOOTHNESS + np.abs(alpha - other) for other in _neighbours(alpha)]
    pull, rest = sum(pulls), 1 - alpha
    own, other, cross = alpha * alpha + pull, rest * rest + pull, alpha * rest
    scale = 1 / (own * other - cross * cross)
    own, other, cross = (part[..., None] for part in (own * scale, other * scale, cross * scale))
    seen, unseen = alpha[..., None] * picture, rest[..., None] * picture
    for _ in range(_ROUNDS_SMALL if max(alpha.shape) <= _SMALL else _ROUNDS):
        near, far = seen.copy(), unseen.copy()
        for weight, one, two in zip(pulls, _neighbours(person), _neighbours(behind), strict=True):
            near += weight[..., None] * one
            far += weight[..., None] * two
        person = np.clip(other * near - cross * far, 0, 1)
        behind = np.clip(own * far - cross * near, 0, 1)
    return person, behind


def _neighbours(part: np.ndarray) -> tuple[np.ndarray, ...]:
    """``part`` as seen from its left, right, upper and lower neighbour; the edge is its own neighbour."""
    wide = cv2.copyMakeBorder(part, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return wide[1:-1, :-2], wide[1:-1, 2:], wide[:-2, 1:-1], wide[2:, 1:-1]
