"""Captions drawn into the picture: white text with a dark outline on a soft dark box, low in the safe area.

Where captions carry their words, each is lit while it is spoken.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from avatar.compose.captions import LINE, Caption
from avatar.compose.fonts import cjk_language
from avatar.compose.graphics import Brand
from avatar.compose.lettering import Pen, is_right_to_left, is_tall, spans
from avatar.core.types import Size

__all__ = ["Burner", "line_length"]

_BOX = (8, 10, 14, 150)
_INK, _OUTLINE = (255, 255, 255, 255), (8, 10, 14, 255)
_AFTERGLOW = 0.25  # seconds that a word stays lit after it, where the next one has not begun
_SAFE = 0.05  # of the height, kept free below the text
_TALL_SAFE = 0.07  # in portrait formats; more would cover the mouth of a close portrait
_WIDEST = 0.88  # of the width
_TALL_LINE = 24  # characters of a line in portrait formats
_SMALLEST = 8  # pixels of the font
_STEP, _TALL_STEP = 1.28, 1.5  # from line to line, in font sizes
_LEAST_FIT = 0.8  # lines that would need a smaller share of the wanted font are broken once more


@dataclass(frozen=True)
class _Style:
    """``language``: whose forms of Chinese characters are meant."""

    language: str
    brand: Brand

    def pen(self, pixels: int) -> Pen:
        return Pen(pixels, self.language, self.brand.font)


class Burner:
    """Draws ``captions`` into frames of ``size``, in colour and font of ``brand``; every caption is drawn once and kept
    while it shows as it is."""

    def __init__(self, captions: Sequence[Caption], size: Size, brand: Brand | None = None) -> None:
        self._captions = tuple(captions)
        self._starts = [caption.start for caption in self._captions]
        self._size = size
        language = cjk_language("".join(line for caption in self._captions for line in caption.lines))
        self._style = _Style(language, brand or Brand())
        self._drawn: tuple[tuple[int, int], np.ndarray, np.ndarray, int, int] | None = None

    def burn(self, frame: np.ndarray, seconds: float) -> None:
        """Draw what is to be read at ``seconds`` into ``frame`` uint8 [h, w, 3], in place."""
        at = bisect.bisect_right(self._starts, seconds + 1e-6) - 1
        if at < 0 or seconds >= self._captions[at].end:
            return
        colour, keep, x, y = self._bitmap(at, _lit(self._captions[at], seconds))
        part = frame[y : y + colour.shape[0], x : x + colour.shape[1]]
        part[:] = ((part.astype(np.uint32) * keep + colour + 127) // 255).astype(np.uint8)

    def _bitmap(self, at: int, lit: int) -> tuple[np.ndarray, np.ndarray, int, int]:
        """Premultiplied colour times 255 and what is kept of the picture, uint32 [h, w, 3] and [h, w, 1]; place."""
        if self._drawn is None or self._drawn[0] != (at, lit):
            self._drawn = ((at, lit), *_draw(self._captions[at], lit, self._size, self._style))
        return self._drawn[1:]


def _lit(caption: Caption, seconds: float) -> int:
    """Number of the word that is spoken at ``seconds``, -1 for none."""
    starts = [word.start for word in caption.words]
    at = bisect.bisect_right(starts, seconds + 1e-6) - 1
    return at if at >= 0 and seconds < caption.words[at].end + _AFTERGLOW else -1


def line_length(size: Size) -> int:
    """Characters of a caption's line that read well in a picture of ``size``."""
    return _TALL_LINE if _is_tall(size) else LINE


def _wanted(size: Size) -> int:
    """Font size in pixels that reads well in a picture of ``size``, the same for all of its captions."""
    letters = line_length(size)
    by_height = 0.046 * min(size.height, size.width * 1.2)
    return max(_SMALLEST, round(min(by_height, _WIDEST * size.width / (0.66 * letters))))


def _is_tall(size: Size) -> bool:
    return size.height > 1.2 * size.width


def _fit(lines: Sequence[str], size: Size, style: _Style) -> float:
    """Share of the wanted font size at which the longest line fits the width, at most 1."""
    wanted = _wanted(size)
    widest = max(style.pen(wanted).length(_visible(line)) for line in lines)
    return min(1.0, (_WIDEST * size.width - wanted) / max(widest, 1.0))


def _visible(line: str) -> str:
    """``line`` with its letters joined, in any order: as wide as it will be."""
    return " ".join(span.text for span in spans(line))


def _draw(caption: Caption, lit: int, size: Size, style: _Style) -> tuple[np.ndarray, np.ndarray, int, int]:
    lines = _wrapped(caption.lines, size, style)
    pixels = max(_SMALLEST, int(_wanted(size) * _fit(lines, size, style)))
    pen = style.pen(pixels)
    step, pad = _step(lines, pixels), round(pixels * 0.45)
    width = min(size.width, round(max(pen.length(_visible(line)) for line in lines)) + 2 * pad)
    height = min(size.height, step * len(lines) + pad)
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, width - 1, height - 1), radius=pad, fill=_BOX)
    picture = picture.filter(ImageFilter.GaussianBlur(max(0.6, pixels / 28)))
    _write(ImageDraw.Draw(picture), lines, _letters(caption, lit), pen, style.brand.accent)
    values = np.asarray(picture, np.uint32)
    alpha = values[..., 3:4]
    safe = _TALL_SAFE if _is_tall(size) else _SAFE
    y = max(0, size.height - height - round(safe * size.height))
    return values[..., :3] * alpha, 255 - alpha, (size.width - width) // 2, y


def _step(lines: Sequence[str], pixels: int) -> int:
    """Pixels from one line to the next; letters of some scripts stand on one another."""
    return round(pixels * (_TALL_STEP if any(map(is_tall, lines)) else _STEP))


def _write(
    draw: ImageDraw.ImageDraw, lines: Sequence[str], lit: range, pen: Pen, lit_ink: tuple[int, int, int]
) -> None:
    """Every line in the middle of the picture, words with letters in ``lit`` in the other colour."""
    step, pad = _step(lines, pen.pixels), round(pen.pixels * 0.45)
    turned = is_right_to_left(" ".join(lines))
    begins = accumulate((_count(line) for line in lines), initial=0)
    for index, (line, begin) in enumerate(zip(lines, begins, strict=False)):
        parts = spans(line, turned)
        left = (draw.im.size[0] - pen.length(" ".join(part.text for part in parts))) / 2
        firsts = [begin, *accumulate((_count(word) for word in line.split(" ")), initial=begin)][1:]
        drawn = ""
        for part in parts:
            for text, is_lit in _inked(part.text, firsts[part.word], lit):
                x, y = left + pen.length(drawn), pad / 2 + step * (index + 0.5)
                pen.draw(draw, x, y, text, fill=lit_ink if is_lit else _INK, stroke_fill=_OUTLINE,
                         stroke_width=max(1, round(pen.pixels / 16)))  # fmt: skip
                drawn += text
            drawn += " "


def _inked(text: str, first: int, lit: range) -> list[tuple[str, bool]]:
    """``text``, whose first letter has the number ``first``, in parts of one colour: where words are written together
    only some of its letters are lit."""
    begin, end = (min(max(at - first, 0), len(text)) for at in (lit.start, lit.stop))
    if begin == 0 or not lit:
        if begin < end < len(text):
            return [(text[:end], True), (text[end:], False)]
        return [(text, first in lit)]
    parts = [(text[:begin], False), (text[begin:end], True), (text[end:], False)]
    return [part for part in parts if part[0]]


def _count(text: str) -> int:
    """Characters that are no spaces."""
    return len(text) - text.count(" ")


def _letters(caption: Caption, lit: int) -> range:
    """Which of the caption's characters, spaces left out, belong to its word ``lit``."""
    if lit < 0:
        return range(0)
    before = sum(_count(word.text) for word in caption.words[:lit])
    return range(before, before + _count(caption.words[lit].text))


def _wrapped(lines: Sequence[str], size: Size, style: _Style) -> tuple[str, ...]:
    """Narrow pictures break each long line once more near its middle, so that the text stays readable."""
    if _fit(lines, size, style) >= _LEAST_FIT:
        return tuple(lines)
    broken: list[str] = []
    for line in lines:
        broken += _halves(line) if _fit([line], size, style) < _LEAST_FIT else [line]
    return tuple(broken)


def _halves(line: str) -> list[str]:
    gaps = [at for at, letter in enumerate(line) if letter == " "]
    if not gaps:
        return [line]
    at = min(gaps, key=lambda gap: abs(gap - len(line) // 2))
    return [line[:at], line[at + 1 :]]
