"""The packaged picture encoder: features become a vector by what was fitted, and a fit finds what made them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar.core.errors import MissingEngine
from motion.encoders.scene import SceneEncoder, fit
from motion.generator.dataset import Example


class Eye:
    """In place of the judge: a picture's features are its first four numbers."""

    def features(self, planes: torch.Tensor) -> torch.Tensor:
        return planes.flatten(1)[:, :4]


def _pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 2, 3, 3), np.uint8)


def _features(pictures: np.ndarray) -> np.ndarray:
    return pictures.transpose(0, 3, 1, 2).reshape(len(pictures), -1)[:, :4] / 255.0


def test_a_vector_is_the_fitted_map_of_the_features() -> None:
    draw = np.random.default_rng(1)
    arrays = {"mean": draw.random(4), "scale": 0.5 + draw.random(4), "matrix": draw.standard_normal((4, 6)),
              "centre": 2.0 + draw.random(6)}  # fmt: skip
    pictures = _pictures(5)
    wanted = (_features(pictures) - arrays["mean"]) / arrays["scale"] @ arrays["matrix"] + arrays["centre"]
    found = SceneEncoder(Eye(), arrays).encode(pictures)  # type: ignore[arg-type]
    assert np.allclose(found, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-5)


def test_a_fit_finds_the_map_that_made_the_vectors(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    matrix, centre = 0.2 * draw.standard_normal((4, 6)), draw.standard_normal(6)
    pictures = _pictures(400)
    vectors = _features(pictures) @ matrix + centre
    examples = [Example(picture / 255.0, vector, None) for picture, vector in zip(pictures, vectors, strict=True)]  # type: ignore[arg-type]
    found = fit(Eye(), examples)  # type: ignore[arg-type]
    cosines = (found.encode(pictures) * vectors).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    assert cosines.min() > 0.999
    found.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"scene_encoder.safetensors"}


def test_weights_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingEngine, match=r"scene_encoder\.safetensors is missing or damaged: reinstall"):
        SceneEncoder.load(tmp_path)
