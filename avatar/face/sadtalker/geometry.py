"""Which part of a photo SadTalker sees, and how that part is aligned for the 3-D reconstruction.

Points are the 68 of the iBUG scheme (avatar.face.sadtalker.landmarks) in pixels, y down, counted from pixel centres.
Rectangles are (x0, y0, x1, y1) in whole pixels, x1 and y1 not included.

The original places its crop with three slips: the lower edge is limited by the picture's width instead of its height,
a crop that meets the picture's edge is squeezed into the square, and of a large photo, which is shrunk first, the
rectangle is used on the photo before the shrinking. ``compat`` keeps them; otherwise the face is seen in a true square
of the photo itself, which may reach over the photo's edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

__all__ = ["Alignment", "CompatCrop", "Rect", "Region", "align", "aligned", "compat_crop", "region_of", "seen"]

Rect = tuple[int, int, int, int]

_SEEN_BY_CROP = 512  # side in pixels that the original's crop aims at when it shrinks a photo
_RECONSTRUCTED, _SPAN = 224, 102.0  # side of the aligned picture; its pixels per unit of the standard points
# Eyes, nose tip and mouth corners of the mean face: x right, y up, z to the viewer (the constants of the original).
_STANDARD = np.array([
    (-0.31148657, 0.29036078, 0.13377953), (0.30979887, 0.28972036, 0.13179526),
    (0.0032534988, -0.046179324, 0.55244243), (-0.25216928, -0.38133916, 0.22405732),
    (0.2484662, -0.38128236, 0.22235769),
])  # fmt: skip


@dataclass(frozen=True)
class Region:
    """Where the generator's square belongs. ``sampled``: the part of the photo that it sees, after the photo was
    brought to ``shrunk`` (width, height) where that is set. ``pasted``: where the drawn picture goes in the photo."""

    sampled: Rect
    pasted: Rect
    shrunk: tuple[int, int] | None = None


@dataclass(frozen=True)
class CompatCrop:
    """The original's crop. ``size``: of the perhaps shrunk photo; ``outer``: the generous crop, ``edges``: the face in
    it (left, top, right, bottom in pixels of the crop, not yet cut to whole ones)."""

    size: tuple[int, int]
    outer: Rect
    edges: tuple[float, float, float, float]

    @property
    def inner(self) -> Rect:
        """The face's rectangle in the perhaps shrunk photo."""
        x, y = self.outer[:2]
        left, top, right, bottom = (int(edge) for edge in self.edges)
        return (x + left, y + top, x + right, y + bottom)


@dataclass(frozen=True)
class Alignment:
    """Picture pixel (y up) -> 224 px: ``scale`` about the point (``x``, ``y``), which moves to the middle."""

    scale: float
    x: float
    y: float


def region_of(preprocess: str, points: np.ndarray, size: tuple[int, int], compat: bool) -> Region:
    """The region for ``points`` [68, 2] in a photo of ``size`` (width, height)."""
    if preprocess == "resize":
        rect = (0, 0, *size) if compat else _squared((0, 0, *size))
        return Region(rect, rect)
    extended = preprocess.startswith("ext")
    if compat:
        return _compat_region(compat_crop(points, size), size, extended)
    centre, axis, side = _face_axes(points)
    half = float(np.abs(axis).sum()) + (max(0.1 * side, 3.0) if extended else 0.0)
    x, y = centre + 0.5
    reach = round(half)
    rect = (round(x) - reach, round(y) - reach, round(x) + reach, round(y) + reach)
    return Region(rect, rect)


def _compat_region(crop: CompatCrop, size: tuple[int, int], extended: bool) -> Region:
    rect = crop.outer if extended else crop.inner
    seen_rect = (rect[0], rect[1], min(rect[2], crop.outer[2]), min(rect[3], crop.outer[3]))
    return Region(seen_rect, rect, crop.size if crop.size != size else None)


def _squared(rect: Rect) -> Rect:
    """The smallest square about the middle of ``rect`` that holds it."""
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    side = max(width, height)
    x, y = rect[0] - (side - width) // 2, rect[1] - (side - height) // 2
    return (x, y, x + side, y + side)


def _face_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Centre of the face, half its side as a vector along the eyes, and its side in pixels."""
    points = np.asarray(points, np.float64)
    left, right = points[36:42].mean(0), points[42:48].mean(0)
    eyes, across = (left + right) / 2, right - left
    down = (points[48] + points[54]) / 2 - eyes
    axis = np.array([across[0] + down[1], across[1] - down[0]])
    axis *= max(2.0 * np.hypot(*across), 1.8 * np.hypot(*down)) / np.hypot(*axis)
    return eyes + 0.1 * down, axis, float(2 * np.hypot(*axis))


def compat_crop(points: np.ndarray, size: tuple[int, int]) -> CompatCrop:
    """The original's crop for ``points`` [68, 2] in a photo of ``size`` (width, height), slips included."""
    centre, axis, side = _face_axes(points)
    turned = np.array([-axis[1], axis[0]])
    quad = np.stack([centre - axis - turned, centre - axis + turned, centre + axis + turned, centre + axis - turned])
    width, height = size
    shrink = int(np.floor(side / _SEEN_BY_CROP * 0.5))
    if shrink > 1:
        width, height = round(width / shrink), round(height / shrink)
        quad, side = quad / shrink, side / shrink
    border = max(round(side * 0.1), 3)
    low, high = np.floor(quad.min(0)).astype(int) - border, np.ceil(quad.max(0)).astype(int) + border
    outer = (max(low[0], 0), max(low[1], 0), min(high[0], width), min(high[1], height))
    if outer[2] - outer[0] < width or outer[3] - outer[1] < height:
        quad = quad - outer[:2]
    x, y = (quad + 0.5).T
    edges = (max(min(x[0], x[1]), 0), max(min(y[0], y[3]), 0), min(max(x[2], x[3]), width), min(max(y[1], y[2]), width))
    return CompatCrop((width, height), _rect(outer), tuple(float(edge) for edge in edges))  # type: ignore[arg-type]


def _rect(values: tuple[int, ...]) -> Rect:
    x0, y0, x1, y1 = (int(value) for value in values)
    return (x0, y0, x1, y1)


def seen(pixels: np.ndarray, region: Region, side: int, compat: bool) -> np.ndarray:
    """What the generator sees of ``pixels`` uint8 [h, w, 3]: uint8 [side, side, 3]; the photo's edge goes on beyond
    it."""
    if region.shrunk is not None:
        pixels = cv2.resize(pixels, region.shrunk, interpolation=cv2.INTER_LINEAR)
    part = cut(pixels, region.sampled)
    if compat:
        return cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA if len(part) > side else cv2.INTER_CUBIC)


def cut(pixels: np.ndarray, rect: Rect) -> np.ndarray:
    """``rect`` of ``pixels`` [h, w, c], continued beyond the edge by its outermost pixels."""
    height, width = pixels.shape[:2]
    rows = np.clip(np.arange(rect[1], rect[3]), 0, height - 1)
    columns = np.clip(np.arange(rect[0], rect[2]), 0, width - 1)
    return np.ascontiguousarray(pixels[rows[:, None], columns[None, :]])


# -- alignment ---------------------------------------------------------------------------------------------------------


def align(points: np.ndarray, side: int) -> Alignment:
    """The alignment of ``points`` [68, 2] in a square picture of ``side`` pixels: the weak-perspective fit of the
    standard face by least squares."""
    flipped = np.asarray(points, np.float64) * (1, -1) + (0, side - 1)
    five = np.stack([flipped[[36, 39]].mean(0), flipped[[42, 45]].mean(0), flipped[30], flipped[48], flipped[54]])
    known = np.column_stack([_STANDARD, np.ones(5)])
    fit = np.linalg.lstsq(known, five, rcond=None)[0]
    scale = (np.linalg.norm(fit[:3, 0]) + np.linalg.norm(fit[:3, 1])) / 2
    return Alignment(float(_SPAN / scale), float(fit[3, 0]), float(fit[3, 1]))


def aligned(pixels: np.ndarray, alignment: Alignment) -> np.ndarray:
    """``pixels`` uint8 [h, w, 3] aligned: uint8 [224, 224, 3], black beyond the picture."""
    height, width = pixels.shape[:2]
    scale, half = alignment.scale, _RECONSTRUCTED // 2
    size = (int(width * scale), int(height * scale))
    left = int(size[0] / 2 - half + (alignment.x - width / 2) * scale)
    top = int(size[1] / 2 - half + (height / 2 - alignment.y) * scale)
    scaled = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(scaled.crop((left, top, left + _RECONSTRUCTED, top + _RECONSTRUCTED)))
