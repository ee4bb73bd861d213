"""The geometry of one mouth: its frame, the lip lines, how far it stands open in the photo.

All in canonical coordinates (:mod:`avatar.face.canonical`). Mouth coordinates: u runs along the lips, -1 and 1 at the
inner corners; v runs down across them in IOD, 0 at the line between the corners.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates

from avatar.face.canonical import INNER_LOWER, INNER_UPPER, OUTER_LOWER, OUTER_UPPER, Canonical, Curve, curve_along

__all__ = ["CLOSED_BELOW", "UPPER_SHARE", "Mouth"]

# An inner-lip gap (IOD) below which the lips of a photo count as closed: FaceMesh often reports a little for them.
CLOSED_BELOW = 0.035
UPPER_SHARE = 0.36  # of the opening that lips close: the upper lip's
_SEARCH = 0.045
_LEVEL, _SMILES = 0.010, 0.034  # v at which the lips of a face at rest, and of one that smiles, meet
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
# How far lips part (IOD) before the jaw must drop, over teeth that show and without; its share of what is more.
_GRIN, _PARTED, _JAW_SHARE = 0.10, 0.02, 0.72


@dataclass(frozen=True)
class Mouth:
    """``centre`` [2], ``along`` [2], ``across`` [2]: the frame; ``half``: half the width between the inner corners
    (IOD).

    ``upper``, ``lower``: v of the inner edge of each lip at u; they are one line where the mouth is closed.
    ``outer_upper``, ``outer_lower``: v of the outer edges. ``gap``: opening at the middle in IOD, 0 when closed.
    ``nose``, ``below``, ``chin``: v of the nose base, of the fold under the lower lip, of the chin. ``toothy``: more
    than a third of what shows between the lips is teeth. ``jaw``: how far the photo's jaw is dropped, IOD.
    ``stepped``: how far apart the landmarks hold shut lips, IOD; much where one lies before the other.
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
    toothy: bool = False
    jaw: float = 0.0
    stepped: float = 0.0

    @classmethod
    def of(cls, face: Canonical, picture: np.ndarray | None = None, origin: tuple[float, float] = (0.0, 0.0)) -> Mouth:
        """Mouth of ``face``; by ``picture``, float [h, w, 3] in 0..1 (its first pixel at ``origin``), a closed mouth
        snaps to the dark line between the lips, and an open one is known for a grin or a dropped jaw."""
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
        first = np.asarray(origin)
        if gap < CLOSED_BELOW:
            return mouth._closed(face, None if picture is None else picture @ _LUMINANCE, first)
        return mouth if picture is None else mouth._opened(face, picture, first)

    @property
    def meets(self) -> float:
        """v at the middle of the mouth at which its lips meet when they close."""
        return float(self.upper(np.zeros(()))) + UPPER_SHARE * max(self.gap - 1.1 * self.jaw, 0.0)

    @property
    def grin(self) -> float:
        """How far the photo smiles, 0..1: the lips meet below the line between the corners."""
        return float(np.clip((self.meets - _LEVEL) / (_SMILES - _LEVEL), 0.0, 1.0))

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
        apart = float(np.linalg.norm(face.points[13] - face.points[14]))
        return replace(self, upper=line, lower=line, gap=0.0, stepped=apart)

    def _opened(self, face: Canonical, picture: np.ndarray, origin: np.ndarray) -> Mouth:
        """The same with lip edges that follow the lips' own colour."""
        # Thin lips about many teeth: there the landmarks are the better guide.
        trust = 4.0 if _shows_teeth(self, face, picture, origin) else 0.45
        upper, lower = _lip_edges(self, face, picture, origin, trust)
        gap = max(float(lower(np.zeros(())) - upper(np.zeros(()))), CLOSED_BELOW)
        found = replace(self, upper=upper, lower=lower, gap=gap)
        toothy = _shows_teeth(found, face, picture, origin)
        return replace(found, toothy=toothy, jaw=_JAW_SHARE * max(gap - (_GRIN if toothy else _PARTED), 0.0))


def _darkest_line(mouth: Mouth, face: Canonical, luminance: np.ndarray, origin: np.ndarray, middle: Curve) -> Curve:
    """Follow the darkest path between the lips by dynamic programming, at most ``_SEARCH`` from the middle line."""
    u, offsets = np.linspace(-1.0, 1.0, 81), np.linspace(-_SEARCH, _SEARCH, 37)
    soft = gaussian_filter(luminance, 0.008 * face.iod)
    dark = _along(mouth, face, soft, origin, u, middle(u)[:, None] + offsets[None, :])
    dark = (dark - dark.min()) / (np.ptp(dark) + 1e-6)
    path = _cheapest_path(dark + 0.25 * np.square(offsets / _SEARCH)[None, :], 0.08)
    return _smooth_curve(u, middle(u) + offsets[path])


def _lip_edges(mouth: Mouth, face: Canonical, picture: np.ndarray, origin: np.ndarray,
               trust: float) -> tuple[Curve, Curve]:  # fmt: skip
    """Inner edges of both lips where their colour ends, at most ``_SEARCH`` from the landmarks, which are trusted so
    much."""
    u, offsets = np.linspace(-1.0, 1.0, 61), np.linspace(-_SEARCH, _SEARCH, 31)
    soft = np.stack([gaussian_filter(picture[..., c], 0.006 * face.iod) for c in range(3)], axis=-1)
    colours = _halved_lab(soft)
    away = np.abs(offsets / _SEARCH)[None, :]
    stray = trust * away**2 + 0.6 * (np.abs(u) > 0.85)[:, None] * away
    upper, lower = (
        inner(u) + offsets[_cheapest_path(stray - way * _lip_ends(mouth, face, colours, origin, u, inner, outer), 0.06)]
        for inner, outer, way in ((mouth.upper, mouth.outer_upper, 1.0), (mouth.lower, mouth.outer_lower, -1.0))
    )
    return _smooth_curve(u, np.minimum(upper, lower)), _smooth_curve(u, np.maximum(upper, lower))


def _lip_ends(mouth: Mouth, face: Canonical, colours: np.ndarray, origin: np.ndarray, u: np.ndarray, inner: Curve,
              outer: Curve) -> np.ndarray:  # fmt: skip
    """How much more of what lies above each place looks like the lip than what lies below, -1..1: [n, 31] at ``u`` and
    within ``_SEARCH`` of the ``inner`` edge."""
    near = np.abs(u) < 0.75
    within = inner(u)[:, None] + (outer(u) - inner(u))[:, None] * np.linspace(0.3, 0.7, 7)[None, :]
    lip = _colours_along(mouth, face, colours, origin, u[near], within[near]).reshape(-1, 3)
    middle, spread = np.median(lip, axis=0), np.clip(1.2 * lip.std(axis=0), [4.0, 2.5, 2.5], [7.0, 5.0, 5.0])
    v = inner(u)[:, None] + np.linspace(-2 * _SEARCH, 2 * _SEARCH, 61)[None, :]
    seen = _colours_along(mouth, face, colours, origin, u, v)
    likely = np.exp(-0.5 * np.square((seen - middle) / spread).mean(axis=-1))
    total = np.cumsum(np.pad(likely, ((0, 0), (1, 0))), axis=1)
    at = 15 + np.arange(31)
    ends: np.ndarray = (2 * total[:, at] - total[:, at - 10] - total[:, at + 11] + likely[:, at]) / 10
    return ends


def _colours_along(mouth: Mouth, face: Canonical, colours: np.ndarray, origin: np.ndarray, u: np.ndarray,
                   v: np.ndarray) -> np.ndarray:  # fmt: skip
    return np.stack([_along(mouth, face, colours[..., c], origin, u, v) for c in range(3)], axis=-1)


def _halved_lab(picture: np.ndarray) -> np.ndarray:
    """CIELAB with its lightness halved, [h, w, 3]."""
    lab: np.ndarray = cv2.cvtColor(np.ascontiguousarray(np.clip(picture, 0, 1), np.float32), cv2.COLOR_RGB2LAB)
    return lab * np.array([0.5, 1.0, 1.0], np.float32)


def _along(mouth: Mouth, face: Canonical, image: np.ndarray, origin: np.ndarray, u: np.ndarray,
           v: np.ndarray) -> np.ndarray:  # fmt: skip
    """``image`` [h, w] at mouth coordinates ``u`` [n], ``v`` [n, m]: [n, m]."""
    plane = mouth.centre + u[:, None, None] * mouth.half * mouth.along + v[..., None] * mouth.across
    pixels = _picture_of(face, plane) - origin
    found: np.ndarray = map_coordinates(image, [pixels[..., 1], pixels[..., 0]], order=1, mode="nearest")
    return found


def _cheapest_path(cost: np.ndarray, step: float) -> np.ndarray:
    """One index a row of ``cost`` [n, m] that changes by at most one a row, each change for ``step``."""
    total, back = cost[0].copy(), np.zeros(cost.shape, int)
    for i in range(1, len(cost)):
        options = np.stack([np.roll(total, 1) + step, total, np.roll(total, -1) + step])
        options[0, 0] = options[2, -1] = np.inf
        best = options.argmin(axis=0)
        total, back[i] = cost[i] + options.min(axis=0), best - 1
    path = np.empty(len(cost), int)
    path[-1] = int(total.argmin())
    for i in range(len(cost) - 1, 0, -1):
        path[i - 1] = path[i] + back[i][path[i]]
    return path


def _smooth_curve(u: np.ndarray, v: np.ndarray) -> Curve:
    fit = PchipInterpolator(u, gaussian_filter(v, 1.5))
    return lambda x: fit(np.clip(x, -1.0, 1.0))


def _shows_teeth(mouth: Mouth, face: Canonical, picture: np.ndarray, origin: np.ndarray) -> bool:
    """Whether more than a third of what lies between the lips is bright and has little colour."""
    u, across = np.meshgrid(np.linspace(-0.8, 0.8, 41), np.linspace(0.12, 0.88, 17))
    v = mouth.upper(u) + across * (mouth.lower(u) - mouth.upper(u))
    plane = mouth.centre + u[..., None] * mouth.half * mouth.along + v[..., None] * mouth.across
    pixels = _picture_of(face, plane) - origin
    at = [pixels[..., 1], pixels[..., 0]]
    seen = np.stack([map_coordinates(picture[..., c], at, order=1, mode="nearest") for c in range(3)], axis=-1)
    high, low = seen.max(axis=-1), seen.min(axis=-1)
    teeth = (high > 0.45) & ((high - low) / np.maximum(high, 1e-3) < 0.42)
    return bool(teeth.mean() > 0.33)


def _picture_of(face: Canonical, plane: np.ndarray) -> np.ndarray:
    """Picture points of mouth-plane points [..., 2], by the affine map that the mouth's landmarks give."""
    ids = sorted({*OUTER_UPPER, *OUTER_LOWER, *INNER_UPPER, *INNER_LOWER, 2, 18, 200, 205, 425})
    known = np.c_[face.points[ids, :2], np.ones(len(ids))]
    solution, *_ = np.linalg.lstsq(known, face.landmarks[ids, :2], rcond=None)
    return np.concatenate([plane, np.ones((*plane.shape[:-1], 1))], axis=-1) @ solution
