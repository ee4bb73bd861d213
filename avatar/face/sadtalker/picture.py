"""One portrait in SadTalker's eyes: the square that the generator draws, where that square goes, and the coefficients
of the face in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from avatar.core.types import Portrait
from avatar.face.sadtalker.geometry import Rect, Region, align, aligned, region_of, seen
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.recon import ANGLE, EXPRESSION, TRANSLATION, Recon

__all__ = ["Picture", "picture_of", "points_in_square", "read_face"]


@dataclass(frozen=True)
class Picture:
    """``shown``: the portrait that the video shows. ``face``: uint8 [s, s, 3], what the generator sees of the photo.
    ``points`` [68, 2]: the face's points in it. ``place``: the rectangle of ``shown`` that it draws, which may reach
    over the edge."""

    shown: Portrait
    face: np.ndarray
    points: np.ndarray
    place: Rect


def picture_of(portrait: Portrait, points: np.ndarray, options: SadTalkerOptions) -> Picture:
    """The picture of ``portrait`` with the 68 ``points`` [68, 2] for ``options.preprocess``.

    The original (``compat``) shows nothing but its square unless that is pasted back, and shows it also where it is
    squeezed.
    """
    size = (portrait.pixels.shape[1], portrait.pixels.shape[0])
    region = region_of(options.preprocess, points, size, options.compat)
    face = seen(portrait.pixels, region, options.size, options.compat)
    inside = points_in_square(points, region, size, options.size)
    if options.compat and not options.whole:
        return Picture(_squeezed(portrait, region, options.size), face, inside, (0, 0, options.size, options.size))
    return Picture(portrait, face, inside, region.pasted)


def _squeezed(portrait: Portrait, region: Region, side: int) -> Portrait:
    height, width = portrait.pixels.shape[:2]
    landmarks = np.array(portrait.landmarks)
    landmarks[:, :2] = points_in_square(landmarks[:, :2], region, (width, height), side)
    landmarks[:, 2] *= side * (region.shrunk or (width, height))[0] / width / (region.sampled[2] - region.sampled[0])
    alpha = np.repeat((portrait.alpha[..., None] * 255).round().astype(np.uint8), 3, axis=2)
    return replace(
        portrait,
        pixels=seen(portrait.pixels, region, side, compat=True),
        landmarks=landmarks,
        alpha=seen(alpha, region, side, compat=True)[..., 0].astype(np.float32) / 255,
        foreground=seen(portrait.foreground, region, side, compat=True),
    )


def points_in_square(points: np.ndarray, region: Region, size: tuple[int, int], side: int) -> np.ndarray:
    """``points`` [n, 2] of a photo of ``size`` (width, height) in the square of ``side`` pixels that shows ``region``;
    pixel centres are whole numbers."""
    x0, y0, x1, y1 = region.sampled
    shrunk = np.array(region.shrunk or size) / np.array(size)
    in_region = (np.asarray(points, np.float64) + 0.5) * shrunk - (x0, y0)
    return in_region * side / np.array([x1 - x0, y1 - y0]) - 0.5


@torch.inference_mode()
def read_face(square: np.ndarray, points: np.ndarray, recon: Recon) -> np.ndarray:
    """Coefficients float32 [73] of the face with ``points`` [68, 2] in ``square`` uint8 [s, s, 3]."""
    alignment = align(points, len(square))
    picture = torch.from_numpy(aligned(square, alignment).copy()).permute(2, 0, 1)[None].float() / 255
    read = recon(picture)[0].numpy()
    crop = np.array([alignment.scale, alignment.x, alignment.y], np.float32)
    return np.concatenate([read[EXPRESSION], read[ANGLE], read[TRANSLATION], crop])
