"""The drawn square back into the framed photo, and the matte along with it.

The generator draws the face with the background that the photo has there. What is cut out of the photo moves as the
generator moves it: its flow, taken at the middle of all depths, carries the photo's alpha, and with it what the matte
took off the photo's colours. Towards its edges the square fades into the photo, which stands still around it. The
original (``compat``) clones the square into the photo instead (Pérez, Gangnet and Blake, "Poisson image editing",
2003).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import kornia
import numpy as np
import torch
from torch.nn.functional import interpolate

from avatar.core.errors import EngineError
from avatar.core.types import Portrait, Size
from avatar.face.canonical import smooth_step
from avatar.face.canvas import framed_picture
from avatar.face.framing import Framing, frame_closely, frame_person
from avatar.face.sadtalker.dense_motion import Motion
from avatar.face.sadtalker.geometry import Rect
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.picture import Picture
from avatar.face.sadtalker.transform import corner_grid

__all__ = ["Placing", "cloned", "framing_of", "place"]

_FADE = 0.12  # of the square's side: how far its edge fades into the photo


@dataclass(frozen=True)
class Placing:
    """Draws frames of one picture.

    ``photo`` [1, 4, h, w]: the framed photo, premultiplied. ``matte`` [1, 4, h', w']: what has to be added to the
    square's premultiplied colours, and alpha, over the frame and a margin whose first pixel lies at ``origin``; None
    where the background is kept. ``square``: x, y of its corner, width and height in frame pixels, whose centres are
    whole numbers. ``box``: the pixels of the frame that it touches. ``fade`` [1, 1, bh, bw]: its opacity there.
    ``cloned_into``: the picture whose photo the original pastes into.
    """

    photo: torch.Tensor
    matte: torch.Tensor | None
    origin: tuple[float, float]
    square: tuple[float, float, float, float]
    box: Rect
    fade: torch.Tensor
    cloned_into: Picture | None

    def draw(self, squares: torch.Tensor, motion: Motion) -> torch.Tensor:
        """Frames [b, 4, h, w], premultiplied, from the generator's ``squares`` [b, 3, s, s] and its ``motion``."""
        frames = self.photo.repeat(len(squares), 1, 1, 1)
        x0, y0, x1, y1 = self.box
        if x1 <= x0 or y1 <= y0:
            return frames
        if self.cloned_into is not None:
            squares = cloned(self.cloned_into.shown.pixels, squares, self.cloned_into.place)
        patch = self._patch(self._in_box(squares, "bicubic").clamp(0, 1), motion)
        frames[:, :, y0:y1, x0:x1] = torch.lerp(frames[:, :, y0:y1, x0:x1], patch, self.fade)
        return frames

    def _patch(self, colour: torch.Tensor, motion: Motion) -> torch.Tensor:
        if self.matte is None:
            return torch.cat([colour, torch.ones_like(colour[:, :1])], dim=1)
        correction, alpha = self._moved_matte(motion).split([3, 1], dim=1)
        return torch.cat([(colour * alpha + correction).clamp(min=0).minimum(alpha), alpha], dim=1)

    def _moved_matte(self, motion: Motion) -> torch.Tensor:
        """The matte [b, 4, bh, bw] where the flow takes it."""
        assert self.matte is not None
        flow = self._in_box(_flow(motion), "bilinear")
        x0, y0, x1, y1 = self.box
        _, _, width, height = self.square
        columns = torch.arange(x0, x1, device=flow.device) - self.origin[0]
        rows = torch.arange(y0, y1, device=flow.device) - self.origin[1]
        at_x, at_y = columns + flow[:, 0] * (width / 2), rows[:, None] + flow[:, 1] * (height / 2)
        matte = self.matte.expand(len(flow), -1, -1, -1)
        moved: torch.Tensor = kornia.geometry.transform.remap(
            matte, at_x, at_y, padding_mode="border", align_corners=True
        )
        return moved

    def _in_box(self, squares: torch.Tensor, mode: str) -> torch.Tensor:
        """``squares`` [b, c, h', w'], which fill the square, at the pixels of the box: [b, c, bh, bw]."""
        x0, y0, x1, y1 = self.box
        left, top, width, height = self.square
        rows, columns = (min(n, max(1, round(m))) for n, m in zip(squares.shape[-2:], (height, width), strict=True))
        if (rows, columns) != tuple(squares.shape[-2:]):
            squares = interpolate(squares, (rows, columns), mode="bilinear", antialias=True)
        sx, sy = width / columns, height / rows
        matrix = squares.new_tensor([[sx, 0, left + sx / 2 - x0], [0, sy, top + sy / 2 - y0]]).expand(
            len(squares), -1, -1
        )
        placed: torch.Tensor = kornia.geometry.transform.warp_affine(
            squares, matrix, (y1 - y0, x1 - x0), mode=mode, padding_mode="border", align_corners=True
        )
        return placed


def framing_of(picture: Picture, size: Size, keep_background: bool, options: SadTalkerOptions) -> Framing:
    """Where ``picture`` stands in a video of ``size``: a crop fills its shorter side, else the person is framed as
    always."""
    if options.whole or (options.preprocess == "resize" and not options.compat):
        return frame_person(picture.shown, size, keep_background)
    x0, y0, x1, y1 = picture.place
    scale = min(size.width, size.height) / max(x1 - x0, y1 - y0)
    return frame_closely(picture.shown, size, keep_background, ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2), scale)


def place(picture: Picture, size: Size, keep_background: bool, options: SadTalkerOptions, device: str) -> Placing:
    """Frame ``picture`` for a video of ``size`` and find where its square goes."""
    framing = framing_of(picture, size, keep_background, options)
    canvas, origin = framed_picture(picture.shown, framing, size, keep_background)
    row, column = round(-origin[1]), round(-origin[0])
    photo = canvas[row : row + size.height, column : column + size.width]
    x0, y0, x1, y1 = picture.place
    left, top = framing.scale * (np.array([x0, y0]) - 0.5) + (framing.dx, framing.dy)
    square = (float(left), float(top), framing.scale * (x1 - x0), framing.scale * (y1 - y0))
    box = _box(square, size)
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(np.moveaxis(a, -1, 0)[None], np.float32)).to(device)  # noqa: E731
    hard = options.compat and options.whole
    return Placing(
        photo=tensor(photo),
        matte=None if keep_background else tensor(_matte(picture.shown, framing, size, canvas)),
        origin=origin,
        square=square,
        box=box,
        fade=tensor(_fade(picture, framing, size, square, box, hard)[..., None]),
        cloned_into=picture if hard else None,
    )


def _box(square: tuple[float, float, float, float], size: Size) -> Rect:
    left, top, width, height = square
    low = np.clip(np.floor([left + 0.5, top + 0.5]), 0, (size.width, size.height)).astype(int)
    high = np.clip(np.ceil([left + width + 0.5, top + height + 0.5]), low, (size.width, size.height)).astype(int)
    return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _matte(shown: Portrait, framing: Framing, size: Size, canvas: np.ndarray) -> np.ndarray:
    """What the cut-out has more of each colour than the photo under the same alpha, and the alpha: [h, w, 4]."""
    uncorrected, _ = framed_picture(replace(shown, foreground=shown.pixels), framing, size, False)
    return np.concatenate([canvas[..., :3] - uncorrected[..., :3], canvas[..., 3:]], axis=-1)


def _fade(
    picture: Picture, framing: Framing, size: Size, square: tuple[float, float, float, float], box: Rect, hard: bool
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


def _flow(motion: Motion) -> torch.Tensor:
    """From where in the square each place of it comes, as a shift [b, 2, h, w] (x, y) in units of half its side."""
    grid = corner_grid(motion.deformation.shape[1:4], motion.deformation.device)
    return (motion.deformation.float() - grid)[..., :2].mean(dim=1).permute(0, 3, 1, 2)


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
