"""A small mark in the corner that says that the picture was made by a machine; quiet, and legible on any ground."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from avatar.compose.lettering import font
from avatar.core.types import Size

__all__ = ["Mark", "mark_text"]

_TEXTS = {"ru": "Создано ИИ"}
_OTHERWISE = "AI-generated"
_HEIGHT, _SMALLEST = 0.028, 9  # of the shorter side; pixels of the font
_MARGIN = 0.03  # of the shorter side
_WIDEST = 0.6  # of the width
_INK, _SHADOW = (255, 255, 255, 220), (8, 10, 14, 190)


def mark_text(language: str) -> str:
    """The words of the mark in ``language`` (a code), English where there are none."""
    return _TEXTS.get(language.partition("-")[0].lower(), _OTHERWISE)


class Mark:
    """Draws ``text`` at the top right of frames of ``size``; captions lie below."""

    def __init__(self, text: str, size: Size) -> None:
        picture, pad = _drawn(text, size)
        values = np.asarray(picture, np.uint32)
        margin = max(0, round(_MARGIN * min(size.width, size.height)) - pad)
        left, self._top = max(0, size.width - margin - picture.width), margin
        self._left = left
        shown = values[: size.height - margin, : size.width - left]
        self._colour = shown[..., :3] * shown[..., 3:4]
        self._keep = 255 - shown[..., 3:4]

    def draw(self, frames: np.ndarray) -> None:
        """Draw the mark into ``frames`` uint8 [b, h, w, 3], in place."""
        height, width = self._colour.shape[:2]
        part = frames[:, self._top : self._top + height, self._left : self._left + width]
        part[:] = ((part.astype(np.uint32) * self._keep + self._colour + 127) // 255).astype(np.uint8)


def _drawn(text: str, size: Size) -> tuple[Image.Image, int]:
    """The words on a soft shadow of their own, and how far the shadow reaches."""
    pixels = _pixels(text, size)
    pad = max(2, round(pixels * 0.4))
    left, top, right, bottom = font(pixels).getbbox(text)
    box = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
    place = (pad - left, pad - top)
    shadow = Image.new("RGBA", box, (*_SHADOW[:3], 0))
    ImageDraw.Draw(shadow).text(place, text, font=font(pixels), fill=_SHADOW, stroke_width=max(1, pixels // 10))
    picture = shadow.filter(ImageFilter.GaussianBlur(max(0.8, pixels / 12)))
    ink = Image.new("RGBA", box, (*_INK[:3], 0))
    ImageDraw.Draw(ink).text(place, text, font=font(pixels), fill=_INK)
    return Image.alpha_composite(picture, ink), pad


def _pixels(text: str, size: Size) -> int:
    wanted = max(_SMALLEST, round(_HEIGHT * min(size.width, size.height)))
    widest = font(wanted).getlength(text)
    return max(6, int(wanted * min(1.0, _WIDEST * size.width / widest)))
