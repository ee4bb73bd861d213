"""Frames in bytes on a CPU, where OpenCV samples the person in half of the time that torch takes in floats, or less.

The maps are those of :mod:`avatar.face.warp`, and so is everything that is drawn upon the face: the window of the
frames that it can reach becomes floats, is drawn upon, and becomes bytes again. All else is sampled once and stays as
it is.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch

from avatar.face.sampling import Box, Patch, Window
from avatar.face.warp import Expression, PoseTracks, Warp

__all__ = ["BytesWarp"]


class BytesWarp:
    """Renders batches of frames of one portrait as uint8 [b, h, w, 4], colour premultiplied."""

    def __init__(self, warp: Warp) -> None:
        self._warp, layers = warp, warp.layers
        self._texture = _as_bytes(layers.texture[0])
        self._plate = None if layers.plate is None else _opaque(_as_bytes(layers.plate[0]))
        x, y = layers.texture_origin
        self._origin = torch.tensor([x, y]).view(1, 2, 1, 1)

    def render(self, face: Expression, pose: PoseTracks) -> np.ndarray:
        """The frames of a batch."""
        maps = self._warp.maps(face.coefficients, pose)
        at = (self._warp.photo_points(self._warp.person_nodes, maps) - self._origin).mul_(2.0)
        frames = self._person(at.permute(0, 2, 3, 1).numpy())
        parts = self._warp.parts(maps, face)
        if box := _around(parts.all(), self._warp.layers.size):
            view = frames[:, box.y : box.y + box.height, box.x : box.x + box.width]
            pixels = _as_floats(view)
            self._warp.draw(Window(pixels, box.x, box.y), maps, face, parts)
            _write(pixels, view)
        if self._plate is not None:
            _lay_over(frames, self._plate, self._warp.layers.person_bands)
        return frames

    def _person(self, at: np.ndarray) -> np.ndarray:
        """The person alone. ``at`` [b, rows, columns, 2]: where the nodes of its box lie in the texture, in texels."""
        box, step, (width, height) = self._warp.layers.person_box, self._warp.step, self._warp.layers.size
        frames = np.zeros((len(at), height, width, 4), np.uint8)
        for frame, nodes in zip(frames, at, strict=True):
            dense = cv2.resize(np.ascontiguousarray(nodes), None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
            for band in self._warp.layers.person_bands:
                x, y = band.x - box.x + step, band.y - box.y + step
                there = dense[y : y + band.height, x : x + band.width]
                seen = frame[band.y : band.y + band.height, band.x : band.x + band.width]
                cv2.remap(self._texture, there, None, cv2.INTER_LINEAR, dst=seen, borderMode=cv2.BORDER_REPLICATE)
        return frames


def _around(parts: Sequence[Patch], size: tuple[int, int]) -> Box | None:
    """The box of a frame of ``size`` that holds all ``parts``."""
    if not parts:
        return None
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    width, height = size
    right, bottom = (max(part.ends[axis] for part in parts) for axis in (0, 1))
    return Box(x, y, min(right, width) - x, min(bottom, height) - y)


def _as_bytes(planes: torch.Tensor) -> np.ndarray:
    """Float [c, h, w] in 0..1 as uint8 [h, w, c]."""
    return np.ascontiguousarray((planes.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())


def _as_floats(pictures: np.ndarray) -> torch.Tensor:
    """Uint8 [b, h, w, 4] as float32 [b, 4, h, w] in 0..1."""
    count, height, width, channels = pictures.shape
    planes = np.empty((count, channels, height, width), np.float32)
    for picture, out in zip(pictures, planes, strict=True):
        for plane, target in zip(cv2.split(picture), out, strict=True):
            np.multiply(plane, np.float32(1 / 255), out=target)
    return torch.from_numpy(planes)


def _write(pixels: torch.Tensor, pictures: np.ndarray) -> None:
    """Float [b, 4, h, w] in 0..1 into uint8 [b, h, w, 4]."""
    channels, height, width = pixels.shape[1:]
    for planes, picture in zip(pixels.clamp_(min=0.0).numpy(), pictures, strict=True):
        rounded = cv2.convertScaleAbs(planes.reshape(channels * height, width), alpha=255)
        cv2.merge(list(rounded.reshape(channels, height, width)), dst=picture)


def _opaque(picture: np.ndarray) -> np.ndarray:
    """Uint8 [h, w, 3] with an alpha of 255."""
    return np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])


def _lay_over(frames: np.ndarray, plate: np.ndarray, bands: Sequence[Box]) -> None:
    """``frames`` uint8 [b, h, w, 4], where nothing is outside ``bands``, before ``plate`` uint8 [h, w, 4], in place."""
    whole = np.empty_like(plate)
    for frame in frames:
        np.copyto(whole, plate)
        for band in bands:
            part = (slice(band.y, band.y + band.height), slice(band.x, band.x + band.width))
            through = cv2.multiply(plate[part], cv2.merge([255 - frame[part][..., 3]] * 4), scale=1 / 255)
            cv2.add(frame[part], through, dst=whole[part])
        np.copyto(frame, whole)
