"""Cues of a film beside its meaning: where edges move, and how near things are. Fields of 8 x 8 values over a frame."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from avatar.core.errors import MissingEngine, OptionError

__all__ = ["FIELD", "PACKAGED_DEPTH", "Depth", "depth_of", "moving_edges"]

FIELD = 8
PACKAGED_DEPTH = "haze"
_FLOOR = 1e-3
Depth = Callable[[np.ndarray], np.ndarray]
"""A frame uint8 [h, w, 3] → a positive field float32 [64], larger where things are near."""


def moving_edges(before: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Edges of the difference of two frames uint8 [h, w, 3], as a positive field float32 [64]."""
    difference = cv2.absdiff(cv2.cvtColor(before, cv2.COLOR_RGB2GRAY), cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))
    across, down = (cv2.Sobel(difference, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
    return _field(cv2.magnitude(across, down) / 255.0)


def depth_of(model: str = PACKAGED_DEPTH) -> Depth:
    """The depth of frames by ``model``: ``haze``, or the folder or id of a depth model of transformers.

    ``haze`` is no depth estimate but a stand-in: what is lower in the picture, more contrasty and more saturated is
    taken to be nearer. MissingEngine without transformers, OptionError for what is no depth model.
    """
    return _haze if model == PACKAGED_DEPTH else _estimator(model)


def _haze(frame: np.ndarray) -> np.ndarray:
    colours = frame.astype(np.float32) / 255.0
    grey = colours.mean(axis=2)
    contrast = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 4.0))
    saturation = colours.max(axis=2) - colours.min(axis=2)
    height = np.linspace(0.0, 1.0, len(grey), dtype=np.float32)[:, None]
    return _field(0.5 * height + 4.0 * contrast + 0.3 * saturation)


@functools.lru_cache(maxsize=1)
def _estimator(model: str) -> Depth:
    try:
        from transformers import AutoImageProcessor, AutoModelForDepthEstimation
    except ImportError as error:
        raise MissingEngine('A depth model needs transformers: pip install "govorun[diffusion]".') from error
    try:
        network = AutoModelForDepthEstimation.from_pretrained(model).eval()
        processor = AutoImageProcessor.from_pretrained(model)
    except (OSError, ValueError, RuntimeError) as error:
        raise OptionError(
            f"Depth model {model!r} cannot be loaded: give {PACKAGED_DEPTH}, or the folder or id of a depth model of "
            "transformers, such as depth-anything/Depth-Anything-V2-Small-hf."
        ) from error
    return functools.partial(_estimated, network, processor)


def _estimated(network: Any, processor: Any, frame: np.ndarray) -> np.ndarray:
    import torch

    with torch.inference_mode():
        found = network(**processor(images=frame, return_tensors="pt")).predicted_depth[0].float().numpy()
    return _field((found - found.min()) / max(float(found.max() - found.min()), 1e-6))


def _field(values: np.ndarray) -> np.ndarray:
    small = cv2.resize(values.astype(np.float32), (FIELD, FIELD), interpolation=cv2.INTER_AREA)
    field: np.ndarray = small.ravel() + _FLOOR
    return field
