"""Our own tracks to keypoints: timed phonemes move the lips, gestures the head, brows, gaze and lids.

Lips and lids go through the networks that open them to a wanted degree, so a closure asks for exactly 0 and a blink for
shut eyes. Rounding, width, smile, brows and gaze are shifts of the expression along a few directions, the head's turn
is added to the photo's. Stitching comes last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import GestureTrack
from avatar.face.liveportrait.checkpoint import MotionNetworks
from avatar.face.liveportrait.controls import Controls, edited
from avatar.face.liveportrait.options import SLIDERS, LivePortraitOptions
from avatar.face.liveportrait.pose import FaceMotion, keypoints
from avatar.face.liveportrait.response import WIDEST, Response, assumed, measured
from avatar.face.liveportrait.retargeting import open_eyes, open_lips, stitched
from avatar.face.liveportrait.sitter import Sitter
from avatar.face.liveportrait.sources import Scene, Studio, Track
from avatar.face.moods import emotion_tracks
from avatar.face.visemes import MouthTracks, mouth_tracks

__all__ = ["Rig", "Wishes", "lid_table", "lip_table", "posed", "wishes"]

_STEPS = 33  # of the tables of lips and lids
_CHUNK = 4096  # frames at once
_OPEN_SHUT = 0.025  # IOD: a gap that shows in closed lips from which on it is said
# Units of the sliders for a whole rounding, a whole loss and gain of width, for smile and frown (an IOD of the mood's),
# a whole raise of the brows and a whole turn of the eyes: well inside the sliders' ranges, not fitted to anybody.
_ROUND, _NARROW, _WIDE = 8.0, 6.0, 10.0
_NARROWEST, _WIDEST_MOUTH = 0.27, 0.19  # shares of half the width that the phonemes ask for at most
_SMILE, _FROWN, _BROWS, _GAZE_X, _GAZE_Y = 12.0, -7.0, 15.0, 12.0, 20.0
_MOOD_BROWS = {"brows": 240.0, "brows_inner": 120.0, "brows_together": -300.0}
_SQUINT = 4.0  # share of the eye's opening for an IOD of squint


@dataclass(frozen=True)
class Wishes:
    """What is wanted of each of n frames: the ``sliders``, ``gap`` of the inner lips (IOD, 0 or less: closed),
    ``eyes``: opening as a share of the photo's, ``shift`` [n, 2] in units of keypoints, ``growth``: a factor."""

    sliders: Controls
    gap: np.ndarray
    eyes: np.ndarray
    shift: np.ndarray
    growth: np.ndarray


class Rig:
    """Drives LivePortrait by phonemes and gestures."""

    def track(self, scene: Scene, studio: Studio, progress: Progress) -> Track:
        """The keypoints of all frames."""
        frames, fps = scene.gestures.frames, scene.face.fps
        lips = mouth_tracks(scene.speech, fps, frames)
        moods = emotion_tracks(scene.speech, scene.face.expression, fps, frames)
        progress(0.1, "mouth shapes")
        response = _response(scene, studio, progress.part(0.1, 0.8))
        wanted = wishes(lips, moods, scene.gestures, studio.sitter, response.purse, scene.chosen)
        points = posed(studio.sitter, studio.base, wanted, response, studio.networks, scene.chosen.stitch)
        return Track(points, tuple(_notes(response, scene.chosen)))


def _response(scene: Scene, studio: Studio, progress: Progress) -> Response:
    sitter, networks = studio.sitter, studio.networks
    if not scene.chosen.measure:
        return assumed(sitter.mouth)

    def draw(opening: float, purse: float) -> np.ndarray:
        motion = edited(studio.base, Controls(purse=purse))
        points = keypoints(motion) + open_lips(networks.lips, sitter.source, sitter.own.lips, torch.tensor([opening]))
        return studio.paint(stitched(networks.stitching, sitter.source, points) if scene.chosen.stitch else points)

    with torch.inference_mode():
        return measured(draw, sitter.mouth, f"{studio.key} {scene.chosen.stitch}", progress)


def _notes(response: Response, chosen: LivePortraitOptions) -> list[str]:
    notes: list[str] = [Message("liveportrait_shoulders")]
    if chosen.measure and not response.measured:
        notes.append(Message("liveportrait_mouth_unseen"))
    if response.measured and response.seen[0] > _OPEN_SHUT:
        notes.append(Message("lips_do_not_meet"))
    return notes


def wishes(
    lips: MouthTracks, moods: dict[str, np.ndarray], gestures: GestureTrack, sitter: Sitter, purse: float,
    chosen: LivePortraitOptions,
) -> Wishes:  # fmt: skip
    """What tracks and moods ask of each frame. ``purse``: which way the slider makes the mouth narrow."""
    none = np.zeros(gestures.frames)
    moves = 0.0 if chosen.still else 1.0
    sliders = _face_sliders(lips, moods, gestures, purse) | _head_sliders(gestures, moves)
    limited = {
        name: torch.from_numpy(np.clip(track, *SLIDERS[name]).astype(np.float32)) for name, track in sliders.items()
    }
    squint = np.clip(1 - _SQUINT * moods.get("squint", none), 0, 1)
    return Wishes(
        sliders=Controls(**limited),
        gap=np.where(lips.gap > 0, chosen.mouth * (lips.gap + moods.get("jaw", none)), 0.0),
        eyes=(1 - np.clip(gestures.lids, 0, 1)) * squint,
        shift=moves * sitter.iod * np.stack([gestures.sway_x, gestures.sway_y], axis=1),
        growth=np.clip(1 + moves * np.asarray(gestures.lean), *SLIDERS["zoom"]),
    )


def _face_sliders(
    lips: MouthTracks, moods: dict[str, np.ndarray], gestures: GestureTrack, purse: float
) -> dict[str, np.ndarray]:
    none = np.zeros(gestures.frames)
    mood = lambda name: moods.get(name, none)  # noqa: E731
    narrow = np.clip(-lips.wide / _NARROWEST, 0, 1)
    frown = sum((unit * mood(name) for name, unit in _MOOD_BROWS.items()), none)
    return {
        "purse": purse * (_ROUND * lips.pucker + _NARROW * narrow),
        "grin": _WIDE * np.clip(lips.wide / _WIDEST_MOUTH, 0, 1.5),
        "smile": _SMILE * mood("smile") + _FROWN * mood("frown"),
        "brows": frown + _BROWS * np.clip(gestures.brows, -1, 1),
        "gaze_x": _GAZE_X * np.clip(gestures.gaze_x, -1, 1),
        "gaze_y": -_GAZE_Y * np.clip(gestures.gaze_y, -1, 1),  # the slider looks up
    }


def _head_sliders(gestures: GestureTrack, moves: float) -> dict[str, np.ndarray]:
    """Degrees added to the photo's; a positive yaw of LivePortrait turns the other way."""
    ways = {"pitch": moves, "yaw": -moves, "roll": moves}
    return {name: way * np.asarray(getattr(gestures, name)) for name, way in ways.items()}


@torch.inference_mode()
def posed(
    sitter: Sitter, base: FaceMotion, wanted: Wishes, response: Response, networks: MotionNetworks, stitch: bool
) -> torch.Tensor:
    """Keypoints [n, 21, 3] of ``sitter``, from its motion ``base``, as ``wanted``."""
    lips, lids = lip_table(sitter, networks), lid_table(sitter, networks)
    shifts = _looked_up(lips, response.opening(wanted.gap) / WIDEST) + _looked_up(lids, wanted.eyes)
    points = keypoints(_moved(base, wanted)) + shifts
    if not stitch:
        return points
    parts = [stitched(networks.stitching, sitter.source, part) for part in points.split(_CHUNK)]
    return torch.cat(parts)


def _moved(base: FaceMotion, wanted: Wishes) -> FaceMotion:
    motion = edited(base, wanted.sliders)
    shift = torch.zeros(len(wanted.shift), 3)
    shift[:, :2] = torch.from_numpy(wanted.shift)
    growth = torch.from_numpy(wanted.growth).float()[:, None]
    return replace(motion, translation=motion.translation + shift, scale=motion.scale * growth)


@torch.inference_mode()
def lip_table(sitter: Sitter, networks: MotionNetworks) -> torch.Tensor:
    """Shifts [33, 21, 3] of the keypoints for openings of the lips from closed to the widest."""
    return open_lips(networks.lips, sitter.source, sitter.own.lips, torch.linspace(0, WIDEST, _STEPS))


@torch.inference_mode()
def lid_table(sitter: Sitter, networks: MotionNetworks) -> torch.Tensor:
    """Shifts [33, 21, 3] for eyes from shut to as open as in the photo; the last one is nothing at all.

    What the network says of eyes that stay as they are is taken off, fading as they close: shut is what it says.
    """
    own = (sitter.own.left, sitter.own.right)
    share = torch.linspace(0, 1, _STEPS)
    table = open_eyes(networks.eyes, sitter.source, own, share * (sum(own) / 2))
    return table - share[:, None, None] * table[-1:]


def _looked_up(table: torch.Tensor, at: np.ndarray) -> torch.Tensor:
    """``table`` [k, ...] at places ``at`` [n], 0 its beginning and 1 its end, linear between its rows."""
    place = torch.from_numpy(np.clip(at, 0, 1).astype(np.float32)) * (len(table) - 1)
    below = place.long().clamp(max=len(table) - 2)
    share = (place - below)[:, None, None]
    return torch.lerp(table[below], table[below + 1], share)
