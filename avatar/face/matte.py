"""Cut the person out of the photo, once: segmentation, trimap, closed-form matting, foreground colours.

The segmentation (MediaPipe selfie) is read from several crops around the face and fused, kept to what hangs together with
the face, and turned into a trimap of sure person, sure background and a band between. In the band pymatting solves for
alpha (Levin, Lischinski and Weiss, "A closed-form solution to natural image matting", 2008) and for the person's own colour
(Germer et al., "Fast multi-level foreground estimation", 2020), so that no rim of the old background comes along.
"""

from __future__ import annotations

import functools
import threading
from typing import Any

import cv2
import numpy as np

from avatar.face.photo import quiet

__all__ = ["matte"]

_WORK = 704  # long side in pixels at which the matte is solved
_lock = threading.Lock()


def matte(pixels: np.ndarray, landmarks: np.ndarray, alpha_hint: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Alpha float32 [h, w] in 0..1 and foreground uint8 [h, w, 3] of the person with ``landmarks`` [478, 3] in ``pixels``.

    ``alpha_hint`` float32 [h, w]: the photo's own transparency, which is believed where it leaves something out.
    """
    if alpha_hint is not None and 0.02 < float((alpha_hint < 0.5).mean()):
        return alpha_hint.astype(np.float32), pixels
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    points = landmarks[:, :2] * scale
    iod = float(np.linalg.norm(landmarks[33] - landmarks[263])) * scale

    person = _person(_fused(small, points), points, iod)
    alpha = _solved(small, _trimap(person, points, iod))
    alpha = _hanging(alpha, points)
    if scale < 1:
        alpha = _enlarged(alpha, small, pixels)
    return alpha, _foreground(pixels, alpha)


# -- segmentation ------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _segmenter() -> Any:
    import mediapipe

    return mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)


def _fused(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Probability of a person, float32 [h, w]: the whole picture, the upper body and the head, averaged where they overlap;
    a nearer crop counts for more."""
    height, width = pixels.shape[:2]
    low, high = points.min(0), points.max(0)
    face, centre = float((high - low).max()), (low + high) / 2
    crops = [(0, 0, width, height, 1.0)]
    for reach, drop, weight in ((6.0, 1.7, 1.5), (3.4, 0.45, 2.0)):
        half = reach * face / 2
        x0, y0 = max(0, int(centre[0] - half)), max(0, int(centre[1] + drop * face - half))
        x1, y1 = min(width, int(centre[0] + half)), min(height, int(centre[1] + drop * face + half))
        if (x1 - x0) * (y1 - y0) < 0.8 * width * height and min(x1 - x0, y1 - y0) > 24:
            crops.append((x0, y0, x1, y1, weight))
    total = np.zeros((height, width), np.float32)
    mask = np.zeros((height, width), np.float32)
    for x0, y0, x1, y1, weight in crops:
        with _lock, quiet():
            part = _segmenter().process(np.ascontiguousarray(pixels[y0:y1, x0:x1])).segmentation_mask
        window = _window(y1 - y0, x1 - x0, (y0 > 0, y1 < height, x0 > 0, x1 < width)) * weight
        mask[y0:y1, x0:x1] += window * part
        total[y0:y1, x0:x1] += window
    return mask / np.maximum(total, 1e-6)


def _window(height: int, width: int, soft: tuple[bool, bool, bool, bool]) -> np.ndarray:
    """Weights of a crop: 1 inside, falling to nearly 0 at the sides (top, bottom, left, right) that lie inside the picture."""
    ramp = lambda n: np.clip(np.arange(n, dtype=np.float32) / (0.18 * n), 0.002, 1.0)  # noqa: E731
    rows, columns = np.ones(height, np.float32), np.ones(width, np.float32)
    if soft[0]:
        rows *= ramp(height)
    if soft[1]:
        rows *= ramp(height)[::-1]
    if soft[2]:
        columns *= ramp(width)
    if soft[3]:
        columns *= ramp(width)[::-1]
    return rows[:, None] * columns[None, :]


def _person(mask: np.ndarray, points: np.ndarray, iod: float) -> np.ndarray:
    """The fused mask, its holes inside the face filled, without what does not hang on the face."""
    mask = mask.copy()
    hull = cv2.convexHull(points.astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1.0)
    likely = (mask > 0.35).astype(np.uint8)
    opened = cv2.morphologyEx(likely, cv2.MORPH_OPEN, _disc(0.10 * iod))
    cv2.fillConvexPoly(opened, hull, 1)
    count, labels = cv2.connectedComponents(opened)
    if count > 1:
        nose = np.clip(points[1].round().astype(int), 0, [mask.shape[1] - 1, mask.shape[0] - 1])
        kept = (labels == labels[nose[1], nose[0]]).astype(np.uint8)
        near = cv2.dilate(kept, _disc(0.22 * iod))
        mask = mask * near
    return mask


def _disc(radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    kernel: np.ndarray = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return kernel


# -- matting -----------------------------------------------------------------------------------------------------------


def _trimap(mask: np.ndarray, points: np.ndarray, iod: float) -> np.ndarray:
    """0 sure background, 1 sure person, 0.5 between: a wide band around the hair, a narrow one below the eyes."""
    unit = np.clip(iod, 30.0, 200.0)
    inside = (mask > 0.88).astype(np.uint8)
    outside = (mask < 0.15).astype(np.uint8)
    hair = np.arange(mask.shape[0])[:, None] < float(points[[33, 263], 1].mean()) + 0.1 * unit
    shrunk = lambda part, wide, narrow: np.where(hair, cv2.erode(part, _disc(wide)), cv2.erode(part, _disc(narrow)))  # noqa: E731
    sure = shrunk(inside, 0.11 * unit, 0.06 * unit)
    clear = shrunk(outside, 0.18 * unit, 0.06 * unit)
    trimap = np.full(mask.shape, 0.5)
    trimap[clear > 0] = 0.0
    trimap[sure > 0] = 1.0
    cv2.fillConvexPoly(trimap, cv2.convexHull(points.astype(np.int32)), 1.0)
    return trimap


def _solved(pixels: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Closed-form alpha float32 [h, w]; where a photo leaves nothing to solve the trimap is the answer."""
    if not (trimap == 0.5).any() or not (trimap == 0).any():
        return np.ones(trimap.shape, np.float32) if not (trimap == 0).any() else trimap.astype(np.float32)
    from pymatting import estimate_alpha_cf

    alpha = estimate_alpha_cf(pixels.astype(np.float64) / 255, trimap, laplacian_kwargs={"epsilon": 1e-6})
    # Stretch away the veil that the solver leaves far from the hair.
    return np.clip((alpha - 0.04) / 0.92, 0.0, 1.0).astype(np.float32)


def _hanging(alpha: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Without specks that do not hang on the person."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.12).astype(np.uint8), connectivity=8)
    if count <= 2:
        return alpha
    nose = np.clip(points[1].round().astype(int), 0, [alpha.shape[1] - 1, alpha.shape[0] - 1])
    kept = labels == labels[nose[1], nose[0]]
    soft = cv2.GaussianBlur(cv2.dilate(kept.astype(np.float32), _disc(2)), (0, 0), 1.0)
    return (alpha * np.clip(soft * 1.5, 0, 1)).astype(np.float32)


def _enlarged(alpha: np.ndarray, small: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Alpha at full resolution by a guided filter's linear model (He, Sun and Tang, 2010), the photo as the guide."""
    guide = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    box = lambda a: cv2.blur(a, (9, 9))  # noqa: E731
    mean_guide, mean_alpha = box(guide), box(alpha)
    slope = (box(guide * alpha) - mean_guide * mean_alpha) / (box(guide * guide) - mean_guide**2 + 4e-4)
    offset = mean_alpha - slope * mean_guide
    size = (pixels.shape[1], pixels.shape[0])
    large = lambda a: cv2.resize(a, size, interpolation=cv2.INTER_LINEAR)  # noqa: E731
    full = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    fitted = large(box(slope)) * full + large(box(offset))
    plain = large(alpha)
    band = cv2.GaussianBlur(np.clip(4 * plain * (1 - plain), 0, 1), (0, 0), 2.0)
    mixed = np.where(band > 0.02, 0.5 * plain + 0.5 * np.clip(fitted, 0, 1), plain)
    result: np.ndarray = np.clip(mixed, 0.0, 1.0).astype(np.float32)
    return result


def _foreground(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The person's own colours uint8 [h, w, 3]; computed at 1600 px at most, which fine colour does not outlive."""
    from pymatting import estimate_foreground_ml

    height, width = pixels.shape[:2]
    scale = min(1.0, 1600 / max(height, width))
    if scale == 1.0:
        colour = estimate_foreground_ml(pixels.astype(np.float32) / 255, alpha)
        return np.clip(np.round(colour * 255), 0, 255).astype(np.uint8)
    size = (round(width * scale), round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    colour = estimate_foreground_ml(small, cv2.resize(alpha, size, interpolation=cv2.INTER_AREA))
    full = cv2.resize(colour.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) * 255
    solid = alpha[..., None]
    return np.clip(np.round(pixels * solid + full * (1 - solid)), 0, 255).astype(np.uint8)
