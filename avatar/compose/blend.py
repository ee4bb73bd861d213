"""Person over backdrop, with a little of the backdrop's light on the person's outline so that both share one scene."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import kornia
import numpy as np
import torch
from torch.nn import functional

from avatar.compose.over import SOFT, WRAP, coarse_size

__all__ = ["blend", "blend_lit", "straight", "to_bytes"]

_FAINT = 1 / 128  # alpha of pixels whose own colour is too uncertain to be told
_REACH = 8  # pixels of the picture that one pixel of the colours around the outline stands for


def blend(face: torch.Tensor, backdrop: torch.Tensor) -> torch.Tensor:
    """``face`` [b, 4, h, w] (colour premultiplied by alpha) over ``backdrop`` [b, 3, h, w]: [b, 3, h, w], all 0..1."""
    return torch.addcmul(face[:, :3], 1 - face[:, 3:4], backdrop)


def blend_lit(face: torch.Tensor, backdrop: Iterable[torch.Tensor]) -> torch.Tensor:
    """:func:`blend` with the light of the backdrop wrapped softly around the person's outline; ``backdrop``: a picture
    [3, h, w] for each of ``face``, one after another, so that they need not be copied together."""
    keep = _kept(face[:, 3:4])
    uncovered = torch.addcmul(torch.ones_like(keep[:1, :, :1, :1]), face[:, 3:4], keep, value=-1)
    lit = face[:, :3] * keep
    for person, through, picture in zip(lit, uncovered, backdrop, strict=True):
        person.addcmul_(through, picture)
    return lit


def _kept(alpha: torch.Tensor) -> torch.Tensor:
    """Share of the person's own light [b, 1, h, w]: 1 inside, less towards the outline."""
    small = coarse_size(*alpha.shape[-2:])
    if alpha.device.type == "cpu":
        return torch.from_numpy(np.stack([_kept_one(one, small) for one in alpha[:, 0].numpy()]))[:, None]
    return _kept_together(alpha, small)


def _kept_together(alpha: torch.Tensor, small: tuple[int, int]) -> torch.Tensor:
    coarse = functional.interpolate(alpha, small, mode="area")
    spill = kornia.filters.box_blur(1 - coarse, SOFT, border_type="replicate")
    return functional.interpolate(1 - WRAP * spill, alpha.shape[-2:], mode="bilinear", align_corners=False)


def _kept_one(alpha: np.ndarray, small: tuple[int, int]) -> np.ndarray:
    """The same of one picture [h, w], in a quarter of the time that torch takes."""
    coarse = cv2.resize(alpha, small[::-1], interpolation=cv2.INTER_AREA)
    spill = cv2.blur(1 - coarse, SOFT, borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(1 - np.float32(WRAP) * spill, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def straight(face: torch.Tensor) -> torch.Tensor:
    """``face`` [b, 4, h, w] (colour premultiplied by alpha) with straight colour, uint8 [b, h, w, 4].

    What is transparent has the colour of the outline beside it, so that formats that share colour between neighbours
    draw no dark rim.
    """
    alpha = face[:, 3:4]
    own = face[:, :3] / alpha.clamp_min(_FAINT)
    colour = torch.where(alpha >= _FAINT, own, _around(face))
    return to_bytes(torch.cat([colour, alpha], dim=1))


def _around(face: torch.Tensor) -> torch.Tensor:
    """The colour of what lies near [b, 3, h, w], black far from everything."""
    height, width = face.shape[-2:]
    coarse = functional.interpolate(face, (max(1, height // _REACH), max(1, width // _REACH)), mode="area")
    for _ in range(3):
        coarse = kornia.filters.box_blur(coarse, SOFT, border_type="replicate")
    colour = coarse[:, :3] / coarse[:, 3:4].clamp_min(1e-4)
    return functional.interpolate(colour, (height, width), mode="bilinear", align_corners=False)


def to_bytes(picture: torch.Tensor) -> torch.Tensor:
    """float [b, c, h, w] in 0..1, give or take a rounding error, to uint8 [b, h, w, c]; contiguous, same device."""
    if picture.device.type != "cpu":
        planes = picture.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8)
        return planes.permute(0, 2, 3, 1).contiguous()
    return torch.from_numpy(np.stack([_interleaved(one) for one in picture.numpy()]))


def _interleaved(planes: np.ndarray) -> np.ndarray:
    """float32 [c, h, w] to uint8 [h, w, c] in a fifth of the time that torch takes; a little below 0 becomes 0."""
    count, height, width = planes.shape
    rounded = cv2.convertScaleAbs(planes.reshape(count * height, width), alpha=255)
    merged: np.ndarray = cv2.merge(list(rounded.reshape(count, height, width)))
    return merged.reshape(height, width, count)
