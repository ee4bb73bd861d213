"""The course of a room's light: embedding and noise turn, and with them hour, clouds, lamps and the camera's place.

The embedding turns on a cone in the plane of the day (``light_map``). What it moves within that plane is laid on the
circle of the hours at the hour that was asked for, where it begins: a small tilt is an hour or two there and back, a
tilt of 39 degrees or more goes once around, a whole day in a turn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from motion.drift import Strengths, generator_for, orbit, wander, way_there
from motion.plates import KINDS
from motion.rooms.daylight import Mood, between
from motion.rooms.light_map import light_map
from motion.rotation import Plane

__all__ = ["Moment", "RoomCourse", "even_way", "step_sizes"]

_DAY = 1.25  # tangent of the tilt at which the day goes full circle, inverted
_CLOUDS, _WARMTH = 0.9, 0.6
_LIT_BREATH = {"screens": 0.05, "lamps": 0.025, "practical": 0.035, "strip": 0.06}
_RATES = (1, 2, 3)
_SHADE = 0.55  # how dark a cloud before the sun makes it on a wander


@dataclass(frozen=True)
class Moment:
    """A ``mood``, how each kind of light breathes (``breath`` [8] multiplies it), and the camera's sway, -1..1."""

    mood: Mood
    breath: np.ndarray
    sway: tuple[float, float]


class RoomCourse:
    """Moments over time. ``turns`` counts periods; orbit and travel repeat after one, wander never does."""

    def __init__(
        self, path: str, moods: tuple[Mood, ...], vectors: np.ndarray, strengths: Strengths, seed: int
    ) -> None:
        self.path, self._moods, self._seed = path, moods, seed
        self._text, self._noise = math.radians(strengths.text), strengths.noise / Strengths().noise
        self._centre = np.asarray(vectors[0], np.float64)
        day, weather = light_map().planes(self._centre)
        self._planes = (_turned(day, moods[0].angle), weather)
        draw = generator_for(seed, "room life")
        self._offsets = draw.uniform(0.0, 2.0 * math.pi, len(KINDS))
        self._rates = draw.choice(_RATES, len(KINDS))
        self._shades = draw.uniform(0.0, 2.0 * math.pi, 4)

    @property
    def loops(self) -> bool:
        """Whether the course repeats after one period."""
        return self.path != "wander"

    def share(self, turns: float) -> float:
        """How much of the second stop is there, 0..1."""
        if len(self._moods) < 2:
            return 0.0
        eased = min(1.0, max(0.0, (float(way_there(np.asarray(turns))) - 0.1) / 0.8))
        return eased * eased * (3.0 - 2.0 * eased)

    def at(self, turns: float, stop: int | None = None) -> Moment:
        """The moment at ``turns``: of ``stop`` alone, or on the way between both."""
        mood = self._mood(turns, stop)
        return Moment(mood, self._breath(turns), self._sway(turns))

    def _mood(self, turns: float, stop: int | None) -> Mood:
        if self.path == "travel":
            if stop is not None:
                return self._moods[stop]
            return between(self._moods[0], self._moods[-1], float(way_there(np.asarray(turns))))
        rest = self._moods[0]
        (out, along), (weather, warmth) = (self._moved(plane, turns) for plane in self._planes)
        clouds = rest.clouds + _CLOUDS * weather + self._cloud_over_sun(turns)
        return replace(
            rest,
            angle=rest.angle + math.atan2(along, 1.0 + out),
            clouds=float(np.clip(clouds, 0.0, 1.0)),
            warmth=rest.warmth + _WARMTH * warmth,
            brightness=rest.brightness + (0.35 if rest.lit else 0.2) * along,
        )

    def _moved(self, plane: Plane, turns: float) -> tuple[float, float]:
        """How far the turned embedding lies from the prompt's along each direction of ``plane``, as tangents."""
        if self._text == 0.0:
            return 0.0, 0.0
        at = np.array([turns])
        if self.path == "wander":
            vector = wander(self._centre, self._planes, self._text, at, self._seed)[0]
        else:
            vector = orbit(self._centre, self._planes[0], self._text, at)[0]
        along = float(vector @ self._centre) / float(self._centre @ self._centre)
        x, y = plane.coordinates(vector)
        return _DAY * float(x) / max(along, 0.2), _DAY * float(y) / max(along, 0.2)

    def _cloud_over_sun(self, turns: float) -> float:
        """A cloud that passes: once a turn, and on a wander by waves without a common period."""
        if self.path == "wander":
            rates = 2.0 * math.pi * np.sqrt(np.array([0.7, 1.3, 2.1, 3.7]))
            wave, most = float(np.sin(rates * turns + self._shades).sum()) / 2.0 + 0.2, _SHADE
        else:
            wave, most = 0.5 - 0.5 * math.cos(2.0 * math.pi * turns), _SHADE / 2.0
        passing = min(1.0, max(0.0, wave))
        return most * passing * passing * (3.0 - 2.0 * passing) * min(1.0, self._text / math.radians(18.0))

    def _breath(self, turns: float) -> np.ndarray:
        depth = np.array([_LIT_BREATH.get(kind, 0.0) for kind in KINDS])
        return np.asarray(1.0 + self._noise * depth * np.sin(self._angles(turns) * self._rates + self._offsets))

    def _sway(self, turns: float) -> tuple[float, float]:
        reach = min(self._noise, 3.0)
        if self.loops:
            angle = 2.0 * math.pi * turns
            return reach * math.sin(angle), 0.7 * reach * math.cos(angle)  # round, so that it never stands still
        slow = 2.0 * math.pi * turns
        return reach * math.sin(0.93 * slow), 0.35 * reach * math.sin(0.71 * slow + 1.1)

    def _angles(self, turns: float) -> float | np.ndarray:
        if self.loops:
            return 2.0 * math.pi * turns
        return 2.0 * math.pi * turns * np.sqrt(np.linspace(0.8, 1.3, len(KINDS)))


def even_way(changes: np.ndarray, floor: float = 0.12) -> tuple[np.ndarray, np.ndarray]:
    """Places on the loop and how far along it they are, both 0..1 [n + 1], for ``changes`` [n] of the picture between
    neighbours; where next to nothing changes it goes on at ``floor`` of the mean pace at least."""
    steady = changes + floor * max(float(changes.mean()), 1e-9)
    way = np.concatenate([[0.0], np.cumsum(steady)])
    return np.linspace(0.0, 1.0, len(way)), way / way[-1]


def _turned(plane: Plane, angle: float) -> Plane:
    """The plane of the day seen from an hour: its first direction leads away from noon's circle there, its second on in
    time."""
    cosine, sine = math.cos(angle), math.sin(angle)
    return Plane(cosine * plane.n1 + sine * plane.n2, cosine * plane.n2 - sine * plane.n1)


def step_sizes(pictures: list[np.ndarray]) -> np.ndarray:
    """Mean change between pictures in a row, of 255."""
    return np.array([float(np.abs(b - a).mean()) for a, b in pairwise(pictures)])
