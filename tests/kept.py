"""Pictures and curves as they were when somebody last looked at them: what drawing and moving code must go on to give.

Most numbers of a drawn scene, of a mouth or of a gesture have no other right value than the one that looked well, and
the network of the backdrops was trained on the scenes as they are. A change that is meant is written down by

    python -m tests.kept

and looked at; rooms by ``python -m tests.kept_rooms``. The face is the photo of scikit-image with landmarks from the
same file, whoever finds them today.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

__all__ = [
    "KEPT",
    "PICTURE_STEP",
    "face_frames",
    "gesture_curves",
    "gestures",
    "kept",
    "mouth_curves",
    "portrait",
    "rig_fields",
    "scenes",
    "small",
    "speech",
]

KEPT = Path(__file__).parent / "fixtures" / "kept.npz"
PICTURE_STEP = 2  # of 255: what rounding on another machine may change
_LETTERS = "ɑbifuɛmoʊwpæsʃθlr"


def kept() -> dict[str, np.ndarray]:
    """The arrays of the file by name."""
    with np.load(KEPT, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def small(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """``picture`` in 0..1 shrunk, as uint8."""
    return np.round(255.0 * cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)).astype(np.uint8)


def scenes(family: str) -> np.ndarray:
    """Two drawings of ``family``, uint8 [2, 36, 64, 3]: in its usual light, and in another, at another moment."""
    from motion.scenes.families import FAMILIES, draw

    tones = [FAMILIES[family].usual, list(FAMILIES[family].tones)[1]]
    drawn = [
        draw(family, tone, 128, 72, seed, phase) for tone, seed, phase in zip(tones, (5, 2), (0.3, 0.7), strict=True)
    ]
    return np.stack([small(picture, 64, 36) for picture in drawn])


def speech(seconds: float) -> Any:
    """Words of one phone each, the loudness and the pitch of a voice."""
    from avatar.core.types import Phoneme, Speech, Word

    starts = 0.2 + 0.12 * np.arange(int((seconds - 0.6) / 0.12))
    starts = starts[np.floor(starts / 1.7) % 3 < 2]  # pauses among them
    phones = tuple(Phoneme(t, t + 0.12, _LETTERS[i % len(_LETTERS)], int(i % 5 == 0)) for i, t in enumerate(starts))
    words = tuple(Word(p.start, p.end, "word?" if i % 14 == 13 else "word") for i, p in enumerate(phones))
    at = np.arange(int(seconds * 100)) / 100
    voiced = np.array([bool(np.any((starts <= t) & (t < starts + 0.12))) for t in at])
    energy = np.where(voiced, 0.55 + 0.4 * np.sin(3.1 * at), 0.0).astype(np.float32)
    pitch = np.where(voiced, 140.0 * 2.0 ** (0.3 * np.sin(2.3 * at)), 0.0).astype(np.float32)
    return Speech(np.zeros(int(seconds * 1000), np.float32), 1000, "en", phones, words, (), energy, pitch)


def gestures(style: str, frames: int = 300) -> Any:
    """The track of gestures of that many frames at 25 a second, with directions among them."""
    from dataclasses import replace

    from avatar.core.types import Cue
    from motion import gesture

    directions = [(1.0, "nod", ""), (3.0, "shake", ""), (5.0, "shrug", ""), (7.0, "look", "left"), (9.0, "look", "up")]
    cues = tuple(Cue(at, at, name, value) for at, name, value in directions)
    return gesture(replace(speech(frames / 25), cues=cues), 25.0, frames, style, 3)


def gesture_curves(style: str) -> np.ndarray:
    """Every curve of a gesture track of twelve seconds, float32 [13, 300]."""
    made = gestures(style)
    names = "yaw pitch roll sway_x sway_y shoulders lean brows gaze_x gaze_y lids cheeks parted"
    return np.stack([getattr(made, name) for name in names.split()])


def mouth_curves() -> np.ndarray:
    """Gap, width, pucker, tuck, press and tongue of a mouth that speaks for six seconds, float32 [6, 150]."""
    from avatar.face.visemes import mouth_tracks

    made = mouth_tracks(speech(6.0), 25.0, 150)
    return np.stack([made.gap, made.wide, made.pucker, made.tuck, made.press, made.tongue])


def portrait(landmarks: np.ndarray) -> Any:
    from skimage import data

    from avatar.core.types import Portrait

    pixels = data.astronaut()
    return Portrait(pixels, landmarks, np.ones(pixels.shape[:2], np.float32), pixels, "0")


def rig_fields(landmarks: np.ndarray) -> np.ndarray:
    """How each coefficient moves the points of a grid over the face, float32 [2, coefficients, 28, 24, 3] in IOD."""
    from avatar.face.canonical import Canonical
    from avatar.face.rig import Rig

    grid = np.stack(np.meshgrid(np.linspace(-1.2, 1.2, 24), np.linspace(-0.9, 1.8, 28), [0.0]), axis=-1)[:, :, 0]
    return np.stack(Rig(Canonical.of(landmarks)).fields(grid)).astype(np.float32)


def face_frames(landmarks: np.ndarray) -> np.ndarray:
    """Eyes and mouth in frames of a video, uint8 [5, 96, 112, 3]."""
    import torch

    from avatar.core.progress import silent
    from avatar.core.types import GestureTrack, Size
    from avatar.face import FaceOptions
    from avatar.face.engines.embedded import Embedded

    time = np.arange(75, dtype=np.float32) / 25
    sizes = np.array([6, 4, 3, 0.03, 0.02, 0.01, 0.005, 0.5, 1, 0.5], np.float32)
    speeds = np.array([2, 2.5, 1.7, 1, 1.3, 1.1, 1, 2, 2, 3], np.float32)
    waves = sizes[:, None] * np.sin(speeds[:, None] * time)
    lids = np.clip(1.6 * np.sin(3.0 * time) - 0.6, 0, 1).astype(np.float32)
    options = FaceOptions(Size(256, 256), 25.0, True, expression="happy:0.6")
    sitter, engine = portrait(landmarks), Embedded()
    plan = engine.plan(sitter, speech(3.0), GestureTrack(25.0, *waves, lids), options, silent())
    clip = engine.open(plan, sitter, "cpu")
    frames = torch.cat([batch[[0]] for k in range(6, 70, 13) for batch in clip.frames(k, k + 1)])
    pictures = np.clip(255.0 * frames[:, :3].permute(0, 2, 3, 1).numpy(), 0, 255).round().astype(np.uint8)
    return pictures[:, 70:166, 76:188]


def main() -> None:
    """Write down what is given today; landmarks stay as they were."""
    from motion import STYLES
    from motion.scenes.families import FAMILIES

    if KEPT.exists():
        landmarks = kept()["landmarks"]
    else:
        from skimage import data

        from avatar.face.photo import detect_faces

        landmarks = detect_faces(data.astronaut())[0].astype(np.float32)
    found = {f"scene {family}": scenes(family) for family in FAMILIES}
    found |= {f"gesture {style}": gesture_curves(style).astype(np.float32) for style in STYLES}
    found |= {"mouth": mouth_curves(), "rig": rig_fields(landmarks).astype(np.float16), "landmarks": landmarks}
    np.savez_compressed(KEPT, **found, face=face_frames(landmarks))


if __name__ == "__main__":
    main()
