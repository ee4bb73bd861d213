"""What people, words and backdrops are planned to look like, as somebody last looked at it (see ``tests.kept``).

A change that is meant is written down by

    python -m tests.kept_plans
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from tests import kept as faces

__all__ = [
    "KEPT_PLANS",
    "backdrops",
    "expression_light",
    "framings",
    "graphics",
    "kept_plans",
    "skeletons",
    "sliders",
    "surface",
]

KEPT_PLANS = Path(__file__).parent / "fixtures" / "kept_plans.npz"
_FORMATS = ((1280, 720), (720, 1280), (512, 512))
_PROMPT = "calm ocean at sunset"


def kept_plans() -> dict[str, np.ndarray]:
    """The arrays of the file by name."""
    with np.load(KEPT_PLANS, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _person(cut: tuple[str, ...] = ()) -> Any:
    """The face of ``tests.kept`` with a drawn outline of head and shoulders, which leaves the photo at ``cut``."""
    from avatar.core.types import Portrait

    photo = faces.portrait(faces.kept()["landmarks"])
    alpha = np.zeros((512, 512), np.float32)
    alpha[20:240, 160:290] = 1.0
    alpha[240:, 60:400] = 1.0
    for side in cut:
        rows = slice(0, 200) if side == "top" else slice(300, 512)
        columns = {"top": slice(160, 290), "left": slice(0, 100), "right": slice(380, 512)}[side]
        alpha[rows, columns] = 1.0
    return Portrait(photo.pixels, photo.landmarks, alpha, photo.pixels, "0")


def framings() -> np.ndarray:
    """Scale, place and fading sides, float64 [cases, 7]: in three formats, kept, cut out, closer, in place, and where
    the photo's edges cut the person."""
    from avatar.core.types import Size
    from avatar.face.framing import frame_closely, frame_person

    found = []
    for format_ in _FORMATS:
        size = Size(*format_)
        for cut in ((), ("top",), ("left",), ("left", "right"), ("top", "right")):
            person = _person(cut)
            found += [frame_person(person, size, keep) for keep in (True, False)]
            found += [frame_person(person, size, False, 1.5), frame_person(person, size, False, in_place=True)]
            found += [frame_closely(person, size, keep, (230.0, 160.0), 3.0) for keep in (True, False)]
    return np.stack([framing.numbers for framing in found])


def skeletons() -> np.ndarray:
    """Points of body and hands in every 25th frame of lively speech, float32 [12, points, 2] px, and which of them are
    known, as the last two rows."""
    from avatar.core.types import Size
    from avatar.face.framing import Framing
    from avatar.face.wan_animate.skeleton import skeleton

    made = skeleton(_person(), Framing(1.0, 144.0, 40.0), Size(800, 1000), faces.gestures("lively"))
    known = np.repeat(made.known[None, :, None].astype(np.float32), 2, axis=2)
    return np.concatenate([made.points[::25], known])


def sliders() -> np.ndarray:
    """What LivePortrait is asked for in every fifth frame of six lively seconds, float32 [asked, 30]."""
    from avatar.face.liveportrait.options import LivePortraitOptions
    from avatar.face.liveportrait.rig import wishes
    from avatar.face.liveportrait.sitter import Sitter
    from avatar.face.moods import emotion_tracks
    from avatar.face.visemes import mouth_tracks

    speech, frames = faces.speech(6.0), 150
    track, lips = faces.gestures("lively", frames), mouth_tracks(speech, 25.0, frames)
    sitter: Any = Sitter(None, None, None, np.eye(3), np.zeros(0), 0.3, 0.6)  # type: ignore[arg-type]
    rows = []
    for mood in ("happy:0.7", "sad:0.8", "angry:0.5", "surprised"):
        moods = emotion_tracks(speech, mood, 25.0, frames)
        asked = wishes(lips, moods, track, sitter, 0.8, LivePortraitOptions())
        controls = [getattr(asked.sliders, field.name) for field in fields(asked.sliders)]
        rows += [np.broadcast_to(np.asarray(value, np.float32), frames) for value in controls]
        rows += [asked.gap, asked.eyes, *asked.shift.T, asked.growth]
    return np.stack(rows)[:, ::5].astype(np.float32)


def expression_light() -> np.ndarray:
    """How the light on the face changes with every unit of expression, float32 [units, 28, 24]."""
    from avatar.face.canonical import Canonical
    from avatar.face.ratios import ratios_for

    face = Canonical.of(faces.kept()["landmarks"])
    grid = np.stack(np.meshgrid(np.linspace(-0.9, 0.9, 24), np.linspace(-0.7, 1.3, 28), [0.0]), axis=-1)[:, :, 0]
    return ratios_for(face, grid, np.array([0.3, 0.2, 0.1, 0.3, 0.1]))


def surface() -> np.ndarray:
    """Which way the person's surface faces, float32 [3, 72, 72]."""
    from avatar.core.types import FacePlan, Size
    from avatar.face.relief import relief

    return relief(FacePlan("embedded", Size(512, 512), 25.0, 1, False, {}, {}), _person())


def graphics() -> np.ndarray:
    """Heading, name plate, bar, captions and the mark of a maker in two formats, uint8 [4, 96, 96, 3]."""
    import cv2

    from avatar.compose.burn import Burner, line_length
    from avatar.compose.captions import caption_cues
    from avatar.compose.graphics import Graphics, Overlays
    from avatar.compose.mark import Mark
    from avatar.core.layout import parse_layout
    from avatar.core.types import Size, Word

    said = "Light falls on the water, and the wind goes over it from the west."
    words = [Word(0.3 * k, 0.3 * k + 0.25, word) for k, word in enumerate(said.split())]
    shown = Graphics("How light falls | a short story", "Anna Orlova | Teacher of physics", bar=(1, 3, 100))
    found = []
    for size, layout in ((Size(640, 360), "right"), (Size(360, 640), "full")):
        for seconds in (0.35, 2.1):
            frames = np.full((1, size.height, size.width, 3), 90, np.uint8)
            Overlays(shown, parse_layout(layout), size, 25.0, True).draw(frames, round(25 * seconds))
            Burner(caption_cues(words, line_length(size)), size).burn(frames[0], seconds)
            Mark("Made by a machine", size).draw(frames)
            found.append(cv2.resize(frames[0], (96, 96), interpolation=cv2.INTER_AREA))
    return np.stack(found)


def backdrops() -> np.ndarray:
    """A backdrop of the embedded engine at three moments, uint8 [3, 36, 64, 3]."""
    from avatar.core.progress import silent
    from avatar.core.types import Size
    from motion import BackdropOptions
    from motion.engines.embedded import Embedded

    size = Size(192, 108)
    options = BackdropOptions(size, _PROMPT, seed=4, engine_options={"keyframes": "16", "steps": "3"})
    clip = Embedded().open(Embedded().plan(options, silent()), size, 25.0, "cpu")
    pictures = [clip.frame(number).permute(1, 2, 0).numpy() for number in (0, 40, 140)]
    return np.stack([faces.small(picture, 64, 36) for picture in pictures])


def main() -> None:
    """Write down what is given today."""
    np.savez_compressed(
        KEPT_PLANS,
        framings=framings(),
        skeletons=skeletons(),
        sliders=sliders(),
        expression_light=expression_light().astype(np.float16),
        surface=surface().astype(np.float16),
        graphics=graphics(),
        backdrops=backdrops(),
    )


if __name__ == "__main__":
    main()
