"""What is behind the person, filled in once: seen only in the narrow band that a moving person uncovers.

Behind the person's outline the surroundings go on mirrored at it, so that grain, lines and textures are those of the
photo; deeper behind, where only a far turn or a sway shows anything, they fade into a smooth spread of the colours
around (a push-pull pyramid: Gortler et al., "The Lumigraph", 1996, section 3.4). A matte ends where hair is too thin
for it; so a rim outside the outline is filled too, and :func:`person_before` gives the person what the rim lacks.
"""

from __future__ import annotations

import cv2
import numpy as np

__all__ = ["background_behind", "person_before"]

_LONGEST = 1400  # pixels of the long side at which it is filled
_RIM = 0.015  # width of the rim outside the outline, in the square root of the person's area
_SOFT, _SOFTENED = 1.6, 0.85  # mirroring at an uneven outline tears: by how many pixels it is softened, and how far
_EDGE = 0.012  # how far inside the photo's sides mirroring turns back, share of the side
_DEEP = 0.10  # depth behind the outline, in the same unit, at which mirroring has faded


def background_behind(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The photo uint8 [h, w, 3] without its person, who is where ``alpha`` float32 [h, w] is; the photo itself where
    nobody is, or nothing else."""
    height, width = alpha.shape
    scale = min(1.0, _LONGEST / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small, veil = _sized(pixels, size).astype(np.float32), _sized(alpha, size)
    unit = float((veil > 0.5).sum()) ** 0.5
    outside = cv2.distanceTransform((veil < 0.05).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5) / max(
        _RIM * unit, 1.0
    )
    clear = outside > 1.0
    if not clear.any() or clear.all():
        return pixels
    kept = np.clip(2 * outside - 2, 0.0, 1.0)[..., None]
    filled = _filled(small, clear, unit)
    large = _sized(np.clip((filled + (small - filled) * kept).round(), 0, 255).astype(np.uint8), (width, height))
    return np.where(_sized(kept[..., 0], (width, height))[..., None] >= 1.0, pixels, large)


def person_before(photo: np.ndarray, behind: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The person premultiplied, float32 [h, w, 4], so that over ``behind`` it gives ``photo``, both float32 [h, w, 3]
    in 0..1; where ``alpha`` float32 [h, w] is too thin for that it is raised as much as is needed."""
    lighter = np.maximum(photo - behind, 0) / np.maximum(1 - behind, 1e-3)
    darker = np.maximum(behind - photo, 0) / np.maximum(behind, 1e-3)
    needed = np.maximum(lighter, darker).max(axis=-1)
    raised = np.clip(np.maximum(alpha, needed), 0.0, 1.0)[..., None]
    colour = np.clip(photo - (1 - raised) * behind, 0.0, raised)
    return np.concatenate([colour, raised], axis=-1).astype(np.float32)


def _sized(part: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if size == part.shape[1::-1]:
        return part
    larger = size[0] > part.shape[1]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR if larger else cv2.INTER_AREA))


def _filled(pixels: np.ndarray, clear: np.ndarray, unit: float) -> np.ndarray:
    """``pixels`` float32 [h, w, 3] where ``clear``, and made up elsewhere."""
    depth, mirrored = _mirrored(pixels, clear)
    deep = np.clip(depth / max(_DEEP * unit, 2.0), 0.0, 1.0)
    smooth = _spread(pixels, clear)
    near = mirrored + (cv2.GaussianBlur(mirrored, (0, 0), _SOFT) - mirrored) * _SOFTENED
    share = (deep * deep * (3 - 2 * deep))[..., None]
    return np.where(clear[..., None], pixels, near + (smooth - near) * share).astype(np.float32)


def _mirrored(pixels: np.ndarray, clear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How deep behind the outline each pixel lies, and the pixel as far outside the outline as it lies inside."""
    height, width = clear.shape
    depth, labels = cv2.distanceTransformWithLabels(
        (~clear).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_label = np.zeros(int(labels.max()) + 1, np.int64)
    of_label[labels[clear]] = np.flatnonzero(clear)
    nearest_y, nearest_x = np.divmod(of_label[labels], width)
    y, x = np.mgrid[:height, :width]
    twice_y, twice_x = _folded(2 * nearest_y - y, height), _folded(2 * nearest_x - x, width)
    there = clear[twice_y, twice_x]
    source = np.where(there, twice_y, nearest_y), np.where(there, twice_x, nearest_x)
    return depth.astype(np.float32), pixels[source]


def _folded(places: np.ndarray, length: int) -> np.ndarray:
    """``places`` mirrored back where they leave a side of ``length``, a little inside it: a scan's white edge is no
    background."""
    edge = min(length // 3, max(2, round(_EDGE * length)))
    last = length - 1 - edge
    return np.clip(last - np.abs(last - edge - np.abs(places - edge)), 0, length - 1)


def _spread(pixels: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """The colours of clear places spread smoothly over the others, float32 [h, w, 3]."""
    weight = clear.astype(np.float32)[..., None]
    levels = [np.concatenate([pixels * weight, weight], axis=-1)]
    while min(levels[-1].shape[:2]) > 2:
        levels.append(cv2.pyrDown(levels[-1]))
    spread = levels[-1]
    for level in reversed(levels[:-1]):
        wider = cv2.pyrUp(spread, dstsize=level.shape[1::-1])
        wider = wider / np.maximum(wider[..., 3:], 1e-4)
        seen = np.minimum(level[..., 3:], 1.0)
        own = level[..., :3] / np.maximum(level[..., 3:], 1e-4)
        spread = np.concatenate([own * seen + wider[..., :3] * (1 - seen), np.ones_like(seen)], axis=-1)
    return np.asarray(spread[..., :3], np.float32)
