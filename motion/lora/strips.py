"""What a LoRA makes of what is kept aside, to be looked at: the real pictures above, those of the model below."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from avatar.core.artefacts import appearing
from motion.drift import generator_for
from motion.lora.material import Material
from motion.lora.objective import Objective

__all__ = ["draw_strip"]

_PICTURES, _CLIPS = 6, 2
_GAP = 6


@torch.no_grad()
def draw_strip(path: Path, objective: Objective, material: Material) -> None:
    """Write a PNG of samples that are kept aside: six single pictures, or two clips; their noise is always the same."""
    count = _CLIPS if objective.frames > 1 else _PICTURES
    pairs = []
    for number, name in enumerate(material.some_aside(count)):
        real = material.pixels(name)
        draw = generator_for(objective.config.seed, "lora/strip", number)
        made = objective.show(material.read(name), material.words_of(name), material.words[:1], draw)
        pairs.append(np.concatenate([_row(real), _row(_like(made, real))]))
    axis = 0 if objective.frames > 1 else 1
    with appearing(path) as partial:
        Image.fromarray(np.concatenate(pairs, axis=axis)).save(partial, "PNG")


def _like(made: np.ndarray, real: np.ndarray) -> np.ndarray:
    """As many of the pictures ``made`` as there are ``real`` ones, of their size."""
    places = np.linspace(0, len(made) - 1, len(real)).round().astype(int)
    height, width = real.shape[1:3]
    return np.stack([cv2.resize(made[k], (width, height), interpolation=cv2.INTER_AREA) for k in places])


def _row(pictures: np.ndarray) -> np.ndarray:
    """Pictures [n, h, w, 3] side by side, with a little white between them."""
    return np.concatenate(
        [np.pad(one, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255) for one in pictures], axis=1
    )
