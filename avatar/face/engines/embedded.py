"""The embedded animator: no weights beside FaceMesh, a rig of analytic fields, a dense warp in torch.

Planning needs no torch; what is loaded to draw is loaded when a clip is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.errors import MissingEngine
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from avatar.core.types import EngineCard, FacePlan, GestureTrack, Portrait, Speech
from avatar.face.canonical import Canonical
from avatar.face.framing import Framing, frame_person, framing_notes
from avatar.face.moods import emotion_tracks
from avatar.face.mouth import Mouth
from avatar.face.options import FaceOptions
from avatar.face.ratios import unit_weights
from avatar.face.rig import COEFFICIENTS
from avatar.face.spectacles import rims_of
from avatar.face.visemes import MouthTracks, mouth_tracks

if TYPE_CHECKING:
    from avatar.face.embedded_clip import EmbeddedClip

__all__ = ["Embedded"]

_GAZE, _BROWS = 0.050, 0.055  # reach of the irises and brows at 1, in IOD
_CHEEK, _LIFE_SMILE = 0.026, 0.042  # rise of cheeks and corners of the mouth at 1, in IOD
_LIDS_FOLLOW = (0.12, 0.24)  # closure of the upper lids for eyes that look up, and down, as far as they can
_STILL = 0.2  # looks up and down within which the lids stay
_MEET, _PRESSED = 0.006, 0.006  # lips that close go this far into one another, and in a p, b or m; IOD
_CLENCHED, _LIFTED = 0.012, 0.004  # an open mouth's p, b, m: its jaw comes up further, lips meet higher; IOD
_GRIN_PRESSED = 0.036  # corners of a grin come down so far where its lips press, IOD
_EVEN, _STEPPED = 0.017, 0.0205  # shut lips that the landmarks hold so far apart meet anyhow, or need all pressing; IOD
_GRIN_HIDES = 0.22  # and of what a grin had bared, the share that it covers besides
_RING = 0.75  # of a smile or a frown, what lips that are rounded as in a u hold back at its corners
_TAKEN_BACK = 0.60  # of a frown, what it takes back of the whole grin of a photo
_EDGE_TO_EDGE = 0.018  # drop of a jaw whose incisors stand edge to edge, IOD
_SPREAD = 1.25  # corners of filmed speakers move further than the shapes of single phones
_HIDES = 0.016  # how far the upper lip of a u comes down over its teeth, IOD


class Embedded:
    """Animates any portrait from its landmarks; see avatar.face.rig and avatar.face.warp."""

    def card(self) -> EngineCard:
        """Name, version, licence; the landmarks come from MediaPipe FaceMesh."""
        return EngineCard(
            "embedded", "2", "Apache-2.0", weights_licence="Apache-2.0 (MediaPipe FaceMesh, selfie segmentation)"
        )

    def plan(self, portrait: Portrait, speech: Speech, gestures: GestureTrack, options: FaceOptions,
             progress: Progress) -> FacePlan:  # fmt: skip
        """Tracks of every coefficient for the whole video; nothing is drawn."""
        framing = frame_person(portrait, options.size, options.keep_background, options.closer, options.in_place)
        face = Canonical.of(portrait.landmarks)
        mouth = Mouth.of(face, portrait.pixels.astype(np.float32) / 255)
        frames = gestures.frames
        progress(0.2, "mouth shapes")
        lips = _breathing(mouth_tracks(speech, options.fps, frames), gestures)
        coefficients = _lip_coefficients(lips, mouth)
        progress(0.7, "expression")
        moods = emotion_tracks(speech, options.expression, options.fps, frames)
        lids, notes = _lids(gestures, moods.pop("lids", np.zeros(frames))), []
        _ungrinned(moods, mouth)
        for name, track in moods.items():
            drawn = _unpuckered(lips) if name in ("smile", "frown") else 1.0
            coefficients[:, COEFFICIENTS.index(name)] += drawn * track
        _add_life(coefficients, gestures, lips)
        rims = rims_of(face, portrait.pixels)
        if rims != "none":
            for name in ("brows", "brows_together", "brows_inner", "squint", "cheek"):
                coefficients[:, COEFFICIENTS.index(name)] *= 0.25
        if rims == "thick":
            lids[:] = 0
            notes.append(Message("spectacles_stiff"))
        notes += framing_notes(portrait, framing, options.size, options.keep_background or options.in_place)
        tracks = {
            "coefficients": coefficients.astype(np.float32),
            "tip": lips.tip,
            "between": lips.between,
            "round": lips.pucker,
            "lids": lids,
            "units": unit_weights(coefficients, COEFFICIENTS),
            "gaze": _gaze(gestures),
            "pose": _pose(gestures),
        }
        progress(1.0, "face planned")
        return FacePlan("embedded", options.size, options.fps, frames, options.keep_background, tracks, {"place":
        framing.numbers},
                        tuple(notes), options.in_place)  # fmt: skip

    def open(self, plan: FacePlan, portrait: Portrait, device: str) -> EmbeddedClip:
        """Compute the portrait's layers for the plan's frame on ``device`` ("cpu" or "cuda")."""
        import torch

        from avatar.face.embedded_clip import BytesClip, EmbeddedClip
        from avatar.face.layers import build_layers
        from avatar.face.warp import Warp

        if device.startswith("cuda") and not torch.cuda.is_available():
            raise MissingEngine("No CUDA device is available here: use --device cpu.")
        framing = Framing.of(plan.constants["place"])
        warp = Warp(build_layers(portrait, framing, plan.size, plan.keep_background, device))
        return BytesClip(plan, warp, device) if device == "cpu" else EmbeddedClip(plan, warp, device)


def _ungrinned(moods: dict[str, np.ndarray], mouth: Mouth) -> None:
    """A mood that draws the corners of the mouth down first takes back the smile of the photo."""
    if "frown" in moods:
        moods["smile"] = moods.get("smile", 0.0) - _TAKEN_BACK * mouth.grin * moods["frown"]


def _breathing(lips: MouthTracks, gestures: GestureTrack) -> MouthTracks:
    """Lips that part as the gestures ask while nothing else is asked of them."""
    free = np.clip(1 - lips.gap / 0.08, 0, 1) * (1 - lips.press) * (1 - lips.tuck)
    return replace(lips, gap=(lips.gap + gestures.parted * free).astype(np.float32))


def _gaze(gestures: GestureTrack) -> np.ndarray:
    """Shift of the irises [n, 2] in IOD; less up and down, where the lids leave less room."""
    way = np.stack([gestures.gaze_x, 0.8 * gestures.gaze_y], axis=1)
    return np.asarray(_GAZE * np.clip(way, -1, 1), np.float32)


def _lids(gestures: GestureTrack, mood: np.ndarray) -> np.ndarray:
    """Closure of the upper lids [n, 2], left and right: blinks and winks over the mood's own, and lids that follow the
    eyes up and down."""
    y = np.clip(gestures.gaze_y, -1, 1)
    beyond = np.sign(y) * np.maximum(np.abs(y) - _STILL, 0.0) / (1 - _STILL)
    follow = np.where(y > 0, _LIDS_FOLLOW[1], _LIDS_FOLLOW[0]) * beyond
    open_ = np.clip(mood + follow, -0.35, 0.6)
    winks = np.stack([-gestures.wink, gestures.wink], axis=1)
    shut = np.maximum(np.clip(gestures.lids, 0, 1)[:, None], np.clip(winks, 0, 1))
    return np.asarray(open_[:, None] * (1 - shut) + shut, np.float32)


def _add_life(coefficients: np.ndarray, gestures: GestureTrack, lips: MouthTracks) -> None:
    """Brows, cheeks and lower lids as the gestures and the speaking mouth move them."""
    add = lambda name, track: coefficients.__setitem__(  # noqa: E731
        (slice(None), COEFFICIENTS.index(name)), coefficients[:, COEFFICIENTS.index(name)] + track
    )
    spread = np.clip(lips.wide, 0, 0.2) / 0.2
    add("brows", _BROWS * gestures.brows)
    add("cheek", _CHEEK * (gestures.cheeks + 0.25 * spread))
    add("smile", _LIFE_SMILE * np.clip(gestures.cheeks, -0.5, 1) * (1 - lips.press) * _unpuckered(lips))
    add("squint", 0.012 * np.clip(gestures.lids, 0, 1))


def _unpuckered(lips: MouthTracks) -> np.ndarray:
    """How far corners of the mouth follow a smile or a frown [n]: the ring that rounds the lips holds them."""
    held: np.ndarray = 1 - _RING * np.clip(lips.pucker, 0, 1)
    return held


def _pose(gestures: GestureTrack) -> np.ndarray:
    names = ("yaw", "pitch", "roll", "sway_x", "sway_y", "shoulders", "lean")
    return np.stack([getattr(gestures, name) for name in names], axis=1).astype(np.float32)


def _lip_coefficients(lips: MouthTracks, mouth: Mouth) -> np.ndarray:
    """Coefficients [n, k] that give the wanted inner-lip gap on this mouth: what the photo shows already counts."""
    result = np.zeros((len(lips.gap), len(COEFFICIENTS)))

    def add(name: str, track: np.ndarray) -> None:
        result[:, COEFFICIENTS.index(name)] += track

    scale = float(np.clip(mouth.half / 0.26, 0.85, 1.15))
    rounded = 1 - 0.30 * min(mouth.gap / 0.10, 1.0) * lips.pucker  # the wide lips of a grin round less
    gap = lips.gap * np.where(lips.gap > 0, rounded, 1.0)
    gap = np.where(gap > 0.05, 0.05 + (gap - 0.05) * scale, gap)
    own = mouth.gap
    more = np.clip(gap - own, 0.0, None)
    if own > 0:
        closing = np.clip(1 - gap / own, 0.0, 1.0)
        add("close", closing * (1 + min(0.1, _MEET / own)) + min(0.30, _PRESSED / own) * lips.press)
        add("smile", -0.035 * min(own / 0.10, 1.0) * closing)  # lips that close over teeth leave the grin
        bitten = 0.8 * mouth.jaw * lips.bite * (1 - closing)  # jaws that shut behind lips that stay apart
        add("jaw", -bitten)
        add("lower_lip", bitten)
    else:
        add("lower_lip", np.minimum(gap, 0.0))
    jaw = 0.42 + 0.20 * np.clip(gap / 0.2, 0, 1)
    upper = 0.20 - 0.06 * np.clip(gap / 0.2, 0, 1)
    tuck = lips.tuck * (1 - lips.press)
    jaw, upper = jaw * (1 - tuck) * (1 - 0.80 * lips.bite), upper * (1 - tuck) + 0.85 * tuck + 0.16 * lips.bite
    # Rounded lips hide the teeth: the upper one comes down, and the lower one opens what is asked for.
    hidden = lips.pucker * (1 - lips.press) * (1 - tuck)
    upper = upper * (1 - hidden)
    add("jaw", jaw * more)
    hides = _HIDES + (_GRIN_HIDES * own if mouth.toothy else 0.0)
    add("upper_lip", upper * more - hides * hidden)
    add("lower_lip", (1 - jaw - upper) * more + hides * hidden)
    add("jaw", _EDGE_TO_EDGE * lips.bite)
    add("lower_lip", -_EDGE_TO_EDGE * lips.bite)
    add("smile", -0.030 * min(own / 0.10, 1.0) * hidden)
    _press(add, lips.press, mouth)
    add("press_lower", 0.30 * tuck)
    add("wide", _SPREAD * lips.wide * mouth.half)
    add("smile", 0.08 * np.clip(lips.wide, 0, None))  # a wide mouth lifts the cheeks
    add("pucker", 0.24 * lips.pucker * (1 - lips.press))
    return result


def _press(add: Callable[[str, np.ndarray], None], press: np.ndarray, mouth: Mouth) -> None:
    """What lips do beyond meeting in a p, b, m: the lower one rolls in under the upper one, an open mouth's jaw comes
    up further, and lips of which one lies before the other meet higher."""
    if mouth.gap > 0:
        add("press_lower", (0.65 if mouth.toothy else 0.40) * press)
        add("smile", -(_GRIN_PRESSED if mouth.toothy else 0.0) * press)
        add("jaw", -_CLENCHED * press)
        add("upper_lip", _LIFTED * press)
        add("lower_lip", -_LIFTED * press)
        return
    stepped = float(np.clip((mouth.stepped - _EVEN) / (_STEPPED - _EVEN), 0.0, 1.0))
    add("press_lower", (0.08 + 0.60 * stepped) * press)
    add("upper_lip", 3 * _LIFTED * stepped * press)
    add("lower_lip", -2 * _LIFTED * stepped * press)
