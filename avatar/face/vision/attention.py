"""The attention mesh (Grishchenko et al., 2020): 468 points from the face, then lips, eyes and irises looked at again.

The network's trunk gives a rough mesh and a map of features. Around the lips and each eye of that mesh a turned
rectangle is cut out of the features, and a head of the network places its points anew. Which points these are, the
model file itself says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from avatar.face.vision.cutting import Model
from avatar.face.vision.network import Network, network_file

__all__ = ["INPUT", "AttentionMesh"]

INPUT = 192  # side in pixels of the picture that the network sees
_FILE = "face_landmark_with_attention.tflite"
_TRUNK = ("output_mesh", "p_re_lu_3", "conv_faceflag")
_CUTOUTS = ("transform_tensor_bilinear_v2", "transform_tensor_bilinear_v2_1", "transform_tensor_bilinear_v2_2")
_HEADS = ("conv_lips", "conv_left_eye", "conv_left_iris", "conv_right_eye", "conv_right_iris")
_LIDS = 16  # the first points of an eye: the rims of its lids, whose mean depth is that of the iris


@dataclass(frozen=True, eq=False)
class _Part:
    """``points``: which of the mesh, int [n]; ``left``, ``right``: the two that lie level in the cutout; ``size``: its
    side in features; ``margin``: how much wider and higher than the points it is; ``middles``: its features' places in
    its own coordinates, [size, size, 3] with a one at the end."""

    points: np.ndarray
    left: int
    right: int
    size: int
    margin: tuple[float, float]
    middles: np.ndarray

    @staticmethod
    def read(options: dict[str, Any]) -> _Part:
        points, size = np.array(options["subset_idxs"]), options["output_width"]
        margin = (options["scale_x"], options["scale_y"])
        along = np.arange(size) + 0.5
        middles = np.stack([*np.meshgrid(along, along), np.ones((size, size))], axis=-1)
        return _Part(points, options["left_rotation_idx"], options["right_rotation_idx"], size, margin, middles)

    def map(self, mesh: np.ndarray) -> np.ndarray:
        """Affine map [2, 3] from the cutout's coordinates 0..size to those of ``mesh`` [468, 2]."""
        across = mesh[self.right] - mesh[self.left]
        angle = math.atan2(across[1], across[0])
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        level = mesh[self.points] @ turn  # turned back by the angle
        low, high = level.min(axis=0), level.max(axis=0)
        scaled = turn * ((high - low) * self.margin / self.size)
        centre = turn @ ((low + high) / 2)
        return np.column_stack([scaled, centre - scaled @ np.full(2, self.size / 2)])


class AttentionMesh:
    """The network of the mesh, in two halves around what is computed here."""

    def __init__(self) -> None:
        trunk, heads, self._parts = _halves(network_file(_FILE))
        self._trunk, self._heads = Network(trunk), Network(heads)

    def run(self, picture: np.ndarray) -> tuple[np.ndarray, float]:
        """Points float64 [478, 3] in pixels of ``picture`` float32 [192, 192, 3] in 0..1, and how sure it is, 0..1,
        that a face is there."""
        mesh, features, logit = self._trunk.run(picture)
        points = np.zeros((478, 3))
        points[:468] = mesh.reshape(468, 3)
        scale = INPUT / features.shape[0]
        maps = [part.map(points[:468, :2] / scale) for part in self._parts]
        cutouts = _sampled(features, [part.middles @ one.T for one, part in zip(maps, self._parts, strict=True)])
        _refine(points, self._heads.run(*cutouts), self._parts, [one * [1, 1, scale] for one in maps])
        return points, 1 / (1 + math.exp(-float(logit.ravel()[0])))


@lru_cache(maxsize=1)
def _halves(file: Path) -> tuple[bytes, bytes, tuple[_Part, ...]]:
    """The two models into which ``file`` is cut, and what the parts are."""
    model = Model(file.read_bytes())
    parts = tuple(_Part.read(one) for one in model.operation_options("Landmarks2TransformMatrix"))
    return model.cut(["input_1"], _TRUNK), model.cut(_CUTOUTS, _HEADS), parts


def _sampled(features: np.ndarray, places: Sequence[np.ndarray]) -> list[np.ndarray]:
    """``features`` [h, w, c] read between its values at each of ``places`` [n, n, 2] in its own coordinates, 0 outside:
    float32 [n, n, c]."""
    height, width, depth = features.shape
    sides = [len(one) for one in places]
    x, y = np.concatenate([one.reshape(-1, 2) for one in places]).T - 0.5
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    over, down = (x - left)[:, None], (y - top)[:, None]
    rows = features.reshape(-1, depth)
    at = lambda row, column: rows.take(row * width + column, axis=0)  # noqa: E731
    upper = at(top, left) * (1 - over) + at(top, right) * over
    lower = at(bottom, left) * (1 - over) + at(bottom, right) * over
    values = ((upper * (1 - down) + lower * down) * inside[:, None]).astype(np.float32)
    parts = np.split(values, np.cumsum([side * side for side in sides])[:-1])
    return [part.reshape(side, side, depth) for part, side in zip(parts, sides, strict=True)]


def _refine(
    points: np.ndarray, answers: Sequence[np.ndarray], parts: Sequence[_Part], maps: Sequence[np.ndarray]
) -> None:
    """Put the heads' ``answers`` into ``points`` [478, 3]; the depth of lips and lids stays that of the mesh.

    The heads count as finely as the picture does, several steps for one feature, so only the shift of ``maps`` grows.
    """
    lips, *eyes = parts
    lips_map, *eye_maps = maps
    points[lips.points, :2] = _placed(answers[0], lips_map)
    for number, (eye, where) in enumerate(zip(eyes, eye_maps, strict=True)):
        lids, iris = answers[1 + 2 * number : 3 + 2 * number]
        points[eye.points, :2] = _placed(lids, where)
        middle = slice(468 + 5 * number, 473 + 5 * number)
        points[middle, :2] = _placed(iris, where)
        points[middle, 2] = points[eye.points[:_LIDS], 2].mean()


def _placed(answer: np.ndarray, where: np.ndarray) -> np.ndarray:
    local = answer.reshape(-1, 2).astype(np.float64)
    return np.asarray(local @ (where[:, :2]).T + where[:, 2])
