"""A driving video: its face's motion, frame by frame, is taken over."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from avatar.core.errors import OptionError
from avatar.core.media import read_frames
from avatar.core.progress import Progress
from avatar.face.liveportrait.crop import IBUG_68, driving_box, driving_matrix, seen
from avatar.face.liveportrait.following import Followed, Manner, SeenOpenings, follow
from avatar.face.liveportrait.motion_extractor import SIDE, MotionExtractor
from avatar.face.liveportrait.openings import openings
from avatar.face.liveportrait.options import LivePortraitOptions
from avatar.face.liveportrait.pose import FaceMotion, rotation
from avatar.face.liveportrait.sitter import as_input, read_faces
from avatar.face.liveportrait.smoothing import smoothed
from avatar.face.liveportrait.sources import Scene, Studio, Track
from avatar.face.renderer.landmarks import points_68
from avatar.face.tracking import rate_of, there_and_back, tracked

__all__ = ["Driving", "Watched", "joined", "manner_of", "resampled", "watch"]

_NOISE = 1e-5  # variance of what is read of a frame, against its motion's (smoothing)
_READ_AT_ONCE = 8


class Driving:
    """Follows the face in a video."""

    def track(self, scene: Scene, studio: Studio, progress: Progress) -> Track:
        """The keypoints of all frames; a video that is shorter than the speech goes there and back."""
        chosen, frames = scene.chosen, scene.gestures.frames
        assert chosen.driving is not None
        watched = watch(chosen.driving, frames / scene.face.fps, chosen, studio.networks.extractor, progress)
        watched = resampled(watched, frames, scene.face.fps, chosen.smooth)
        sitter = Followed(studio.base, studio.sitter.source, studio.sitter.own)
        points = follow(sitter, watched.motion, watched.openings, studio.networks, manner_of(chosen))
        return Track(points, ("The driving video moves the face: phonemes and gestures have no effect.",))


def manner_of(chosen: LivePortraitOptions) -> Manner:
    """How the options want the driving face followed."""
    return Manner(
        relative=chosen.mode == "relative",
        region=chosen.region,
        multiplier=chosen.multiplier,
        stitch=chosen.stitch,
        close_lips=chosen.close_lips,
        eyes=chosen.follow_eyes,
        lips=chosen.follow_lips,
    )


@dataclass(frozen=True)
class Watched:
    """``motion`` and ``openings`` of the face in n frames that follow each other at ``fps``."""

    motion: FaceMotion
    openings: SeenOpenings
    fps: float


@dataclass(frozen=True)
class _Found:
    """Where the face is in the frames from ``first`` on: boxes [n, 4], openings of the left eye and the lips [n]."""

    first: int
    boxes: np.ndarray
    left: np.ndarray
    lips: np.ndarray


def watch(
    path: Path, seconds: float, chosen: LivePortraitOptions, extractor: MotionExtractor, progress: Progress
) -> Watched:
    """The face in the first ``seconds`` of the video, from the first frame on that shows one.

    OptionError where the file is no video or shows no face.
    """
    fps = rate_of(path, 25.0)
    wanted = math.ceil(seconds * fps) + 1
    found = _find(path, wanted, progress.part(0.0, 0.6))
    parts = []
    frames = itertools.islice(read_frames(path), found.first, found.first + len(found.boxes))
    pictures = _pictures(frames, found, chosen.crop_driving)
    while batch := list(itertools.islice(pictures, _READ_AT_ONCE)):
        parts.append(read_faces(torch.cat(batch), extractor))
        progress.part(0.6, 1.0)(len(parts) * _READ_AT_ONCE / len(found.boxes), f"reading {path.name}")
    return Watched(joined(parts), SeenOpenings(found.left, found.lips), fps)


def _find(path: Path, wanted: int, progress: Progress) -> _Found:
    first, rows = 0, []
    for index, (_, mesh) in enumerate(itertools.islice(tracked(path), wanted)):
        if mesh is None:
            first = index + 1
            continue
        apart = openings(mesh)
        rows.append((*driving_box(points_68(mesh), IBUG_68), apart.left, apart.lips))
        progress((index + 1) / wanted, f"watching {path.name}")
    if not rows:
        raise OptionError(f"No face was found in {path.name}: use a video of one person who looks at the camera.")
    table = np.array(rows)
    return _Found(first, table[:, :4], table[:, 4].astype(np.float32), table[:, 5].astype(np.float32))


def _pictures(frames: Iterator[np.ndarray], found: _Found, crop: str) -> Iterator[torch.Tensor]:
    """What the extractor sees of each frame: [1, 3, 256, 256]. One crop serves the whole video."""
    matrix = driving_matrix(found.boxes.mean(axis=0))
    for pixels in frames:
        height, width = pixels.shape[:2]
        whole = crop == "off" or (crop == "auto" and height == width)
        yield _resized(pixels) if whole else as_input(seen(pixels, matrix))


def _resized(pixels: np.ndarray) -> torch.Tensor:
    picture = torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255
    return torch.nn.functional.interpolate(picture, (SIDE, SIDE), mode="bilinear", antialias=True)


def joined(parts: list[FaceMotion]) -> FaceMotion:
    """One motion of several that follow each other."""
    names = ("canonical", "expression", "angles", "rotation", "translation", "scale")
    return FaceMotion(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def resampled(watched: Watched, frames: int, fps: float, smooth: bool) -> Watched:
    """``watched`` at ``fps`` for ``frames`` frames: between two of its own it moves evenly, at its end it
    turns back."""
    motion = watched.motion

    def resample(track: torch.Tensor | np.ndarray) -> torch.Tensor:
        values = np.asarray(track)
        values = smoothed(values, _NOISE) if smooth else values
        return torch.from_numpy(there_and_back(values, np.arange(frames) * (watched.fps / fps)))

    angles = resample(motion.angles)
    moved = replace(
        motion,
        canonical=motion.canonical[:1].expand(frames, -1, -1),
        expression=resample(motion.expression),
        angles=angles,
        rotation=rotation(angles),
        translation=resample(motion.translation),
        scale=resample(motion.scale),
    )
    openings_ = SeenOpenings(resample(watched.openings.left).numpy(), resample(watched.openings.lips).numpy())
    return Watched(moved, openings_, fps)
