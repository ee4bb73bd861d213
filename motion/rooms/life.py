"""What moves in a room besides its light: people who pass far behind, cars, dust, falling leaves, lights that blink.

Everything is soft, as what lies out of focus is, small against the frame, and closes with the loop. Places are in
shares of the plate's width and height.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from avatar.core.types import Size
from motion.drift import generator_for

__all__ = ["LIVELY", "Life", "Window"]

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)[:, None]
_DIM, _BRIGHT = 0.24, 0.42  # mean of the picture at which lamps of cars are lit fully, and not at all
_SHAPE = 640 / 1120  # height over width of a plate: what is as wide as high has this share of the width
_SPAN = (-0.12, 1.12)  # from beyond one side of the plate to beyond the other
_PACE = 0.72  # body heights a second of somebody who walks
_MARGIN, _SOFT_EDGE = 0.05, 0.03  # of the depth: how much nearer something is that hides somebody
_FLOOR = 30  # per cent of a row that are farther than the floor is there, or the floor
_BLUR = 0.0028  # of the width: the edges of what hides somebody
_LEAST = 1.0  # pixels that a spot reaches at least


@dataclass(frozen=True)
class Window:
    """The part of a plate that a frame shows: left, top, width and height in shares of the plate; ``mirrored``."""

    left: float
    top: float
    width: float
    height: float
    mirrored: bool = False

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A place of the plate in shares of the frame."""
        across = (x - self.left) / self.width
        return (1.0 - across if self.mirrored else across), (y - self.top) / self.height


@dataclass(frozen=True)
class _Spot:
    """Something soft at a moment: its middle and reach in shares of the plate, its colour 0..1, how much it covers, and
    whether it is light that is added instead; a ``lamp`` burns when it is dark. ``ground``: where it stands, so that
    what is nearer hides it.
    """

    x: float
    y: float
    wide: float
    high: float
    colour: _Colour
    share: float
    glows: bool = False
    lamp: bool = False
    shape: str = "soft"
    ground: float | None = None


_Colour = tuple[float, float, float]
_Actor = Callable[[float], Iterator[_Spot]]
_Cast = Callable[[float, np.random.Generator], list[_Actor]]


class Life:
    """What lives in ``place`` during a loop of ``period`` seconds, over frames of ``size``. ``near``: how near each
    pixel of the frame is, float32 [h, w] in 0..1, None where that is not known."""

    def __init__(
        self, place: str, window: Window, size: Size, period: float, seed: int, near: np.ndarray | None = None
    ) -> None:
        self._window, self._size = window, size
        blank = np.zeros((size.height, size.width), np.float32)
        self._near = blank if near is None else cv2.GaussianBlur(near, (0, 0), max(0.5, _BLUR * size.width))
        self._floor = np.percentile(self._near, _FLOOR, axis=1)
        draw = generator_for(seed, f"life of {place}")
        self._actors = LIVELY[place](period, draw) if place in LIVELY else []

    def show(self, frame: np.ndarray, turns: float, much: float = 1.0, white: float = 1.0) -> None:
        """Draw what is there after ``turns`` of the loop into ``frame`` [3, h, w] of 0..``white``, float32 or uint8, in
        place; as far as ``much`` says, 0..1."""
        if not self._actors or much == 0.0:
            return
        mean = _mean(frame) / white
        dark = float(np.clip((_BRIGHT - mean) / (_BRIGHT - _DIM), 0.0, 1.0))
        for actor in self._actors:
            for spot in actor(turns):
                share = much * spot.share * (dark if spot.lamp else 1.0)
                if share > 0.004:
                    light = 1.0 if spot.glows else min(1.0, 0.08 + 1.9 * mean)
                    self._draw(frame, spot, share, light, white)

    def _seen(self, ground: float, rows: slice, columns: slice) -> np.ndarray:
        """What is not hidden of somebody who stands at ``ground``, float32 [rows, columns] in 0..1."""
        row = round(self._window.place(0.0, ground)[1] * self._size.height)
        floor = self._floor[min(max(row, 0), self._size.height - 1)]
        nearer = self._near[rows, columns] - np.float32(floor + _MARGIN)
        return np.clip(0.5 - nearer / np.float32(2.0 * _SOFT_EDGE), 0.0, 1.0)

    def _draw(self, frame: np.ndarray, spot: _Spot, share: float, light: float, white: float) -> None:
        x, y = self._window.place(spot.x, spot.y)
        reach = (
            max(_LEAST, spot.wide / self._window.width * self._size.width),
            max(_LEAST, spot.high / self._window.height * self._size.height),
        )
        middle = (x * self._size.width - 0.5, y * self._size.height - 0.5)
        half = (math.ceil(2.4 * reach[0]) + 1, math.ceil(2.4 * reach[1]) + 1)
        left, top = round(middle[0]) - half[0], round(middle[1]) - half[1]
        columns = slice(max(0, left), min(self._size.width, left + 2 * half[0] + 1))
        rows = slice(max(0, top), min(self._size.height, top + 2 * half[1] + 1))
        if columns.stop <= columns.start or rows.stop <= rows.start:
            return
        mask = _mask(spot.shape, np.arange(columns.start, columns.stop) - middle[0],
                     np.arange(rows.start, rows.stop) - middle[1], reach)  # fmt: skip
        mask *= np.float32(share)
        if spot.ground is not None:
            mask *= self._seen(spot.ground, rows, columns)
        part, level = frame[:, rows, columns], np.array(spot.colour, np.float32)[:, None, None]
        own = part.astype(np.float32)
        own += mask * (level * (np.float32(white) - own) if spot.glows else np.float32(light * white) * level - own)
        part[:] = own if part.dtype == np.float32 else np.rint(own)


def _mean(frame: np.ndarray) -> float:
    """Mean light of a frame, from every eighth pixel."""
    return float((frame[:, ::8, ::8].reshape(3, -1) * _LUMINANCE).sum(axis=0).mean())


def _mask(shape: str, x: np.ndarray, y: np.ndarray, reach: tuple[float, float]) -> np.ndarray:
    """How much of a spot is at columns ``x`` and rows ``y`` from its middle, float32 [rows, columns]."""
    across, down = (x / reach[0]).astype(np.float32), (y / reach[1]).astype(np.float32)
    if shape == "disc":
        away = np.sqrt(across[None] ** 2 + down[:, None] ** 2)
        return np.clip((1.0 - away) * 2.5 + 0.5, 0.0, 1.0) * (0.95 + 0.05 * np.minimum(away, 1.0) ** 2)
    if shape == "oval":
        return np.exp(-np.square(np.square(across)[None] + np.square(down)[:, None]))
    if shape == "round":
        return np.exp(-np.square(np.square(across)))[None] * np.exp(-np.square(np.square(down)))[:, None]
    return np.exp(-np.square(across))[None] * np.exp(-np.square(down))[:, None]


# -- who lives where -------------------------------------------------------------------------------------------------


def _times(rate: float, period: float) -> int:
    """How often something that happens ``rate`` times a second happens in a loop, at least once."""
    return max(1, round(rate * period))


def _passer(period: float, draw: np.random.Generator, ground: float, tall: float, often: float) -> _Actor:
    """Somebody crosses the room, in some turns of the loop and in others not, each time somebody else; nobody is there
    where a turn ends. ``ground``: where the feet are; ``tall``: height of the body, both of the plate's height."""
    seed = int(draw.integers(1 << 32))
    length = _SPAN[1] - _SPAN[0]
    present = min(0.92, length / (_PACE * tall * _SHAPE) / period)
    steps = _times(0.95, period * present)

    def at(turns: float) -> Iterator[_Spot]:
        turn = math.floor(turns)
        who = _visitor(seed, turn)
        way = (turns - turn - who.start * (1.0 - present)) / present
        if who.comes > often or not 0.0 < way < 1.0:
            return
        x = _SPAN[0] + length * (1.0 - way if who.backwards else way)
        stride = math.sin(2.0 * math.pi * steps * way)
        foot, across = ground - 0.008 * tall * abs(stride), tall * _SHAPE
        for side in (-1.0, 1.0):
            reach = (0.05 + 0.015 * abs(stride)) * across
            yield _part(
                x + side * stride * 0.085 * across, foot - 0.23 * tall, reach, 0.25 * tall, who.trousers, ground
            )
        yield _part(x, foot - 0.61 * tall, 0.135 * across, 0.215 * tall, who.cloth, ground)
        yield _part(x, foot - 0.915 * tall, 0.07 * across, 0.088 * tall, who.skin, ground, "oval")
        lean = -0.02 * across if who.backwards else 0.02 * across
        yield _part(x - lean, foot - 0.945 * tall, 0.068 * across, 0.07 * tall, who.hair, ground, "oval")

    return at


def _part(x: float, y: float, wide: float, high: float, colour: _Colour, ground: float, shape: str = "round") -> _Spot:
    return _Spot(x, y, wide, high, colour, 0.97, shape=shape, ground=ground)


@dataclass(frozen=True)
class _Visitor:
    comes: float
    start: float
    backwards: bool
    cloth: _Colour
    trousers: _Colour
    skin: _Colour
    hair: _Colour


@functools.lru_cache(maxsize=256)
def _visitor(seed: int, turn: int) -> _Visitor:
    """Who comes in a turn of the loop; ``comes``: 0..1, the first turn is the likeliest."""
    draw = generator_for(seed, f"visitor {turn}")
    comes, start, backwards, dark = draw.random(), draw.random(), bool(draw.random() < 0.5), draw.random()
    cloth, trousers = 0.14 + 0.5 * draw.random(3), 0.07 + 0.14 * draw.random(3)
    return _Visitor(
        0.3 * comes if turn == 0 else comes, start, backwards, _colour(cloth), _colour(trousers),
        (0.8 - 0.34 * dark, 0.6 - 0.32 * dark, 0.5 - 0.3 * dark),
        (0.24 - 0.14 * dark, 0.17 - 0.1 * dark, 0.12 - 0.07 * dark),
    )  # fmt: skip


def _colour(values: np.ndarray) -> _Colour:
    return float(values[0]), float(values[1]), float(values[2])


def _car(period: float, draw: np.random.Generator, coming: bool, offset: float) -> _Actor:
    """Two lamps of a car on its way along the street, towards the camera or away from it."""
    cycles, start = _times(0.11, period), draw.random()
    colour = (1.0, 0.93, 0.78) if coming else (1.0, 0.16, 0.1)

    def at(turns: float) -> Iterator[_Spot]:
        way = (turns * cycles + start) % 1.0
        near = way if coming else 1.0 - way
        scale = 0.13 / (0.72 - 0.6 * near)
        x, y = 0.5 + offset * scale, 0.545 + 0.1 * scale
        seen = min(1.0, 6.0 * way, 6.0 * (1.0 - way))
        for side in (-0.055, 0.055):
            yield _Spot(
                x + side * scale, y, 0.005 + 0.011 * scale, (0.005 + 0.011 * scale) / _SHAPE, colour, 0.8 * seen,
                glows=True, lamp=True, shape="disc", ground=y + 0.05 * scale,
            )  # fmt: skip

    return at


def _mote(period: float, draw: np.random.Generator, area: tuple[float, float, float, float], light: float) -> _Actor:
    """A speck of dust in the air, drifting about, now and then in the light."""
    x0, y0 = area[0] + draw.random() * (area[2] - area[0]), area[1] + draw.random() * (area[3] - area[1])
    phases, size = draw.random(3), 0.0016 + 0.0022 * draw.random()
    slow = _times(0.035, period)

    def at(turns: float) -> Iterator[_Spot]:
        angle = 2.0 * math.pi * slow * turns
        x = x0 + 0.035 * math.sin(angle + 2.0 * math.pi * phases[0])
        y = y0 + 0.045 * math.sin(angle + 2.0 * math.pi * phases[1])
        shine = 0.5 + 0.5 * math.sin(angle + 2.0 * math.pi * phases[2])
        yield _Spot(x, y, size, size * 1.75, (1.0, 0.96, 0.88), light * shine, glows=True)

    return at


def _leaf(period: float, draw: np.random.Generator) -> _Actor:
    """A leaf that falls and swings."""
    falls, x0, start = _times(0.08, period), draw.random(), draw.random()
    size, hue = 0.0035 + 0.003 * draw.random(), draw.random()
    colour = (0.85 - 0.2 * hue, 0.42 + 0.12 * hue, 0.12)

    def at(turns: float) -> Iterator[_Spot]:
        way = (turns * falls + start) % 1.0
        swing = math.sin(2.0 * math.pi * (3.0 * way + x0))
        seen = min(1.0, 6.0 * way, 6.0 * (1.0 - way))
        x, y = x0 + 0.03 * swing + 0.05 * way, 0.02 + 0.86 * way
        yield _Spot(x, y, size * (0.6 + 0.4 * abs(swing)), size * 1.5, colour, 0.6 * seen)

    return at


def _glint(
    period: float, draw: np.random.Generator, area: tuple[float, float, float, float], colour: _Colour,
    shape: tuple[float, float], rate: float, light: float,
) -> _Actor:  # fmt: skip
    """A small light that comes and goes in its place: a lamp of a machine, a ripple that catches light."""
    x, y = area[0] + draw.random() * (area[2] - area[0]), area[1] + draw.random() * (area[3] - area[1])
    times, phase = _times(rate * (0.6 + 0.8 * draw.random()), period), draw.random()

    def at(turns: float) -> Iterator[_Spot]:
        shine = max(0.0, math.sin(2.0 * math.pi * (times * turns + phase))) ** 2
        yield _Spot(x, y, *shape, colour, light * shine, glows=True)

    return at


def _dust(period: float, draw: np.random.Generator) -> list[_Actor]:
    return [_mote(period, draw, (0.05, 0.1, 0.95, 0.85), 0.3) for _ in range(16)]


def _people(ground: float, tall: float, often: float = 0.4) -> _Cast:
    def cast(period: float, draw: np.random.Generator) -> list[_Actor]:
        return [_passer(period, draw, ground, tall, often), *_dust(period, draw)[:8]]

    return cast


def _street(period: float, draw: np.random.Generator) -> list[_Actor]:
    coming = [_car(period, draw, True, -0.17 - 0.02 * k) for k in range(2)]
    return coming + [_car(period, draw, False, 0.17 + 0.02 * k) for k in range(2)]


def _park(period: float, draw: np.random.Generator) -> list[_Actor]:
    return [_leaf(period, draw) for _ in range(9)]


def _water(period: float, draw: np.random.Generator) -> list[_Actor]:
    area, shape = (0.05, 0.6, 0.95, 0.92), (0.012, 0.0022)
    return [_glint(period, draw, area, (0.9, 0.95, 1.0), shape, 0.28, 0.2) for _ in range(26)]


def _machines(period: float, draw: np.random.Generator) -> list[_Actor]:
    colours = ((0.3, 1.0, 0.8), (0.4, 0.75, 1.0))
    sides = ((0.06, 0.3, 0.36, 0.82), (0.64, 0.3, 0.94, 0.82))
    return [
        _glint(period, draw, sides[k % 2], colours[k // 2 % 2], (0.0028, 0.005), 0.5, 0.55) for k in range(28)
    ]  # fmt: skip


def _crowd(period: float, draw: np.random.Generator) -> list[_Actor]:
    area = (0.02, 0.24, 0.98, 0.42)
    return [_glint(period, draw, area, (1.0, 0.98, 0.92), (0.002, 0.0036), 0.16, 0.6) for _ in range(22)]


LIVELY: Mapping[str, _Cast] = {
    "autumn-park": _park,
    "cafe": _people(0.88, 0.46),
    "classroom": _dust,
    "home-study": _dust,
    "hospital-corridor": _people(0.7, 0.3, 0.55),
    "kitchen": _dust,
    "lake-night": _water,
    "library": _people(0.76, 0.4, 0.3),
    "living-room": _dust,
    "museum": _people(0.9, 0.52),
    "night-street": _street,
    "open-office": _people(0.73, 0.36, 0.55),
    "private-office": _dust,
    "server-room": _machines,
    "shop": _people(0.9, 0.52),
    "stadium": _crowd,
    "workshop-hall": _dust,
}
"""Place -> who and what is there, given the seconds of a loop and random numbers."""
