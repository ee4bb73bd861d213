"""LivePortrait's crop back in the framed photo.

The crop is turned with the face; it fades into the photo over its border, and where the photo itself ends inside the
frame. The original (``compat``) pastes it at the photo's own size, pixel by pixel as its authors do, before the photo
is framed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from avatar.core.types import Portrait, Size
from avatar.face.canonical import smooth_step
from avatar.face.framing import Framing, frame_person
from avatar.face.liveportrait.crop import SIDE, border_mask, inverse, pasted
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.placing import Box, Placing, as_tensor, box_of, framed_photo

__all__ = ["PastedPlacing", "place"]

_FADE = 0.04  # of the crop's side: over how much it fades where the photo ends inside the frame


@dataclass(frozen=True)
class PastedPlacing:
    """Pastes as the original does. ``portrait`` of ``size`` with ``framing``; ``back``: crop → photo."""

    portrait: Portrait
    framing: Framing
    size: Size
    keep_background: bool
    back: np.ndarray
    photo: torch.Tensor

    def draw(self, squares: torch.Tensor, motion: Motion) -> torch.Tensor:
        """Frames [b, 4, h, w], premultiplied, from ``squares`` [b, 3, 512, 512]; the matte stays where it is."""
        levels = (squares.clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).cpu().numpy()
        frames = [self._framed(np.ascontiguousarray(square)) for square in levels]
        return torch.cat([as_tensor(frame, str(squares.device)) for frame in frames])

    def _framed(self, square: np.ndarray) -> np.ndarray:
        shown = replace(
            self.portrait,
            pixels=pasted(self.portrait.pixels, square, self.back),
            foreground=pasted(self.portrait.foreground, square, self.back),
        )
        return framed_photo(shown, self.framing, self.size, self.keep_background, matted=False)[0]


def place(
    portrait: Portrait,
    matrix: np.ndarray,
    size: Size,
    keep_background: bool,
    compat: bool,
    device: str,
    in_place: bool = False,
) -> Placing | PastedPlacing:
    """Frame ``portrait`` for a video of ``size`` and find where its crop goes; ``matrix``: photo → crop."""
    framing, back = frame_person(portrait, size, keep_background, in_place=in_place), inverse(matrix)
    photo, matte, origin = framed_photo(portrait, framing, size, keep_background, matted=not compat)
    if compat:
        return PastedPlacing(portrait, framing, size, keep_background, back, as_tensor(photo, device))
    to_frame = np.array([[framing.scale, 0, framing.dx], [0, framing.scale, framing.dy], [0, 0, 1]]) @ back
    axes = SIDE * to_frame[:2, :2]
    corner = to_frame[:2, :2] @ np.array([-0.5, -0.5]) + to_frame[:2, 2]
    across, down = axes.T
    box = box_of(np.stack([corner, corner + across, corner + down, corner + across + down]), size)
    return Placing(
        photo=as_tensor(photo, device),
        matte=None if matte is None else as_tensor(matte, device),
        origin=origin,
        corner=corner,
        axes=axes,
        box=box,
        fade=as_tensor(_fade(portrait, framing, size, to_frame, box)[..., None], device),
    )


def _fade(portrait: Portrait, framing: Framing, size: Size, to_frame: np.ndarray, box: Box) -> np.ndarray:
    """Opacity [bh, bw] of the crop: falling to 0 at its border, and at those edges of the photo that lie in the
    frame."""
    x0, y0, x1, y1 = box
    if x1 <= x0 or y1 <= y0:
        return np.zeros((y1 - y0, x1 - x0), np.float32)
    in_box = to_frame.copy()
    in_box[:2, 2] -= (x0, y0)
    share = cv2.warpAffine(border_mask().astype(np.float32), in_box[:2], (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    height, width = portrait.pixels.shape[:2]
    ramp = _FADE * SIDE * float(np.hypot(*to_frame[0, :2]))
    across = _inside(np.arange(x0, x1), framing.dx, framing.scale, width, size.width, ramp)
    down = _inside(np.arange(y0, y1), framing.dy, framing.scale, height, size.height, ramp)
    return share / 255 * across[None, :] * down[:, None]


def _inside(at: np.ndarray, shift: float, scale: float, length: int, limit: int, ramp: float) -> np.ndarray:
    """1 within the photo, whose ``length`` pixels begin at ``shift``, falling to 0 at an end inside 0..``limit``."""
    low, high = shift - scale / 2, shift + scale * (length - 0.5)
    rising = smooth_step(low, low + ramp, at) if low > -0.5 else np.ones(len(at))
    falling = smooth_step(high, high - ramp, at) if high < limit - 0.5 else np.ones(len(at))
    return np.minimum(rising, falling)
