"""Captions as a font shows them: Arabic letters joined, right-to-left text turned round, each word still known.

Pillow's basic layout draws characters one after another, on every machine alike; what a script asks beyond that is done
here. Joining follows the font's presentation forms, order the Unicode bidirectional algorithm.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import ImageFont

if TYPE_CHECKING:
    from arabic_reshaper import ArabicReshaper

__all__ = ["Span", "font", "is_right_to_left", "spans", "unreadable"]

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# A stand-in for the letters of word k, of the same direction: Han, N'Ko, Arabic presentation forms, bold figures.
_STAND_INS = {"L": 0x4E00, "R": 0x07CA, "AL": 0xFB50, "EN": 0x1D7CE}
_MOST_WORDS = 33
_MIRROR = str.maketrans("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤")
_BRACKETS = re.compile(r"[()\[\]{}<>«»‹›≤≥]")
_TELLER = "\ufffc"


@dataclass(frozen=True)
class Span:
    """``text`` in the order in which it is drawn from left to right, of the word number ``word`` of its line."""

    text: str
    word: int


def _font_path() -> Path:
    """DejaVu Sans Bold, which carries Latin, Cyrillic, Greek, Armenian, Georgian, Hebrew and Arabic."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"


@functools.cache
def font(pixels: int) -> ImageFont.FreeTypeFont:
    """The font of burnt captions in this size."""
    return ImageFont.truetype(str(_font_path()), pixels, layout_engine=ImageFont.Layout.BASIC)


@functools.cache
def _characters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(_font_path())).get_charmap())


def unreadable(text: str) -> str:
    """The characters of ``text`` that the font lacks, each once, in order; empty where it has them all."""
    shown = (c for c in dict.fromkeys(text) if not c.isspace() and unicodedata.category(c)[0] not in "MC")
    return "".join(c for c in shown if ord(c) not in _characters())


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of ``text`` is Hebrew or Arabic."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in strong if direction in ("L", "R", "AL")), "L") != "L"


def spans(line: str, right_to_left: bool = False) -> list[Span]:
    """The words of ``line`` from left to right as they are drawn; ``right_to_left``: how the whole caption runs."""
    words = line.split(" ")
    if not (right_to_left or _RIGHT_TO_LEFT.search(line)):
        return [Span(_drawable(word), index) for index, word in enumerate(words)]
    joined = [_reshape(word) for word in words]
    drawn = _displayed(" ".join(joined), right_to_left).split(" ")
    marked = _displayed(" ".join(map(_marked, joined, range(len(words)))), right_to_left).split(" ")
    return [Span(_drawable(text), index) for text, index in zip(drawn, _indices(marked), strict=True)]


def _drawable(text: str) -> str:
    """``text`` without what has no picture of its own: marks of direction, soft hyphens, accents that the font lacks.
    The font would draw an empty box for them, or a hyphen within a line."""
    kinds = ((character, unicodedata.category(character)[0]) for character in text)
    return "".join(c for c, kind in kinds if kind != "C" and (kind != "M" or ord(c) in _characters()))


def _displayed(line: str, right_to_left: bool) -> str:
    """``line`` in the order of drawing; brackets that run right to left turned round, which the library leaves to us:
    a neutral character after each tells which way it ran."""
    from bidi import get_display

    told = _BRACKETS.sub(lambda match: match[0] + _TELLER, line)
    drawn = str(get_display(told, base_dir="R" if right_to_left else "L"))
    return re.sub(f"{_TELLER}(.)", lambda match: match[1].translate(_MIRROR), drawn).replace(_TELLER, "")


def _reshape(word: str) -> str:
    return str(_reshaper().reshape(word)) if _RIGHT_TO_LEFT.search(word) else word


@functools.cache
def _reshaper() -> ArabicReshaper:
    from arabic_reshaper import ArabicReshaper

    return ArabicReshaper(configuration={"delete_harakat": True, "use_unshaped_instead_of_isolated": True})


def _marked(word: str, index: int) -> str:
    """``word`` with every letter and figure replaced by the stand-in of its direction for word ``index``."""
    return "".join(
        chr(_STAND_INS[direction] + index % _MOST_WORDS) if direction in _STAND_INS else character
        for character, direction in ((c, unicodedata.bidirectional(c)) for c in word)
    )


def _indices(marked: Sequence[str]) -> list[int]:
    """The word of each drawn part; parts without letters get the numbers that are left, in order."""
    found = [_index(part) for part in marked]
    left = iter(sorted(set(range(len(marked))) - set(found)))
    return [index if index is not None else next(left, 0) for index in found]


def _index(part: str) -> int | None:
    for character in part:
        for first in _STAND_INS.values():
            if first <= ord(character) < first + _MOST_WORDS:
                return ord(character) - first
    return None
