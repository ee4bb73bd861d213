"""Captions as a font shows them: Arabic letters joined, right-to-left text turned round, each word still known.

Pillow's basic layout draws the characters of the packaged font one after another, on every machine alike; what a script
asks beyond that is done here. Joining follows the font's presentation forms, order the Unicode bidirectional algorithm.
Letters that this font lacks are drawn from another one, shaped by HarfBuzz where Pillow has it (raqm).
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import ImageDraw, ImageFont

from avatar.compose.fonts import FontFile, characters, cjk_language, fallback, opened, shapes, stacks

if TYPE_CHECKING:
    from arabic_reshaper import ArabicReshaper

__all__ = ["Pen", "Span", "font", "is_right_to_left", "is_tall", "spans", "unreadable"]

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# A stand-in for the letters of word k, of the same direction: Han, N'Ko, Arabic presentation forms, bold figures.
_STAND_INS = {"L": 0x4E00, "R": 0x07CA, "AL": 0xFB50, "EN": 0x1D7CE}
_MOST_WORDS = 33
_MIRROR = str.maketrans("()[]{}<>«»‹›≤≥", ")(][}{><»«›‹≥≤")
_BRACKETS = re.compile(r"[()\[\]{}<>«»‹›≤≥]")
_TELLER = "\ufffc"
_JOINERS = "\u200c\u200d"  # they choose forms of Indic letters


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


def _has(character: str) -> bool:
    """Whether the packaged font has ``character``."""
    return ord(character) in characters(_font_path())


def unreadable(text: str) -> str:
    """The characters of ``text`` that no font here has, each once, in order; empty where there are none."""
    shown = (c for c in dict.fromkeys(text) if not c.isspace() and unicodedata.category(c)[0] not in "MC")
    language = cjk_language(text)
    return "".join(c for c in shown if not _has(c) and fallback(c, language) is None)


class Pen:
    """Measures and draws text in one size, letter by letter from the font that has it.

    ``language``: whose forms of Chinese characters are meant, of ``cjk_language``. ``first``: a font file that is asked
    before the packaged one.
    """

    def __init__(self, pixels: int, language: str, first: Path | None = None) -> None:
        self.pixels = pixels
        self._language = language
        self._first = None if first is None else FontFile(first)
        self._home = font(pixels)

    def length(self, text: str) -> float:
        """Pixels that ``text`` takes."""
        return sum(self._length(run, file) for run, file in self._runs(text))

    def draw(self, draw: ImageDraw.ImageDraw, x: float, y: float, text: str, **style: Any) -> None:
        """``text`` from ``x`` on; ``y``: the middle of the line. ``style``: fill, stroke_width, stroke_fill."""
        ascent, descent = self._home.getmetrics()
        for run, file in self._runs(text):
            if file is None:
                draw.text((x, y), run, font=self._home, anchor="lm", **style)
            else:
                place = (x, y + (ascent - descent) / 2)
                draw.text(place, run, font=opened(file, self.pixels), anchor="ls", **self._shaping(), **style)
            x += self._length(run, file)

    def _length(self, run: str, file: FontFile | None) -> float:
        if file is None:
            return self._home.getlength(run)
        return opened(file, self.pixels).getlength(run, **self._shaping())

    def _runs(self, text: str) -> list[tuple[str, FontFile | None]]:
        """``text`` in parts of one font each; None: the packaged one. Marks stay with their letter."""
        runs: list[tuple[str, FontFile | None]] = []
        for character in text:
            joins = runs and unicodedata.category(character)[0] in "MC"
            file = runs[-1][1] if joins else self._file(character)
            if runs and runs[-1][1] == file:
                runs[-1] = (runs[-1][0] + character, file)
            else:
                runs.append((character, file))
        return runs

    def _file(self, character: str) -> FontFile | None:
        if self._first is not None and ord(character) in characters(self._first.path):
            return self._first
        return None if _has(character) else fallback(character, self._language)

    def _shaping(self) -> dict[str, Any]:
        return {"language": self._language} if shapes() else {}


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of ``text`` is Hebrew or Arabic."""
    strong = (unicodedata.bidirectional(character) for character in text)
    return next((direction for direction in strong if direction in ("L", "R", "AL")), "L") != "L"


def is_tall(line: str) -> bool:
    """Whether ``line`` has letters of other fonts that reach far above or below it."""
    return any(stacks(character) and not _has(character) for character in line if character.isalpha())


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
    kept: list[str] = []
    letter = ""
    for character in text:
        kind = unicodedata.category(character)[0]
        letter = character if kind not in "MC" else letter
        if kind not in "MC" or _belongs(character, kind, letter):
            kept.append(character)
    return "".join(kept)


def _belongs(character: str, kind: str, letter: str) -> bool:
    """Whether the mark or control ``character`` shows at ``letter``, in the font of that."""
    if not letter or _has(letter):
        return kind == "M" and _has(character)
    file = fallback(letter, cjk_language(letter))
    return character in _JOINERS or (kind == "M" and file is not None and ord(character) in characters(file.path))


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
