"""The geometry of one mouth: its frame, the lip lines, how far it stands open in the photo.

All in canonical coordinates (:mod:`avatar.face.canonical`). Mouth coordinates: u runs along the lips, -1 and 1 at the
inner corners; v runs down across them in IOD, 0 at the line between the corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates

from avatar.face.canonical import INNER_LOWER, INNER_UPPER, OUTER_LOWER, OUTER_UPPER, Canonical, Curve, curve_along

__all__ = ["CLOSED_BELOW", "Mouth"]

# An inner-lip gap (IOD) below which the lips of a photo count as closed: FaceMesh often reports a little for them.
CLOSED_BELOW = 0.035
_SEARCH = 0.045


@dataclass(frozen=True)
class Mouth:
    """``centre`` [2], ``along`` [2], ``across`` [2]: the frame; ``half``: half the width between the inner corners
    (IOD).

    ``upper``, ``lower``: v of the inner edge of each lip at u; they are one line where the mouth is closed.
    ``outer_upper``, ``outer_lower``: v of the outer edges. ``gap``: opening at the middle in IOD, 0 when closed.
    ``nose``, ``below``, ``chin``: v of the nose base, of the fold under the lower lip, of the chin.
    """

    centre: np.ndarray
    along: np.ndarray
    across: np.ndarray
    half: float
    upper: Curve
    lower: Curve
    outer_upper: Curve
    outer_lower: Curve
    gap: float
    nose: float
    below: float
    chin: float

    @classmethod
    def of(
        cls, face: Canonical, luminance: np.ndarray | None = None, origin: tuple[float, float] = (0.0, 0.0)
    ) -> Mouth:
        """Mouth of ``face``; ``luminance`` float [h, w] of the picture (its first pixel at ``origin``) lets a closed
        mouth snap to the dark line between the lips."""
        points = face.points
        left, right = points[78, :2], points[308, :2]
        along = (right - left) / np.linalg.norm(right - left)
        across = np.array([-along[1], along[0]])
        centre, half = (left + right) / 2, float(np.linalg.norm(right - left)) / 2

        def curve(ids: tuple[int, ...]) -> Curve:
            return curve_along(points[list(ids), :2], centre, along, across, half)

        upper, lower = curve(INNER_UPPER), curve(INNER_LOWER)
        gap = float(lower(np.array(0.0)) - upper(np.array(0.0)))
        at = lambda index: float((points[index, :2] - centre) @ across)  # noqa: E731
        mouth = cls(centre, along, across, half, upper, lower, curve(OUTER_UPPER), curve(OUTER_LOWER), max(gap, 0.0),
                    at(2), at(18), at(152))  # fmt: skip
        return mouth if gap >= CLOSED_BELOW else mouth._closed(face, luminance, np.asarray(origin))

    def coordinates(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(u, v) of canonical points ``q`` [..., 2 or 3]."""
        d = q[..., :2] - self.centre
        return d @ self.along / self.half, d @ self.across

    def opening(self, u: np.ndarray) -> np.ndarray:
        """How an opening of 1 at the middle tapers to the corners."""
        return np.clip(1.0 - np.square(u), 0.0, None) ** 0.85

    def _closed(self, face: Canonical, luminance: np.ndarray | None, origin: np.ndarray) -> Mouth:
        middle = lambda x: (self.upper(x) + self.lower(x)) / 2  # noqa: E731
        line = middle if luminance is None else _darkest_line(self, face, luminance, origin, middle)
        return Mouth(self.centre, self.along, self.across, self.half, line, line, self.outer_upper, self.outer_lower,
                     0.0, self.nose, self.below, self.chin)  # fmt: skip


def _darkest_line(mouth: Mouth, face: Canonical, luminance: np.ndarray, origin: np.ndarray, middle: Curve) -> Curve:
    """Follow the darkest path between the lips by dynamic programming, at most ``_SEARCH`` from the middle line."""
    u, offsets = np.linspace(-1.0, 1.0, 81), np.linspace(-_SEARCH, _SEARCH, 37)
    v = middle(u)[:, None] + offsets[None, :]
    plane = mouth.centre + u[:, None, None] * mouth.half * mouth.along + v[..., None] * mouth.across
    pixels = _picture_of(face, plane) - origin
    soft = gaussian_filter(luminance, 0.008 * face.iod)
    dark = map_coordinates(soft, [pixels[..., 1], pixels[..., 0]], order=1, mode="nearest")
    dark = (dark - dark.min()) / (np.ptp(dark) + 1e-6)
    cost = dark + 0.25 * np.square(offsets / _SEARCH)[None, :]
    step = 0.08
    total, back = cost[0].copy(), np.zeros(cost.shape, int)
    for i in range(1, len(u)):
        options = np.stack([np.roll(total, 1) + step, total, np.roll(total, -1) + step])
        options[0, 0] = options[2, -1] = np.inf
        best = options.argmin(axis=0)
        total, back[i] = cost[i] + options.min(axis=0), best - 1
    path = np.empty(len(u), int)
    path[-1] = int(total.argmin())
    for i in range(len(u) - 1, 0, -1):
        path[i - 1] = path[i] + back[i][path[i]]
    found = gaussian_filter(middle(u) + offsets[path], 1.5)
    fit = PchipInterpolator(u, found)
    return lambda x: fit(np.clip(x, -1.0, 1.0))


def _picture_of(face: Canonical, plane: np.ndarray) -> np.ndarray:
    """Picture points of mouth-plane points [..., 2], by the affine map that the mouth's landmarks give."""
    ids = sorted({*OUTER_UPPER, *OUTER_LOWER, *INNER_UPPER, *INNER_LOWER, 2, 18, 200, 205, 425})
    known = np.c_[face.points[ids, :2], np.ones(len(ids))]
    solution, *_ = np.linalg.lstsq(known, face.landmarks[ids, :2], rcond=None)
    return np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1) @ solution
