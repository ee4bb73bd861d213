"""Which way the surface of the person faces, coarsely over the frame: what light from a place needs to fall on it."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.core.types import FacePlan, Portrait, Size
from avatar.face.canonical import FACE_OVAL, Canonical
from avatar.face.framing import Framing, frame_person

__all__ = ["relief"]

_NODES = 72  # of the longer side
_ROUND = 0.55  # how far from the outline hair and shoulders curve away, in IOD
_FLAT = 0.75  # of the slope of the face's own surface that is believed: landmarks make noses steep


def relief(plan: FacePlan, portrait: Portrait) -> np.ndarray:
    """Unit normals float32 [3, rows, columns] over the frame of ``plan``: x right, y up, z towards the camera.

    The face has the slope of its landmarks; hair, neck and shoulders are rounded off towards the outline.
    """
    framing = _framing(plan, portrait)
    shape, step = _grid(plan.size)
    inverse = np.array([[step, 0, -framing.dx], [0, step, -framing.dy]], np.float64) / framing.scale
    alpha = cv2.warpAffine(portrait.alpha, inverse, shape[::-1], flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP)
    face = Canonical.of(framing.apply(portrait.landmarks) / step)
    slope = _rounded(alpha, face.iod)
    own, inside = _face_slope(face, alpha.shape)
    slope += inside * (_FLAT * own - slope)
    normals = np.stack([slope[0], -slope[1], np.ones_like(alpha)])
    return np.asarray(normals / np.linalg.norm(normals, axis=0), np.float32)


def _framing(plan: FacePlan, portrait: Portrait) -> Framing:
    place = plan.constants.get("place")
    if place is None or np.size(place) < 3:
        return frame_person(portrait, plan.size, plan.keep_background, in_place=plan.in_place)
    scale, dx, dy = (float(number) for number in np.ravel(place)[:3])
    return Framing(scale, dx, dy)


def _grid(size: Size) -> tuple[tuple[int, int], float]:
    """Rows and columns of the coarse frame, and pixels between them."""
    step = max(size.width, size.height) / _NODES
    return (max(2, round(size.height / step)), max(2, round(size.width / step))), step


def _rounded(alpha: np.ndarray, iod: float) -> np.ndarray:
    """Slope [2, rows, columns], across and down, of a body that curves away towards its outline."""
    padded = cv2.copyMakeBorder((alpha > 0.5).astype(np.uint8), 8, 8, 8, 8, cv2.BORDER_REPLICATE)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[8:-8, 8:-8]
    reach = max(_ROUND * iod, 1.5)
    near = np.clip(distance / reach, 0.0, 1.0)
    height = reach * np.sqrt(1.0 - (1.0 - near) ** 2)
    height = cv2.GaussianBlur(height.astype(np.float32), (0, 0), max(0.12 * iod, 0.8))
    return -np.stack([np.gradient(height, axis=1), np.gradient(height, axis=0)])


def _face_slope(face: Canonical, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Slope [2, rows, columns] of the face, and where it counts, 0..1 [rows, columns]."""
    xy = np.stack(np.meshgrid(np.arange(shape[1]), np.arange(shape[0])), axis=-1).astype(np.float64)
    depth = cv2.GaussianBlur(face.depth(xy), (0, 0), max(0.06 * face.iod, 0.6))
    slope = np.stack([np.gradient(depth, axis=1), np.gradient(depth, axis=0)])
    oval = np.zeros(shape, np.float32)
    cv2.fillPoly(oval, [np.round(face.landmarks[list(FACE_OVAL), :2]).astype(np.int32)], 1.0)
    return slope, cv2.GaussianBlur(oval, (0, 0), max(0.14 * face.iod, 0.8))
