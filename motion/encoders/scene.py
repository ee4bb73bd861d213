"""The packaged picture encoder: what the judge of drawn scenes sees, laid into the space of the sentence model.

A least-squares map takes the judge's 326 features of a picture to the embedding [384] of the sentence about it; it is
fitted to drawn scenes, whose embeddings are known because they were drawn from them. So pictures and prompts share one
space, as with CLIP, and a rotation between two frames can be applied to a prompt as it is. It knows drawn scenes: of
photographs and films it sees light, colour and large shapes.

``python -m motion.encoders.scene`` fits it again and prints how near it comes on scenes that it was not fitted to.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from avatar.core.errors import MissingEngine
from avatar.core.types import Size
from motion.course import caption_planes, tones_along
from motion.drift import generator_for, orbit
from motion.embedding import embed
from motion.generator.captions import training_sentences
from motion.generator.dataset import Example, picture_of
from motion.judge import Judge
from motion.scenes.families import FAMILIES
from motion.scenes.tones import SHAPES
from motion.understanding import words_of

__all__ = ["SceneEncoder", "fit"]

WEIGHTS = Path(__file__).parent.parent / "weights"
_FILE = "scene_encoder.safetensors"
_SIZE = (224, 128)
_TILT = math.radians(14.0)
_FITTED_ON, _RIDGE, _SEED, _TRIAL_SEED = 896, 0.1, 4_000_000, 5_000_000


class SceneEncoder:
    """Features [326] less ``mean``, over ``scale``, times ``matrix`` [326, 384], plus ``centre`` [384]."""

    name, dimension, size = "scene", 384, Size(*_SIZE)

    def __init__(self, judge: Judge, arrays: dict[str, np.ndarray]) -> None:
        self._judge, self._arrays = judge, {name: value.astype(np.float32) for name, value in arrays.items()}

    @classmethod
    def load(cls, folder: Path = WEIGHTS) -> SceneEncoder:
        """Read the packaged weights; MissingEngine where a file is missing or damaged."""
        path = folder / _FILE
        try:
            arrays = load_file(path)
        except (OSError, SafetensorError) as error:
            raise MissingEngine(f"Weight file {path} is missing or damaged: reinstall govorun.") from error
        return cls(Judge.load(folder / "judge.safetensors"), arrays)

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Unit vectors float32 [n, 384] of ``pictures`` uint8 [n, 128, 224, 3]."""
        planes = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2).float() / 255.0
        arrays = self._arrays
        seen = (self._judge.features(planes).numpy() - arrays["mean"]) / arrays["scale"]
        vectors = seen @ arrays["matrix"] + arrays["centre"]
        unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        """Unit vectors float32 [n, 384] of ``texts``: those of the sentence model."""
        from motion.embedding import embed

        return embed(texts)

    def save(self, folder: Path) -> None:
        """Write what ``load`` reads, in half precision."""
        save_file({name: value.astype(np.float16) for name, value in self._arrays.items()}, folder / _FILE)


def fit(judge: Judge, examples: list[Example]) -> SceneEncoder:
    """The encoder that comes nearest to the embeddings of ``examples``: ridge regression, in closed form."""
    features = _features(judge, examples).astype(np.float64)
    vectors = np.stack([example.vector for example in examples]).astype(np.float64)
    mean, scale, centre = features.mean(axis=0), features.std(axis=0) + 1e-3, vectors.mean(axis=0)
    seen = (features - mean) / scale
    normal = seen.T @ seen + _RIDGE * len(seen) * np.eye(seen.shape[1])
    matrix = np.linalg.solve(normal, seen.T @ (vectors - centre))
    return SceneEncoder(judge, {"mean": mean, "scale": scale, "matrix": matrix, "centre": centre})


def agreement(encoder: SceneEncoder, examples: list[Example]) -> tuple[float, float]:
    """Mean cosine of pictures' vectors with those of their sentences, and the share whose own is the nearest."""
    pictures = np.stack([_pixels(example) for example in examples])
    seen, told = encoder.encode(pictures), np.stack([example.vector for example in examples])
    cosines = seen @ told.T
    return float(np.diag(cosines).mean()), float((cosines.argmax(axis=1) == np.arange(len(seen))).mean())


def drawn(number: int, seed: int) -> Example:
    """A drawn scene, a sentence about it, and the sentence's embedding, tilted a little as the scene was drawn."""
    draw, family = generator_for(seed + number, "encoder's picture"), list(FAMILIES)[number % len(FAMILIES)]
    known = [sentence for sentence in training_sentences() if sentence.family == family]
    sentence = known[int(draw.integers(len(known)))]
    centre = embed([sentence.text])[0].astype(np.float64)
    plane = caption_planes(FAMILIES[family], centre)[int(draw.random() < 0.3)]
    vector = orbit(centre, plane, abs(draw.normal(0.0, _TILT)), draw.random(1))
    tones = tones_along(FAMILIES[family], words_of(sentence.text), centre, vector)[0]
    look = np.concatenate([tones, draw.standard_normal(SHAPES)])
    picture = picture_of(family, look, _SIZE, seed + number, float(draw.random()))
    return Example(picture, vector[0].astype(np.float32), sentence)


def _pixels(example: Example) -> np.ndarray:
    pixels: np.ndarray = np.clip(example.picture * 255.0 + 0.5, 0.0, 255.0).astype(np.uint8)
    return pixels


def _features(judge: Judge, examples: list[Example]) -> np.ndarray:
    pictures = np.stack([example.picture for example in examples])
    found: np.ndarray = judge.features(torch.from_numpy(pictures).permute(0, 3, 1, 2)).numpy()
    return found


def main() -> None:
    """Fit the packaged encoder anew."""
    parser = argparse.ArgumentParser(description="Fit the packaged picture encoder to drawn scenes.")
    parser.add_argument("weights", type=Path, nargs="?", default=WEIGHTS, help="folder with judge.safetensors")
    parser.add_argument("--pictures", type=int, default=_FITTED_ON)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    judge = Judge.load(arguments.weights / "judge.safetensors")
    encoder = fit(judge, [drawn(i, _SEED) for i in range(arguments.pictures)])
    encoder.save(arguments.weights)
    trial = [drawn(i, _TRIAL_SEED) for i in range(168)]
    cosine, nearest = agreement(SceneEncoder.load(arguments.weights), trial)
    print(f"{len(trial)} unseen scenes: cosine with the sentence {cosine:.3f}, own sentence nearest {nearest:.3f}")  # noqa: T201


if __name__ == "__main__":
    main()
