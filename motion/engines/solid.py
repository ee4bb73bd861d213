"""One plain colour: the backdrop ``none`` and ``#rrggbb``, and the weightless engine for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from avatar.core.progress import Progress
from avatar.core.types import BackdropPlan, EngineCard, Size
from motion.backdrop import rgb
from motion.options import BackdropOptions, refuse_unknown

if TYPE_CHECKING:
    import torch

__all__ = ["Solid", "SolidClip"]


class Solid:
    """A colour that fills the picture."""

    def card(self) -> EngineCard:
        """Name, version and licence."""
        return EngineCard("solid", "1", "Apache-2.0")

    def plan(self, options: BackdropOptions, progress: Progress) -> BackdropPlan:
        """Keep the colour; OptionError where it is none."""
        refuse_unknown(options, "solid")
        colour = options.colour or "#d9dbde"
        channels = np.array(rgb(colour), np.float32) / 255.0
        progress(1.0, "backdrop")
        return BackdropPlan("solid", 0.0, {"colour": channels}, {"colour": colour}, f"plain colour {colour}")

    def open(self, plan: BackdropPlan, size: Size, fps: float, device: str) -> SolidClip:
        """Fill one picture."""
        import torch

        colour = torch.from_numpy(np.asarray(plan.arrays["colour"], np.float32)).to(device)
        return SolidClip(colour[:, None, None].expand(3, size.height, size.width).contiguous())


class SolidClip:
    """The same picture at every index."""

    def __init__(self, picture: torch.Tensor) -> None:
        self._picture = picture
        colour = np.rint(255.0 * picture[:, 0, 0].cpu().numpy()).astype(np.uint8)
        self._bytes = np.full((*picture.shape[1:], 3), colour)

    def frame(self, index: int) -> torch.Tensor:
        """The picture, float32 [3, h, w]."""
        return self._picture

    def byte_frame(self, index: int) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]: see :class:`avatar.core.types.GivesBytes`."""
        return self._bytes
