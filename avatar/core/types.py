"""What the stages hand to one another: frozen data, no behaviour beyond what the data itself says.

Times are seconds on one timeline that starts with the first sample of the speech. Frame k of a video shows
t = k / fps. Angles are degrees, lengths of the face are IOD (distance of the outer eye corners).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    import torch

__all__ = [
    "BackdropClip",
    "BackdropPlan",
    "Cue",
    "Direction",
    "DrawsBytes",
    "EngineCard",
    "FaceClip",
    "FacePlan",
    "GestureTrack",
    "GivesBytes",
    "GivesLight",
    "Phoneme",
    "Portrait",
    "Script",
    "Size",
    "Speech",
    "Word",
    "frame_count",
]


def frame_count(seconds: float, fps: float) -> int:
    """Number of frames that show ``seconds`` of sound: ceil(seconds * fps), at least one.

    A sum of sample counts may overshoot a whole number of frames by rounding, hence the small slack.
    """
    return max(1, math.ceil(seconds * fps - 1e-6))


@dataclass(frozen=True)
class Size:
    """Picture size in pixels. Both sides are even (H.264 with 4:2:0 chroma needs that)."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class EngineCard:
    """Who did the work and under which licence: one entry of the sidecar's ``engines``."""

    name: str
    version: str
    licence: str
    weights_sha256: str | None = None
    weights_licence: str | None = None


@dataclass(frozen=True)
class Direction:
    """A direction of the script, anchored in ``Script.text``.

    ``start`` and ``end`` are character offsets; they are equal for a point event such as ``[nod]``.
    ``value`` is the text after the colon, ``""`` where there is none.
    """

    start: int
    end: int
    name: str
    value: str = ""


@dataclass(frozen=True)
class Script:
    """A parsed script: ``source`` as written, ``text`` as spoken (markup removed), directions by offset in ``text``."""

    source: str
    text: str
    directions: tuple[Direction, ...] = ()


@dataclass(frozen=True)
class Phoneme:
    """One phone: IPA without stress or length marks beside what belongs to the phone, stress 0, 1 (primary) or 2."""

    start: float
    end: float
    ipa: str
    stress: int = 0


@dataclass(frozen=True)
class Word:
    """One word as written, with the time it is spoken; what captions are made of."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Cue:
    """A direction of the script on the timeline (``start`` == ``end`` for a point event)."""

    start: float
    end: float
    name: str
    value: str = ""


@dataclass(frozen=True)
class Speech:
    """Sound with its timing.

    ``samples``: float32 mono [n] in -1..1 at ``rate`` Hz; may be a read-only memory map for long texts. ``phonemes``,
    ``words``, ``cues``: in time order; pauses have no entry. ``energy``: float32 [m], RMS of the sound at 100 Hz
    relative to the loud parts of this speech (0 silence .. ~1). ``pitch``: float32 [m], fundamental frequency in Hz
    at 100 Hz, 0 where unvoiced. ``timing``: where the times came from: "model", "aligned" or "recognised". ``notes``:
    what a user should know (a direction that does nothing yet, a voice that lacks a sound). ``speakers``: (engine,
    voice) of everyone who speaks in it, in order; the voice may be empty.
    """

    samples: np.ndarray
    rate: int
    language: str
    phonemes: tuple[Phoneme, ...] = ()
    words: tuple[Word, ...] = ()
    cues: tuple[Cue, ...] = ()
    energy: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    pitch: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    timing: str = "model"
    notes: tuple[str, ...] = ()
    speakers: tuple[tuple[str, ...], ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class GestureTrack:
    """How head, shoulders, brows, eyes and lids move, one value a frame, float32 [n] each, at ``fps``.

    ``yaw`` (positive: nose to the viewer's right), ``pitch`` (positive: nose down), ``roll`` (positive: head tilts to
    the viewer's right): degrees from the photo's own pose. ``sway_x``, ``sway_y``: shift of the head in IOD, viewer's
    right and down positive. ``shoulders``: rise of the shoulders in IOD (shrug and breath together). ``lean``: growth
    of the whole person, 0 = none. ``brows``: raise, -1 (frown) .. 1. ``gaze_x``, ``gaze_y``: shift of the irises,
    -1..1 of the safe range. ``lids``: 0 as in the photo .. 1 shut. ``cheeks``: raise of cheeks and lower lids, -1..1.
    ``parted``: opening of resting lips in IOD, 0 or more. ``wink``: -1 the eye at the viewer's left shut alone .. 1
    the one at the right. ``hands`` [n, 2, 6]: of the hand at the viewer's left and of the one at the right, how far it
    is raised from rest, 0, to where hands gesture, 1; there its shift away from the middle of the body, up and towards
    the viewer, in IOD; the palm, 0 facing inwards .. 1 up; the fingers, 0 at ease .. 1 spread. These four are still
    where they are left out.
    """

    fps: float
    yaw: np.ndarray
    pitch: np.ndarray
    roll: np.ndarray
    sway_x: np.ndarray
    sway_y: np.ndarray
    shoulders: np.ndarray
    lean: np.ndarray
    brows: np.ndarray
    gaze_x: np.ndarray
    gaze_y: np.ndarray
    lids: np.ndarray
    cheeks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    parted: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    wink: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    hands: np.ndarray = field(default_factory=lambda: np.zeros((0, 2, 6), np.float32))

    def __post_init__(self) -> None:
        for name in ("cheeks", "parted", "wink"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.zeros(len(self.yaw), np.float32))
        if not len(self.hands):
            object.__setattr__(self, "hands", np.zeros((len(self.yaw), 2, 6), np.float32))

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.yaw)


@dataclass(frozen=True)
class Portrait:
    """A photo made ready for any face engine; depends on the photo alone, so it is cached by content hash.

    ``pixels``: uint8 [h, w, 3] sRGB. ``landmarks``: float32 [478, 3] of FaceMesh in pixels of ``pixels`` (z in the
    same unit, towards the viewer negative). ``alpha``: float32 [h, w] in 0..1, the person. ``foreground``: uint8 [h,
    w, 3], the person's own colour where alpha is partial. ``notes``: what preflight found worth saying. ``sha256``:
    of the photo file. ``behind``: uint8 [h, w, 3], the photo without the person, made up where the person was; None
    where nobody needed it yet.
    """

    pixels: np.ndarray
    landmarks: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray
    sha256: str
    notes: tuple[str, ...] = ()
    behind: np.ndarray | None = None

    @property
    def iod(self) -> float:
        """3-D distance of the outer eye corners in pixels."""
        return float(np.linalg.norm(self.landmarks[33] - self.landmarks[263]))


@dataclass(frozen=True)
class FacePlan:
    """Everything a worker needs to render any frame of the face: small arrays by name, no pictures.

    ``tracks``: name -> array whose first axis is frames. ``constants``: name -> array without a frame axis.
    ``notes``: parts held still, and why. ``in_place``: the person is cut out where the whole photo would show them.
    """

    engine: str
    size: Size
    fps: float
    frames: int
    keep_background: bool
    tracks: Mapping[str, np.ndarray]
    constants: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    in_place: bool = False


@dataclass(frozen=True)
class BackdropPlan:
    """A backdrop that loops: what the engine needs to draw the picture at any time of the loop.

    ``period``: seconds of one turn, 0 for a still. ``arrays``: keyframes or latents by name. ``settings``: the
    engine's own numbers and words. ``reading``: how the prompt was understood, to be shown to the user.
    """

    engine: str
    period: float
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    settings: Mapping[str, str | float | int] = field(default_factory=dict)
    reading: str = ""
    notes: tuple[str, ...] = ()


class FaceClip(Protocol):
    """A face ready to be drawn on one device."""

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        """Yield batches float32 [b, 4, h, w] in 0..1, colour premultiplied by alpha, for frames start..stop-1 in
        order."""
        ...


@runtime_checkable
class DrawsBytes(Protocol):
    """What a face clip may be besides: one that draws bytes, which on a CPU takes about half of the time."""

    def byte_frames(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Yield the frames of ``frames`` in bytes, uint8 [b, h, w, 4], as near as rounding lets; whoever asks may write
        into them."""
        ...


@runtime_checkable
class GivesLight(Protocol):
    """What a backdrop clip may be besides: a place whose light falls on the speaker."""

    def light(self, index: int) -> np.ndarray:
        """Irradiance over pi at the seat in frame ``index``, in linear light as the picture is exposed: real spherical
        harmonics of order 2, float32 [3, 9], red, green, blue; x right, y up, z towards the camera; an even
        surrounding of 1 gives 1 whichever way a surface faces."""
        ...


class BackdropClip(Protocol):
    """A backdrop ready to be drawn on one device."""

    def frame(self, index: int) -> torch.Tensor:
        """Return frame ``index`` of the video, float32 [3, h, w] in 0..1."""
        ...


@runtime_checkable
class GivesBytes(Protocol):
    """What a backdrop clip may be besides: one that gives bytes, which on a CPU takes less time."""

    def byte_frame(self, index: int) -> np.ndarray:
        """Return ``frame(index)`` in bytes, uint8 [h, w, 3], as near as rounding lets; not to be written into."""
        ...
