"""What the keyframes of a drift are made of: the embedding, the look of the drawn scene and the noise at each.

The embedding and the noise have an angle each on a closed cone. An orbit and a travel turn both angles together, so
their keyframes lie on one closed curve. A wander turns them at rates without a common period: its keyframes lie on a
grid over both angles, and the walk over the grid never comes back, whatever its length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from motion.asked import Asked
from motion.course import caption_planes, tones_along, tones_on_the_way
from motion.drift import generator_for, orbit, travel, way_there
from motion.rotation import orthogonal_plane
from motion.scenes.families import FAMILIES
from motion.scenes.tones import SHAPES

__all__ = ["Moments", "looks_of", "moments", "shares_of"]


@dataclass(frozen=True)
class Moments:
    """``vectors`` float32 [k, 384] unit, ``noise`` float32 [k, c, h, w], ``looks`` [stops, k, 35] of the drawn scenes,
    ``shares`` [k] of the second stop."""

    vectors: np.ndarray
    noise: np.ndarray
    looks: np.ndarray
    shares: np.ndarray


def moments(
    asked: Asked, seed: int, shape: tuple[int, int, int], text_phases: np.ndarray, noise_phases: np.ndarray
) -> Moments:
    """The moments at ``text_phases`` and ``noise_phases`` [k] (1 = a whole turn), noise of ``shape`` (c, h, w)."""
    tilt = math.radians(asked.strengths.noise)
    noise = _cone(generator_for(seed, "generator noise"), math.prod(shape), tilt, noise_phases)
    looks = looks_of(asked, seed, text_phases, noise_phases)
    vectors = _vectors(asked, text_phases).astype(np.float32)
    return Moments(vectors, noise.reshape(-1, *shape).astype(np.float32), looks, shares_of(asked, text_phases))


def looks_of(asked: Asked, seed: int, text_phases: np.ndarray, noise_phases: np.ndarray) -> np.ndarray:
    """Looks [stops, k, 35]: the light turns with the text, the shape with the noise."""
    tilt = math.radians(asked.strengths.noise)
    shapes = _cone(generator_for(seed, "scene shape"), SHAPES, tilt, noise_phases)
    looks = [np.concatenate([_tones(asked, i, text_phases), shapes], axis=1) for i in range(len(asked.stops))]
    return np.stack(looks)


def shares_of(asked: Asked, phases: np.ndarray) -> np.ndarray:
    """How much of the second stop's scene is there [k], 0..1, smooth; 0 where both are of one family."""
    if len(asked.stops) < 2 or asked.stops[0].family == asked.stops[1].family:
        return np.zeros(len(phases))
    eased = np.clip((way_there(phases) - 0.2) / 0.6, 0.0, 1.0)
    return eased * eased * (3.0 - 2.0 * eased)


def _cone(draw: np.random.Generator, dimensions: int, tilt: float, phases: np.ndarray) -> np.ndarray:
    """A unit Gaussian of ``dimensions`` turning on a cone: [k, dimensions], each of the same length."""
    start = draw.standard_normal(dimensions)
    return orbit(start, orthogonal_plane(start[None], draw), tilt, phases)


def _vectors(asked: Asked, phases: np.ndarray) -> np.ndarray:
    if asked.path == "travel":
        here, there = (stop.vector.astype(np.float64) for stop in asked.stops)
        return travel(here, there, phases)
    return _around(asked, 0, phases)


def _around(asked: Asked, stop: int, phases: np.ndarray) -> np.ndarray:
    """The cone around one prompt, in the plane in which the captions of its family differ most."""
    centre = asked.stops[stop].vector.astype(np.float64)
    plane = caption_planes(FAMILIES[asked.stops[stop].family], centre)[0]
    return orbit(centre, plane, math.radians(asked.strengths.text), phases)


def _tones(asked: Asked, stop: int, phases: np.ndarray) -> np.ndarray:
    """Tone vectors [k, 23] of the scene of one stop; on a travel within a family the light travels too."""
    here, last = asked.stops[stop], asked.stops[-1]
    family = FAMILIES[here.family]
    if asked.path == "travel" and asked.stops[0].family == last.family:
        return tones_on_the_way(family, asked.stops[0].words, last.words, _vectors(asked, phases), way_there(phases))
    return tones_along(family, here.words, here.vector.astype(np.float64), _around(asked, stop, phases))
