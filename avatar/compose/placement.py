"""The person in a panel of the frame: cut out over the backdrop, or in a circle or a card with a ground of its own."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter

from avatar.compose.blend import blend, blend_lit
from avatar.core.layout import Layout, Panel
from avatar.core.types import Size

__all__ = ["Placement"]

_FINE = 4  # edges are drawn this much larger and scaled down
_CORNER = 0.09  # radius of a card's corners, of its width
_RIM = 0.014  # width of the line around a circle or a card, of the panel's width
_SHADOW, _SINKS, _SOFT = 0.42, 0.022, 0.05  # its darkness; how far below, and how soft, of the panel's width
_RIM_COLOUR = (255, 255, 255)
_FADES = 0.12  # of the width of a panel, at its sides within the frame, where somebody is cut out


class Placement:
    """Lays panels of the person into frames of ``size``.

    ``ground``: sRGB colour behind a framed person who is cut out; the photo's own background has no need of it.
    ``rim``: the colour of the line around a circle or a card.
    """

    def __init__(
        self,
        layout: Layout,
        panel: Panel,
        size: Size,
        ground: tuple[int, int, int] = (0, 0, 0),
        rim: tuple[int, int, int] = _RIM_COLOUR,
    ) -> None:
        self.panel, self.framed, self._size = panel, layout.framed, size
        reach = round(3 * _SOFT * panel.width) if self.framed else 0
        left, top = max(0, panel.left - reach), max(0, panel.top - reach)
        right, bottom = min(size.width, panel.right + reach), min(size.height, panel.bottom + reach)
        self._patch = (slice(top, bottom), slice(left, right))
        self._inner = (
            slice(panel.top - top, panel.bottom - top),
            slice(panel.left - left, panel.right - left),
        )
        self._fade = None if self.framed else _faded(panel, size)
        if self.framed:
            self._ground = _planes(ground)
            self._rim = _planes(rim)
            whole = Panel(panel.left - left, panel.top - top, panel.width, panel.height)
            self._mask, self._line, self._shadow = _drawn(layout.kind, whole, Size(right - left, bottom - top))

    def onto(self, batch: torch.Tensor, behind: torch.Tensor) -> torch.Tensor:
        """Panels [b, 4, h, w] (premultiplied) over frames ``behind`` [b, 3, H, W], which are changed: [b, 3, H, W]."""
        part = behind[:, :, self._patch[0], self._patch[1]]
        part[:] = blend(self._framed(batch), part) if self.framed else blend_lit(self._cut_out(batch), part)
        return behind

    def apart(self, batch: torch.Tensor) -> torch.Tensor:
        """The same panels alone in transparent frames, [b, 4, H, W], premultiplied."""
        whole = batch.new_zeros((len(batch), 4, self._size.height, self._size.width))
        whole[:, :, self._patch[0], self._patch[1]] = self._framed(batch) if self.framed else self._cut_out(batch)
        return whole

    def _cut_out(self, batch: torch.Tensor) -> torch.Tensor:
        """Without a hard edge where an arm leaves the panel: [b, 4, h, w]."""
        return batch if self._fade is None else batch * self._fade.to(batch.device)

    def _framed(self, batch: torch.Tensor) -> torch.Tensor:
        """Person over ground within the outline, its line, and its shadow: [b, 4, rows, columns] of the patch."""
        mask, line, shadow = (plane.to(batch.device) for plane in (self._mask, self._line, self._shadow))
        colour = torch.addcmul(batch[:, :3], 1 - batch[:, 3:4], self._ground.to(batch.device))
        patch = batch.new_zeros((len(batch), 4, *mask.shape))
        patch[:, :3, self._inner[0], self._inner[1]] = colour
        patch[:, :3] = patch[:, :3] * (mask * (1 - line)) + self._rim.to(batch.device) * (mask * line)
        patch[:, 3] = mask + shadow * (1 - mask)
        return patch


def _faded(panel: Panel, size: Size) -> torch.Tensor:
    """What is kept of every column of a panel, float32 [width]: less towards its sides within the frame."""
    reach = _FADES * panel.width
    across = torch.arange(panel.width, dtype=torch.float32) + 0.5
    kept = torch.ones(panel.width)
    if panel.left > 0:
        kept = torch.minimum(kept, across / reach)
    if panel.right < size.width:
        kept = torch.minimum(kept, (panel.width - across) / reach)
    kept = kept.clamp_(0.0, 1.0)
    return kept * kept * (3.0 - 2.0 * kept)


def _planes(colour: tuple[int, int, int]) -> torch.Tensor:
    return torch.tensor(colour, dtype=torch.float32).div_(255.0).reshape(1, 3, 1, 1)


def _drawn(kind: str, panel: Panel, patch: Size) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Outline, line within it and shadow around it, float32 [rows, columns] of the patch, 0..1."""
    rim = max(1.0, _RIM * panel.width)
    outline = _shape(kind, panel, patch, 0.0)
    inside = _shape(kind, panel, patch, rim)
    sunk = Panel(panel.left, panel.top + round(_SINKS * panel.width), panel.width, panel.height)
    soft = _shape(kind, sunk, patch, 0.0, _SOFT * panel.width)
    planes = (outline, 1.0 - inside, _SHADOW * soft)
    return tuple(torch.from_numpy(np.ascontiguousarray(plane, np.float32)) for plane in planes)  # type: ignore[return-value]


def _shape(kind: str, panel: Panel, patch: Size, inset: float, blur: float = 0.0) -> np.ndarray:
    picture = Image.new("L", (_FINE * patch.width, _FINE * patch.height))
    box = [
        _FINE * (panel.left + inset), _FINE * (panel.top + inset),
        _FINE * (panel.right - inset) - 1, _FINE * (panel.bottom - inset) - 1,
    ]  # fmt: skip
    draw = ImageDraw.Draw(picture)
    if kind == "circle":
        draw.ellipse(box, fill=255)
    else:
        draw.rounded_rectangle(box, radius=_FINE * max(0.0, _CORNER * panel.width - inset), fill=255)
    small = picture.resize((patch.width, patch.height), Image.Resampling.BOX)
    if blur:
        small = small.filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(small, np.float32) / 255.0
