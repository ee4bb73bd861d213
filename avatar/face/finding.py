"""The faces of a photo: looked for near and far, in tiles of a large one, and turned where nobody stands upright.

A detector that was taught upright faces also finds one that stands on its head, less surely, and puts eyes where the
mouth is. So a face is only believed at once where the detector is sure and the points stand upright; else the picture
is turned by eighths, and the turn at which the detector is surest is taken.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence

import cv2
import numpy as np

from avatar.face.vision import FAR, NEAR, Detector, FaceMesh, Reach

__all__ = ["detect_faces", "eye_distance", "tilt"]

_SURE = 0.70  # least score of the detector in a picture that was turned to look again
_UPRIGHT, _UPRIGHT_DEGREES = 0.85, 35.0  # score and tilt at which a face is believed without another look
_SURER = 0.05  # by how much a turned picture has to be surer than the upright one
_TURNS = (45, -45, 90, -90, 135, -135, 180)
_lock = threading.Lock()


@functools.lru_cache(maxsize=1)
def _mesh() -> FaceMesh:
    return FaceMesh(track=False, detection=0.3, presence=0.5)


@functools.lru_cache(maxsize=2)
def _detector(reach: Reach) -> Detector:
    return Detector(reach)


def detect_faces(pixels: np.ndarray) -> list[np.ndarray]:
    """Faces of ``pixels`` uint8 [h, w, 3]: landmarks float32 [478, 3] in pixels each, the largest first."""
    with _lock:
        best, faces = _looked_at(pixels, 0)
        if best < _UPRIGHT:
            best += _SURER if faces else 0.0
            for turns in _TURNS:
                score, found = _looked_at(pixels, turns)
                if found and score > best:
                    best, faces = score, found
    return sorted(faces, key=eye_distance, reverse=True)


def _looked_at(pixels: np.ndarray, degrees: int) -> tuple[float, list[np.ndarray]]:
    """How sure the detector is of a face that stands upright once the picture is turned by ``degrees``, and the faces,
    in the picture as it was."""
    turned, back = _rotated(pixels, degrees)
    score, faces = _upright_faces(turned, _SURE if degrees else 0.0)
    if not any(abs(tilt(face)) <= _UPRIGHT_DEGREES for face in faces):
        score = 0.0
    return score, [_moved(face, back) for face in faces]


def tilt(landmarks: np.ndarray) -> float:
    """Degrees by which a face is turned in the picture, clockwise as the viewer sees it."""
    across = landmarks[263] - landmarks[33]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def eye_distance(landmarks: np.ndarray) -> float:
    """Between the outer corners of the eyes, in the unit of ``landmarks`` [478, 3]."""
    return float(np.linalg.norm(landmarks[263] - landmarks[33]))


def _rotated(pixels: np.ndarray, degrees: int) -> tuple[np.ndarray, np.ndarray]:
    """The picture turned about its centre on a canvas that holds it, and the affine map [2, 3] back."""
    height, width = pixels.shape[:2]
    if degrees == 0:
        return pixels, np.eye(2, 3)
    matrix: np.ndarray = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = (int(height * sine + width * cosine), int(height * cosine + width * sine))
    matrix[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    turned = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.invertAffineTransform(matrix)


def _moved(landmarks: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    moved = landmarks.copy()
    moved[:, :2] = landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return moved


def _upright_faces(pixels: np.ndarray, score: float) -> tuple[float, list[np.ndarray]]:
    """The best score of the detector, and the faces."""
    faces: list[np.ndarray] = []
    boxes = _boxes(pixels, score)
    for *box, _ in boxes:
        face = _meshed(pixels, box)
        if face is not None and not any(_same(face, other) for other in faces):
            faces.append(face)
    if not faces and score < _SURE:
        whole = (0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0]))
        face = _meshed(pixels, whole)
        faces = [] if face is None else [face]
    return max((box[4] for box in boxes), default=0.0), faces


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return float(np.linalg.norm(one[1, :2] - other[1, :2])) < 0.6 * max(eye_distance(one), eye_distance(other))


def _boxes(pixels: np.ndarray, score: float) -> list[tuple[float, float, float, float, float]]:
    """Face boxes x, y, width, height and their scores by the near and the far detector, over the whole; where that
    finds none, over ever smaller overlapping tiles."""
    height, width = pixels.shape[:2]
    boxes = _detected(pixels, (0, 0, width, height), score)
    for side in _tile_sides(height, width, fine=score < _SURE):
        if boxes:
            break
        for y in _starts(height, side):
            for x in _starts(width, side):
                boxes += _detected(pixels, (x, y, min(side, width), min(side, height)), score)
    return sorted(boxes, key=lambda box: box[2] * box[3], reverse=True)[:12]


def _tile_sides(height: int, width: int, fine: bool) -> list[int]:
    """Sides in pixels of the tiles to look at; the finest are not worth their time in a turned picture."""
    if max(height, width) <= 900:
        return []
    coarse = max(min(height, width) // 2, 640)
    return [coarse, 640] if fine and coarse > 800 else [coarse]


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (0.6 * side))) + 1
    return [int(v) for v in np.linspace(0, length - side, count)]


def _detected(
    pixels: np.ndarray, tile: tuple[int, int, int, int], score: float
) -> list[tuple[float, float, float, float, float]]:
    x, y, width, height = tile
    part = np.ascontiguousarray(pixels[y : y + height, x : x + width])
    found = [one for reach in (NEAR, FAR) for one in _detector(reach).detect(part) if one.score >= score]
    return [(x + one.low[0], y + one.low[1], *(one.high - one.low), one.score) for one in found]


def _meshed(pixels: np.ndarray, box: Sequence[float]) -> np.ndarray | None:
    """FaceMesh on a generous square around ``box``, brought to a size that the mesh likes."""
    x, y, width, height = box
    side = 2.0 * max(width, height)
    left, top = x + width / 2 - side / 2, y + height / 2 - side / 2
    x0, y0 = int(max(left, 0)), int(max(top, 0))
    x1, y1 = int(min(left + side, pixels.shape[1])), int(min(top + side, pixels.shape[0]))
    if min(x1 - x0, y1 - y0) < 16:
        return None
    part = pixels[y0:y1, x0:x1]
    scale = 512 / max(part.shape[:2])
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    resized = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    points = _mesh().find(resized)
    if points is None:
        return None
    across, down = (x1 - x0) / size[0], (y1 - y0) / size[1]
    return points * np.array([across, down, across], np.float32) + np.array([x0, y0, 0], np.float32)
