"""One portrait in LivePortrait's eyes: its crop, its pose and expression, how far its eyes and lips stand open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from avatar.core.errors import PhotoError
from avatar.core.types import Portrait
from avatar.face.liveportrait.checkpoint import MotionNetworks
from avatar.face.liveportrait.crop import IBUG_68, SIDE, crop_matrix, halved, seen
from avatar.face.liveportrait.motion_extractor import MotionExtractor
from avatar.face.liveportrait.openings import Openings, openings
from avatar.face.liveportrait.pose import FaceMotion, keypoints, motion_of
from avatar.face.photo import detect_faces, load_photo
from avatar.face.renderer.landmarks import points_68

__all__ = ["Sitter", "as_input", "read_faces", "read_look", "sit"]


@dataclass(frozen=True)
class Sitter:
    """``motion``: of the one picture. ``source`` [1, 21, 3]: its keypoints. ``own``: how far eyes and lips stand open
    in it. ``matrix`` [3, 3]: photo → crop. ``crop`` uint8 [512, 512, 3]. ``iod``: the distance of the outer eye corners
    in units of keypoints; ``mouth``: the mouth's width in IOD."""

    motion: FaceMotion
    source: torch.Tensor
    own: Openings
    matrix: np.ndarray
    crop: np.ndarray
    iod: float
    mouth: float


def sit(portrait: Portrait, networks: MotionNetworks, scale: float) -> Sitter:
    """Read ``portrait``; ``scale``: how many times as large as the face the crop is."""
    matrix = crop_matrix(points_68(portrait.landmarks), IBUG_68, scale=scale)
    crop = seen(portrait.pixels, matrix)
    motion = read_faces(as_input(crop), networks.extractor)
    landmarks = np.asarray(portrait.landmarks, np.float64)
    return Sitter(
        motion=motion,
        source=keypoints(motion),
        own=openings(landmarks),
        matrix=matrix,
        crop=crop,
        iod=portrait.iod * float(np.hypot(*matrix[0, :2])) / (SIDE / 2),
        mouth=float(np.linalg.norm(landmarks[61] - landmarks[291])) / portrait.iod,
    )


def as_input(crop: np.ndarray) -> torch.Tensor:
    """A crop uint8 [512, 512, 3] as the networks take it: [1, 3, 256, 256]."""
    return torch.from_numpy(halved(crop)).permute(2, 0, 1)[None].float() / 255


@torch.inference_mode()
def read_faces(pictures: torch.Tensor, extractor: MotionExtractor) -> FaceMotion:
    """Pose and expression of the faces in ``pictures`` [b, 3, 256, 256]."""
    return motion_of(extractor(pictures))


def read_look(path: Path, networks: MotionNetworks) -> FaceMotion:
    """Pose and expression of the face in the photo ``path``; PhotoError where it cannot be read or shows none."""
    pixels = load_photo(path).pixels
    faces = detect_faces(pixels)
    if not faces:
        raise PhotoError(f"No face was found in {path.name}, which should lend its expression: use another photo.")
    points = points_68(faces[0]) - 0.5
    return read_faces(as_input(seen(pixels, crop_matrix(points, IBUG_68))), networks.extractor)
