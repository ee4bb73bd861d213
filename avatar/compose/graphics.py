"""What is laid over a finished picture besides captions: a heading, a lower third, a logo, and how far the video is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from avatar.compose.fonts import cjk_language
from avatar.compose.lettering import Pen, is_right_to_left, is_tall, spans
from avatar.core.errors import OptionError
from avatar.core.layers import LAYERS
from avatar.core.layout import Layout, Panel, free_area, panel_of, safe_area
from avatar.core.reasons import Message
from avatar.core.types import Size

__all__ = ["ACCENT", "Brand", "Graphics", "Overlays", "parse_colour", "read_logo"]

Colour = tuple[int, int, int]
ACCENT: Colour = (255, 208, 64)
_INK, _SOFT_INK, _GROUND = (255, 255, 255, 255), (232, 236, 241, 255), (13, 16, 21)
_BETWEEN = "|"  # what parts the first line of a text from the second
_MOST_PIXELS = 60_000_000
_HEADING_SECONDS, _HEADING_FROM = 4.0, 0.2
_LOWER_SECONDS, _LOWER_FROM = 5.5, 0.7
_FADE = 0.4
_HEADING, _HEADING_SMALLEST, _MOST_LINES = 0.105, 0.04, 3  # of the shorter side; lines
_HEADING_BEHIND, _BEHIND_HIGH = 0.3, 0.45  # a heading behind: of the shorter side; how far down, of frame and panel
_SECOND = 0.52  # size of the second line of a heading, of the first
_LOWER, _ROLE = 0.044, 0.72  # of the shorter side; of the name
_LOWER_WIDEST = 0.62  # of the width
_LOGO_HEIGHT, _LOGO_WIDTH = 0.095, 0.28  # of the shorter side; of the width
_LOGO_SHOWS = 0.94
_BAR, _GAP = 0.0085, 0.006  # height of the bar and room between its parts, of the shorter side and the width
_UNDER_STROKE, _BETWEEN_LINES = 0.42, 0.2  # room under the stroke and before the second line, in font sizes
_STEP = 1.22  # from line to line, in font sizes


@dataclass(frozen=True)
class Brand:
    """What belongs to one house: ``accent`` for what stands out, ``font`` and ``logo``, files or None."""

    accent: Colour = ACCENT
    font: Path | None = None
    logo: Path | None = None


@dataclass(frozen=True)
class Graphics:
    """``heading`` and ``lower_third``: one line or two, parted by ``|``. ``bar``: (number of the scene, of how many,
    its frames) for a bar along the lower edge."""

    heading: str = ""
    lower_third: str = ""
    brand: Brand = field(default_factory=Brand)
    bar: tuple[int, int, int] | None = None

    def any(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.heading or self.lower_third or self.brand.logo or self.bar)


class Overlays:
    """Draws ``graphics`` into frames of ``size``, around the person in ``layout`` and clear of burnt captions.

    ``behind``: names of layers that lie behind the person; a heading there is large and stands at the height of the
    head.
    """

    def __init__(
        self,
        graphics: Graphics,
        layout: Layout,
        size: Size,
        fps: float,
        captioned: bool = False,
        behind: Sequence[str] = (),
    ) -> None:
        self._fps = fps
        self._layers: dict[str, _Sprite | _Bar] = {}
        person = panel_of(layout, size, captioned) if layout.framed else None
        if graphics.brand.logo is not None:
            self._layers["logo"] = _logo(graphics.brand.logo, size, person)
        if graphics.lower_third:
            self._layers["lower_third"] = _lower_third(graphics, size, person, captioned)
        if graphics.heading and "heading" in behind and not layout.framed:
            self._layers["heading"] = _heading(graphics, size, _above(layout, size), _HEADING_BEHIND)
        elif graphics.heading:
            area = free_area(layout, size, captioned)
            plate = self._layers.get("lower_third")
            if isinstance(plate, _Sprite):
                area = _clear_of(plate, area, safe_area(size, captioned).top)
            self._layers["heading"] = _heading(graphics, size, area, _HEADING)
        if graphics.bar:
            self._layers["progress_bar"] = _Bar(graphics.bar, graphics.brand.accent, size)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers that there are."""
        return tuple(self._layers)

    def draw(self, frames: np.ndarray, first: int, layers: Sequence[str] = LAYERS) -> None:
        """Draw those of ``layers`` that there are, in their order, over ``frames`` uint8 [b, h, w, 3], the first of
        which has the number ``first``, in place."""
        wanted = [self._layers[name] for name in layers if name in self._layers]
        for offset, frame in enumerate(frames):
            for layer in wanted:
                layer.draw(frame, first + offset, (first + offset) / self._fps)


def parse_colour(text: str) -> Colour:
    """``#rrggbb`` as three numbers 0..255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def read_logo(path: Path) -> Image.Image:
    """The picture of a logo, RGBA, upright; OptionError where it is none that can be drawn."""
    from PIL import ImageOps, UnidentifiedImageError

    name = path.name
    try:
        if b"<svg" in path.read_bytes()[:2000].lower():
            raise OptionError(Message("logo_vector", name=name))
        with Image.open(path) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise OptionError(Message("logo_too_large", name=name, megapixels=_MOST_PIXELS // 1_000_000))
            picture.draft("RGB", (2048, 2048))
            return ImageOps.exif_transpose(picture).convert("RGBA")
    except FileNotFoundError as error:
        raise OptionError(Message("logo_missing", name=str(path))) from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise OptionError(Message("logo_unreadable", name=name)) from error


class _Sprite:
    """A picture with alpha that is shown from ``start`` to ``end``, comes and goes softly, and slides in from the left
    by ``slide`` pixels."""

    def __init__(
        self, picture: Image.Image, left: int, top: int, start: float = 0.0, end: float = np.inf, slide: int = 0
    ) -> None:
        values = np.asarray(picture, np.uint32)
        self._alpha, self._colour = values[..., 3:], values[..., :3] * values[..., 3:]
        self._left, self._top, self._start, self._end, self._slide = left, top, start, end, slide

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Where it lies: left, top, right, bottom."""
        height, width = self._alpha.shape[:2]
        return self._left, self._top, self._left + width, self._top + height

    def draw(self, frame: np.ndarray, number: int, seconds: float) -> None:
        share = self._shown(seconds)
        if share == 0.0:
            return
        left = self._left - round(self._slide * (1.0 - share))
        height, width = self._alpha.shape[:2]
        rows = slice(max(0, self._top), min(frame.shape[0], self._top + height))
        columns = slice(max(0, left), min(frame.shape[1], left + width))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        own = (
            slice(rows.start - self._top, rows.stop - self._top),
            slice(columns.start - left, columns.stop - left),
        )
        weight = round(255 * share)
        part = frame[rows, columns]
        kept = part.astype(np.uint32) * (65025 - self._alpha[own] * weight)
        part[:] = ((kept + self._colour[own] * weight + 32512) // 65025).astype(np.uint8)

    def _shown(self, seconds: float) -> float:
        """How much of it is there, 0..1, eased."""
        if np.isinf(self._end):
            return 1.0
        near = min((seconds - self._start) / _FADE, (self._end - seconds) / _FADE, 1.0)
        near = max(0.0, near)
        return near * near * (3.0 - 2.0 * near)


class _Bar:
    """A part a scene along the lower edge; those of scenes that are over are full."""

    def __init__(self, bar: tuple[int, int, int], accent: Colour, size: Size) -> None:
        self._scene, scenes, self._frames = bar
        self._height = max(2, round(_BAR * min(size.width, size.height)))
        gap = max(1, round(_GAP * size.width)) if scenes > 1 else 0
        width = (size.width - gap * (scenes - 1)) / scenes
        self._parts = [(round(k * (width + gap)), round(k * (width + gap) + width)) for k in range(scenes)]
        self._accent = np.array(accent, np.uint8)

    def draw(self, frame: np.ndarray, number: int, seconds: float) -> None:
        rows = frame[-self._height :]
        for scene, (left, right) in enumerate(self._parts):
            passed = (number + 1) / self._frames if scene == self._scene else float(scene < self._scene)
            filled = left + round((right - left) * min(1.0, passed))
            rows[:, filled:right] = (rows[:, filled:right].astype(np.uint16) * 2 + 255) // 3
            rows[:, left:filled] = self._accent


def _lines(text: str) -> tuple[str, str]:
    first, _, second = text.partition(_BETWEEN)
    return " ".join(first.split()), " ".join(second.split())


def _pen(pixels: int, text: str, font: Path | None) -> Pen:
    return Pen(max(8, pixels), cjk_language(text), font)


def _laid(line: str) -> str:
    """``line`` in the order in which it is drawn."""
    return " ".join(span.text for span in spans(line, is_right_to_left(line)))


def _above(layout: Layout, size: Size) -> Panel:
    """Where a heading stands behind who is cut out: the upper part of the safe area, or what is above a small panel."""
    safe, panel = safe_area(size), panel_of(layout, size)
    down = max(round(_BEHIND_HIGH * size.height), panel.top + round(_BEHIND_HIGH * panel.height)) - safe.top
    return Panel(safe.left, safe.top, safe.width, min(down, safe.height))


def _heading(graphics: Graphics, size: Size, area: Panel, largest: float) -> _Sprite:
    first, second = _lines(graphics.heading)
    short, font = min(size.width, size.height), graphics.brand.font
    smallest = round(_HEADING_SMALLEST * short)
    for pixels in range(round(largest * short), smallest - 1, -2):
        large, small = _pen(pixels, first, font), _pen(round(_SECOND * pixels), second, font)
        lines = [(line, large) for line in _wrapped(first, large, area.width)]
        lines += [(line, small) for line in _wrapped(second, small, area.width)]
        fits = all(pen.length(_laid(line)) <= area.width for line, pen in lines)
        high = sum(_leading(line, pen) for line, pen in lines) + round(0.9 * pixels)
        if fits and high <= area.height and sum(pen is large for _, pen in lines) <= _MOST_LINES:
            break
    middle = abs(area.left + area.width / 2 - size.width / 2) <= 1
    picture, inset = _written(lines, area.width, middle, graphics.brand.accent)
    top = area.top + (area.height - picture.height + 2 * inset) // 2 - inset
    return _Sprite(picture, area.left - inset, top, _HEADING_FROM, _HEADING_FROM + _HEADING_SECONDS)


def _clear_of(plate: _Sprite, area: Panel, top: int) -> Panel:
    """``area`` above ``plate`` where that stands in it, a little higher, but not beyond ``top``: a mouth is near."""
    left, upper, right, _ = plate.box
    up = area.bottom - upper
    if up <= 0 or right <= area.left or left >= area.right:
        return area
    raised = max(top, area.top - up // 3)
    return Panel(area.left, raised, area.width, max(1, upper - raised))


def _leading(line: str, pen: Pen) -> float:
    return pen.pixels * (_STEP * 1.2 if is_tall(line) else _STEP)


def _wrapped(text: str, pen: Pen, width: float) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, as even as they can be; a longer word stays whole."""
    words = text.split()
    best: list[str] = []
    for count in range(1, len(words) + 1):
        best = _evenly(words, count, pen)
        if all(pen.length(_laid(line)) <= width for line in best):
            break
    return best


def _evenly(words: Sequence[str], count: int, pen: Pen) -> list[str]:
    """``words`` in at most ``count`` lines."""
    lengths = [pen.length(_laid(word)) for word in words]
    wanted = (sum(lengths) + pen.length(" ") * (len(words) - 1)) / count
    lines: list[list[str]] = [[]]
    taken = 0.0
    for word, length in zip(words, lengths, strict=True):
        if lines[-1] and taken + length / 2 > wanted and len(lines) < count:
            lines.append([])
            taken = 0.0
        lines[-1].append(word)
        taken += length + pen.length(" ")
    return [" ".join(line) for line in lines]


def _written(lines: Sequence[tuple[str, Pen]], width: int, middle: bool, accent: Colour) -> tuple[Image.Image, int]:
    """Lines under a short stroke of the accent, on a soft dark cloud, and how far that reaches beyond them."""
    largest = lines[0][1].pixels
    inset = round(0.75 * largest)
    stroke = (round(1.1 * largest), max(2, round(0.085 * largest)))
    high = sum(_leading(line, pen) for line, pen in lines) + (_UNDER_STROKE + _BETWEEN_LINES) * largest
    box = (width + 2 * inset, round(high) + 2 * inset)
    ink = Image.new("RGBA", box, (255, 255, 255, 0))
    draw = ImageDraw.Draw(ink)
    left = inset + (width - stroke[0]) / 2 if middle else inset
    draw.rounded_rectangle((left, inset, left + stroke[0], inset + stroke[1]), radius=stroke[1] / 2, fill=accent)
    y = inset + _UNDER_STROKE * largest
    parted = False
    for line, pen in lines:
        step, shown = _leading(line, pen), _laid(line)
        if pen.pixels < largest and not parted:
            y, parted = y + _BETWEEN_LINES * largest, True
        x = inset + ((width - pen.length(shown)) / 2 if middle else 0.0)
        pen.draw(draw, x, y + step / 2, shown, fill=_INK if pen.pixels == largest else _SOFT_INK)
        y += step
    return Image.alpha_composite(_cloud(ink, largest), ink), inset


def _cloud(ink: Image.Image, pixels: int) -> Image.Image:
    """A soft shadow of what is written: wide and faint, with a closer and darker one in it."""
    letters = ink.getchannel("A")
    wide = np.asarray(letters.filter(ImageFilter.GaussianBlur(0.42 * pixels)), np.float32)
    close = np.asarray(letters.filter(ImageFilter.GaussianBlur(0.07 * pixels)), np.float32)
    dark = np.clip(1.25 * wide, 0, 150) + np.clip(0.9 * close, 0, 105)
    cloud = np.zeros((*dark.shape, 4), np.uint8)
    cloud[..., :3] = _GROUND
    cloud[..., 3] = np.clip(dark, 0, 255)
    return Image.fromarray(cloud)


def _lower_third(graphics: Graphics, size: Size, person: Panel | None, captioned: bool) -> _Sprite:
    name, role = _lines(graphics.lower_third)
    safe, short = safe_area(size, captioned), min(size.width, size.height)
    pixels = max(9, round(_LOWER * short))
    widest = min(_LOWER_WIDEST * size.width, safe.width)
    pen, small = (
        _fitted(text, wanted, widest, graphics.brand.font)
        for text, wanted in ((name, pixels), (role, round(_ROLE * pixels)))
    )
    lines = [(name, pen), *([(role, small)] if role else [])]
    pad, stroke = round(0.6 * pixels), max(3, round(0.2 * pixels))
    text_width = max(pen.length(_laid(line)) for line, pen in lines)
    high = sum(_leading(line, pen) for line, pen in lines)
    box = (round(text_width) + 2 * pad + stroke, round(high) + round(1.1 * pad))
    fine = 4
    plate = Image.new("RGBA", (fine * box[0], fine * box[1]), (*_GROUND, 0))
    ImageDraw.Draw(plate).rounded_rectangle(
        (0, 0, *(fine * side - 1 for side in box)), fine * 0.3 * pad, (*_GROUND, 214)
    )
    picture = plate.resize(box, Image.Resampling.BOX)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, stroke, box[1] - 1), radius=stroke / 3, fill=graphics.brand.accent)
    y = 0.55 * pad
    for line, written in lines:
        step = _leading(line, written)
        written.draw(draw, stroke + pad, y + step / 2, _laid(line), fill=_INK if written is pen else _SOFT_INK)
        y += step
    left, top = safe.left, safe.top + safe.height - box[1]
    if person is not None and left + box[0] > person.left and left < person.right and top < person.bottom:
        left = safe.left + safe.width - box[0] if person.left < size.width / 2 else left
    return _Sprite(picture, left, top, _LOWER_FROM, _LOWER_FROM + _LOWER_SECONDS, round(0.8 * pixels))


def _fitted(text: str, pixels: int, widest: float, font: Path | None) -> Pen:
    pen = _pen(pixels, text, font)
    length = pen.length(_laid(text))
    return pen if length <= widest else _pen(int(pixels * widest / length), text, font)


def _logo(path: Path, size: Size, person: Panel | None) -> _Sprite:
    picture = read_logo(path)
    safe, short = safe_area(size), min(size.width, size.height)
    scale = min(_LOGO_HEIGHT * short / picture.height, _LOGO_WIDTH * size.width / picture.width)
    shape = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = picture.convert("RGBa").resize(shape, Image.Resampling.LANCZOS).convert("RGBA")
    small.putalpha(small.getchannel("A").point(lambda value: round(_LOGO_SHOWS * value)))
    places = [(safe.left, safe.top), (safe.left + safe.width - shape[0], safe.top)]
    free = [place for place in places if person is None or not _touches(place, shape, person)]
    return _Sprite(small, *(free or places)[0])


def _touches(place: tuple[int, int], shape: tuple[int, int], panel: Panel) -> bool:
    across = place[0] < panel.right and panel.left < place[0] + shape[0]
    return across and place[1] < panel.bottom and panel.top < place[1] + shape[1]
