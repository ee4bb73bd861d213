"""The light of a photo, read from the face's own skin: how much comes from where.

The brightness of skin goes with the angle between its surface and each light (Lambert). The surface is known from the
landmarks; the weights of a few lights are found by non-negative least squares.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import map_coordinates
from scipy.optimize import nnls

from avatar.face.canonical import BROWS, EYES, FACE_OVAL, OUTER_LOWER, OUTER_UPPER, Canonical
from avatar.face.plates import Lamp

__all__ = ["light_of"]

_USUAL = {"dome": 0.45, "front": 0.40, "top": 0.15}
_TRUST = 0.75  # of what is measured; the rest is the usual light
_NODES = 44


def light_of(face: Canonical, picture: np.ndarray, origin: tuple[float, float], lamps: tuple[Lamp, ...]) -> np.ndarray:
    """Weights [n] of ``lamps`` that light ``face`` in ``picture`` (float [h, w, 3] in 0..1, its first pixel at
    ``origin``); what they give a surface that faces the viewer sums to about 1."""
    low, high = face.landmarks[list(FACE_OVAL), :2].min(0), face.landmarks[list(FACE_OVAL), :2].max(0)
    xs, ys = np.linspace(low[0], high[0], _NODES), np.linspace(low[1], high[1], _NODES)
    xy = np.stack(np.meshgrid(xs, ys), axis=-1)
    normals = _normals(face.of_picture(xy, face.depth(xy)))
    skin = _skin_mask(face, low, high)
    at = [xy[..., 1] - origin[1], xy[..., 0] - origin[0]]
    seen = np.stack([map_coordinates(picture[..., c], at, order=1, mode="nearest") for c in range(3)], axis=-1)
    bright = np.clip(seen, 0, 1) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722])
    falls = np.stack([_falls(lamp, normals) for lamp in lamps], axis=-1)
    usual = np.array([_USUAL.get(lamp.name, 0.0) for lamp in lamps])
    found = _fitted(falls[skin], bright[skin])
    share = usual if found is None else _TRUST * found + (1 - _TRUST) * usual
    weights: np.ndarray = share / np.array([lamp.irradiance for lamp in lamps])
    return weights


def _normals(q: np.ndarray) -> np.ndarray:
    """Unit normals [h, w, 3] out of the face of a grid of canonical points."""
    across = np.cross(np.gradient(q, axis=1), np.gradient(q, axis=0))
    out = -across * np.sign(across[..., 2:] + 1e-9)  # z runs into the head
    return out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9)


def _skin_mask(face: Canonical, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Nodes [n, n] that show skin: within the face, off eyes, brows, nostrils and mouth."""
    scale = (_NODES - 1) / (high - low)
    mask = np.zeros((_NODES, _NODES), np.uint8)

    def polygon(ids: tuple[int, ...], grow: float, value: int) -> None:
        points = face.landmarks[list(ids), :2]
        centre = points.mean(0)
        nodes = (centre + (points - centre) * grow - low) * scale
        cv2.fillPoly(mask, [cv2.convexHull(np.round(nodes).astype(np.int32))], value)

    polygon(FACE_OVAL, 0.88, 1)
    for (upper, lower, _), brow in zip(EYES, BROWS, strict=True):
        polygon((*upper, *lower, *brow), 1.25, 0)
    polygon((*OUTER_UPPER, *OUTER_LOWER), 1.25, 0)
    polygon((98, 327, 2), 1.2, 0)
    return mask > 0


def _falls(lamp: Lamp, normals: np.ndarray) -> np.ndarray:
    """What ``lamp`` gives at each normal, 1 where it faces it."""
    if lamp.direction is None:
        return np.ones(normals.shape[:-1])
    return np.clip(normals @ lamp.direction, 0, None)


def _fitted(falls: np.ndarray, bright: np.ndarray) -> np.ndarray | None:
    """Shares of the lamps, None where the skin says nothing; the darkest and brightest tenth is left out."""
    if len(bright) < 40:
        return None
    low, high = np.percentile(bright, [8, 94])
    kept = (bright >= low) & (bright <= high)
    weights, _ = nnls(falls[kept], bright[kept])
    total = float(weights.sum())
    return weights / total if total > 1e-6 else None
