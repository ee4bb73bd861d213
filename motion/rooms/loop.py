"""The pictures of a room over time: keyframes mixed on demand, frames faded between them, and the light at the seat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from avatar.core.types import Size
from motion.drift import Strengths, generator_for
from motion.keyframes import KeptKeyframes, planes_of
from motion.plates import FOLDER, room_named
from motion.rooms.course import Moment, RoomCourse, even_way, step_sizes
from motion.rooms.daylight import Mood
from motion.rooms.life import Life
from motion.rooms.mixing import Gains, Plate, irradiance

__all__ = ["RoomLoop"]

_A_SECOND = 1.25
_SAMPLES = 96
_LIGHTS = 2000


class RoomLoop:
    """One course through a room, or from one room to another; ``settings`` and ``vectors`` [stops, 384] of a plan."""

    def __init__(self, settings: Mapping[str, str], vectors: np.ndarray, period: float, size: Size) -> None:
        folder = Path(settings["model"]) if settings["model"] else FOLDER
        stops = range(len(vectors))
        names = [(settings[f"room{i}"], settings[f"mirrored{i}"] == "1") for i in stops]
        plates = {key: Plate(room_named(key[0], folder), size, key[1]) for key in dict.fromkeys(names)}
        self._plates = [plates[key] for key in names]
        self._gains = [Gains(plate) for plate in self._plates]
        self._moves = len(plates) > 1
        moods = tuple(Mood.read(settings[f"mood{i}"]) for i in stops)
        strengths = Strengths(float(settings["text_force"]), float(settings["noise_drift"]))
        self._course = RoomCourse(settings["path"], moods, vectors, strengths, int(settings["seed"]))
        self.period, self._size = period, size
        self.keyframes = max(8, round(period * _A_SECOND))
        self._places, self._way = self._evenly()
        self._dither = _dither(size)
        self._kept = KeptKeyframes(self._dither.size, 4)
        self._lights: dict[int, np.ndarray] = {}
        seed = int(settings["seed"])
        first = self._plates[0]
        self._life = Life(first.room.place, first.window, size, period, seed, first.near)
        self._lively = 0.0 if self._moves else float(settings.get("life", "0"))

    def frame(self, turns: float) -> np.ndarray:
        """The picture float32 [3, h, w] in 0..1 after ``turns`` of the period."""
        picture = planes_of(self._faded(turns, 1.0 / 255.0, cv2.CV_32F))
        self._life.show(picture, turns, self._lively)
        return picture

    def byte_frame(self, turns: float) -> np.ndarray:
        """The same in bytes, uint8 [h, w, 3]."""
        picture = self._faded(turns, 1.0, cv2.CV_8U)
        self._life.show(picture.transpose(2, 0, 1), turns, self._lively, 255.0)
        return picture

    def _faded(self, turns: float, scale: float, kind: int) -> np.ndarray:
        """The room without its life, times ``scale``, [h, w, 3] of OpenCV's ``kind`` of numbers."""
        place = turns * self.keyframes
        knot, t = int(np.floor(place)), place - np.floor(place)
        here, there = self._picture(knot), self._picture(knot + 1)
        return np.asarray(cv2.addWeighted(here, (1.0 - t) * scale, there, t * scale, 0.0, dtype=kind))

    def light(self, turns: float) -> np.ndarray:
        """Light at the seat after ``turns``, float32 [3, 9], in the exposure of the picture."""
        place = turns * self.keyframes
        knot, t = int(np.floor(place)), place - np.floor(place)
        return np.asarray((1.0 - t) * self._light(knot) + t * self._light(knot + 1), np.float32)

    def _light(self, number: int) -> np.ndarray:
        """The light at keyframe ``number``."""
        key = number % self.keyframes if self._course.loops else number
        if key not in self._lights:
            if len(self._lights) > _LIGHTS:
                self._lights.clear()
            self._lights[key] = np.asarray(
                sum(
                    share * irradiance(self._plates[stop], self._gains[stop].of(moment.mood, moment.breath))
                    for stop, share, moment in self._parts(key / self.keyframes)
                ),
                np.float32,
            )
        return self._lights[key]

    def _picture(self, number: int) -> np.ndarray:
        """Keyframe ``number``, uint8 [h, w, 3]."""
        key = number % self.keyframes if self._course.loops else number
        return self._kept.of(key, lambda key: self._drawn(key / self.keyframes))

    def _drawn(self, turns: float) -> np.ndarray:
        parts = [
            (share, self._plates[stop].picture(self._gains[stop].of(moment.mood, moment.breath), moment.sway))
            for stop, share, moment in self._parts(turns)
        ]
        share, picture = parts[0]
        for more, other in parts[1:]:
            picture = cv2.addWeighted(picture, share, other, more, 0.0)
        return np.asarray(cv2.add(picture, self._dither, dtype=cv2.CV_8U))

    def _parts(self, turns: float) -> list[tuple[int, float, Moment]]:
        """The stops that are seen after ``turns``, how much of each, and its moment."""
        at = float(np.interp(turns % 1.0, self._way, self._places)) if self._course.loops else turns
        if not self._moves:
            return [(0, 1.0, self._course.at(at))]
        share = self._course.share(at)
        parts = [(0, 1.0 - share, self._course.at(at, 0)), (len(self._plates) - 1, share, self._course.at(at, -1))]
        return [part for part in parts if part[1] > 0.0]

    def _evenly(self) -> tuple[np.ndarray, np.ndarray]:
        """The loop's places and the way to them, walked so that small pictures change evenly."""
        places = np.linspace(0.0, 1.0, _SAMPLES + 1)
        self._places, self._way = places, places
        if not self._course.loops:
            return places, places
        small = []
        for place in places:
            seen = [
                np.float32(share) * self._gains[stop].coarse(self._gains[stop].of(moment.mood, moment.breath))
                for stop, share, moment in self._parts(float(place) % 1.0)
            ]
            small.append(np.asarray(sum(seen)))
        return even_way(step_sizes(small))


def _dither(size: Size) -> np.ndarray:
    """Static triangular noise of one step to each side, float32 [h, w, 3]: soft gradients show no bands."""
    draw = generator_for(0, "room dither").random((2, size.height, size.width, 3), np.float32)
    return draw[0] - draw[1]
