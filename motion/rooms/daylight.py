"""What light there is at an hour, in a weather and a mood: how much of the picture each kind of lights gives, and in
which colour.

Hours lie on a circle, as embeddings turn on one: an angle of 0 is noon, a quarter turn is six in the evening. A
:class:`Mood` is a place on that circle with clouds, warmth, brightness and colours; ``shares`` makes it the light.
"""

from __future__ import annotations

import functools
import json
import math
from dataclasses import asdict, dataclass, replace

import numpy as np

from motion.plates import KINDS

__all__ = ["HOURS", "Mood", "angle_of", "between", "hour_name", "shares"]

_OFF = 2.0**-9


@dataclass(frozen=True)
class Mood:
    """``angle`` of the hour in radians; ``clouds``, ``lamps`` (lit beyond what the hour asks): 0..1;
    ``warmth``, ``brightness``: -1..1; ``tint``: colour of coloured lights, linear RGB of luminance 1; ``coloured``: how
    far lamps follow it, 0..1. ``lit``: whether a place without windows has its own lights on, whatever the hour."""

    angle: float = 0.0
    clouds: float = 0.0
    warmth: float = 0.0
    brightness: float = 0.0
    lamps: float = 0.0
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    coloured: float = 0.0
    lit: float = 0.0

    def written(self) -> str:
        """The mood as text for a plan."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Mood:
        """The mood that was ``written``."""
        told = json.loads(text)
        return cls(**{**told, "tint": tuple(told["tint"])})


@dataclass(frozen=True)
class _Hour:
    """Of an hour ``at`` o'clock: shares of the mean light and colours (linear RGB) by kind, and the picture's ``key``,
    its mean brightness as linear light."""

    at: float
    key: float
    lights: dict[str, tuple[float, tuple[float, float, float]]]


def _hour(at: float, key: float, **lights: tuple[float, tuple[float, float, float]]) -> _Hour:
    return _Hour(at, key, lights)


_WARM, _AMBER, _WHITE, _SCREEN = (1.0, 0.80, 0.56), (1.0, 0.70, 0.38), (1.0, 0.97, 0.92), (0.78, 0.94, 1.2)
HOURS: dict[str, _Hour] = {
    "night": _hour(
        0.0, 0.075, sky=(0.030, (0.30, 0.46, 1.0)), practical=(0.55, _AMBER), lamps=(0.10, _WARM),
        screens=(0.20, _SCREEN), outside=(0.05, (1.0, 0.94, 0.84)), strip=(0.35, (0.6, 0.8, 1.2)),
    ),
    "dawn": _hour(
        6.0, 0.17, sky=(0.45, (0.74, 0.76, 1.05)), sun_low=(0.40, (1.0, 0.58, 0.46)), lamps=(0.03, _WARM),
        practical=(0.10, _AMBER), screens=(0.08, _SCREEN), outside=(0.02, (1.0, 0.94, 0.84)), strip=(0.2, _SCREEN),
    ),
    "morning": _hour(
        8.5, 0.24, sky=(0.62, (0.92, 0.98, 1.08)), sun_low=(0.55, (1.0, 0.80, 0.56)), sun_high=(0.06, _WHITE),
        lamps=(0.06, _WHITE), screens=(0.08, _SCREEN), strip=(0.2, _WHITE),
    ),
    "noon": _hour(
        12.0, 0.27, sky=(0.70, (0.97, 1.0, 1.04)), sun_high=(0.55, (1.0, 0.96, 0.88)), lamps=(0.12, _WHITE),
        screens=(0.10, _SCREEN), strip=(0.2, _WHITE), practical=(0.02, _WARM),
    ),
    "afternoon": _hour(
        15.5, 0.25, sky=(0.60, (0.98, 1.0, 1.02)), sun_high=(0.22, (1.0, 0.92, 0.78)), sun_low=(0.40, (1.0, 0.82, 0.6)),
        lamps=(0.08, _WHITE), screens=(0.10, _SCREEN), strip=(0.2, _WHITE),
    ),
    "sunset": _hour(
        18.2, 0.19, sky=(0.30, (1.0, 0.62, 0.55)), sun_low=(0.80, (1.0, 0.50, 0.22)), lamps=(0.04, _WARM),
        practical=(0.22, _AMBER), screens=(0.08, _SCREEN), outside=(0.012, (1.0, 0.92, 0.8)), strip=(0.2, _WARM),
    ),
    "dusk": _hour(
        19.7, 0.12, sky=(0.34, (0.40, 0.54, 1.0)), sun_low=(0.04, (1.0, 0.45, 0.3)), lamps=(0.05, _WARM),
        practical=(0.36, _AMBER), screens=(0.12, _SCREEN), outside=(0.03, (1.0, 0.92, 0.8)), strip=(0.25, _WARM),
    ),
    "evening": _hour(
        21.2, 0.13, sky=(0.03, (0.30, 0.45, 1.0)), lamps=(0.42, _WARM), practical=(0.55, _AMBER),
        screens=(0.10, _SCREEN), outside=(0.07, (1.0, 0.94, 0.84)), strip=(0.3, _WARM),
    ),
}  # fmt: skip
_LIT = _hour(12.0, 0.16, lamps=(0.9, _WHITE), screens=(0.35, _SCREEN), strip=(0.5, _SCREEN), practical=(0.25, _WARM))
_SAMPLES = 240


def angle_of(hour: str) -> float:
    """The place of a named hour on the circle, radians."""
    return (HOURS[hour].at - 12.0) * math.pi / 12.0


def hour_name(angle: float) -> str:
    """The hour whose name lies nearest on the circle."""
    return min(HOURS, key=lambda name: abs(math.remainder(angle - angle_of(name), 2.0 * math.pi)))


def shares(mood: Mood) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares [8] of the mean light and colours [8, 3] of the KINDS in ``mood``, and the key of the picture."""
    log_shares, log_colours, log_key = (part.copy() for part in _at(mood.angle))
    clear, cloudy = {"sun_high": -6.0, "sun_low": -6.0}, mood.clouds
    for kind, stops in clear.items():
        log_shares[KINDS.index(kind)] += stops * cloudy
    daylight = [KINDS.index("sky"), KINDS.index("outside")]
    log_colours[daylight] += cloudy * (np.log2([0.90, 0.97, 1.06]) - 0.55 * log_colours[daylight])
    log_key -= 0.35 * cloudy
    log_shares[[KINDS.index("lamps"), KINDS.index("practical")]] += 1.1 * cloudy + 2.2 * mood.lamps
    log_colours += 0.22 * mood.warmth * np.array([1.0, 0.05, -1.35])
    log_key += 0.7 * mood.brightness
    if mood.lit:
        for part, own in zip((log_shares, log_colours), _logs(_LIT)[:2], strict=True):
            part += mood.lit * (own - part)
        log_key = log_key + mood.lit * (math.log2(_LIT.key) - log_key) + 0.5 * mood.lit * mood.brightness
    if mood.coloured:
        _tint(log_colours, mood)
    return np.exp2(log_shares), np.exp2(log_colours), float(np.exp2(log_key))


def between(first: Mood, second: Mood, share: float) -> Mood:
    """On the way from one mood to another, forward in time where the two hours lie far apart."""
    way = math.remainder(second.angle - first.angle, 2.0 * math.pi)
    way = way + 2.0 * math.pi if way < -2.2 else way

    def mixed(name: str) -> float:
        return (1.0 - share) * getattr(first, name) + share * getattr(second, name)

    red, green, blue = ((1.0 - share) * a + share * b for a, b in zip(first.tint, second.tint, strict=True))
    names = ("clouds", "warmth", "brightness", "lamps", "coloured", "lit")
    return replace(
        first, angle=first.angle + share * way, tint=(red, green, blue), **{name: mixed(name) for name in names}
    )


def _tint(log_colours: np.ndarray, mood: Mood) -> None:
    """Coloured lights take the tint: strips wholly, lamps and screens as far as the mood says."""
    tint = np.log2(np.maximum(mood.tint, 1e-3))
    for kind, most in (("strip", 1.0), ("lamps", 0.85), ("screens", 0.7), ("practical", 0.35), ("sky", 0.25)):
        at = KINDS.index(kind)
        log_colours[at] += min(1.0, most * mood.coloured) * (tint - log_colours[at])


def _at(angle: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    log_shares, log_colours, log_key = _circle()
    place = (angle / (2.0 * math.pi) % 1.0) * _SAMPLES
    low, t = int(place) % _SAMPLES, place % 1.0
    high = (low + 1) % _SAMPLES
    parts = [(1.0 - t) * part[low] + t * part[high] for part in (log_shares, log_colours, log_key)]
    return parts[0], parts[1], parts[2]


@functools.cache
def _circle() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The table at even steps of the day from noon, rounded off a little so that nothing changes by a jerk."""
    ordered = sorted(HOURS.values(), key=lambda hour: hour.at)
    at = np.array([hour.at for hour in ordered])
    clock = (12.0 + 24.0 * np.arange(_SAMPLES) / _SAMPLES) % 24.0
    made = []
    for part in zip(*(_logs(hour) for hour in ordered), strict=True):
        values = np.stack([np.asarray(value, np.float64) for value in part])
        flat = values.reshape(len(values), -1)
        columns = [np.interp(clock, at, column, period=24.0) for column in flat.T]
        made.append(_rounded(np.stack(columns, axis=1)).reshape(_SAMPLES, *values.shape[1:]))
    return made[0], made[1], made[2]


def _rounded(values: np.ndarray) -> np.ndarray:
    kernel = np.hanning(13)[1:-1]
    kernel /= kernel.sum()
    half = len(kernel) // 2
    around = np.concatenate([values[-half:], values, values[:half]])
    return np.stack([np.convolve(column, kernel, "valid") for column in around.T], axis=1)


def _logs(hour: _Hour) -> tuple[np.ndarray, np.ndarray, float]:
    named = [hour.lights.get(kind, (_OFF, _WHITE)) for kind in KINDS]
    colours = np.array([colour for _, colour in named])
    colours /= (colours @ np.array([0.2126, 0.7152, 0.0722]))[:, None]
    return np.log2([share for share, _ in named]), np.log2(colours), math.log2(hour.key)
