"""What drives the model: a film of the face, played by the embedded animator, and a film of the skeleton.

Both are kept as coefficients and drawn when a frame is wanted, at the rate of the video: the model's frames are the
video's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch

from avatar.core.progress import Progress
from avatar.core.types import FaceClip, FacePlan, GestureTrack, Portrait, Size, Speech
from avatar.face import ENGINES, FaceEngine
from avatar.face.options import FaceOptions
from avatar.face.renderer.landmarks import points_68
from avatar.face.wan_animate.drawing import draw_skeleton

__all__ = ["Films", "close_up", "face_crop", "packed", "play", "unpacked"]

_AROUND = 1.3  # side of the face film, in sizes of the face from jaw to brows
_ROOM = 0.4  # what the animator sees more at each side: it holds still where its picture cuts the person
_OWN = "face/"


def face_crop(landmarks: np.ndarray, side: int) -> np.ndarray:
    """Photo → square of ``side`` pixels about the face with ``landmarks`` [478, 3]: [2, 3]."""
    points = points_68(landmarks)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side / (_AROUND * float((high - low).max()))
    return np.column_stack([np.eye(2) * scale, (side - 1) / 2 - scale * (low + high) / 2])


def close_up(portrait: Portrait, crop: np.ndarray, side: int) -> Portrait:
    """``portrait`` as its ``crop`` to a square of ``side`` pixels shows it, with some room at each side; beyond the
    photo its border goes on."""
    room = _room(side)
    matrix = crop + np.array([[0, 0, room], [0, 0, room]])
    side += 2 * room
    smooth = cv2.INTER_AREA if matrix[0, 0] < 1 else cv2.INTER_CUBIC
    seen = lambda picture: cv2.warpAffine(picture, matrix, (side, side), flags=smooth, borderMode=cv2.BORDER_REPLICATE)  # noqa: E731
    landmarks = np.array(portrait.landmarks, np.float32)
    landmarks *= matrix[0, 0]
    landmarks[:, :2] += matrix[:, 2]
    return replace(
        portrait,
        pixels=seen(portrait.pixels),
        landmarks=landmarks,
        alpha=np.clip(seen(portrait.alpha), 0, 1),
        foreground=seen(portrait.foreground),
        behind=None if portrait.behind is None else seen(portrait.behind),
    )


def play(face: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions, progress: Progress) -> FacePlan:
    """The embedded animator's plan for the close-up ``face``."""
    square = FaceOptions(_square(face), options.fps, True, options.expression, options.seed)
    return _animator().plan(face, speech, gestures, square, progress)


def packed(plan: FacePlan) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Tracks and constants of the animator's ``plan`` under names that another plan can hold beside its own."""
    tracks, constants = ({_OWN + name: value for name, value in own.items()} for own in (plan.tracks, plan.constants))
    return tracks, constants


def unpacked(plan: FacePlan, size: Size) -> FacePlan:
    """The animator's plan for a picture of ``size`` out of one that holds it."""

    def own(given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name.removeprefix(_OWN): value for name, value in given.items() if name.startswith(_OWN)}

    return FacePlan("embedded", size, plan.fps, plan.frames, True, own(plan.tracks), own(plan.constants))


def _room(side: int) -> int:
    return round(_ROOM * side)


def _square(face: Portrait) -> Size:
    return Size(len(face.pixels), len(face.pixels))


def _animator() -> FaceEngine:
    engine: FaceEngine = ENGINES.resolve("embedded")()
    return engine


@dataclass(frozen=True)
class Films:
    """Both films of a video. ``face``: the animator's clip, of which the middle ``side`` pixels are shown; ``points``
    [n, 62, 2] and ``known`` [62]: the skeleton in a picture of ``size``."""

    face: FaceClip
    side: int
    points: np.ndarray
    known: np.ndarray
    size: Size

    @classmethod
    def of(cls, plan: FacePlan, portrait: Portrait, side: int, size: Size, device: str) -> Films:
        """The films that ``plan`` holds; the face is drawn on ``device`` in squares of ``side`` pixels."""
        face = close_up(portrait, plan.constants["crop"], side)
        clip = _animator().open(unpacked(plan, _square(face)), face, device)
        return cls(clip, side, plan.tracks["points"], plan.constants["known"], size)

    def faces(self, start: int, stop: int) -> list[np.ndarray]:
        """Pictures uint8 [side, side, 3] of the frames ``start``..``stop - 1``."""
        shown = slice(_room(self.side), _room(self.side) + self.side)
        frames = torch.cat([batch[:, :3, shown, shown].cpu() for batch in self.face.frames(start, stop)])
        return list((frames.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy())

    def skeletons(self, start: int, stop: int) -> list[np.ndarray]:
        """Pictures uint8 [h, w, 3] of the frames ``start``..``stop - 1``."""
        return [draw_skeleton(points, self.known, self.size) for points in self.points[start:stop]]
