"""SadTalker's square back in the framed photo: how it is framed, where it lies, how its edges fade.

The original (``compat``) clones the square into the photo instead (Pérez, Gangnet and Blake, "Poisson image editing",
2003).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from avatar.core.errors import EngineError, OptionError
from avatar.core.types import Size
from avatar.face.canonical import smooth_step
from avatar.face.framing import Framing, frame_closely, frame_person
from avatar.face.renderer import placing
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.placing import Box, as_tensor, box_of, framed_photo
from avatar.face.sadtalker.geometry import Rect
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.picture import Picture

__all__ = ["Placing", "cloned", "framing_of", "place"]

_FADE = 0.12  # of the square's side: how far its edge fades into the photo


@dataclass(frozen=True)
class Placing(placing.Placing):
    """Draws frames of one picture, upright. ``cloned_into``: the picture whose photo the original pastes into."""

    cloned_into: Picture | None = None

    @property
    def square(self) -> tuple[float, float, float, float]:
        """x, y of its corner, width and height in frame pixels."""
        return (float(self.corner[0]), float(self.corner[1]), float(self.axes[0, 0]), float(self.axes[1, 1]))

    def draw(self, squares: torch.Tensor, motion: Motion) -> torch.Tensor:
        """Frames [b, 4, h, w], premultiplied, from the generator's ``squares`` [b, 3, s, s] and its ``motion``."""
        x0, y0, x1, y1 = self.box
        if self.cloned_into is not None and x1 > x0 and y1 > y0:
            squares = cloned(self.cloned_into.shown.pixels, squares, self.cloned_into.place)
        return super().draw(squares, motion)


def framing_of(
    picture: Picture, size: Size, keep_background: bool, options: SadTalkerOptions, in_place: bool = False
) -> Framing:
    """Where ``picture`` stands in a video of ``size``: a crop fills its shorter side, else the person is framed as
    always. ``in_place``: where the whole photo would show it; OptionError where the original shows its square alone."""
    if in_place and options.compat and not options.whole:
        raise OptionError(
            "SadTalker's original shows its square alone, not where it lies in the photo: with the photo's background "
            "in motion give --face-option preprocess=full."
        )
    if in_place:
        return frame_person(picture.shown, size, keep_background, in_place=True)
    if options.whole or (options.preprocess == "resize" and not options.compat):
        return frame_person(picture.shown, size, keep_background)
    x0, y0, x1, y1 = picture.place
    scale = min(size.width, size.height) / max(x1 - x0, y1 - y0)
    return frame_closely(picture.shown, size, keep_background, ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2), scale)


def place(
    picture: Picture,
    size: Size,
    keep_background: bool,
    options: SadTalkerOptions,
    device: str,
    in_place: bool = False,
) -> Placing:
    """Frame ``picture`` for a video of ``size`` and find where its square goes."""
    framing = framing_of(picture, size, keep_background, options, in_place)
    photo, matte, origin = framed_photo(picture.shown, framing, size, keep_background)
    x0, y0, x1, y1 = picture.place
    corner = framing.scale * (np.array([x0, y0]) - 0.5) + (framing.dx, framing.dy)
    sides = framing.scale * np.array([x1 - x0, y1 - y0], np.float64)
    box = box_of(np.stack([corner, corner + sides]), size)
    hard = options.compat and options.whole
    fade = _fade(picture, framing, size, (*corner, *sides), box, hard)
    return Placing(
        photo=as_tensor(photo, device),
        matte=None if matte is None else as_tensor(matte, device),
        origin=origin,
        corner=corner,
        axes=np.diag(sides),
        box=box,
        fade=as_tensor(fade[..., None], device),
        cloned_into=picture if hard else None,
    )


def _fade(
    picture: Picture, framing: Framing, size: Size, square: tuple[float, float, float, float], box: Box, hard: bool
) -> np.ndarray:
    """Opacity [bh, bw] of the square: 1 inside, falling to 0 at those of its edges, or of the photo's inside it, that
    lie in the frame."""
    height, width = picture.shown.pixels.shape[:2]
    sides = []
    for axis, length, limit in ((0, width, size.width), (1, height, size.height)):
        shift = (framing.dx, framing.dy)[axis]
        start, stop = square[axis], square[axis] + square[axis + 2]
        low, high = max(start, shift - framing.scale / 2), min(stop, shift + framing.scale * (length - 0.5))
        at = np.arange(box[axis], box[axis + 2])
        ramp = 1e-3 if hard else _FADE * square[axis + 2]
        rising = smooth_step(low, low + ramp, at) if low > -0.5 else np.ones(len(at))
        falling = smooth_step(high, high - ramp, at) if high < limit - 0.5 else np.ones(len(at))
        sides.append(np.minimum(rising, falling))
    return sides[1][:, None] * sides[0][None, :]


def cloned(photo: np.ndarray, squares: torch.Tensor, rect: Rect) -> torch.Tensor:
    """``squares`` [b, 3, s, s] cloned into ``rect`` of ``photo`` uint8 [h, w, 3] as the original does it: what is in
    the rectangle then, [b, 3, h', w'].

    EngineError where the original's rectangle lies outside the photo.
    """
    x0, y0, x1, y1 = rect
    size, centre = (x1 - x0, y1 - y0), ((x0 + x1) // 2, (y0 + y1) // 2)
    results = []
    for square in squares.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy():
        face = cv2.resize(np.ascontiguousarray(square), size, interpolation=cv2.INTER_LINEAR)
        try:
            whole = cv2.seamlessClone(face, photo, np.full(face.shape, 255, np.uint8), centre, cv2.NORMAL_CLONE)
        except cv2.error as error:
            raise EngineError(
                "SadTalker's own geometry pastes this face outside the photo: leave the face option compat out."
            ) from error
        results.append(whole[y0:y1, x0:x1])
    pasted = torch.from_numpy(np.stack(results)).permute(0, 3, 1, 2).to(squares.device)
    return pasted.float() / 255
