"""A drawn square back into the framed photo, and the matte along with it.

The renderer draws the face with the background that the photo has there. What is cut out of the photo moves as the
renderer moves it: its flow, taken at the middle of all depths, carries the photo's alpha, and with it what the matte
took off the photo's colours. Towards its edges the square fades into the photo, which stands still around it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import kornia
import numpy as np
import torch
from torch.nn.functional import interpolate

from avatar.core.types import Portrait, Size
from avatar.face.canvas import framed_picture
from avatar.face.framing import Framing
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.geometry import corner_grid

__all__ = ["Box", "Placing", "as_tensor", "box_of", "framed_photo", "matte_of"]

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Placing:
    """Draws frames of one picture.

    ``photo`` [1, 4, h, w]: the framed photo, premultiplied. ``matte`` [1, 4, h', w']: what has to be added to the
    square's premultiplied colours, and alpha, over the frame and a margin whose first pixel lies at ``origin``; None
    where the background is kept. ``corner`` [2]: where the square's first corner lies, x and y in frame pixels, whose
    centres are whole numbers; ``axes`` [2, 2]: its upper and its left side as vectors from there, in the columns.
    ``box``: the pixels of the frame that it touches (x0, y0, x1, y1). ``fade`` [1, 1, bh, bw]: its opacity there.
    """

    photo: torch.Tensor
    matte: torch.Tensor | None
    origin: tuple[float, float]
    corner: np.ndarray
    axes: np.ndarray
    box: Box
    fade: torch.Tensor

    def draw(self, squares: torch.Tensor, motion: Motion) -> torch.Tensor:
        """Frames [b, 4, h, w], premultiplied, from the renderer's ``squares`` [b, 3, s, s] and its ``motion``."""
        frames = self.photo.repeat(len(squares), 1, 1, 1)
        x0, y0, x1, y1 = self.box
        if x1 <= x0 or y1 <= y0:
            return frames
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
        (across_x, down_x), (across_y, down_y) = (self.axes / 2).tolist()
        columns = torch.arange(x0, x1, device=flow.device) - self.origin[0]
        rows = torch.arange(y0, y1, device=flow.device) - self.origin[1]
        at_x = columns + flow[:, 0] * across_x + flow[:, 1] * down_x
        at_y = rows[:, None] + flow[:, 1] * down_y + flow[:, 0] * across_y
        matte = self.matte.expand(len(flow), -1, -1, -1)
        moved: torch.Tensor = kornia.geometry.transform.remap(
            matte, at_x, at_y, padding_mode="border", align_corners=True
        )
        return moved

    def _in_box(self, squares: torch.Tensor, mode: str) -> torch.Tensor:
        """``squares`` [b, c, h', w'], which fill the square, at the pixels of the box: [b, c, bh, bw]."""
        x0, y0, x1, y1 = self.box
        width, height = np.hypot(*self.axes)
        rows, columns = (min(n, max(1, round(m))) for n, m in zip(squares.shape[-2:], (height, width), strict=True))
        if (rows, columns) != tuple(squares.shape[-2:]):
            squares = interpolate(squares, (rows, columns), mode="bilinear", antialias=True)
        pixel = self.axes / (columns, rows)
        shift = self.corner + pixel[:, 0] / 2 + pixel[:, 1] / 2 - (x0, y0)
        matrix = squares.new_tensor(np.column_stack([pixel, shift])).expand(len(squares), -1, -1)
        placed: torch.Tensor = kornia.geometry.transform.warp_affine(
            squares, matrix, (y1 - y0, x1 - x0), mode=mode, padding_mode="border", align_corners=True
        )
        return placed


def framed_photo(
    shown: Portrait, framing: Framing, size: Size, keep_background: bool, matted: bool = True
) -> tuple[np.ndarray, np.ndarray | None, tuple[float, float]]:
    """The framed photo [h, w, 4], its matte for :class:`Placing` (None where the background is kept or nothing is to
    be ``matted``) and the matte's origin."""
    canvas, origin = framed_picture(shown, framing, size, keep_background)
    row, column = round(-origin[1]), round(-origin[0])
    photo = canvas[row : row + size.height, column : column + size.width]
    needed = matted and not keep_background
    return photo, matte_of(shown, framing, size, canvas) if needed else None, origin


def matte_of(shown: Portrait, framing: Framing, size: Size, canvas: np.ndarray) -> np.ndarray:
    """What the cut-out ``canvas`` has more of each colour than the photo under the same alpha, and the alpha:
    [h, w, 4]."""
    uncorrected, _ = framed_picture(replace(shown, foreground=shown.pixels), framing, size, False)
    return np.concatenate([canvas[..., :3] - uncorrected[..., :3], canvas[..., 3:]], axis=-1)


def box_of(corners: np.ndarray, size: Size) -> Box:
    """The pixels of a frame of ``size`` that a shape with ``corners`` [n, 2] (frame pixels) touches."""
    limit = (size.width, size.height)
    low = np.clip(np.floor(corners.min(axis=0) + 0.5), 0, limit).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0) + 0.5), low, limit).astype(int)
    return (int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def as_tensor(picture: np.ndarray, device: str) -> torch.Tensor:
    """``picture`` [h, w, c] as float32 [1, c, h, w] on ``device``."""
    first = np.moveaxis(picture, -1, 0)[None]
    return torch.from_numpy(np.ascontiguousarray(first, np.float32)).to(device)


def _flow(motion: Motion) -> torch.Tensor:
    """From where in the square each place of it comes, as a shift [b, 2, h, w] (x, y) in units of half its side."""
    grid = corner_grid(motion.deformation.shape[1:4], motion.deformation.device)
    return (motion.deformation.float() - grid)[..., :2].mean(dim=1).permute(0, 3, 1, 2)
