"""Person over backdrop, with a little of the backdrop's light on the person's outline so that both share one scene."""

from __future__ import annotations

import kornia
import torch

__all__ = ["LightWrap", "blend", "to_bytes"]

_WRAP = 0.22  # how much light spills over the outline at most
_COARSE = 8


def blend(face: torch.Tensor, backdrop: torch.Tensor) -> torch.Tensor:
    """``face`` [b, 4, h, w] (colour premultiplied by alpha) over ``backdrop`` [b, 3, h, w]; float32 in 0..1, all of
    them."""
    return torch.addcmul(face[:, :3], 1 - face[:, 3:4], backdrop)


class LightWrap:
    """Soft light of the backdrop on the outline of the person.

    Works on a picture 8 times smaller and is laid over by interpolation, so that it costs little.
    """

    def __call__(self, face: torch.Tensor, backdrop: torch.Tensor) -> torch.Tensor:
        """:func:`blend` with the light; the same shapes."""
        height, width = face.shape[-2:]
        small = (max(height // _COARSE, 2), max(width // _COARSE, 2))
        alpha = torch.nn.functional.interpolate(face[:, 3:4], small, mode="area")
        light = torch.nn.functional.interpolate(backdrop, small, mode="area")
        blurred = kornia.filters.box_blur(torch.cat([1 - alpha, light], 1), (5, 5), border_type="replicate")
        spill = _WRAP * blurred[:, :1] * alpha
        layer = torch.nn.functional.interpolate(
            torch.cat([spill * blurred[:, 1:], spill], 1), (height, width), mode="bilinear", align_corners=False
        )
        lit = blend(face, backdrop)
        weight = layer[:, 3:4] * face[:, 3:4]
        return lit.mul_(1 - weight).addcmul_(layer[:, :3], face[:, 3:4])


def to_bytes(picture: torch.Tensor) -> torch.Tensor:
    """float [b, 3, h, w] in 0..1 to uint8 [b, h, w, 3], rounded; contiguous, on the same device."""
    return picture.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
