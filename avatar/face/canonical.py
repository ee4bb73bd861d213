"""The face's own coordinates: FaceMesh landmark sets, the canonical frame and the depth of every picture point.

Canonical coordinates: origin at the nose bridge (landmark 168), x from the outer corner of the eye at the viewer's
left (33) to the one at the right (263), y down the face (10 to 152), z into the head; unit IOD, the 3-D distance of
the outer eye corners. A displacement made there and rotated back works on turned and tilted faces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator, RBFInterpolator

__all__ = [
    "BROWS",
    "EYES",
    "FACE_OVAL",
    "INNER_LOWER",
    "INNER_UPPER",
    "OUTER_LOWER",
    "OUTER_UPPER",
    "Canonical",
    "Curve",
    "curve_along",
    "smooth_step",
]

FACE_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
             152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)  # fmt: skip
OUTER_UPPER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
OUTER_LOWER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
# Each eye: upper lid, lower lid (both from its corner at the viewer's left to the right one), iris centre.
EYES = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133), 468),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263), 473),
)
# Lower edge of each brow, from its outer to its inner end.
BROWS = ((46, 53, 52, 65, 55), (276, 283, 282, 295, 285))


Curve = Callable[[np.ndarray], np.ndarray]


def curve_along(points: np.ndarray, centre: np.ndarray, along: np.ndarray, across: np.ndarray, half: float) -> Curve:
    """Smooth curve through ``points`` [n, 2]: height along ``across`` at a place along ``along``, which counts from
    ``centre`` in units of ``half``; beyond its ends it stays level."""
    away = points - centre
    place = away @ along / half
    order = np.argsort(place)
    place = np.maximum.accumulate(place[order] + np.arange(len(place)) * 1e-6)
    fit = PchipInterpolator(place, (away @ across)[order])
    return lambda at: fit(np.clip(at, place[0], place[-1]))


def smooth_step(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Cubic step from 0 at ``low`` to 1 at ``high`` (``low`` > ``high`` gives a falling one)."""
    t = np.clip((np.asarray(x, float) - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


@dataclass(frozen=True)
class Canonical:
    """Frame of one face in one picture.

    ``landmarks``: float64 [478, 3] in pixels. ``axes``: [3, 3], columns x, y, z of the frame in picture coordinates.
    ``iod``: pixels per unit. ``points``: [478, 3] the landmarks in canonical coordinates.
    """

    landmarks: np.ndarray
    axes: np.ndarray
    iod: float
    points: np.ndarray

    @classmethod
    def of(cls, landmarks: np.ndarray) -> Canonical:
        """Frame of ``landmarks`` [478, 3] in pixels."""
        points = np.asarray(landmarks, np.float64)
        iod = float(np.linalg.norm(points[263] - points[33]))
        x = (points[263] - points[33]) / iod
        y = points[152] - points[10]
        y = y - x * (x @ y)
        y /= np.linalg.norm(y)
        axes = np.stack([x, y, np.cross(x, y)], axis=1)
        return cls(points, axes, iod, (points - points[168]) @ axes / iod)

    def depth(self, xy: np.ndarray) -> np.ndarray:
        """Depth in pixels at picture points ``xy`` [..., 2]: the face's own surface, then rings of ear depth around
        it."""
        oval = self.landmarks[list(FACE_OVAL)]
        centre = oval[:, :2].mean(0)
        ear = float(self.landmarks[[234, 454], 2].mean())
        known = [self.landmarks[:468, :2]]
        depths = [self.landmarks[:468, 2]]
        for factor in (1.35, 1.8, 2.6, 4.5):
            known.append(centre + (oval[:, :2] - centre) * factor)
            depths.append(np.full(len(oval), ear))
        fit = RBFInterpolator(
            np.concatenate(known) / self.iod,
            np.concatenate(depths) / self.iod,
            smoothing=1e-3,
            kernel="thin_plate_spline",
        )
        flat = np.asarray(xy, np.float64).reshape(-1, 2)
        reach = np.abs((flat - centre) / self.iod)
        inside = (reach < 4.0).all(axis=1)
        result = np.full(len(flat), ear)
        if inside.any():
            low, high = (self.landmarks[:468, 2].min(), max(ear, self.landmarks[:468, 2].max()))
            result[inside] = np.clip(fit(flat[inside] / self.iod) * self.iod, low, high)
        return result.reshape(np.shape(xy)[:-1])

    def of_picture(self, xy: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Canonical coordinates [..., 3] of picture points ``xy`` [..., 2] that lie at ``depth`` [...]."""
        space = np.concatenate([xy, depth[..., None]], axis=-1)
        return (space - self.landmarks[168]) @ self.axes / self.iod

    def to_picture(self, move: np.ndarray) -> np.ndarray:
        """Picture displacement in pixels [..., 2] of a canonical displacement ``move`` [..., 3]."""
        return self.iod * (move @ self.axes.T)[..., :2]
