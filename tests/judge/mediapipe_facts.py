"""Ask the mediapipe library what it sees, and write it down as numbers, or compare with what is written.

It runs in an environment of its own (``make judge``), since the library needs an old numpy; the numbers are what the
tests hold Govorun's own code to.
"""

from __future__ import annotations

import sys

import mediapipe
import numpy as np

from tests.judge.scenes import FACTS, clip, coarse, pictures

_HUNDREDTHS = 100  # points are kept in hundredths of a pixel


def _points(found: object, shape: tuple[int, ...]) -> np.ndarray:
    faces = found.multi_face_landmarks  # type: ignore[attr-defined]
    points = np.array([[p.x, p.y, p.z] for p in faces[0].landmark]) * [shape[1], shape[0], shape[1]]
    return np.round(points * _HUNDREDTHS).astype(np.int32)


def _boxes(found: object, shape: tuple[int, ...]) -> np.ndarray:
    """Low and high corner, in pixels, and score of each face: [n, 5]."""
    rows = []
    for one in found.detections or ():  # type: ignore[attr-defined]
        box = one.location_data.relative_bounding_box
        low, size = np.array([box.xmin, box.ymin]), np.array([box.width, box.height])
        rows.append([*(low * shape[1::-1]), *((low + size) * shape[1::-1]), one.score[0]])
    return np.round(np.array(rows).reshape(-1, 5), 4)


def facts() -> dict[str, np.ndarray]:
    """Points, boxes and masks of every picture, and the points of the clip."""
    solutions = mediapipe.solutions
    mesh = {"refine_landmarks": True, "max_num_faces": 1, "min_detection_confidence": 0.3}
    still = solutions.face_mesh.FaceMesh(static_image_mode=True, **mesh)
    near, far = (solutions.face_detection.FaceDetection(model_selection=reach) for reach in (0, 1))
    selfie = solutions.selfie_segmentation.SelfieSegmentation(model_selection=0)
    seen = {}
    for name, pixels in pictures().items():
        seen[f"{name}/points"] = _points(still.process(pixels), pixels.shape)
        seen[f"{name}/near"] = _boxes(near.process(pixels), pixels.shape)
        seen[f"{name}/far"] = _boxes(far.process(pixels), pixels.shape)
        seen[f"{name}/mask"] = np.round(coarse(selfie.process(pixels).segmentation_mask) * 255).astype(np.uint8)
    moving = solutions.face_mesh.FaceMesh(min_tracking_confidence=0.3, **mesh)
    seen["clip"] = np.array([_points(moving.process(frame), frame.shape) for frame in clip()])
    return seen


def main() -> int:
    """Write the facts; with ``--check`` say how far they are from those that are written, and fail above a pixel."""
    seen = facts()
    if "--check" not in sys.argv:
        np.savez_compressed(FACTS, **seen)
        return 0
    written = np.load(FACTS)
    worst = max(float(np.abs(seen[name] - written[name].astype(float)).max()) for name in seen if "/points" in name)
    sys.stdout.write(f"the points differ by {worst / _HUNDREDTHS:.2f} pixels at most from those that are written\n")
    return int(worst > _HUNDREDTHS or set(seen) != set(written.files))


if __name__ == "__main__":
    sys.exit(main())
