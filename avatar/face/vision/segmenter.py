"""How likely each pixel belongs to a person, by the selfie segmentation network."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.face.vision.network import Network, network_file
from avatar.face.vision.region import whole

__all__ = ["Segmenter"]

_FILE, _SIZE = "selfie_segmentation.tflite", 256


class Segmenter:
    """Tells people from what is behind them."""

    def __init__(self) -> None:
        self._network = Network(network_file(_FILE).read_bytes())

    def segment(self, pixels: np.ndarray) -> np.ndarray:
        """Probability of a person, float32 [h, w], for ``pixels`` uint8 [h, w, 3]."""
        (mask,) = self._network.run(whole(pixels).crop(pixels, _SIZE, 0.0, cv2.BORDER_CONSTANT))
        size = (pixels.shape[1], pixels.shape[0])
        return np.asarray(cv2.resize(mask[..., 0], size, interpolation=cv2.INTER_LINEAR), np.float32)
