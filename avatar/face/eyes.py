"""What shows when an eye moves, made once from a photo: the whole eyeball, the skin of a shut lid, the lashes alone.

An open eye hides most of its lid. The lid's skin is made from the skin around the eye, which carries its tone and
light, from the grain of a cheek, and from how a shut lid of a real shape takes the light. Lashes are kept as ink:
how much darker they are than the skin behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from avatar.face.canonical import Canonical, smooth_step
from avatar.face.ratios import lid_light
from avatar.face.rig import Eye

__all__ = ["EyePictures", "eye_pictures", "shut_height", "skin_grain", "skin_tone"]

_SHADE = 0.10  # say of what is darker than the fit against what is lighter: brows, lashes and creases are no skin
_DIMMEST, _LIFTED = 0.80, 1.25  # brightness of a lid against the skin under its eye; how far it is raised to that
_LASHES = 0.055  # how far lashes reach from the edge of a lid, IOD
_LIGHT = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class EyePictures:
    """Pictures [h, w, c] over one grid of picture points.

    ``ball``: 3 colours of the eyeball, also where lids cover it. ``lid``: 3 colours of the shut lid's skin.
    ``lashes``: 1, what is left of the light behind the upper lashes, where they are in the photo. ``line``: 3 colours
    of the line of lashes between shut lids.
    """

    ball: np.ndarray
    lid: np.ndarray
    lashes: np.ndarray
    line: np.ndarray


@dataclass(frozen=True)
class _Place:
    """A grid of points about one eye: e along it, v across it and the curves of its lids there, all [h, w]."""

    eye: Eye
    e: np.ndarray
    v: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    brow: np.ndarray

    @classmethod
    def of(cls, eye: Eye, q: np.ndarray) -> _Place:
        e, v = eye.coordinates(q)
        at = np.clip(e, -1.0, 1.0)
        return cls(eye, e, v, eye.upper(at), eye.lower(at), eye.brow(e))


def eye_pictures(
    face: Canonical, eye: Eye, q: np.ndarray, colour: np.ndarray, grain: np.ndarray, light: np.ndarray
) -> EyePictures:
    """Pictures of ``eye`` at canonical points ``q`` [h, w, 3], where the photo shows ``colour`` [h, w, 3] in 0..1.

    ``grain`` [h, w]: detail of skin as factors about 1. ``light``: see avatar.face.ratios.light_of.
    """
    place = _Place.of(eye, q)
    pixel = float(np.median(np.abs(np.diff(place.v, axis=0)))) or 1e-3
    tone = skin_tone(eye, q, colour)
    shade = lid_light(place.e * eye.sign, shut_height(eye, q), light)
    lid = _made_up(place, colour, tone) * (shade * grain)[..., None]
    lashes = _lash_ink(place, colour, tone)
    return EyePictures(
        _eyeball(face, place, colour, pixel), np.clip(lid, 0, 1), lashes[..., None], _line(place, colour, tone)
    )


# -- the lid -----------------------------------------------------------------------------------------------------------


def skin_tone(eye: Eye, q: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Smooth colour [h, w, 3] of skin over ``eye`` at points ``q``, from the skin around it: a quadratic in the
    logarithm of ``colour`` [h, w, 3], fitted again and again without what is darker than it."""
    place = _Place.of(eye, q)
    below = place.v - place.lower
    band = (place.v > place.brow + 0.025) & (place.v < place.upper - 0.03)
    under = (below > 0.045) & (below < 0.13)
    beside = (np.abs(place.e) > 1.15) & (np.abs(place.v - (place.upper + place.lower) / 2) < 0.08)
    reach = np.abs(place.e) < 1.4
    known = (band | under | beside) & reach
    logs = np.log(np.clip(colour, 0.01, 1.0))
    terms = _quadratic(place.e, (place.v - float(place.eye.upper(np.array(0.0)))) / 0.15)
    weight = np.where(band, 3.0, np.where(beside, 0.6, 1.0)) * known
    fitted = _robust(terms[known], logs[known], weight[known])
    tone = np.exp(np.clip(terms @ fitted, np.log(0.02), 0.0))
    tone = np.minimum(tone, np.percentile(colour[known], 99, axis=0))
    beneath = under & (np.abs(place.e) < 1.0)
    return _as_beneath(tone, place.e, colour[beneath], place.e[beneath]) if beneath.sum() >= 12 else tone


def _as_beneath(tone: np.ndarray, e: np.ndarray, beneath: np.ndarray, at: np.ndarray) -> np.ndarray:
    """``tone`` [h, w, 3] at places ``e`` along the eye, more than half in the hue of the skin ``beneath`` the eye
    [n, 3] at places ``at``, and not much darker than it: a low brow and its shadow are no reason for a grey lid."""
    light = np.maximum(beneath @ _LIGHT, 0.01)
    bright = light >= np.percentile(light, 50)
    slope, level = np.polyfit(at[bright], np.log(light[bright]), 1)
    under = np.exp(np.clip(slope, -1.0, 1.0) * np.clip(e, -1.2, 1.2) + level)[..., None]
    clear = np.median(beneath[bright], axis=0)
    own = np.maximum(tone @ _LIGHT, 1e-3)[..., None]
    hue = 0.4 * tone / own + 0.6 * clear / max(float(clear @ _LIGHT), 1e-3)
    return hue * np.clip(_DIMMEST * under, own, _LIFTED * own)


def _quadratic(e: np.ndarray, v: np.ndarray) -> np.ndarray:
    return np.stack([np.ones_like(e), e, v, e * e, e * v, v * v], axis=-1)


def _robust(terms: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients [6, 3] of the fit; what is darker loses its say round by round."""
    keep = np.ones(len(values))
    ridge = 1e-3 * weight.sum() * np.diag([0.0, 1, 1, 4, 4, 4])
    for _ in range(12):
        w = (weight * keep)[:, None]
        fitted = np.linalg.solve(terms.T @ (terms * w) + ridge, terms.T @ (values * w))
        error = (values - terms @ fitted).mean(axis=1)
        spread = max(float(np.median(np.abs(error))), 0.01)
        keep = np.where(error < 0, _SHADE / (1 + np.square(error / spread)), 1 / (1 + np.square(error / (5 * spread))))
    return fitted


def _made_up(place: _Place, colour: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """``tone`` as far tinted and darkened over the lid as what shows of the lid above its lashes."""
    shown = (np.abs(place.e) < 0.7) & (place.v < place.upper - 0.028) & (place.v > place.upper - 0.055)
    if shown.sum() < 12:
        return tone
    light = colour[shown] @ _LIGHT
    clear = light >= np.percentile(light, 55)
    ratio = np.median(np.clip(colour[shown][clear], 0.01, 1) / tone[shown][clear], axis=0)
    dimmed = float(ratio @ _LIGHT)
    tint = np.clip(ratio / dimmed, 0.94, 1.06)
    ratio = tint * float(np.clip(dimmed, 0.90, 1.03)) ** 0.8
    over = smooth_step(-0.09, -0.03, place.v - place.upper) * (1 - smooth_step(1.0, 1.25, np.abs(place.e)))
    return tone * (1 - over[..., None] * (1 - ratio))


def shut_height(eye: Eye, q: np.ndarray) -> np.ndarray:
    """Where on the shut lid of ``eye`` points ``q`` lie: 0 at its crease, 1 at its lashes."""
    place = _Place.of(eye, q)
    crease = place.upper - 0.075
    return (place.v - crease) / np.maximum(place.lower - crease, 0.05)


# -- the lashes --------------------------------------------------------------------------------------------------------


def _lash_ink(place: _Place, colour: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """What is left [h, w] of the light where the upper lashes are, 1 where there are none."""
    above = place.upper - place.v
    dark = (colour @ _LIGHT) / np.maximum(tone @ _LIGHT, 0.02)
    local = np.maximum(gaussian_filter(dark, 0.5 * _rows(place, 0.05)), 0.2)
    hair = np.minimum(dark / local, 1.0)
    near = np.exp(-np.square(np.clip(above, 0, None) / (0.6 * _LASHES))) * smooth_step(-0.012, 0.002, above)
    side = 1 - smooth_step(1.0, 1.3, np.abs(place.e))
    return 1 - np.clip(1.5 * (1 - hair), 0, 0.75) * near * side


def _line(place: _Place, colour: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """Colour [h, w, 3] of the line of lashes, the same all the way up: as dark as the photo's own lashes are."""
    own = (np.abs(place.v - place.upper) < 0.016) & (np.abs(place.e) < 0.9)
    share = float(np.percentile((colour[own] @ _LIGHT) / (tone[own] @ _LIGHT), 25)) if own.any() else 0.4
    warm = np.array([1.12, 0.94, 0.90]) * float(np.clip(share, 0.28, 0.60))
    return tone * warm


def _rows(place: _Place, length: float) -> float:
    """``length`` in IOD as rows of the grid."""
    return length / max(float(np.median(np.abs(np.diff(place.v, axis=0)))), 1e-4)


# -- the eyeball -------------------------------------------------------------------------------------------------------


def _eyeball(face: Canonical, place: _Place, colour: np.ndarray, pixel: float) -> np.ndarray:
    """The eyeball [h, w, 3] as if no lid covered it: the iris by its rings, the white from the nearest of it."""
    seen = (place.v > place.upper + 0.016) & (place.v < place.lower - 0.008) & (np.abs(place.e) < 0.95)
    if seen.sum() < 20:
        return colour
    centre, radius = _iris(face, place.eye)
    away = np.hypot((place.e - centre[0]) * place.eye.half, place.v - centre[1])
    white = seen & (away > 1.08 * radius)
    filled = _nearest(colour, white if white.sum() > 12 else seen, 0.012 / pixel)
    rings = _rings(colour, seen & (away < 1.25 * radius), away / radius)
    inside = smooth_step(1.10, 0.98, away / radius)[..., None]
    whole = filled * (1 - inside) + rings * inside
    keep = np.clip(distance_transform_edt(seen) * pixel / 0.010, 0, 1)[..., None]
    return whole * (1 - keep) + colour * keep


def _iris(face: Canonical, eye: Eye) -> tuple[tuple[float, float], float]:
    """Centre (e, v) and radius in IOD of the iris, by its five points."""
    first = 468 if eye.sign < 0 else 473
    e, v = eye.coordinates(face.points[first : first + 5])
    radius = float(np.hypot((e[1:] - e[0]) * eye.half, v[1:] - v[0]).mean())
    return (float(e[0]), float(v[0])), float(np.clip(radius, 0.045, 0.09))


def _nearest(colour: np.ndarray, known: np.ndarray, soft: float) -> np.ndarray:
    rows, columns = distance_transform_edt(~known, return_distances=False, return_indices=True)
    spread = colour[rows, columns]
    blurred = cv2.GaussianBlur(spread.astype(np.float32), (0, 0), max(soft, 0.5))
    return np.where(known[..., None], spread, blurred)


def _rings(colour: np.ndarray, known: np.ndarray, away: np.ndarray) -> np.ndarray:
    """Median colour of ``known`` at each distance ``away`` from the iris's centre."""
    edges = np.linspace(0, 1.25, 12)
    middle, values = [], []
    for low, high in zip(edges[:-1], edges[1:], strict=True):
        ring = known & (away >= low) & (away < high)
        if ring.sum() >= 3:
            middle.append((low + high) / 2)
            values.append(np.median(colour[ring], axis=0))
    if not middle:
        return colour
    table = np.array(values)
    return np.stack([np.interp(away, middle, table[:, i]) for i in range(3)], axis=-1)


def skin_grain(face: Canonical, picture: np.ndarray, origin: tuple[float, float], xy: np.ndarray) -> np.ndarray:
    """Detail of the photo's skin as factors [h, w] about 1 for the points ``xy`` [h, w, 2]: a cheek's, whichever has
    less of an edge in it."""
    centre = xy.reshape(-1, 2).mean(0)
    found = []
    for index in (50, 280):
        at = xy - centre + face.landmarks[index, :2] - np.asarray(origin)
        light = map_coordinates(picture[..., :3] @ _LIGHT, [at[..., 1], at[..., 0]], order=1, mode="reflect")
        soft = gaussian_filter(light, 0.03 * face.iod * 2)
        found.append(np.clip(light / np.maximum(soft, 0.02), 0.94, 1.06))
    return min(found, key=lambda grain: float(grain.std()))
