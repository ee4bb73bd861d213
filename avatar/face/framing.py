"""Where the person stands in the frame: a similarity from photo pixels to pixels of the video.

A person that the photo cuts is cut by the frame at the same place: each side of the photo that cuts the person lies at
or beyond the frame's edge. Where a format leaves no such place (a head cut at the top and shoulders cut at the bottom
in a frame much higher than the photo), the side fades out, and a note says what helps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avatar.core.reasons import Message
from avatar.core.types import Portrait, Size
from avatar.face.canonical import FACE_OVAL

__all__ = ["SIDES", "Framing", "frame_closely", "frame_person", "framing_notes"]

Sides = tuple[str, ...]
SIDES = ("left", "right", "top", "bottom")
# Distance of the outer eye corners as a share of the frame's shorter side: what a head-and-shoulders shot has,
# the largest that still looks like one, and the largest that a photo's own close framing may keep, in any frame and in
# one that is higher than wide.
_USUAL, _LARGEST, _LARGEST_KEPT, _LARGEST_HIGH = 0.175, 0.30, 0.42, 0.50
_MOST_ENLARGED = 1.7
_SLACK = 0.012  # how far beyond the frame's edge a cut lies, as a share of the shorter side
_CUT = 0.02  # share of a side of the photo that the person has to cover to be cut there
_ASIDE = 0.26  # nearest place of a face to a side where the shoulders are cut, as a share of the width
_EYES_LOW, _EYES_HIGH = 0.60, 0.40  # shares of the frame below and above the eyes of somebody cut there


@dataclass(frozen=True)
class Framing:
    """Video pixel = ``scale`` * photo pixel + (``dx``, ``dy``). ``feathered``: sides of the photo (of SIDES) where the
    person is cut inside the frame and has to fade out."""

    scale: float
    dx: float
    dy: float
    feathered: Sides = ()

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Move points [n, 2 or 3] from the photo to the frame (depth scales along)."""
        moved = np.asarray(points, np.float64) * self.scale
        moved[:, 0] += self.dx
        moved[:, 1] += self.dy
        return moved

    @property
    def numbers(self) -> np.ndarray:
        """Everything as float64 [7], for a plan."""
        return np.array([self.scale, self.dx, self.dy, *(side in self.feathered for side in SIDES)], np.float64)

    @classmethod
    def of(cls, numbers: np.ndarray) -> Framing:
        """The framing whose ``numbers`` are given."""
        sides = tuple(side for side, on in zip(SIDES, numbers[3:], strict=True) if on)
        return cls(float(numbers[0]), float(numbers[1]), float(numbers[2]), sides)


def frame_person(
    portrait: Portrait, size: Size, keep_background: bool, closer: float = 1.0, in_place: bool = False
) -> Framing:
    """Place the person of ``portrait`` in a frame of ``size``; with ``keep_background`` the photo covers the frame
    where that leaves the face at a sensible size. ``closer``: how much larger the face is than usual. ``in_place``: the
    person is cut out, and stands where the whole photo would show them."""
    short = min(size.width, size.height)
    usual = min(_USUAL * closer * short / portrait.iod, _MOST_ENLARGED)
    if keep_background:
        return _whole_photo(portrait, size, usual)
    cut = _cut_sides(portrait.alpha)
    if in_place:
        framing = _whole_photo(portrait, size, usual)
        shown = _shown(portrait, framing, size)
        return replace(framing, feathered=tuple(side for side in cut if shown[side] > 1e-6))
    scale = _scale_of_cut(portrait, size, usual, cut)
    framing = _at_face(portrait, size, scale)
    dx, sides = _held_aside(portrait, size, framing, cut)
    dy, above = _held_upright(portrait, size, framing, cut)
    return Framing(scale, dx, dy, (*sides, *above))


def framing_notes(portrait: Portrait, framing: Framing, size: Size, keep_background: bool) -> tuple[Message, ...]:
    """What the format of ``size`` takes from this person, and what helps."""
    notes = []
    if "top" in framing.feathered:
        notes.append(Message("head_fades", size=str(size)))
    if {"left", "right"} & set(framing.feathered):
        notes.append(Message("person_cut"))
    height, width = portrait.alpha.shape
    if keep_background and max(_shown(portrait, framing, size).values()) > 2.0:
        notes.append(Message("photo_does_not_fill", size=str(size), width=width, height=height))
    return tuple(notes)


def frame_closely(
    portrait: Portrait, size: Size, keep_background: bool, centre: tuple[float, float], scale: float
) -> Framing:
    """Show the photo about its point ``centre`` at ``scale``, video pixels a photo pixel, however close that is; no
    side where the person is cut lies inside the frame as long as the photo reaches far enough."""
    height, width = portrait.pixels.shape[:2]
    held = SIDES if keep_background else _cut_sides(portrait.alpha)
    middle = ((size.width - 1) / 2 - centre[0] * scale, (size.height - 1) / 2 - centre[1] * scale)
    fades = {"left", "right"} <= set(held) and width * scale < size.width
    dx = middle[0] if fades else _within(middle[0], size.width, width * scale, "left" in held, "right" in held)
    dy = _within(middle[1], size.height, height * scale, "top" in held, "bottom" in held)
    return Framing(float(scale), dx, dy, ("left", "right") if fades and not keep_background else ())


def _within(shift: float, frame: float, photo: float, low: bool, high: bool) -> float:
    """``shift`` of a photo ``photo`` long so that its ends ``low`` and ``high`` lie at or beyond those of the frame,
    where it is long enough for both."""
    if low and (not high or photo >= frame):
        shift = min(shift, 0.0)
    if high:
        shift = max(shift, frame - photo)
    return float(shift)


def _cut_sides(alpha: np.ndarray) -> Sides:
    edges = {"left": alpha[:, :2], "right": alpha[:, -2:], "top": alpha[:2], "bottom": alpha[-2:]}
    return tuple(name for name, edge in edges.items() if (edge > 0.5).mean() > _CUT)


def _at_face(portrait: Portrait, size: Size, scale: float) -> Framing:
    """The middle of the face at its usual place."""
    x, y = portrait.landmarks[list(FACE_OVAL), :2].mean(0)
    high = 0.42 if size.height > 1.2 * size.width else 0.44
    return Framing(scale, float((size.width - 1) / 2 - x * scale), float(size.height * high - y * scale))


def _shown(portrait: Portrait, framing: Framing, size: Size) -> dict[str, float]:
    """Side of the photo -> how far it lies inside the frame, in pixels of the video; negative beyond it."""
    height, width = portrait.alpha.shape
    right = size.width - framing.dx - width * framing.scale
    bottom = size.height - framing.dy - height * framing.scale
    return {"left": framing.dx, "right": right, "top": framing.dy, "bottom": bottom}


# -- with the background ---------------------------------------------------------------------------------------------


def _whole_photo(portrait: Portrait, size: Size, usual: float) -> Framing:
    """The photo over the whole frame, or as much of it as leaves the face at a sensible size; then over its whole width
    or height."""
    height, width = portrait.alpha.shape
    across, down = size.width / width, size.height / height
    kept = _LARGEST_HIGH if size.height > size.width else _LARGEST_KEPT
    largest = kept * min(size.width, size.height) / portrait.iod
    scale = max(across, down, usual) if max(across, down) <= largest else max(min(across, down), min(usual, largest))
    framing = _at_face(portrait, size, scale)
    dx = _inside(framing.dx, size.width, width * scale)
    return Framing(scale, dx, _inside(framing.dy, size.height, height * scale))


def _inside(shift: float, frame: float, photo: float) -> float:
    """``shift`` so that a photo ``photo`` long fills the frame, or lies in its middle where it is too short for
    that."""
    return float(np.clip(shift, frame - photo, 0.0)) if photo >= frame else (frame - photo) / 2


# -- cut out ---------------------------------------------------------------------------------------------------------


def _scale_of_cut(portrait: Portrait, size: Size, usual: float, cut: Sides) -> float:
    """As large as is usual, or as what the photo cuts needs to be cut by the frame."""
    height, width = portrait.alpha.shape
    short = min(size.width, size.height)
    eyes = portrait.landmarks[[33, 263], :2].mean(0)
    high = size.height > size.width and "bottom" in cut
    needed, largest = usual, max((_LARGEST_KEPT if high else _LARGEST) * short / portrait.iod, usual)
    if "bottom" in cut:
        needed = max(needed, _EYES_LOW * size.height / max(height - eyes[1], 1.0))
    if "top" in cut:
        needed = max(needed, _EYES_HIGH * size.height / max(eyes[1], 1.0))
    if {"left", "right"} <= set(cut):
        needed = max(needed, size.width / width)
    scale = float(min(needed, largest))
    if {"top", "bottom"} <= set(cut):
        between = (size.height + 2 * _SLACK * short) / height
        scale = max(scale, min(between, _LARGEST_HIGH * short / portrait.iod))
    return float(scale)


def _held_aside(portrait: Portrait, size: Size, at_face: Framing, cut: Sides) -> tuple[float, Sides]:
    """The shift across that leaves cut sides outside the frame, and the sides that have to fade instead."""
    scale, dx = at_face.scale, at_face.dx
    width = portrait.alpha.shape[1] * scale
    face = float(portrait.landmarks[list(FACE_OVAL), 0].mean()) * scale
    slack = _SLACK * min(size.width, size.height)
    sides = tuple(side for side in ("left", "right") if side in cut)
    if len(sides) == 2:
        return (_within(dx, size.width, width, True, True), ()) if width >= size.width else (dx, sides)
    if not sides:
        return dx, ()
    held = min(dx, -slack) if sides == ("left",) else max(dx, size.width - width + slack)
    room = held + face if sides == ("left",) else size.width - held - face
    stays = room >= _ASIDE * size.width or _head_is_cut(portrait, sides[0])
    return (held, ()) if stays else (dx, sides)


def _head_is_cut(portrait: Portrait, side: str) -> bool:
    """Whether the side cuts the head, not only a shoulder."""
    chin = max(3, int(portrait.landmarks[152, 1]))
    edge = portrait.alpha[:chin, :2] if side == "left" else portrait.alpha[:chin, -2:]
    return bool((edge > 0.5).mean() > 0.1)


def _held_upright(portrait: Portrait, size: Size, at_face: Framing, cut: Sides) -> tuple[float, Sides]:
    """The shift down that leaves a cut at the top and at the bottom outside the frame; where both are cut and the photo
    is too low for the frame, the bottom is held and the top fades."""
    slack = _SLACK * min(size.width, size.height)
    height, dy = portrait.alpha.shape[0] * at_face.scale, at_face.dy
    if "top" in cut:
        dy = min(dy, -slack)
    if "bottom" not in cut:
        return dy, ()
    dy = max(dy, size.height - height + slack)
    return float(dy), ("top",) if "top" in cut and dy > 0 else ()
