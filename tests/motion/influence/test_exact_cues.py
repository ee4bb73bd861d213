"""What moves and what is near in a frame, as numbers, and what a depth model says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch

from motion.influence import cues
from motion.influence.cues import FIELD, PACKAGED_DEPTH, depth_of, moving_edges


def shrunk(values: np.ndarray) -> np.ndarray:
    small = cv2.resize(values.astype(np.float32), (8, 8), interpolation=cv2.INTER_AREA)
    return small.ravel() + np.float32(1e-3)


def test_edges_are_those_of_the_difference() -> None:
    before = np.full((64, 64, 3), 50, np.uint8)
    frame = before.copy()
    frame[:, 32:] = 80
    found = moving_edges(before, frame).reshape(8, 8)
    assert (FIELD, found.dtype) == (8, np.float32)
    wanted = np.full((8, 8), 1e-3)
    wanted[:, 3] += 4.0 * 30.0 / 255.0 / 8.0
    wanted[:, 4] += 4.0 * 30.0 / 255.0 / 8.0
    assert np.allclose(found, wanted, atol=1e-6)
    assert np.allclose(moving_edges(frame, before).reshape(8, 8), wanted, atol=1e-6)
    turned = moving_edges(before.transpose(1, 0, 2), np.ascontiguousarray(frame.transpose(1, 0, 2)))
    assert np.allclose(turned.reshape(8, 8), wanted.T, atol=1e-6)
    assert np.allclose(moving_edges(frame, frame), 1e-3)


def test_haze_is_height_contrast_and_colour() -> None:
    assert PACKAGED_DEPTH == "haze"
    depth, rows = depth_of(), np.linspace(0.0, 1.0, 48)[:, None] * np.ones((1, 64))
    assert depth is depth_of("haze")
    grey = np.full((48, 64, 3), 120, np.uint8)
    assert np.allclose(depth(grey), shrunk(0.5 * rows), atol=1e-5)
    red = np.zeros((48, 64, 3), np.uint8)
    red[..., 0] = 255
    assert np.allclose(depth(red), shrunk(0.5 * rows + 0.3), atol=1e-5)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 1), dtype=np.uint8).repeat(3, axis=2)
    values = noise[..., 0].astype(np.float32) / 255.0
    contrast = np.abs(values - cv2.GaussianBlur(values, (0, 0), 4.0))
    assert np.allclose(depth(noise), shrunk(0.5 * rows + 4.0 * contrast), atol=1e-4)


def test_a_depth_model_gives_a_field_between_nothing_and_one() -> None:
    def network(**given: Any) -> SimpleNamespace:
        assert given == {"pixels": 7}
        return SimpleNamespace(predicted_depth=torch.arange(64.0).reshape(1, 8, 8) * 3.0 + 5.0)

    def processor(images: np.ndarray, return_tensors: str) -> dict[str, int]:
        assert images.shape == (9, 9, 3) and return_tensors == "pt"
        return {"pixels": 7}

    found = cues._estimated(network, processor, np.zeros((9, 9, 3), np.uint8))
    assert np.allclose(found, np.arange(64.0) / 63.0 + 1e-3, atol=1e-6)
    flat = cues._estimated(lambda **_: SimpleNamespace(predicted_depth=torch.full((1, 8, 8), 4.0)),
                           processor, np.zeros((9, 9, 3), np.uint8))  # fmt: skip
    assert np.allclose(flat, 1e-3)
