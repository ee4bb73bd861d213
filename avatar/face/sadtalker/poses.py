"""What moves head and lids: our gestures, the original's random blinks, motion lent by another video.

The face model's axes are x to the viewer's right, y up and z towards the viewer, and its rotation is Rz(roll)
Ry(yaw) Rx(pitch) (Deep3DFaceRecon, Deng et al. 2019). So a positive yaw turns the nose to the viewer's right and a
positive pitch lowers it, as in a GestureTrack; roll and height count the other way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from avatar.core.types import GestureTrack
from avatar.face.sadtalker.semantics import NATIVE_FPS, sampled_at

__all__ = ["blink_ratio", "gesture_lids", "gesture_poses", "lent_poses", "looped"]

_UNITS_PER_IOD = 0.91  # the model's unit is a decimetre; outer eye corners are 91 mm apart in its mean face
_BLINK = (0.5, 0.9, 1.0, 0.9, 0.5)
_EARLIEST, _LATEST = 10, 70


def gesture_poses(gestures: GestureTrack, frames: int, source: np.ndarray) -> np.ndarray:
    """Poses float32 [frames, 6] at the native rate: the photo's own, ``source`` [6], moved by ``gestures``.

    Angles pitch, yaw, roll in radians, then the translation in the model's units.
    """
    angles = np.radians([gestures.pitch, gestures.yaw, -np.asarray(gestures.roll)])
    shift = _UNITS_PER_IOD * np.stack([gestures.sway_x, -np.asarray(gestures.sway_y), np.zeros(gestures.frames)])
    moves = np.concatenate([angles, shift]).T
    return (np.asarray(source, np.float32) + _at_native_rate(moves, gestures.fps, frames)).astype(np.float32)


def gesture_lids(gestures: GestureTrack, frames: int) -> np.ndarray:
    """How far the eyes are shut, float32 [frames] in 0..1 at the native rate."""
    return np.clip(_at_native_rate(np.asarray(gestures.lids), gestures.fps, frames), 0, 1)


def _at_native_rate(rows: np.ndarray, fps: float, frames: int) -> np.ndarray:
    return sampled_at(rows, np.arange(frames) * (fps / NATIVE_FPS))


def blink_ratio(frames: int, draw: Callable[[int, int], int]) -> np.ndarray:
    """How far the eyes are shut, float32 [frames] at the native rate, by the original's rule: five frames a blink, 10
    to 70 frames between two, none in a very short video. ``draw(low, high)``: an integer in low..high - 1."""
    ratio = np.zeros(frames, np.float32)
    latest, at = min(frames // 2, _LATEST), 0
    while latest > _EARLIEST:
        at += draw(_EARLIEST, latest)
        if at + len(_BLINK) > frames - 1:
            break
        ratio[at : at + len(_BLINK)] = _BLINK
        at += len(_BLINK)
    return ratio


def lent_poses(poses: np.ndarray, lent: np.ndarray, compat: bool) -> np.ndarray:
    """``poses`` [t, 6] plus the motion of ``lent`` [m, 6] since its first frame."""
    return poses + looped(lent - lent[:1], len(poses), compat)


def looped(rows: np.ndarray, frames: int, compat: bool) -> np.ndarray:
    """``rows`` [m, ...] for ``frames`` frames: there and back, so that nothing jumps; the original starts anew."""
    if not compat and len(rows) > 1:
        rows = np.concatenate([rows, rows[-2:0:-1]])
    return rows[np.arange(frames) % len(rows)]
