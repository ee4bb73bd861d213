"""How steady the films of ``motion.magic.training`` are, and how like drawn ones.

``python -m motion.trials.magic FOLDER --seed N`` makes the rows of docs/video-models.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import diffusers.utils.logging
import numpy as np
import torch

from motion.analysis.measure import steps_of
from motion.drift import generator_for
from motion.encoders import PictureEncoder, encoder_of
from motion.magic.network import mixed
from motion.magic.training import ADAPTERS, FRAMES, HELD_OUT, SHARED_NOISE, films_of, generated, load

__all__ = ["compared", "measured"]

_TRUTH = 128  # drawn films that pictures are compared with


def compared(folder: Path, count: int, seed: int = 0) -> dict[str, dict[str, float]]:
    """Rows of ``measured`` over ``count`` films: drawn, those of the adapters of ``folder`` and of its 2-D network
    frame by frame from the same noise, and from one noise for all frames, which is a picture that stands still."""
    films = films_of(seed, range(HELD_OUT, HELD_OUT + _TRUTH))
    drawn = generator_for(seed, "magic/measure").standard_normal((count, FRAMES, 48, 8, 8), np.float32)
    noise = torch.stack([mixed(own, SHARED_NOISE) for own in torch.from_numpy(drawn)])
    made = {"drawn": films_of(seed, range(HELD_OUT + _TRUTH, HELD_OUT + _TRUTH + count))}
    made |= {name: generated(load(folder, name), noise) for name in ADAPTERS}
    made["frame by frame"] = generated(load(folder), noise)
    made["one noise"] = generated(load(folder), noise[:, :1]).repeat(FRAMES, axis=1)
    return {name: measured(rows, films) for name, rows in made.items()}


def measured(films: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Means over ``films`` [n, f, h, w, 3] in 0..1.

    ``warped``: what is left of the change from frame to frame, of 255, after the earlier frame was warped along the
    optical flow; ``cosine`` of the embeddings of neighbours; ``change`` itself; ``explained``: the share of it that the
    flow accounts for; ``distance``: energy distance (Székely and Rizzo, 2013), without bias, between the embeddings of
    the pictures and of those of ``truth``, in thousandths, one place of the film at a time.
    """
    encoder = encoder_of()
    shown, real = (_shown(part, encoder) for part in (films, truth))
    steps = [step for film in shown for step in steps_of(film, encoder)]
    seen = [[encoder.encode(part[:, k]).astype(np.float64) for k in range(part.shape[1])] for part in (shown, real)]
    change, warped = (float(np.mean([getattr(step, name) for step in steps])) for name in ("pixels", "flow_error"))
    return {
        "warped": warped,
        "cosine": float(np.mean([step.cosine for step in steps])),
        "change": change,
        "explained": 1.0 - warped / change if change > 0.0 else 1.0,
        "distance": 1000.0 * float(np.mean([_energy_distance(*pair) for pair in zip(*seen, strict=True)])),
    }


def _shown(films: np.ndarray, encoder: PictureEncoder) -> np.ndarray:
    """``films`` as the encoder sees them, uint8 [n, f, h, w, 3]."""
    size = (encoder.size.width, encoder.size.height)
    pixels = (255.0 * films + 0.5).astype(np.uint8)
    return np.stack([[cv2.resize(frame, size, interpolation=cv2.INTER_CUBIC) for frame in film] for film in pixels])


def _energy_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Between two sets of vectors [n, d], a vector not compared with itself; about 0 for sets of one kind."""

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2.0 * one @ other.T
        lengths = np.sqrt(np.maximum(squares, 0.0))
        return float(lengths[~np.eye(len(one), dtype=bool)].mean() if one is other else lengths.mean())

    return 2.0 * apart(first, second) - apart(first, first) - apart(second, second)


def main() -> None:
    """The command line of the module."""
    parser = argparse.ArgumentParser(description="Measure the trial of MagicVideo's design.")
    parser.add_argument("folder", type=Path, help="of a run of motion.magic.training")
    parser.add_argument("--films", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0, help="of that run")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    for name, row in compared(arguments.folder, arguments.films, arguments.seed).items():
        print(f"{name:<15} " + "  ".join(f"{key} {value:.4f}" for key, value in row.items()))  # noqa: T201


if __name__ == "__main__":
    main()
