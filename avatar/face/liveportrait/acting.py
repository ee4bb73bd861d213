"""The embedded animator as an actor: it plays the scene with the sitter's own photo, and LivePortrait follows.

What the animator draws is read frame by frame like a driving video of the same person, so nothing has to be fitted to
another face; its warped frames themselves are never shown.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch.nn.functional import interpolate

from avatar.core.progress import Progress
from avatar.core.types import Portrait, Size
from avatar.face import ENGINES, FaceEngine
from avatar.face.liveportrait.crop import SIDE, seen
from avatar.face.liveportrait.driving import joined
from avatar.face.liveportrait.following import Followed, Manner, SeenOpenings, follow
from avatar.face.liveportrait.motion_extractor import SIDE as SEEN
from avatar.face.liveportrait.sitter import read_faces
from avatar.face.liveportrait.sources import Scene, Studio, Track
from avatar.face.options import FaceOptions

__all__ = ["Acting", "close_up"]


class Acting:
    """Follows the embedded animator's frames."""

    def track(self, scene: Scene, studio: Studio, progress: Progress) -> Track:
        """The keypoints of all frames."""
        actor = close_up(scene.portrait, studio.sitter.matrix)
        face = FaceOptions(Size(SIDE, SIDE), scene.face.fps, True, scene.face.expression, scene.face.seed)
        engine: FaceEngine = ENGINES.resolve("embedded")()
        plan = engine.plan(actor, scene.speech, scene.gestures, face, progress.part(0.0, 0.1))
        clip, frames = engine.open(plan, actor, "cpu"), plan.frames
        parts = [studio.sitter.motion]
        for batch in clip.frames(0, frames):
            small = interpolate(batch[:, :3], (SEEN, SEEN), mode="area")
            parts.append(read_faces(small, studio.networks.extractor))
            progress.part(0.1, 1.0)((len(parts) - 1) * len(batch) / frames, "playing the scene")
        sitter = Followed(studio.base, studio.sitter.source, studio.sitter.own)
        nothing = SeenOpenings(np.zeros(0, np.float32), np.zeros(0, np.float32))
        manner = Manner(stitch=scene.chosen.stitch)
        points = follow(sitter, joined(parts), nothing, studio.networks, manner)
        return Track(points[1:], plan.notes)


def close_up(portrait: Portrait, matrix: np.ndarray) -> Portrait:
    """``portrait`` as its crop shows it, ``matrix``: photo → crop. Beyond the photo it is black."""
    landmarks = np.array(portrait.landmarks, np.float32)
    landmarks[:, :2] = landmarks[:, :2] @ matrix[:2, :2].T + matrix[:2, 2]
    landmarks[:, 2] *= np.hypot(*matrix[0, :2])
    alpha = seen((255 * portrait.alpha).astype(np.uint8), matrix).astype(np.float32) / 255
    crop = seen(portrait.pixels, matrix)
    return replace(portrait, pixels=crop, landmarks=landmarks, alpha=alpha, foreground=crop)
