"""The rig: what each coefficient of an expression does to every point of a face.

A displacement field is an analytic function of canonical coordinates, scaled by the subject's own mouth, eyes and
brows. Each field comes in two copies: ``upper`` for what lies above the lip line, ``lower`` for what lies below it;
they differ near the lips alone. So the lips are a true cut and not a stretched texture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from avatar.face.canonical import (
    BROWS,
    EYES,
    INNER_LOWER,
    INNER_UPPER,
    Canonical,
    Curve,
    curve_along,
    smooth_step,
)
from avatar.face.mouth import UPPER_SHARE, Mouth

__all__ = ["COEFFICIENTS", "Eye", "Rig"]

# What the tracks of a face plan drive, in this order; the unit of each is a displacement of 1 IOD (or as said).
COEFFICIENTS = (
    "jaw",  # drop of the lower lip by the jaw's hinge
    "lower_lip",  # the lower lip pulled down (negative: raised)
    "upper_lip",  # the upper lip raised (negative: lowered)
    "close",  # share of the photo's own gap that is closed: 0 as in the photo .. 1 shut
    "wide",  # each corner of the mouth outwards (negative: inwards)
    "pucker",  # lips pushed forward, seen as thicker: share of lip thickness
    "press_upper",  # upper lip rolled in: share of lip thickness
    "press_lower",  # lower lip rolled in
    "smile",  # corners up and out, cheeks up
    "frown",  # corners down
    "brows",  # brows up (negative: down)
    "brows_together",  # inner ends of the brows together and down
    "brows_inner",  # inner ends of the brows up
    "squint",  # lower lids up
    "cheek",  # cheeks up, and the lower lids with them
)

_NECK = 0.60  # a jaw that comes up takes the neck along this far below the chin, IOD


def _leverage(z: np.ndarray) -> np.ndarray:
    """How far the jaw's hinge moves what lies at depth ``z``: less towards the ears."""
    return 0.25 + 0.75 * np.clip((0.82 - z) / 0.85, 0.0, 1.2)


@dataclass(frozen=True)
class Eye:
    """One eye in canonical coordinates: e runs along it (-1 and 1 at the corners), v down across it in IOD.

    ``upper``, ``lower``: v of the lid edges at e. ``brow``: v of the brow above. ``sign``: -1 for the eye at the
    viewer's left.
    """

    centre: np.ndarray
    along: np.ndarray
    across: np.ndarray
    half: float
    upper: Curve
    lower: Curve
    brow: Curve
    sign: int

    @classmethod
    def of(cls, face: Canonical, index: int) -> Eye:
        """Eye ``index`` (0: at the viewer's left) of ``face``."""
        upper, lower, _ = EYES[index]
        points = face.points[:, :2]
        left, right = points[upper[0]], points[upper[-1]]
        along = (right - left) / np.linalg.norm(right - left)
        across = np.array([-along[1], along[0]])
        centre, half = (left + right) / 2, float(np.linalg.norm(right - left)) / 2

        def curve(ids: tuple[int, ...]) -> Curve:
            return curve_along(points[list(ids)], centre, along, across, half)

        return cls(
            centre, along, across, half, curve(upper), curve(lower), curve(BROWS[index]), -1 if index == 0 else 1
        )

    def coordinates(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(e, v) of canonical points ``q`` [..., 2 or 3]."""
        d = q[..., :2] - self.centre
        return d @ self.along / self.half, d @ self.across

    def aperture(self, e: np.ndarray) -> np.ndarray:
        """Distance of the lids at ``e`` in IOD, 0 beyond the corners."""
        inside = np.abs(e) < 1.0
        return np.where(inside, np.clip(self.lower(e) - self.upper(e), 0.0, None), 0.0)


class Rig:
    """Displacement fields of one face."""

    def __init__(
        self, face: Canonical, picture: np.ndarray | None = None, origin: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """``picture`` float [h, w, 3] in 0..1 whose first pixel lies at ``origin`` of the landmarks' frame."""
        self.face = face
        self.mouth = Mouth.of(face, picture, origin)
        self.eyes = (Eye.of(face, 0), Eye.of(face, 1))
        self._jaw_half = float(np.abs(face.points[[172, 397], 0] - self.mouth.centre[0]).mean())

    def fields(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Canonical displacement per unit of every coefficient at points ``q`` [h, w, 3].

        Returns (upper, lower), each [len(COEFFICIENTS), h, w, 3].
        """
        upper = np.zeros((len(COEFFICIENTS), *q.shape))
        lower = np.zeros_like(upper)
        self._open(q, upper, lower)
        self._shape_lips(q, upper, lower)
        for field in (upper, lower):
            self._corners(q, field)
            self._brows(q, field)
            self._eyes(q, field)
        return upper, lower

    def eye_fields(self, eye: Eye, q: np.ndarray) -> np.ndarray:
        """What a lid and an eyeball need to know at points ``q`` [h, w, 3]: [8, h, w], lengths in IOD.

        0: distance below the upper lid's edge, 1: above the lower one's, 2: way of the upper edge from open to shut,
        3: distance below the place where the lid's skin begins to stretch, 4: height of that skin down to the edge,
        5: share of the made skin, 6: fade beyond the corners, 7: how far a point goes along with the iris.
        """
        e, v = eye.coordinates(q)
        at = np.clip(e, -1.0, 1.0)
        edge, brow = eye.upper(at), eye.brow(e)
        skin = np.clip(edge - brow - 0.03, 0.09, 0.12)
        drop = eye.aperture(e) + 0.018 * np.clip(1 - e * e, 0, None) ** 0.5
        top = np.maximum(edge - 0.105, brow + 0.012)
        cover = smooth_step(0.0, 1.0, (v - top) / np.maximum(edge - 0.045 - top, 0.02))
        side = 1 - smooth_step(1.02, 1.30, np.abs(e))
        return np.stack(
            [v - edge, eye.lower(at) - v, drop, v - (edge - skin), skin, cover, side, self._with_iris(eye, e)]
        )

    def _with_iris(self, eye: Eye, e: np.ndarray) -> np.ndarray:
        """1 over the iris and a little around it, 0 at the corners of the eye."""
        first = 468 if eye.sign < 0 else 473
        ring, _ = eye.coordinates(self.face.points[first : first + 5])
        reach = float(np.abs(ring[1:] - ring[0]).max()) * 1.05
        left, right = min(ring[0] - reach, -0.3), max(ring[0] + reach, 0.3)
        falling = lambda a: 1 - smooth_step(0.0, 1.0, a)  # noqa: E731
        return np.where(e < ring[0], falling((left - e) / max(left + 1.05, 0.15)),
                        falling((e - right) / max(1.05 - right, 0.15)))  # fmt: skip

    # -- mouth ---------------------------------------------------------------------------------------------------------

    def _open(self, q: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> None:
        mouth = self.mouth
        u, v = mouth.coordinates(q)
        taper = mouth.opening(u)
        line_up, line_low = mouth.upper(u), mouth.lower(u)
        raised, lowered = self._above(v, line_up), self._below(v, line_low)

        depth = _leverage(q[..., 2])
        for field, weight in zip((upper, lower), self._jaws(u, v), strict=True):
            field[self._at("jaw")] = self._down(weight * depth)
            field[self._at("jaw")][..., 2] = 0.25 * weight

        lower[self._at("lower_lip")] = self._down(taper * lowered)
        upper[self._at("upper_lip")] = self._down(-taper * raised)
        rest = self._left_open(u)
        upper_jaw, lower_jaw = (mouth.jaw * depth * weight for weight in self._jaws(u, v, _NECK))
        upper[self._at("close")] = self._down(UPPER_SHARE * rest * raised - upper_jaw)
        lower[self._at("close")] = self._down((UPPER_SHARE - 1) * rest * lowered - lower_jaw)

    def _jaws(self, u: np.ndarray, v: np.ndarray, neck: float = 0.40) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the jaw above the lip line and below it: 1 at the chin, 0 by ``neck`` under it."""
        mouth = self.mouth
        hinge = self._jaw(u, v, neck)
        still = mouth.opening(u) * (1 - smooth_step(mouth.below, mouth.below + 0.18, v))
        fade = 1 - smooth_step(mouth.below - 0.04, mouth.chin, v)
        below = hinge + np.clip(0.97 - hinge, 0, None) * mouth.opening(u) * fade
        return hinge * (1 - still), below

    def _left_open(self, u: np.ndarray) -> np.ndarray:
        """What of the photo's own opening at u the jaw alone does not close: the lips' share."""
        mouth = self.mouth
        at = np.linspace(-1.0, 1.0, 81)
        above, below = mouth.upper(at), mouth.lower(at)
        dropped = self._jaws(at, below, _NECK)[1] * _leverage(self._depth(INNER_LOWER)(at))
        dropped -= self._jaws(at, above, _NECK)[0] * _leverage(self._depth(INNER_UPPER)(at))
        left = np.clip(below - above, 0, None) - mouth.jaw * dropped
        return np.where(np.abs(u) < 1, np.interp(u, at, left), 0.0)

    def _depth(self, ids: tuple[int, ...]) -> Curve:
        """z of the face along landmarks ``ids`` at u."""
        mouth = self.mouth
        points = self.face.points[list(ids)]
        line = np.stack([(points[:, :2] - mouth.centre) @ mouth.along, points[:, 2]], axis=1)
        return curve_along(line, np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]), mouth.half)

    def _jaw(self, u: np.ndarray, v: np.ndarray, neck: float = 0.40) -> np.ndarray:
        """Weight of the jaw common to both copies: 1 at the chin, about 0.4 at the corners of the mouth, 0 by ``neck``
        below."""
        mouth = self.mouth
        rise = smooth_step(-0.36, 0.30, v)
        side = np.exp(-0.30 * (u * mouth.half / self._jaw_half) ** 2)
        under = 1 - smooth_step(mouth.chin, mouth.chin + neck, v)
        aside = np.abs(u * mouth.half / self._jaw_half)
        far = 1 - smooth_step(1.0, 1.5, aside)
        if neck > 0.40:  # the neck is narrower than the jaw, and what stands beside it stays
            slim = 0.4 * smooth_step(mouth.chin - 0.15, mouth.chin + 0.15, v)
            far = 1 - smooth_step(1.0, 1.5, aside + slim)
        return rise * side * under * far

    def _above(self, v: np.ndarray, line: np.ndarray) -> np.ndarray:
        """1 at and under the upper lip's inner edge, 0.26 at the nose base, 0 above it."""
        top = self.mouth.nose
        t = (v - line) / np.maximum(line - top, 0.05)
        profile = PchipInterpolator([-2.2, -1.7, -1.0, -0.35, 0.0, 1.0], [0.0, 0.0, 0.26, 0.8, 1.0, 1.0])
        return profile(np.clip(t, -2.2, 1.0))

    def _below(self, v: np.ndarray, line: np.ndarray) -> np.ndarray:
        """1 at and above the lower lip's inner edge, 0.25 at the fold under it, 0 by 0.3 IOD."""
        fold = np.maximum(self.mouth.below - line, 0.08)
        t = (v - line) / fold
        profile = PchipInterpolator([-1.0, 0.0, 0.5, 1.0, 2.4, 3.0], [1.0, 1.0, 0.78, 0.25, 0.0, 0.0])
        return profile(np.clip(t, -1.0, 3.0))

    def _shape_lips(self, q: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> None:
        """Pucker thickens the lips outwards from the cut, press rolls them in."""
        mouth = self.mouth
        u, v = mouth.coordinates(q)
        taper = np.clip(1 - np.abs(u / 1.08) ** 3, 0, None)
        for field, line, edge, name, way in (
            (upper, mouth.upper(u), mouth.outer_upper(u), "press_upper", 1.0),
            (lower, mouth.lower(u), mouth.outer_lower(u), "press_lower", -1.0),
        ):
            thick = np.maximum(np.abs(edge - line), 0.02)
            t = np.clip((line - v) * way / thick, 0.0, None)
            bump = np.where(t < 1, t * (2 - t), np.clip(1 - (t - 1) / 1.6, 0, None) ** 2) * thick * taper
            field[self._at(name)] = self._down(way * bump)
            field[self._at("pucker")] = self._down(-way * bump)

    def _corners(self, q: np.ndarray, field: np.ndarray) -> None:
        mouth = self.mouth
        u, v = mouth.coordinates(q)
        reach = np.sign(u) * np.where(np.abs(u) < 1, np.abs(u), 1 - smooth_step(1.0, 2.9, np.abs(u)))
        high = np.exp(-np.square(np.where(v < 0, v / 0.30, v / 0.34)))
        field[self._at("wide")] = self._in_frame(mouth.along, mouth.across, reach * high, np.zeros_like(v))
        corner = np.exp(-np.square((np.abs(u) - 1.05) * mouth.half / 0.19) - np.square((v + 0.03) / 0.20))
        cheek = np.exp(-np.square((np.abs(u) * mouth.half - 0.40) / 0.22) - np.square((v + 0.30) / 0.20))
        sign = np.sign(u)
        field[self._at("smile")] = self._in_frame(
            mouth.along, mouth.across, sign * 0.75 * corner, -corner - 0.50 * cheek
        )
        field[self._at("frown")] = self._in_frame(mouth.along, mouth.across, sign * 0.15 * corner, 0.9 * corner)

    # -- eyes and brows ------------------------------------------------------------------------------------------------

    def _brows(self, q: np.ndarray, field: np.ndarray) -> None:
        for eye, ids in zip(self.eyes, BROWS, strict=True):
            brow = self.face.points[list(ids), :2]
            middle, inner = brow.mean(0), brow[np.argmin(np.abs(brow[:, 0]))]
            lid = float(np.min(eye.centre[1] + eye.upper(np.linspace(-1, 1, 9)))) - 0.005
            x, y = q[..., 0], q[..., 1]
            below = smooth_step(min(lid, eye.centre[1] - 0.05), middle[1] + 0.02, y)
            above = 0.15 + 0.85 * smooth_step(middle[1] - 0.42, middle[1] - 0.05, y)
            above = above * smooth_step(-1.0, -0.62, y)
            side = np.exp(-(np.square((x - middle[0]) / 0.30) ** 2))
            field[self._at("brows")] += self._down(-below * above * side)
            near = np.exp(-np.square((x - inner[0]) / 0.15) - np.square((y - inner[1]) / 0.13)) * np.maximum(below, 0.0)
            toward = self._in_frame(np.array([1.0, 0.0]), np.array([0.0, 1.0]), -np.sign(inner[0]) * near, 0.8 * near)
            field[self._at("brows_together")] += toward
            field[self._at("brows_inner")] += self._down(-near)

    def _eyes(self, q: np.ndarray, field: np.ndarray) -> None:
        for eye in self.eyes:
            e, v = eye.coordinates(q)
            gap = np.maximum(eye.aperture(e), 1e-3)
            lower = eye.lower(np.clip(e, -1, 1))
            lid = np.where(v < lower, np.clip((v - eye.upper(e)) / gap, 0, 1), np.exp(-np.square((v - lower) / 0.13)))
            side = np.clip(1 - np.abs(e / 1.25) ** 2, 0, None)
            field[self._at("squint")] += self._in_frame(eye.along, eye.across, np.zeros_like(v), -lid * side)
            below = v - lower
            cheek = np.exp(-np.square((below - 0.20) / np.where(below < 0.20, 0.14, 0.22)))
            wide = np.exp(-(np.square((e - 0.15 * eye.sign) / 1.25) ** 2))
            raised = np.where(below > 0, np.maximum(cheek, 0.40 * np.exp(-below / 0.05)), 0.40 * lid) * wide
            field[self._at("cheek")] += self._in_frame(eye.along, eye.across, np.zeros_like(v), -raised)

    # -- frames --------------------------------------------------------------------------------------------------------

    @staticmethod
    def _at(name: str) -> int:
        return COEFFICIENTS.index(name)

    def _down(self, amount: np.ndarray) -> np.ndarray:
        return self._in_frame(self.mouth.along, self.mouth.across, np.zeros_like(amount), amount)

    @staticmethod
    def _in_frame(along: np.ndarray, across: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        flat = x[..., None] * along + y[..., None] * across
        return np.concatenate([flat, np.zeros((*x.shape, 1))], axis=-1)
