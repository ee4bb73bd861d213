"""What shows between the lips: the photo's own teeth where it has them, else a drawn mouth in the photo's own light.

Everything is painted once per portrait, in the picture space of the head at rest; a frame only shifts the layers: the
cavity and the upper teeth stay with the skull, the lower teeth and the tongue ride on the jaw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from avatar.face.mouth import Mouth

__all__ = ["Interior", "paint_interior"]

# Widths of the upper teeth from the middle outwards, and of the lower ones, in IOD.
_UPPER_TEETH = (0.086, 0.066, 0.070, 0.062, 0.055, 0.05)
_LOWER_TEETH = (0.052, 0.056, 0.062, 0.060, 0.058, 0.05)
_UPPER_EDGE = 0.052  # how far the upper teeth reach below the lip line


@dataclass(frozen=True)
class Interior:
    """Layers over one box of the picture, float32: ``cavity`` [3, h, w]; ``tongue``, ``lower``, ``upper`` [4, h, w]
    with premultiplied colour. ``own_teeth``: the upper layer is the photo's own."""

    cavity: np.ndarray
    tongue: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    own_teeth: bool


def paint_interior(mouth: Mouth, u: np.ndarray, v: np.ndarray, picture: np.ndarray, skin: np.ndarray, iod: float,
                   blur: float) -> Interior:  # fmt: skip
    """Paint the inside of ``mouth``.

    ``u``, ``v``: [h, w] mouth coordinates of the box's points. ``picture``: float [h, w, 3] the photo there in 0..1.
    ``skin``: [3] the skin's colour. ``iod``: pixels of the box per IOD. ``blur``: sigma in pixels that gives drawn
    parts the sharpness of the photo.
    """
    lips = _lip_colour(mouth, u, v, picture, skin)
    teeth = _teeth_colour(skin)
    x = u * mouth.half
    middle = (mouth.upper(u) + mouth.lower(u)) / 2
    curve = 0.6 * (middle - float(middle_at(mouth)))
    shade = 1 - 0.55 * np.clip(np.abs(u), 0, 1.2) ** 2.2
    cavity = np.broadcast_to((0.16 * lips * _warmth(lips) + 0.012)[:, None, None], (3, *u.shape)) * (0.6 + 0.4 * shade)
    upper = _row(x, v - curve - float(mouth.upper(np.zeros(()))), _UPPER_TEETH, _UPPER_EDGE, iod, teeth, shade, up=True)
    lower = _row(
        x, v - curve - float(mouth.lower(np.zeros(()))) - 0.028, _LOWER_TEETH, 0.0, iod, 0.72 * teeth, shade, up=False
    )
    tongue = _tongue(x, v - float(mouth.lower(np.zeros(()))), mouth, iod, lips)
    upper, lower, tongue = (np.stack([gaussian_filter(c, blur) for c in layer]) for layer in (upper, lower, tongue))
    own = _own_teeth(mouth, u, v, picture, iod)
    if own is not None:
        picture_layer, toothy = own
        upper = picture_layer if toothy else picture_layer + upper * (1 - picture_layer[3:])
    as32 = lambda a: np.ascontiguousarray(a, np.float32)  # noqa: E731
    return Interior(as32(cavity), as32(tongue), as32(lower), as32(upper), bool(own is not None and own[1]))


def _warmth(lips: np.ndarray) -> np.ndarray:
    """Factors [3] that make the dark of a mouth reddish; none for a picture without colour."""
    colour = min(1.0, 4 * float(np.ptp(lips)))
    return 1 + colour * np.array([0.30, -0.25, -0.25])


def middle_at(mouth: Mouth) -> float:
    """v of the lip line at the middle of the mouth."""
    return float((mouth.upper(np.zeros(())) + mouth.lower(np.zeros(()))) / 2)


def _lip_colour(mouth: Mouth, u: np.ndarray, v: np.ndarray, picture: np.ndarray, skin: np.ndarray) -> np.ndarray:
    inside = (np.abs(u) < 0.7) & (v > mouth.lower(u) + 0.02) & (v < mouth.outer_lower(u) - 0.02)
    if inside.sum() < 12:
        return skin * np.array([0.80, 0.55, 0.55])
    return np.median(picture[inside], axis=0)


def _teeth_colour(skin: np.ndarray) -> np.ndarray:
    """A warm white in the light of the photo: the skin's chroma at a quarter, its brightness a little raised."""
    light = float(skin @ [0.2126, 0.7152, 0.0722])
    level = np.clip(0.30 + 0.72 * light, 0.30, 0.86)
    tint = 1 + 0.26 * (skin / max(light, 1e-3) - 1)
    return np.clip(level * tint, 0.0, 0.95)


def _row(x: np.ndarray, y: np.ndarray, widths: tuple[float, ...], edge: float, iod: float, colour: np.ndarray,
         shade: np.ndarray, up: bool) -> np.ndarray:  # fmt: skip
    """A row of teeth [4, h, w]: ``up`` hangs from above y = 0 down to ``edge``; otherwise it stands from ``edge``
    down."""
    bounds = np.concatenate([[0.0], np.cumsum(widths)])
    ax = np.abs(x)
    index = np.clip(np.searchsorted(bounds, ax, side="right") - 1, 0, len(widths) - 1)
    width = np.asarray(widths)[index]
    local = (ax - bounds[index]) / width * 2 - 1
    shorter = np.array([0.0, 0.008, 0.004, 0.010, 0.014, 0.018])[index]
    corner = 0.010 * np.abs(local) ** 4
    end = edge - shorter - corner if up else edge + shorter + corner
    aa = 1.0 / iod
    inside = np.clip((end - y) / aa + 0.5, 0, 1) if up else np.clip((y - end) / aa + 0.5, 0, 1)
    length = 0.16 if up else 0.10
    root = np.clip((y + length) / 0.02, 0, 1) if up else np.clip((length - y) / 0.03, 0, 1)
    alpha = inside * root * np.clip((bounds[-1] - ax) / 0.02, 0, 1)
    seam = 1 - 0.30 * np.exp(-np.square((1 - np.abs(local)) * width / 2 / 0.0045))
    round_off = 1 - 0.10 * local**2
    depth = np.clip(1 - 0.16 * (np.abs(y - edge) / 0.06), 0.6, 1)
    tone = seam * round_off * depth * shade
    return np.concatenate([colour[:, None, None] * (tone * alpha)[None], alpha[None]])


def _tongue(x: np.ndarray, y: np.ndarray, mouth: Mouth, iod: float, lips: np.ndarray) -> np.ndarray:
    """A rounded back of the tongue that stands behind the lower teeth; y is measured from the lower lip's edge."""
    half = min(0.78 * mouth.half, 0.20)
    top = 0.045 - 0.055 * np.clip(1 - (x / half) ** 2, 0, None) ** 0.5
    alpha = np.clip((y - top) / (1.5 / iod) + 0.5, 0, 1) * np.clip((half - np.abs(x)) / 0.02 + 0.5, 0, 1)
    grey = float(lips.mean())
    colour = np.clip(0.62 * lips + 0.10 * grey + np.array([0.03, 0.0, 0.005]) * min(1.0, 4 * np.ptp(lips)), 0, 1)
    light = (0.62 + 0.38 * np.exp(-np.square((y - top - 0.02) / 0.05))) * (1 - 0.22 * np.exp(-np.square(x / 0.012)))
    light = light * (1 - 0.45 * (np.abs(x) / half).clip(0, 1) ** 2)
    return np.concatenate([colour[:, None, None] * (light * alpha)[None], alpha[None]])


def _own_teeth(
    mouth: Mouth, u: np.ndarray, v: np.ndarray, picture: np.ndarray, iod: float
) -> tuple[np.ndarray, bool] | None:
    """The photo's own mouth interior as a layer, and whether more than a third of it is teeth; None for a closed
    mouth."""
    if mouth.gap <= 0:
        return None
    aa = 1.5 / iod
    inside = np.minimum(v - mouth.upper(u) + 0.012, mouth.lower(u) + 0.004 - v)
    inside = np.minimum(inside, (1.0 - np.abs(u)) * mouth.half + 0.004)
    alpha = np.clip(inside / aa + 0.5, 0, 1)
    core = (inside > 0.015) & (np.abs(u) < 0.8)
    pixels = picture[core] if core.any() else picture[alpha > 0.5]
    if not len(pixels):
        return None
    high, low = pixels.max(axis=-1), pixels.min(axis=-1)
    teeth = (high > 0.45) & ((high - low) / np.maximum(high, 1e-3) < 0.42)
    return np.concatenate([np.moveaxis(picture, -1, 0) * alpha, alpha[None]]), bool(teeth.mean() > 0.33)
