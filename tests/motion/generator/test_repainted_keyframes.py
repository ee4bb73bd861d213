"""Keyframes of a drift: which scenes are drawn how large, what the network is given in which batches, what it adds."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
import pytest
import torch

from avatar.core.progress import Progress, silent
from avatar.core.types import Size
from motion.asked import Asked
from motion.drift import Strengths
from motion.generator.codec import Codec
from motion.generator.curve import between
from motion.generator.dataset import soften_picture
from motion.generator.keyframes import (
    DRAWN,
    REPAINTED,
    _drawn,
    changes_of,
    drawn_latents,
    keyframes,
    laid_scenes,
    latent_shape,
    picture_size,
    refined,
    start_of,
)  # fmt: skip
from motion.generator.model import Generator, Sampling
from motion.generator.moments import looks_of, moments, shares_of
from motion.scenes.canvas import Canvas
from motion.scenes.families import FAMILIES
from motion.scenes.tones import look_from_vector
from motion.understanding import Understood

SIZE = (32, 16)
VECTOR = np.eye(1, 384, 5)[0].astype(np.float32)


def codec() -> Codec:
    draw = torch.Generator().manual_seed(1)
    return Codec(
        torch.full((192,), 0.5), 0.1 * torch.randn(12, 192, generator=draw), torch.ones(12),
        0.05 * torch.randn(192, 12, 3, 3, generator=draw), torch.full((192,), 0.5),
    )  # fmt: skip


class Adds:
    """A generator that adds a tenth of the noise to what was drawn, and remembers what it was asked."""

    def __init__(self) -> None:
        self.codec, self.rows = codec(), list[torch.Tensor]()

    def sample(self, vectors: Any, noise: torch.Tensor, sampling: Sampling, drawn: Any, report: Any) -> torch.Tensor:
        self.rows.append(noise[:, 0, 0, 0])
        report(1.0)
        return (0.0 if drawn is None else drawn) + 0.1 * noise


def asked(path: str = "orbit", *families: str) -> Asked:
    stops = tuple(Understood(VECTOR, name, (), 0.9, "") for name in families or ("ocean",))
    return Asked(path, stops, Strengths(18.0, 30.0), 12.0)


def test_the_nearest_shape_of_the_network_is_taken() -> None:
    found = [
        picture_size(Size(*wh)) for wh in ((1920, 1080), (1080, 1920), (1000, 1000), (132, 100), (133, 100), (4, 1))
    ]
    assert found == [(224, 128), (128, 224), (160, 160), (160, 160), (224, 128), (224, 128)]
    assert [picture_size(Size(100, height)) for height in (132, 133)] == [(160, 160), (128, 224)]
    assert latent_shape(codec(), (224, 128)) == (12, 16, 28) and (DRAWN, REPAINTED) == (72, 16)


def test_scenes_are_laid_twice_as_large_with_the_drift_of_the_noise() -> None:
    look = look_from_vector(np.concatenate([FAMILIES["ocean"].tones["golden sunset"].vector, np.zeros(12)]))
    first, second = laid_scenes(asked("travel", "ocean", "clouds"), 5, SIZE)
    for found, name in ((first, "ocean"), (second, "clouds")):
        wanted = FAMILIES[name].scene(Canvas(64, 32, 5, 2.0)).draw(look, 0.3)
        assert wanted.shape == (32, 64, 3) and np.array_equal(found.draw(look, 0.3), wanted)


def test_two_scenes_are_laid_over_each_other_by_their_share() -> None:
    scenes = laid_scenes(asked("travel", "ocean", "clouds"), 5, SIZE)
    looks = np.stack([np.concatenate([FAMILIES["ocean"].tones["golden sunset"].vector, np.zeros(12)])] * 2)
    one, other = (np.clip(each.draw(look_from_vector(looks[0]), 0.2), 0, 1) for each in scenes)
    assert np.allclose(_drawn(scenes, looks, 0.25, 0.2), 0.75 * one + 0.25 * other, atol=1e-6)
    assert np.array_equal(_drawn(scenes, looks, 0.0, 0.2), one.astype(np.float32))
    assert np.array_equal(_drawn(scenes, looks, 1.0, 0.2), other.astype(np.float32))
    assert np.array_equal(_drawn(scenes[:1], looks, 0.0, 0.2), one.astype(np.float32))


@pytest.mark.parametrize(("count", "batches"), [(8, 1), (3, 1), (9, 2), (16, 2)])
def test_the_network_works_in_batches_of_eight_whatever_the_count(count: int, batches: int) -> None:
    made, told = Adds(), list[float]()
    noise = np.arange(count, dtype=np.float32)[:, None, None, None] * np.ones((1, 12, 2, 4), np.float32)
    start = torch.from_numpy(noise) * 2.0
    generator, vectors = cast(Generator, made), np.zeros((count, 384), np.float32)
    found = refined(generator, vectors, noise, start, Sampling(), Progress(lambda f, m: told.append(round(f, 4))))
    assert torch.allclose(found, 2.1 * torch.from_numpy(noise)) and [len(rows) for rows in made.rows] == [8] * batches
    assert made.rows[-1].tolist() == [float(k % count) for k in range(8 * batches - 8, 8 * batches)]
    assert told == [round(min(1.0, 8 * (k + 1) / count), 4) for k in range(batches)]


def test_what_the_network_adds_is_softened_and_enlarged() -> None:
    made, draw = codec(), torch.Generator().manual_seed(3)
    latents, start = torch.randn(2, 2, 12, 2, 4, generator=draw).unbind()
    change = (made.decode(latents) - made.decode(start)).permute(0, 2, 3, 1).numpy()
    soft = torch.from_numpy(np.stack([cv2.GaussianBlur(one, (0, 0), 5.0) for one in change])).permute(0, 3, 1, 2)
    larger = torch.nn.functional.interpolate(soft, scale_factor=2, mode="bicubic", align_corners=False)
    wanted = made.encode(larger) - made.encode(torch.zeros(1, 3, 32, 64))
    assert np.allclose(changes_of(made, latents, start), wanted.numpy(), atol=1e-4)
    whole = torch.nn.functional.interpolate(made.decode(latents), scale_factor=2, mode="bicubic", align_corners=False)
    assert np.allclose(changes_of(made, latents, None), made.encode(whole).numpy(), atol=1e-4)


def test_moving_scenes_are_drawn_at_their_phases() -> None:
    made, told = asked(), list[tuple[float, str]]()
    scenes, phases = laid_scenes(made, 5, SIZE), np.array([0.0, 0.3, 0.7])
    sink = Progress(lambda f, m: told.append((round(f, 3), m)))
    found = drawn_latents(codec(), made, 5, SIZE, scenes, phases, sink)
    looks = looks_of(made, 5, phases, phases)
    for k, phase in enumerate(phases):
        picture = soften_picture(_drawn(scenes, looks[:, k], 0.0, phase), (64, 32))
        wanted = codec().encode(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].numpy()
        assert np.allclose(found[k], wanted, atol=1e-5)
    assert told == [(0.333, "drawing the backdrop"), (0.667, "drawing the backdrop"), (1.0, "drawing the backdrop")]
    empty = drawn_latents(codec(), made, 5, SIZE, (), phases, silent())
    assert empty.shape == (3, 12, 4, 8) and not empty.any()
    rest = start_of(codec(), scenes, looks, shares_of(made, phases), SIZE)
    still = soften_picture(_drawn(scenes, looks[:, 1], 0.0, 0.0), SIZE)
    assert torch.allclose(rest[1], codec().encode(torch.from_numpy(still).permute(2, 0, 1)[None])[0], atol=1e-5)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_an_orbit_is_what_was_drawn_and_what_the_network_adds_between(strength: float) -> None:
    made, order, sampling = Adds(), asked(), Sampling(strength=strength)
    found = keyframes(cast(Generator, made), order, 5, SIZE, sampling, silent(), 5)
    assert (
        set(found) == {"latents"} and found["latents"].shape == (5, 12, 4, 8) and found["latents"].dtype == np.float16
    )
    turns, phases = np.arange(16) / 16, np.arange(5) / 5
    at = moments(order, 5, (12, 2, 4), turns, turns)
    scenes = laid_scenes(order, 5, SIZE)
    start = start_of(codec(), scenes, at.looks, at.shares, SIZE) if strength < 1.0 else None
    painted = (0.0 if start is None else start) + 0.1 * torch.from_numpy(at.noise)
    changes = changes_of(codec(), torch.as_tensor(painted), start)
    drawn = drawn_latents(codec(), order, 5, SIZE, scenes if strength < 1.0 else (), phases, silent())
    wanted = drawn + np.stack([between(changes, 16 * phase) for phase in phases])
    assert np.allclose(found["latents"], wanted, atol=0.01) and np.abs(wanted).max() > 0.1


def test_a_wander_keeps_a_grid_of_changes() -> None:
    found = keyframes(cast(Generator, Adds()), asked("wander"), 5, SIZE, Sampling(strength=0.5), silent(), 3)
    assert found["latents"].shape == (3, 12, 4, 8) and found["changes"].shape == (4, 6, 12, 4, 8)
    assert found["latents"].dtype == found["changes"].dtype == np.float16
    turns = np.meshgrid(np.arange(4) / 4, np.arange(6) / 6, indexing="ij")
    at = moments(asked("wander"), 5, (12, 2, 4), turns[0].ravel(), turns[1].ravel())
    start = start_of(codec(), laid_scenes(asked("wander"), 5, SIZE), at.looks, at.shares, SIZE)
    wanted = changes_of(codec(), start + 0.1 * torch.from_numpy(at.noise), start).reshape(4, 6, 12, 4, 8)
    assert np.allclose(found["changes"], wanted, atol=0.01)
