"""Where the person stands in the frame: a similarity from photo pixels to pixels of the video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.core.types import Portrait, Size
from avatar.face.canonical import FACE_OVAL

__all__ = ["Framing", "frame_closely", "frame_person"]

# Distance of the outer eye corners as a share of the frame's shorter side: what a head-and-shoulders shot has,
# the largest that still looks like one, and the largest that a photo's own close framing may keep.
_USUAL, _LARGEST, _LARGEST_KEPT = 0.175, 0.30, 0.42
_MOST_ENLARGED = 1.7


@dataclass(frozen=True)
class Framing:
    """Video pixel = ``scale`` * photo pixel + (``dx``, ``dy``). ``feathered``: sides of the photo ("left", "right",
    "bottom") where the person is cut inside the frame and has to fade out."""

    scale: float
    dx: float
    dy: float
    feathered: tuple[str, ...] = ()

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Move points [n, 2 or 3] from the photo to the frame (depth scales along)."""
        moved = np.asarray(points, np.float64) * self.scale
        moved[:, 0] += self.dx
        moved[:, 1] += self.dy
        return moved


def frame_person(portrait: Portrait, size: Size, keep_background: bool) -> Framing:
    """Place the person of ``portrait`` in a frame of ``size``; with ``keep_background`` the photo covers the frame
    where that leaves the face at a sensible size."""
    height, width = portrait.pixels.shape[:2]
    face = portrait.landmarks[list(FACE_OVAL), :2].mean(0)
    short = min(size.width, size.height)
    portrait_format = size.height > 1.2 * size.width
    at = ((size.width - 1) / 2, size.height * (0.42 if portrait_format else 0.44))
    usual = min(_USUAL * short / portrait.iod, _MOST_ENLARGED)
    largest = _LARGEST * short / portrait.iod
    if keep_background:
        cover = max(size.width / width, size.height / height)
        scale = max(cover, usual) if cover * portrait.iod <= _LARGEST_KEPT * short else max(largest, usual)
        return _placed(scale, face, at, size, (0, 0, width, height), ("left", "right", "top", "bottom"))
    cut = _cut_sides(portrait.alpha)
    eyes = portrait.landmarks[[33, 263], 1].mean()
    needed = usual
    if "bottom" in cut:
        needed = max(needed, 0.60 * size.height / max(height - eyes, 1.0))
    if {"left", "right"} <= set(cut):
        needed = max(needed, size.width / width)
    scale = min(needed, max(largest, usual))
    return _placed(scale, face, at, size, (0, 0, width, height), cut)


def frame_closely(
    portrait: Portrait, size: Size, keep_background: bool, centre: tuple[float, float], scale: float
) -> Framing:
    """Show the photo about its point ``centre`` at ``scale``, video pixels a photo pixel, however close that is; no
    side where the person is cut lies inside the frame as long as the photo reaches far enough."""
    height, width = portrait.pixels.shape[:2]
    held = ("left", "right", "top", "bottom") if keep_background else _cut_sides(portrait.alpha)
    if (portrait.alpha[:2] > 0.5).mean() > 0.02:
        held = (*held, "top")
    middle = ((size.width - 1) / 2, (size.height - 1) / 2)
    return _placed(scale, np.array(centre), middle, size, (0, 0, width, height), held)


def _cut_sides(alpha: np.ndarray) -> tuple[str, ...]:
    edges = {"left": alpha[:, :2], "right": alpha[:, -2:], "bottom": alpha[-2:]}
    return tuple(name for name, edge in edges.items() if (edge > 0.5).mean() > 0.02)


def _placed(
    scale: float,
    face: np.ndarray,
    at: tuple[float, float],
    size: Size,
    box: tuple[int, int, int, int],
    held: tuple[str, ...],
) -> Framing:
    """Bring the face to ``at``, then shift so that the ``held`` sides of the photo lie at or beyond the frame's
    edge."""
    slack = 0.012 * min(size.width, size.height)
    dx = at[0] - face[0] * scale
    dy = at[1] - face[1] * scale
    left, right = box[0] * scale, box[2] * scale
    feathered = []
    if right - left >= size.width:
        if "left" in held:
            dx = min(dx, -left)
        if "right" in held:
            dx = max(dx, size.width - right)
    elif "left" in held and "right" in held:
        feathered += ["left", "right"]
    elif "left" in held:
        dx = min(dx, -left - slack)
        feathered += [] if dx + face[0] * scale > 0.26 * size.width else ["left"]
    elif "right" in held:
        dx = max(dx, size.width - right + slack)
        feathered += [] if dx + face[0] * scale < 0.74 * size.width else ["right"]
    if feathered:
        dx = at[0] - face[0] * scale
    if "top" in held:
        dy = min(dy, 0.0)
    if "bottom" in held:
        dy = max(dy, size.height - box[3] * scale + (slack if "top" not in held else 0.0))
    return Framing(float(scale), float(dx), float(dy), tuple(feathered))
