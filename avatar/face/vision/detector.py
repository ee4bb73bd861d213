"""Faces in a picture: boxes and six points each, by the near and the far detector (BlazeFace, Bazarevsky et al., 2019).

The network sees the whole picture on a black square and answers for a grid of anchors: an offset, a size, six points
and a logit of being a face. Boxes that overlap are one face, and are averaged by their scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from avatar.face.vision.network import Network, network_file
from avatar.face.vision.region import Region, fitted

__all__ = ["FAR", "NEAR", "Detection", "Detector", "Reach"]

_OVERLAP = 0.3  # intersection over union from which two boxes are one face


@dataclass(frozen=True)
class Reach:
    """A detector: its file, the ``size`` of its picture, (cells a side, anchors a cell) of each of its grids, and the
    score from which a box is ``likely`` a face."""

    file: str
    size: int
    grids: tuple[tuple[int, int], ...]
    likely: float


NEAR = Reach("face_detection_short_range.tflite", 128, ((16, 2), (8, 6)), 0.5)
FAR = Reach("face_detection_full_range_sparse.tflite", 192, ((48, 1),), 0.6)


@dataclass(frozen=True)
class Detection:
    """A face in pixels: ``low``, ``high`` [2] of its box, ``points`` [6, 2] (eyes, nose, mouth, ears), score 0..1."""

    low: np.ndarray
    high: np.ndarray
    points: np.ndarray
    score: float


class Detector:
    """Finds faces of one reach."""

    def __init__(self, reach: Reach) -> None:
        self._size, self._likely = reach.size, reach.likely
        self._network = Network(network_file(reach.file).read_bytes())
        self._anchors = np.concatenate([_anchors(*grid) for grid in reach.grids])

    def detect(self, pixels: np.ndarray, least: float | None = None) -> list[Detection]:
        """Faces of ``pixels`` uint8 [h, w, 3], the surest first; ``least``: another score from which a box counts."""
        region = fitted(pixels)
        values, logits = self._network.run(region.crop(pixels, self._size, -1.0, cv2.BORDER_CONSTANT))
        scores = _sigmoid(logits[:, 0])
        boxes = _decoded(values / self._size, self._anchors)
        sound = (scores >= (self._likely if least is None else least)) & (boxes[:, 1] >= boxes[:, 0]).all(axis=1)
        return [_detection(box, score, region) for box, score in _merged(boxes[sound], scores[sound])]


def _anchors(cells: int, each: int) -> np.ndarray:
    """Middles of the cells of a grid in 0..1, row by row, every one ``each`` times: [n, 2]."""
    middles = (np.arange(cells) + 0.5) / cells
    y, x = np.meshgrid(middles, middles, indexing="ij")
    return np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), each, axis=0)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -80, 80))))


def _decoded(values: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """[n, 16] relative to the anchors → [n, 8, 2]: low and high corner of the box, then the six points."""
    middle, size = values[:, 0:2] + anchors, values[:, 2:4]
    points = values[:, 4:].reshape(-1, 6, 2) + anchors[:, None]
    return np.concatenate([(middle - size / 2)[:, None], (middle + size / 2)[:, None], points], axis=1)


def _merged(boxes: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """One box [8, 2] for each face: those that overlap the surest one, averaged by score, which keeps its score."""
    order = np.argsort(-scores, kind="stable")
    boxes, scores, found = boxes[order], scores[order], []
    while len(boxes):
        same = _overlap(boxes[0], boxes) > _OVERLAP
        same[0] = True
        found.append((np.average(boxes[same], axis=0, weights=scores[same]), float(scores[0])))
        boxes, scores = boxes[~same], scores[~same]
    return found


def _overlap(one: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of the box ``one`` [8, 2] with each of ``boxes`` [n, 8, 2]."""
    sides = np.minimum(one[1], boxes[:, 1]) - np.maximum(one[0], boxes[:, 0])
    shared = np.prod(np.clip(sides, 0, None), axis=1)
    total = np.prod(one[1] - one[0]) + np.prod(boxes[:, 1] - boxes[:, 0], axis=1) - shared
    return np.asarray(shared / np.maximum(total, 1e-12))


def _detection(box: np.ndarray, score: float, region: Region) -> Detection:
    low, high, *points = region.back(box)
    return Detection(low, high, np.array(points), score)
