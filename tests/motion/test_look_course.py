"""The course of a backdrop's looks: tones blended by likeness, coloured by mood, and how they drift."""

from __future__ import annotations

import math

import numpy as np
import pytest

from motion.anchors import anchors
from motion.course import (
    NOISE,
    Course,
    Destination,
    _coloured_by_mood,
    caption_planes,
    course_noise,
    tones_along,
    tones_on_the_way,
)  # fmt: skip
from motion.drift import ClosedSpline, Strengths, generator_for, orbit, travel, wander, way_there
from motion.rotation import orthogonal_plane, principal_planes
from motion.scenes.families import FAMILIES
from motion.understanding import moods_of, tone_scores

OCEAN = FAMILIES["ocean"]
CENTRE = anchors().vectors["ocean, golden sunset"].astype(np.float64)
OTHER = anchors().vectors["ocean, night, moonlight"].astype(np.float64)
AROUND = np.stack([CENTRE, 0.8 * CENTRE + 0.6 * OTHER, OTHER])


def blended(logits: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    rows = np.stack([tone.vector for tone in OCEAN.tones.values()]).astype(np.float64)
    return _coloured_by_mood(weights @ rows, moods_of(vectors))


def test_the_centre_decides_sharply_and_the_drift_mildly() -> None:
    rest, moved = (tone_scores(each, OCEAN, ("dusk",)) for each in (CENTRE, AROUND))
    wanted = blended(rest / 0.016 + (moved - rest) / 0.10, AROUND)
    found = tones_along(OCEAN, ("dusk",), CENTRE, AROUND)
    assert found.shape == (3, 23) and np.allclose(found, wanted, atol=1e-9)


def test_words_of_both_prompts_count_along_the_way() -> None:
    there = np.array([0.0, 0.3, 1.0])
    first, last = (tone_scores(AROUND, OCEAN, words) for words in (("noon",), ("storm",)))
    wanted = blended((first + (last - first) * there[:, None]) / 0.016, AROUND)
    assert np.allclose(tones_on_the_way(OCEAN, ("noon",), ("storm",), AROUND, there), wanted, atol=1e-9)


@pytest.mark.parametrize("mood", ["vivid", "warm", "bright", "calm", "misty"])
@pytest.mark.parametrize("much", [-0.5, 1.0])
def test_each_mood_changes_its_own_part(mood: str, much: float) -> None:
    tones = np.random.default_rng(0).uniform(0.25, 0.6, (2, 23))
    moods = {name: np.zeros(2) for name in ("vivid", "warm", "bright", "calm", "misty")}
    moods[mood] = np.array([much, 0.0])
    wanted, colours = tones.copy(), tones[0, :18].reshape(6, 3)
    grey = colours.mean(axis=1, keepdims=True)
    changed = {
        "vivid": grey + (colours - grey) * (1.0 + 0.16 * much),
        "warm": colours * np.array([1.0 + 0.07 * much, 1.0 + 0.007 * much, 1.0 - 0.07 * much]),
        "bright": colours * (1.0 + 0.14 * much),
    }
    wanted[0, :18] = changed.get(mood, colours).reshape(18)
    if mood == "calm":
        wanted[0, 20] -= 0.10 * much
    if mood == "misty":
        wanted[0, 21] += 0.22 * much
    if mood == "bright":
        wanted[0, 22] *= 1.0 + 0.10 * much
    assert np.allclose(_coloured_by_mood(tones, moods), wanted)


def test_planes_are_those_in_which_captions_differ() -> None:
    near = anchors().of([*(f"ocean, {phrase}" for phrase in OCEAN.tones), *OCEAN.captions])
    for found, wanted in zip(caption_planes(OCEAN, CENTRE), principal_planes(near, 2, CENTRE), strict=True):
        assert np.allclose(found.n1, wanted.n1) and np.allclose(found.n2, wanted.n2)
        assert abs(found.n1 @ CENTRE) < 1e-9


def stop(vector: np.ndarray, family: str = "ocean", *words: str) -> Destination:
    return Destination(family, vector.astype(np.float32), words)


def vectors_of(path: str, turns: np.ndarray) -> np.ndarray:
    """Looks [k, 35] of the first of two stops, by the formulas."""
    draw = generator_for(7, "course")
    noise = draw.standard_normal(64)
    project = draw.standard_normal((12, 64)) / 8.0
    first = orthogonal_plane(noise[None], draw)
    second = orthogonal_plane(np.stack([noise, first.n1, first.n2]), draw)
    centre, far = (each.astype(np.float32).astype(np.float64) for each in (CENTRE, OTHER))
    planes, text, angle = caption_planes(OCEAN, centre.astype(np.float32)), math.radians(20.0), math.radians(30.0)
    if path == "wander":
        moved, turned = wander(centre, planes, text, turns, 7), wander(noise, (first, second), angle, turns, 7)
    else:
        moved, turned = orbit(centre, planes[0], text, turns), orbit(noise, first, angle, turns)
    tones = tones_along(OCEAN, (), centre, moved)
    if path == "travel":
        tones = tones_on_the_way(OCEAN, (), ("night",), travel(centre, far, turns), way_there(turns))
    return np.concatenate([tones, turned @ project.T], axis=1)


@pytest.mark.parametrize("path", ["orbit", "travel", "wander"])
def test_looks_lie_on_their_path(path: str) -> None:
    stops = (stop(CENTRE), stop(OTHER, "ocean", "night")) if path == "travel" else (stop(CENTRE),)
    made = Course(path, stops, Strengths(20.0, 30.0), 7)
    assert made.loops is (path != "wander")
    spline = ClosedSpline(vectors_of(path, np.arange(24) / 24))
    for turns in (0.0, 0.13, 0.5, 1.7):
        wanted = vectors_of(path, np.array([turns]))[0] if path == "wander" else spline.at(turns)
        assert np.allclose(made.look(0, turns), wanted, atol=1e-6)


@pytest.mark.parametrize(
    ("turns", "share"), [(0.0, 0.0), (0.14, 0.0), (0.2, 0.1479), (0.25, 0.5), (0.3, 0.8521), (0.36, 1.0), (0.5, 1.0)]
)
def test_the_second_scene_comes_in_smoothly_where_it_is_another(turns: float, share: float) -> None:
    made = Course("travel", (stop(CENTRE), stop(OTHER, "clouds")), Strengths(), 7)
    assert made.share(turns) == pytest.approx(share, abs=1e-3) == made.share(1.0 - turns)
    assert Course("travel", (stop(CENTRE), stop(OTHER)), Strengths(), 7).share(turns) == 0.0
    assert Course("orbit", (stop(CENTRE),), Strengths(), 7).share(turns) == 0.0


def test_the_noise_of_a_course_is_its_seeds() -> None:
    assert np.array_equal(course_noise(7), generator_for(7, "course").standard_normal(64)) and NOISE == 64


@pytest.mark.parametrize("path", ["influence", "predicted"])
def test_a_driven_course_goes_by_the_ways_that_it_is_given(path: str) -> None:
    draw = generator_for(7, "course")
    draw.standard_normal(64)
    project = draw.standard_normal((12, 64)) / 8.0
    noise = np.random.default_rng(0).standard_normal((3, 64)).astype(np.float32)
    made = Course(path, (stop(CENTRE),), Strengths(), 7, (AROUND.astype(np.float32), noise))
    tones = tones_along(
        OCEAN, (), CENTRE.astype(np.float32).astype(np.float64), AROUND.astype(np.float32).astype(float)
    )
    spline = ClosedSpline(np.concatenate([tones, noise @ project.T], axis=1), even=path != "influence")
    for turns in (0.0, 0.2, 0.7):
        assert np.allclose(made.look(0, turns), spline.at(turns), atol=1e-5)
