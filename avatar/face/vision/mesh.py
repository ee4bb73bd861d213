"""The 478 points of one face in a picture, or in picture after picture."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.face.vision.attention import INPUT, AttentionMesh
from avatar.face.vision.detector import NEAR, Detector
from avatar.face.vision.region import Region, around

__all__ = ["FaceMesh"]

_EYES = (33, 263)  # outer corners


class FaceMesh:
    """Finds the surest face near the camera; with ``track`` the next picture is looked at where the face was last."""

    def __init__(self, track: bool, detection: float, presence: float) -> None:
        """``detection``, ``presence``: the least scores of the detector and of the mesh, 0..1."""
        self._track, self._detection, self._presence = track, detection, presence
        self._detector, self._mesh = Detector(NEAR), AttentionMesh()
        self._last: Region | None = None

    def find(self, pixels: np.ndarray) -> np.ndarray | None:
        """Points float32 [478, 3] in pixels of ``pixels`` uint8 [h, w, 3], counted from its corner; None without a
        face. Depth grows away from the camera and has the scale of the width."""
        region = self._last or self._detected(pixels)
        face = None if region is None else self._meshed(pixels, region)
        self._last = _region_of(face) if self._track and face is not None else None
        return None if face is None else face.astype(np.float32)

    def forget(self) -> None:
        """Look for the face anew in the next picture."""
        self._last = None

    def _detected(self, pixels: np.ndarray) -> Region | None:
        faces = self._detector.detect(pixels, self._detection)
        return around(faces[0].low, faces[0].high, *faces[0].points[:2]) if faces else None

    def _meshed(self, pixels: np.ndarray, region: Region) -> np.ndarray | None:
        points, presence = self._mesh.run(region.crop(pixels, INPUT, 0.0, cv2.BORDER_REPLICATE))
        if presence <= self._presence:
            return None
        flat = region.back(points[:, :2] / INPUT)
        return np.column_stack([flat, points[:, 2] * region.width / INPUT])


def _region_of(face: np.ndarray) -> Region:
    flat = face[:, :2]
    return around(flat.min(axis=0), flat.max(axis=0), flat[_EYES[0]], flat[_EYES[1]])
