"""Frames of the embedded backdrop between the moments that are decoded: near the truth, even, the same for all."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar.core.types import BackdropPlan, Size
from motion.engines.embedded import WEIGHTS, Embedded, EmbeddedClip
from motion.generator.codec import BLOCK, CHANNELS, Codec
from motion.generator.curve import EvenCurve, way_of
from motion.generator.model import CODEC_FILE

SIZE = Size(24 * BLOCK, 16 * BLOCK)
PERIOD, KEYS, FPS = 12.0, 72, 25.0


def plan(drift: float = 0.5, **arrays: np.ndarray) -> BackdropPlan:
    """A closed curve: soft latents that turn in a plane, ``drift`` deviations to each side."""
    draw = np.random.default_rng(5).normal(size=(3, CHANNELS, 4, 6))
    still, one, other = np.kron(draw, np.ones((1, 1, 4, 4)))
    angles = 2.0 * np.pi * np.arange(KEYS)[:, None, None, None] / KEYS
    latents = still + drift * (np.cos(angles) * one + np.sin(angles) * other)
    settings = {"path": "orbit", "model": ""}
    return BackdropPlan("embedded", PERIOD, {"latents": latents.astype(np.float16), **arrays}, settings)


def clip(fps: float = FPS, drift: float = 0.5, **arrays: np.ndarray) -> EmbeddedClip:
    return Embedded().open(plan(drift, **arrays), SIZE, fps, "cpu")


def truth(index: int, drift: float) -> np.ndarray:
    """Frame ``index`` decoded by itself, float [h, w, 3] in 0..255."""
    codec = Codec.load(WEIGHTS / CODEC_FILE)

    def decode(latents: np.ndarray) -> np.ndarray:
        return codec.decode(torch.from_numpy(latents)).numpy()

    def changes(latents: np.ndarray) -> np.ndarray:
        pictures = decode(latents)
        return np.abs(pictures[1:] - pictures[:-1]).mean(axis=(1, 2, 3)).astype(np.float64)

    keys = plan(drift).arrays["latents"]
    latents = EvenCurve(keys, way_of(keys, changes)).at(index / (PERIOD * FPS))
    return 255.0 * decode(latents[None])[0].transpose(1, 2, 0).clip(0.0, 1.0)


@pytest.mark.parametrize("index", [0, 10, 11, 12, 13, 14, 297, 402])
def test_a_frame_is_the_picture_of_its_time(index: int) -> None:
    off = np.abs(clip(drift=0.8).byte_frame(index) - truth(index, 0.8))
    assert off.mean() < 0.4
    assert off.max() <= 2.0


@pytest.mark.parametrize("walks", [False, True])
def test_moments_lie_in_time_and_frames_are_the_same_in_any_order(walks: bool) -> None:
    grid = 0.2 * np.random.default_rng(6).normal(size=(4, 6, CHANNELS, 16, 24)).astype(np.float16)
    arrays = {"changes": grid} if walks else {}
    told = [*range(40), 611, 299, 300, 301]
    first, other, faster = clip(**arrays), clip(**arrays), clip(2.0 * FPS, **arrays)
    frames = {index: first.byte_frame(index) for index in told}
    for index in reversed(told):
        assert np.array_equal(other.byte_frame(index), frames[index])
        assert np.array_equal(faster.byte_frame(2 * index), frames[index])
    assert np.array_equal(frames[3], first.byte_frame(3 + 300)) != walks, "a loop comes back, a walk does not"


def test_pixels_change_one_by_one_and_not_together() -> None:
    """Bytes that were mixed from bytes would all turn in the same frame, five times a second."""
    frames = [clip_frame for slow in [clip(drift=0.02)] for clip_frame in map(slow.byte_frame, range(33))]
    changed = [int((one != other).sum()) for one, other in zip(frames, frames[1:], strict=False)]
    assert min(changed) > 500
    assert max(changed) < 1.5 * min(changed)


def test_little_is_kept() -> None:
    drawn, made = [], clip()
    decode = made._small
    made._small = lambda turns: (drawn.append(turns), decode(turns))[1]  # type: ignore[method-assign,assignment,func-returns-value]
    for index in range(100):
        made.byte_frame(index)
    assert len(drawn) == 21, "each moment once"
    assert len(made._kept) == 2
