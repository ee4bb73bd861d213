"""What the keyframes of a drift are made of: the embedding, the look of the drawn scene and the noise at each.

The embedding and the noise have an angle each on a closed cone. An orbit and a travel turn both angles together, so
their keyframes lie on one closed curve. A wander turns them at rates without a common period: its keyframes lie on a
grid over both angles, and the walk over the grid never comes back, whatever its length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from motion.asked import Asked
from motion.course import caption_planes, tones_along, tones_on_the_way
from motion.drift import generator_for, orbit, travel, way_there
from motion.rotation import orthogonal_plane
from motion.scenes.families import FAMILIES
from motion.scenes.tones import SHAPES

if TYPE_CHECKING:
    from motion.driven import Driven

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
    asked: Asked,
    seed: int,
    shape: tuple[int, int, int],
    text_phases: np.ndarray,
    noise_phases: np.ndarray,
    driven: Driven | None = None,
) -> Moments:
    """The moments at ``text_phases`` and ``noise_phases`` [k] (1 = a whole turn), noise of ``shape`` (c, h, w), on the
    path that is asked for, or where they are ``driven``."""
    noise = _noise(asked, generator_for(seed, "generator noise"), shape, noise_phases, driven)
    looks = looks_of(asked, seed, text_phases, noise_phases, driven)
    vectors = _vectors(asked, text_phases, driven).astype(np.float32)
    return Moments(vectors, noise.reshape(-1, *shape).astype(np.float32), looks, shares_of(asked, text_phases))


def looks_of(
    asked: Asked, seed: int, text_phases: np.ndarray, noise_phases: np.ndarray, driven: Driven | None = None
) -> np.ndarray:
    """Looks [stops, k, 35]: the light turns with the text, the shape with the noise."""
    shapes = _noise(asked, generator_for(seed, "scene shape"), (SHAPES,), noise_phases, driven)
    tones = [_tones(asked, i, text_phases, driven) for i in range(len(asked.stops))]
    looks = [np.concatenate([tone, shapes], axis=1) for tone in tones]
    return np.stack(looks)


def shares_of(asked: Asked, phases: np.ndarray) -> np.ndarray:
    """How much of the second stop's scene is there [k], 0..1, smooth; 0 where both are of one family."""
    if len(asked.stops) < 2 or asked.stops[0].family == asked.stops[1].family:
        return np.zeros(len(phases))
    eased = np.clip((way_there(phases) - 0.2) / 0.6, 0.0, 1.0)
    return eased * eased * (3.0 - 2.0 * eased)


def _noise(
    asked: Asked, draw: np.random.Generator, shape: tuple[int, ...], phases: np.ndarray, driven: Driven | None
) -> np.ndarray:
    """A unit Gaussian of ``shape`` on its way: [k, values], each of the same length; on a cone where nothing drives."""
    start = draw.standard_normal(math.prod(shape))
    if driven is not None:
        return driven.noise(start, phases, shape if len(shape) == 3 else ())
    return orbit(start, orthogonal_plane(start[None], draw), math.radians(asked.strengths.noise), phases)


def _vectors(asked: Asked, phases: np.ndarray, driven: Driven | None = None) -> np.ndarray:
    if driven is not None:
        return driven.vectors(asked.stops[0].vector.astype(np.float64), phases)
    if asked.path == "travel":
        here, there = (stop.vector.astype(np.float64) for stop in asked.stops)
        return travel(here, there, phases)
    return _around(asked, 0, phases)


def _around(asked: Asked, stop: int, phases: np.ndarray) -> np.ndarray:
    """The cone around one prompt, in the plane in which the captions of its family, or those learned, differ most."""
    centre, plane = asked.stops[stop].vector.astype(np.float64), asked.stops[stop].plane
    if plane is None:
        plane = caption_planes(FAMILIES[asked.stops[stop].family], centre)[0]
    return orbit(centre, plane, math.radians(asked.strengths.text), phases)


def _tones(asked: Asked, stop: int, phases: np.ndarray, driven: Driven | None) -> np.ndarray:
    """Tone vectors [k, 23] of the scene of one stop; on a travel within a family the light travels too."""
    here, last = asked.stops[stop], asked.stops[-1]
    family = FAMILIES[here.family]
    if asked.path == "travel" and asked.stops[0].family == last.family:
        return tones_on_the_way(family, asked.stops[0].words, last.words, _vectors(asked, phases), way_there(phases))
    vectors = _around(asked, stop, phases) if driven is None else _vectors(asked, phases, driven)
    return tones_along(family, here.words, here.vector.astype(np.float64), vectors)
