"""The course of a backdrop: how embedding and noise drift, and the look that they give at each moment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from motion.anchors import anchors
from motion.drift import ClosedSpline, Strengths, generator_for, orbit, travel, wander, way_there
from motion.rotation import Plane, orthogonal_plane, principal_planes
from motion.scenes.families import FAMILIES, Family
from motion.scenes.tones import SHAPES
from motion.understanding import moods_of, tone_scores

__all__ = ["NOISE", "Course", "Destination", "caption_planes", "course_noise", "tones_along", "tones_on_the_way"]

NOISE = 64
_KEYFRAMES = 24
_SHARP, _MILD = 0.016, 0.10


@dataclass(frozen=True)
class Destination:
    """A family, the unit embedding [384] of the prompt that led to it, and the prompt's words."""

    family: str
    vector: np.ndarray
    words: tuple[str, ...]


class Course:
    """Looks over time. ``turns`` counts periods; wander never repeats, all others do after one.

    ``ways``: closed ways of the first stop's vector [k, 384] and of the noise [k, 64], evenly in time, of a course that
    a film or a model drives.
    """

    def __init__(
        self,
        path: str,
        stops: tuple[Destination, ...],
        strengths: Strengths,
        seed: int,
        ways: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        self.path, self.stops, self.strengths, self.seed = path, stops, strengths, seed
        draw = generator_for(seed, "course")
        self._noise = draw.standard_normal(NOISE)
        self._project = draw.standard_normal((SHAPES, NOISE)) / math.sqrt(NOISE)
        self._noise_planes = _planes_around(self._noise, draw)
        self._text_planes = tuple(caption_planes(FAMILIES[stop.family], stop.vector) for stop in stops)
        if ways is not None:
            projected = ways[1].astype(np.float64) @ self._project.T
            family, words = FAMILIES[stops[0].family], stops[0].words
            tones = tones_along(family, words, stops[0].vector.astype(np.float64), ways[0].astype(np.float64))
            self._splines: tuple[ClosedSpline, ...] = (
                ClosedSpline(np.concatenate([tones, projected], axis=1), even=path != "influence"),
            )
        elif path != "wander":
            phases = np.arange(_KEYFRAMES) / _KEYFRAMES
            self._splines = tuple(ClosedSpline(self._vectors(i, phases)) for i in range(len(stops)))

    @property
    def loops(self) -> bool:
        """Whether the course repeats after one period."""
        return self.path != "wander"

    def look(self, stop: int, turns: float) -> np.ndarray:
        """The look vector [35] of ``stop`` at ``turns``."""
        if self.loops:
            return self._splines[stop].at(turns)
        return self._vectors(stop, np.array([turns]))[0]

    def share(self, turns: float) -> float:
        """How much of the second stop is seen, 0..1; 0 where there is only one."""
        if len(self.stops) < 2 or self._within:
            return 0.0
        eased = min(1.0, max(0.0, (float(way_there(np.asarray(turns))) - 0.2) / 0.6))
        return eased * eased * (3.0 - 2.0 * eased)

    @property
    def _within(self) -> bool:
        """Whether this is a travel from one light to another of the same scenes."""
        return self.path == "travel" and self.stops[0].family == self.stops[-1].family

    def _vectors(self, stop: int, turns: np.ndarray) -> np.ndarray:
        noise = self._drift(self._noise, self._noise_planes, math.radians(self.strengths.noise), turns)
        return np.concatenate([self._tones(stop, turns), noise @ self._project.T], axis=1)

    def _tones(self, stop: int, turns: np.ndarray) -> np.ndarray:
        family, words = FAMILIES[self.stops[stop].family], self.stops[stop].words
        centre = self.stops[stop].vector.astype(np.float64)
        if self._within:
            last = self.stops[-1]
            vectors = travel(self.stops[0].vector.astype(np.float64), last.vector.astype(np.float64), turns)
            return tones_on_the_way(family, self.stops[0].words, last.words, vectors, way_there(turns))
        angle = math.radians(self.strengths.text)
        return tones_along(family, words, centre, self._drift(centre, self._text_planes[stop], angle, turns))

    def _drift(self, centre: np.ndarray, planes: tuple[Plane, ...], angle: float, turns: np.ndarray) -> np.ndarray:
        if self.path == "wander":
            return wander(centre, planes, angle, turns, self.seed)
        return orbit(centre, planes[0], angle, turns)


def course_noise(seed: int) -> np.ndarray:
    """The noise [64] that a course of ``seed`` begins from."""
    return generator_for(seed, "course").standard_normal(NOISE)


def tones_along(family: Family, words: tuple[str, ...], centre: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Tone vectors [k, 23] of unit embeddings ``vectors`` [k, 384] that drift around ``centre`` [384].

    The centre decides sharply, the drift away from it mildly. ``words`` of the prompt that name a tone count.
    """
    rest = tone_scores(centre, family, words)
    moved = tone_scores(vectors, family, words)
    return _toned(family, rest / _SHARP + (moved - rest) / _MILD, vectors)


def tones_on_the_way(
    family: Family, words: tuple[str, ...], last: tuple[str, ...], vectors: np.ndarray, there: np.ndarray
) -> np.ndarray:
    """Tone vectors [k, 23] of unit embeddings ``vectors`` [k, 384] on the way from one prompt to another.

    Each decides sharply for itself. The ``words`` of the first prompt count the less, and those of the ``last`` the
    more, the further the way is gone (``there`` [k], 0..1), so both ends look as their prompts alone would.
    """
    left, ahead = (tone_scores(vectors, family, named) for named in (words, last))
    return _toned(family, (left + (ahead - left) * there[:, None]) / _SHARP, vectors)


def _toned(family: Family, logits: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """The tones of ``family`` blended by ``logits`` [k, tones], in the mood of ``vectors``."""
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    blended = weights @ np.stack([tone.vector for tone in family.tones.values()]).astype(np.float64)
    return _coloured_by_mood(blended, moods_of(vectors))


def caption_planes(family: Family, vector: np.ndarray) -> tuple[Plane, ...]:
    """The two planes, orthogonal to ``vector`` [384], in which the captions of ``family`` differ most: light and
    mood."""
    near = anchors().of([*(f"{family.name}, {phrase}" for phrase in family.tones), *family.captions])
    return principal_planes(near, 2, vector)


def _planes_around(centre: np.ndarray, draw: np.random.Generator) -> tuple[Plane, ...]:
    first = orthogonal_plane(centre[None], draw)
    second = orthogonal_plane(np.stack([centre, first.n1, first.n2]), draw)
    return first, second


def _coloured_by_mood(tones: np.ndarray, moods: dict[str, np.ndarray]) -> np.ndarray:
    """Exposure, warmth, saturation, haze and clouds shifted by the mood; ``tones`` [k, 23]."""
    colours = tones[:, :18].reshape(-1, 6, 3)
    grey = colours.mean(axis=2, keepdims=True)
    colours = grey + (colours - grey) * (1.0 + 0.16 * moods["vivid"])[:, None, None]
    warm = 0.07 * moods["warm"][:, None]
    colours = colours * np.stack([1.0 + warm, 1.0 + 0.1 * warm, 1.0 - warm], axis=-1)
    colours = colours * (1.0 + 0.14 * moods["bright"])[:, None, None]
    out = tones.copy()
    out[:, :18] = np.clip(colours, 0.0, 1.0).reshape(len(tones), 18)
    out[:, 20] = np.clip(out[:, 20] - 0.10 * moods["calm"], 0.0, 1.0)
    out[:, 21] = np.clip(out[:, 21] + 0.22 * moods["misty"], 0.0, 1.0)
    out[:, 22] = np.clip(out[:, 22] * (1.0 + 0.10 * moods["bright"]), 0.0, 1.0)
    return out
