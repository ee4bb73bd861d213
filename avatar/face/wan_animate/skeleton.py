"""The skeleton of the person in the photo, moved by the gestures.

The head is where the landmarks are, the shoulders where the matte shows them. Nobody looks for arms: they have the
usual length for shoulders so wide, rest at the sides, and are raised to where hands gesture. All lengths are IOD, the
distance of the outer eye corners, about 9 cm; x to the viewer's right, y down, z away from the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar.core.types import GestureTrack, Portrait, Size
from avatar.face.canonical import FACE_OVAL
from avatar.face.framing import Framing

__all__ = ["BODY", "HAND", "POINTS", "Skeleton", "skeleton"]

BODY = ("nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
        "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle", "right eye", "left eye",
        "right ear", "left ear", "left toe", "right toe")  # fmt: skip
"""Names of the points of the body, left and right as the person has them."""
HAND = 21
"""Points of a hand: the wrist, then thumb, index, middle, ring and little finger from root to tip."""
POINTS = len(BODY) + 2 * HAND
"""Those of the body, of the left hand, of the right hand."""
_HEAD = ((0, 1), (14, 468), (15, 473), (16, 234), (17, 454))  # point of the body, landmark
_SPINE = 0.20  # how far behind the ears the head turns; below them a quarter
_HALF, _DROP = 1.9, 2.55  # of the shoulders: half their distance, and how far they lie below the eyes
_HIGH, _LOW = 1.7, 3.4  # nearest and farthest that they can be below the eyes
_UPPER, _FORE, _PALM = 3.1, 2.7, 1.95  # upper arm, forearm, hand from wrist to finger tip
_HIPS = (1.05, 5.4)  # half their distance, and how far they lie below the shoulders
_COLLAR = 0.5  # the collar's share of the head's sway
_HINGE = 5.0  # how far below the shoulders the trunk leans from
_STRETCH = 0.97  # of a straight arm
_CHEST, _BELLY = 1.5, 3.0  # highest and lowest place of gesturing hands below the shoulders
# Roots and directions of thumb and fingers in a hand of length 1: towards the thumb, along the fingers; and bones.
_FINGERS = (
    ((0.15, 0.14), (0.72, 0.70), (0.20, 0.17, 0.14)),
    ((0.15, 0.50), (0.16, 1.00), (0.21, 0.13, 0.10)),
    ((0.03, 0.52), (0.02, 1.00), (0.23, 0.14, 0.11)),
    ((-0.08, 0.49), (-0.10, 1.00), (0.21, 0.13, 0.10)),
    ((-0.19, 0.43), (-0.26, 1.00), (0.16, 0.10, 0.09)),
)
_BENDS = np.radians([[22.0, 50.0, 68.0], [5.0, 9.0, 12.0]])  # of the three bones at ease, and spread


@dataclass(frozen=True)
class Skeleton:
    """``points`` float32 [n, 62, 2]: pixels of the picture in each frame. ``known`` bool [62]: those that are drawn
    where they lie in the picture."""

    points: np.ndarray
    known: np.ndarray


def skeleton(portrait: Portrait, framing: Framing, size: Size, gestures: GestureTrack, hands: float = 1.0) -> Skeleton:
    """Where the points are in all frames of a picture of ``size``. ``hands``: times how far hands gesture, 0 at
    rest."""
    iod = portrait.iod * framing.scale
    shoulders = framing.apply(_shoulders(portrait)) / iod
    room = size.height / iod - float(shoulders[:, 1].mean())
    space = np.zeros((gestures.frames, POINTS, 3))
    for place, points in _head(framing.apply(portrait.landmarks) / iod, gestures).items():
        space[:, place] = points
    raised = np.array(gestures.hands, np.float64)
    raised[..., :4] *= hands
    raised[..., 0] = np.minimum(raised[..., 0], 1.0)
    moved = _shoulders_moved(shoulders, gestures)
    space[:, 1] = moved.mean(axis=1)
    for side, first, hip, palm in ((0, 2, 8, len(BODY) + HAND), (1, 5, 11, len(BODY))):
        way = 2.0 * side - 1.0
        size_of_arm = float(np.clip(np.ptp(shoulders[:, 0]) / 2 / _HALF, 0.75, 1.2))
        joints = _arm(moved[:, side], raised[:, side], way, room, size_of_arm)
        space[:, first : first + 3] = joints
        space[:, palm : palm + HAND] = _hand(joints, raised[:, side], way, size_of_arm)
        space[:, hip, 0] = space[:, 1, 0] + way * _HIPS[0]
        space[:, hip, 1] = moved[:, side, 1] + _HIPS[1]
    across, down = shoulders.mean(axis=0)
    hinge = np.array([across, down + _HINGE, 0.0])
    space = hinge + (1 + gestures.lean[:, None, None]) * (space - hinge)
    points = (space[..., :2] * iod).astype(np.float32)
    return Skeleton(points, _known(portrait, framing, points[0]))


def _known(portrait: Portrait, framing: Framing, resting: np.ndarray) -> np.ndarray:
    """Legs are left out, and hips that the photo does not show."""
    known = np.array([not any(part in name for part in ("knee", "ankle", "toe")) for name in BODY] + [True] * 2 * HAND)
    height, width = portrait.alpha.shape
    for hip in (8, 11):
        x, y = np.round((resting[hip] - (framing.dx, framing.dy)) / framing.scale).astype(int)
        known[hip] = 0 <= x < width and 0 <= y < height and bool(portrait.alpha[y, x] > 0.5)
    return known


def _head(landmarks: np.ndarray, gestures: GestureTrack) -> dict[int, np.ndarray]:
    """Points [n, 3] of the head by their place, of ``landmarks`` [478, 3] in IOD."""
    ears = landmarks[[234, 454]].mean(axis=0)
    pivot = ears + np.array([0.0, 0.25, _SPINE])
    points = np.array([landmarks[mark] for _, mark in _HEAD]) - pivot
    points[3:, 2] += 0.1  # ears lie a little behind the edge of the face
    turns = _turns(*(np.radians(getattr(gestures, name)) for name in ("yaw", "pitch", "roll")))
    sway = np.stack([gestures.sway_x, gestures.sway_y, np.zeros(gestures.frames)], axis=1)
    moved = np.einsum("nij,pj->npi", turns, points) + pivot + sway[:, None]
    return {place: moved[:, number] for number, (place, _) in enumerate(_HEAD)}


def _turns(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Rotations [n, 3, 3]: the nose to the viewer's right, down, and the head tilted to the viewer's right."""

    def about(first: int, second: int, angle: np.ndarray) -> np.ndarray:
        turn = np.tile(np.eye(3), (len(angle), 1, 1))
        turn[:, first, first] = turn[:, second, second] = np.cos(angle)
        turn[:, first, second], turn[:, second, first] = -np.sin(angle), np.sin(angle)
        return turn

    turned: np.ndarray = about(0, 1, roll) @ about(0, 2, yaw) @ about(1, 2, pitch)
    return turned


def _shoulders(portrait: Portrait) -> np.ndarray:
    """Shoulder joints [2, 2] in pixels of the photo, that at the viewer's left first: as high and as wide as the matte
    shows them, else where they usually are."""
    iod, alpha = portrait.iod, portrait.alpha > 0.5
    height, width = alpha.shape
    middle = float(portrait.landmarks[list(FACE_OVAL), 0].mean())
    eyes, chin = float(portrait.landmarks[[33, 263], 1].mean()), int(np.clip(portrait.landmarks[152, 1], 0, height - 1))
    found = []
    for way in (-1, 1):
        high, column = eyes + _DROP * iod, int(middle + 1.5 * way * iod)
        if 0 <= column < width and not alpha[chin, column] and alpha[chin:, column].any():
            high = chin + int(alpha[chin:, column].argmax()) + 0.35 * iod
        high = float(np.clip(high, eyes + _HIGH * iod, eyes + _LOW * iod))
        half = _HALF * iod
        outwards = alpha[min(height - 1, int(high)), int(np.clip(middle, 0, width - 1)) :: way]
        if high < height and not outwards.all():
            half = float(np.clip(outwards.argmin() - 0.35 * iod, 1.3 * iod, 2.5 * iod))
        found.append((middle + way * half, high))
    return np.array(found)


def _shoulders_moved(shoulders: np.ndarray, gestures: GestureTrack) -> np.ndarray:
    """The joints [n, 2, 3], carried by the sway of the head, and up by breath and shrug."""
    across, down = _COLLAR * gestures.sway_x, _COLLAR * gestures.sway_y - gestures.shoulders
    shift = np.stack([across, down, np.zeros(gestures.frames)], axis=1)
    return np.column_stack([shoulders, [0.0, 0.0]]) + shift[:, None]


def _arm(shoulder: np.ndarray, hand: np.ndarray, way: float, room: float, size: float) -> np.ndarray:
    """Shoulder, elbow and wrist [n, 3, 3] of the arm at the viewer's left (``way`` -1) or right (1), of ``hand``
    [n, 6]. ``room``: from the shoulders to the lower edge of the picture; in a close one hands are held higher."""
    upper, fore = _UPPER * size, _FORE * size
    rest = np.array([0.4 * way, 0.94 * (upper + fore), -0.8 * size])
    low = float(np.clip(room - 0.9, _CHEST, _BELLY)) * size
    place = np.array([-0.75 * way, low, -2.4 * size])
    share = hand[:, :1]
    out, up, ahead = hand[:, 1:2], hand[:, 2:3], hand[:, 3:4]
    shift = share * np.concatenate([way * out, -up, -ahead], axis=1)
    reach = rest + share * (place - rest) + shift
    reach[:, 2] -= 0.7 * np.sin(np.pi * share[:, 0])  # a hand swings forward on its way
    away = np.linalg.norm(reach, axis=1, keepdims=True)
    reach *= np.minimum(1.0, _STRETCH * (upper + fore) / away)
    away = np.linalg.norm(reach, axis=1, keepdims=True)
    along = reach / away
    pole = np.array([0.4 * way, 1.0, 0.5])
    pole = pole - (along @ pole)[:, None] * along
    pole /= np.linalg.norm(pole, axis=1, keepdims=True)
    foot = (upper**2 - fore**2 + away**2) / (2 * away)
    elbow = along * foot + pole * np.sqrt(np.maximum(upper**2 - foot**2, 0.0))
    return np.stack([shoulder, shoulder + elbow, shoulder + reach], axis=1)


def _hand(arm: np.ndarray, hand: np.ndarray, way: float, size: float) -> np.ndarray:
    """The points [n, 21, 3] of the hand at the end of ``arm`` [n, 3, 3]; ``hand`` [n, 6]: how it is held."""
    share, turn, spread = hand[:, :1], hand[:, 4:5], hand[:, 5:6]
    forearm = arm[:, 2] - arm[:, 1]
    forearm /= np.linalg.norm(forearm, axis=1, keepdims=True)
    fingers = _unit(0.75 * forearm + share * np.array([-0.1 * way, -0.35, -0.2]))
    palm_in = np.array([0.0, 0.0, -1.0]) + share * np.array([0.0, -1.0, 1.0])
    angle = np.radians(90.0) * turn * share
    thumb = np.cos(angle) * palm_in + np.sin(angle) * np.array([way, 0.0, 0.0])
    thumb = _unit(thumb - (thumb * fingers).sum(axis=1, keepdims=True) * fingers)
    inside = -way * np.cross(thumb, fingers)
    bends = _BENDS[0] + spread * (_BENDS[1] - _BENDS[0])
    points = [np.zeros_like(fingers)]
    for number, ((across, along), (splay, ahead), bones) in enumerate(_FINGERS):
        wide = splay if number == 0 else splay * (0.6 + 0.9 * spread)
        way_out = _unit(wide * thumb + ahead * fingers)
        points.append(across * thumb + along * fingers)
        for bone, bend in zip(bones, (bends * (0.5 if number == 0 else 1.0)).T, strict=True):
            points.append(points[-1] + bone * (np.cos(bend)[:, None] * way_out + np.sin(bend)[:, None] * inside))
    return arm[:, 2:3] + _PALM * size * np.stack(points, axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length: np.ndarray = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-6)
