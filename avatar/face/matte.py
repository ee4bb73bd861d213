"""Cut the person out of the photo, once: segmentation, trimap, closed-form matting, foreground colours.

The segmentation (MediaPipe selfie) is read from several crops around the face and fused, kept to what hangs together
with the face, corrected by colour where it doubts, and turned into a trimap of sure person, sure background and a band
between. In the band alpha follows from the colours, and then the person's own colour, so that no rim of the old
background comes along.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence

import cv2
import numpy as np

from avatar.face.alpha import closed_form_alpha
from avatar.face.foreground import foreground_colours
from avatar.face.vision import Segmenter

__all__ = ["film_matte", "matte"]

_WORK = 704  # long side in pixels at which the matte is solved
_MOST_UNSURE = 130_000  # pixels; a photo has 5,000 to 75,000
_NEAR = 0.8  # lead over another head, in head widths, within which what is thin may be a part of others
_STEADY = 0.85  # of a face, what stays face while the head turns
_THIN = 0.10  # half the width of what counts as thin there, IOD
_lock = threading.Lock()


def matte(
    pixels: np.ndarray,
    landmarks: np.ndarray,
    alpha_hint: np.ndarray | None = None,
    others: Sequence[tuple[int, int, int, int]] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Alpha float32 [h, w] in 0..1 and foreground uint8 [h, w, 3] of the person with ``landmarks`` [478, 3] px.

    ``alpha_hint`` float32 [h, w]: the photo's own transparency, which is believed where it leaves something out.
    ``others``: x, y, width, height of the faces of other people, who are left out.
    """
    if alpha_hint is not None and float((alpha_hint < 0.5).mean()) > 0.02:
        alpha = alpha_hint.astype(np.float32)
        return alpha, _foreground(pixels, alpha)
    height, width = pixels.shape[:2]
    scale = min(1.0, _WORK / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    points = landmarks[:, :2] * scale
    iod = float(np.linalg.norm(landmarks[33] - landmarks[263])) * scale

    lead = _lead(small.shape[:2], points, [tuple(scale * side for side in box) for box in others])
    own = np.clip(lead / 0.12 + 0.5, 0.0, 1.0)
    person = _by_colour(small, _person(_fused(small, points) * own, points, iod), points, iod) * own
    trimap = _trimap(person, points, iod)
    trimap[_background_colours(small, trimap, person, points, iod)] = 0.0
    alpha = _solved(small, trimap)
    alpha = _hanging(_without_remains(alpha, lead < _NEAR, points, iod), points)
    if scale < 1:
        alpha = _enlarged(alpha, small, pixels)
    return alpha, _foreground(pixels, alpha)


def film_matte(pixels: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Alpha float32 [h, w] and foreground uint8 [h, w, 3] of the person in one frame of a film whose face is about at
    ``landmarks`` [478, 3] px: the segmentation alone, its edge drawn to that of the picture."""
    points = landmarks[:, :2].astype(np.float64)
    centre = points.mean(axis=0)
    inside = _face_hull(centre + _STEADY * (points - centre), pixels.shape[:2]) > 0
    mask = np.clip((_fused(pixels, points) - 0.1) / 0.8, 0.0, 1.0)
    alpha = _hanging(np.where(inside, 1.0, mask).astype(np.float32), points)
    alpha = np.where(inside, 1.0, _enlarged(alpha, pixels, pixels)).astype(np.float32)
    return alpha, _foreground(pixels, alpha)


# -- segmentation ------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=1)
def _segmenter() -> Segmenter:
    return Segmenter()


def _fused(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Probability of a person, float32 [h, w]: the whole picture, the upper body and the head, averaged where they
    overlap; a nearer crop counts for more."""
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
        with _lock:
            part = _segmenter().segment(np.ascontiguousarray(pixels[y0:y1, x0:x1]))
        window = _window(y1 - y0, x1 - x0, (y0 > 0, y1 < height, x0 > 0, x1 < width)) * weight
        mask[y0:y1, x0:x1] += window * part
        total[y0:y1, x0:x1] += window
    return mask / np.maximum(total, 1e-6)


def _window(height: int, width: int, soft: tuple[bool, bool, bool, bool]) -> np.ndarray:
    """Weights of a crop: 1 inside, falling to nearly 0 at the sides (top, bottom, left, right) inside the picture."""
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
    hull = _face_hull(points, mask.shape)
    mask = np.where(hull > 0, 1.0, mask).astype(np.float32)
    likely = (mask > 0.35).astype(np.uint8)
    opened = np.maximum(cv2.morphologyEx(likely, cv2.MORPH_OPEN, _disc(0.10 * iod)), hull)
    count, labels = cv2.connectedComponents(opened)
    if count > 1:
        nose = np.clip(points[1].round().astype(int), 0, [mask.shape[1] - 1, mask.shape[0] - 1])
        kept = (labels == labels[nose[1], nose[0]]).astype(np.uint8)
        near = cv2.dilate(kept, _disc(0.22 * iod))
        mask = mask * near
    return mask


def _lead(shape: tuple[int, ...], points: np.ndarray, others: Sequence[tuple[float, ...]]) -> np.ndarray:
    """By how much a place is nearer to the head of this person than to that of any of ``others``, in widths of those
    heads, float32 [h, w]; below the chins sideways alone. Infinite where nobody else is."""
    y, x = np.mgrid[: shape[0], : shape[1]]

    def distance(box: tuple[float, ...]) -> np.ndarray:
        left, top, width, height = box
        across = np.abs(x - left - width / 2)
        return np.hypot(across, 0.7 * np.clip(top + height / 2 - y, 0, None)) / max(width, 1.0)

    low, high = points.min(0), points.max(0)
    mine = distance((*low, *(high - low)))
    lead = np.full(shape, np.inf, np.float32)
    for box in others:
        lead = np.minimum(lead, (distance(box) - mine).astype(np.float32))
    return lead


def _by_colour(pixels: np.ndarray, mask: np.ndarray, points: np.ndarray, iod: float) -> np.ndarray:
    """The mask corrected where the segmentation doubts and the colour does not.

    Doubtful places that have the background's colour and touch the background are background (a shadow, a wall that was
    taken for a shoulder); those that have the person's colour are person.
    """
    background = mask < 0.08
    likeness = _likeness(pixels, mask > 0.93, cv2.erode(background.astype(np.uint8), _disc(0.1 * iod)) > 0)
    alien: np.ndarray = ((likeness > 0.9) & (mask < 0.97)).astype(np.uint8)
    alien = cv2.morphologyEx(alien, cv2.MORPH_CLOSE, _disc(0.03 * iod))
    alien = cv2.morphologyEx(alien, cv2.MORPH_OPEN, _disc(0.05 * iod)) | background.astype(np.uint8)
    alien[_face_hull(points, mask.shape) > 0] = 0
    _, labels = cv2.connectedComponents(alien)
    outside = np.isin(labels, np.unique(labels[background])) & (alien > 0)
    corrected = np.where(outside, np.minimum(mask, 0.1), mask)
    own = (likeness < 0.05) & (corrected > 0.4)
    return np.where(own, np.maximum(corrected, 0.85), corrected).astype(np.float32)


def _likeness(pixels: np.ndarray, person: np.ndarray, background: np.ndarray) -> np.ndarray:
    """How much each pixel's colour is that of the background, float32 [h, w] in 0 (of the person) .. 1."""
    from scipy.ndimage import gaussian_filter

    lab = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 1.0), cv2.COLOR_RGB2LAB).astype(np.float32)
    bins = np.clip((lab - 128) * np.array([1.0, 1.6, 1.6], np.float32) + 128, 0, 255).astype(np.int32) >> 4
    flat = (bins[..., 0] << 8) | (bins[..., 1] << 4) | bins[..., 2]

    def density(where: np.ndarray) -> np.ndarray:
        counts = np.bincount(flat[where], minlength=4096).reshape(16, 16, 16).astype(np.float32)
        return np.asarray(gaussian_filter(counts, 0.7) / max(counts.sum(), 1.0)).ravel()

    own, other = density(person), density(background)
    likeness: np.ndarray = (other / (own + other + 1e-5))[flat]
    return likeness.astype(np.float32)


def _face_hull(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """1 inside the outline of the face and a little away from it (the tracker may run over the edge), uint8 [h, w]."""
    centre = points.mean(axis=0)
    hull = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull((centre + 0.94 * (points - centre)).astype(np.int32)), (1.0,))
    return hull


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
    trimap[_face_hull(points, mask.shape) > 0] = 1.0
    return trimap


def _background_colours(
    pixels: np.ndarray, trimap: np.ndarray, mask: np.ndarray, points: np.ndarray, iod: float
) -> np.ndarray:
    """Where an unsure pixel has clearly the colour of the background around it and not of the person: the segmentation
    is too coarse for a notch between ear and collar. Boolean [h, w]."""
    colour = cv2.GaussianBlur(pixels.astype(np.float32) / 255, (0, 0), 0.8)
    reach = 0.55 * iod

    height, width = mask.shape
    step = max(1.0, reach / 8)  # such wide means need no more than a few pixels per reach
    coarse = (max(1, round(width / step)), max(1, round(height / step)))

    def around(where: np.ndarray) -> np.ndarray:
        weight = where.astype(np.float32)[..., None]
        sums = cv2.resize(np.concatenate([colour * weight, weight], axis=-1), coarse, interpolation=cv2.INTER_AREA)
        sums = cv2.resize(cv2.GaussianBlur(sums, (0, 0), reach / step), (width, height), interpolation=cv2.INTER_LINEAR)
        mean: np.ndarray = sums[..., :3] / np.maximum(sums[..., 3:], 1e-4)
        return mean

    behind, person = around(trimap == 0), around((trimap == 1) & (mask > 0.9))
    from_background = np.linalg.norm(colour - behind, axis=-1)
    from_person = np.linalg.norm(colour - person, axis=-1)
    claimed = (mask < 0.97) & (trimap < 1) & (from_background < 0.11) & (from_background < 0.30 * from_person)
    beside_head = np.arange(mask.shape[0])[:, None] < float(points[152, 1]) + 0.6 * iod
    return claimed & beside_head & (_face_hull(points, mask.shape) == 0)


def _solved(pixels: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Closed-form alpha float32 [h, w]; where a photo leaves nothing to solve the trimap is the answer."""
    if not (trimap == 0.5).any() or not (trimap == 0).any():
        return np.ones(trimap.shape, np.float32) if not (trimap == 0).any() else trimap.astype(np.float32)
    alpha = _affordable(pixels, trimap)
    # Stretch away the veil that the solver leaves far from the hair.
    return np.clip((alpha - 0.04) / 0.92, 0.0, 1.0).astype(np.float32)


def _affordable(pixels: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    """Closed-form alpha; where far too much is unsure (the segmentation saw next to nothing) of a smaller picture."""
    scale = min(1.0, (_MOST_UNSURE / float((trimap == 0.5).sum())) ** 0.5)
    if scale == 1.0:
        return closed_form_alpha(pixels, trimap)
    size = (max(8, round(trimap.shape[1] * scale)), max(8, round(trimap.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    alpha = closed_form_alpha(small, cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST))
    return np.where(trimap == 0.5, _enlarged(alpha.astype(np.float32), small, pixels), trimap)


def _hanging(alpha: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Without specks that do not hang on the person."""
    count, labels = cv2.connectedComponents((alpha > 0.12).astype(np.uint8))
    if count <= 2:
        return alpha
    nose = np.clip(points[1].round().astype(int), 0, [alpha.shape[1] - 1, alpha.shape[0] - 1])
    kept = labels == labels[nose[1], nose[0]]
    soft = cv2.GaussianBlur(cv2.dilate(kept.astype(np.float32), _disc(2)), (0, 0), 1.0)
    return (alpha * np.clip(soft * 1.5, 0, 1)).astype(np.float32)


def _without_remains(alpha: np.ndarray, near: np.ndarray, points: np.ndarray, iod: float) -> np.ndarray:
    """``alpha`` without what is thin or hangs by a thread where others stand ``near``, boolean [h, w]: hardly anything
    there is this person's hair, much of it an edge of the others."""
    if not near.any():
        return alpha
    hull = _face_hull(points, alpha.shape)
    opened = np.maximum(cv2.morphologyEx((alpha > 0.5).astype(np.uint8), cv2.MORPH_OPEN, _disc(_THIN * iod)), hull)
    _, labels = cv2.connectedComponents(opened)
    nose = np.clip(points[1].round().astype(int), 0, [alpha.shape[1] - 1, alpha.shape[0] - 1])
    body = cv2.dilate((labels == labels[nose[1], nose[0]]).astype(np.float32), _disc(0.04 * iod))
    kept = cv2.GaussianBlur(body, (0, 0), max(0.02 * iod, 0.8))
    return np.where(near, alpha * np.minimum(1.0, 1.5 * kept), alpha).astype(np.float32)


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
    band = large(cv2.GaussianBlur(np.clip(4 * alpha * (1 - alpha), 0, 1), (0, 0), 1.0))
    mixed = np.where(band > 0.02, 0.5 * plain + 0.5 * np.clip(fitted, 0, 1), plain)
    result: np.ndarray = np.clip(mixed, 0.0, 1.0).astype(np.float32)
    return result


def _foreground(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The person's own colours uint8 [h, w, 3]: the photo's where it shows the person alone, estimated (at 1600 px at
    most) where the background shines through."""
    height, width = pixels.shape[:2]
    scale = min(1.0, 1600 / max(height, width))
    size = (round(width * scale), round(height * scale))
    small = pixels if scale == 1.0 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    veil = alpha if scale == 1.0 else cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    estimate = foreground_colours(small.astype(np.float32) / 255, veil)
    colour = np.clip(np.round(estimate * 255), 0, 255).astype(np.uint8)
    if scale < 1.0:
        colour = cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    result = np.where((alpha < 1.0)[..., None], colour, pixels)
    edge = (alpha > 0.9) & (alpha < 1.0)
    solid = (alpha[edge, None] - 0.9) / 0.1
    result[edge] = np.round(pixels[edge] * solid + colour[edge] * (1 - solid)).astype(np.uint8)
    return result
