"""Finished scenes laid end to end: every scene begins on a frame, and its sound and words with it.

A scene's sound is padded or cut to its frames, counted from the beginning of the video, so that nothing drifts however
many scenes there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from avatar.core.media import resample
from avatar.core.types import FacePlan, Speech
from orchestrator.video.folder import WorkFolder, segments_of

if TYPE_CHECKING:
    from avatar.compose import Caption

__all__ = ["Scene", "captions_of", "lay_out", "sound_of", "transparent_paths"]

_FADE_SECONDS = 0.004
_SILENCE = 1 << 18  # samples handed over at a time


@dataclass(frozen=True)
class Scene:
    """A scene whose segments are rendered; it begins with frame ``first`` of the video."""

    work: WorkFolder
    speech: Speech
    face: FacePlan
    first: int

    @property
    def start(self) -> float:
        """Seconds from the beginning of the video."""
        return self.first / self.work.request.fps

    @property
    def end(self) -> float:
        """Seconds from the beginning of the video to the first frame of the next scene."""
        return (self.first + self.face.frames) / self.work.request.fps

    def spoken(self) -> Iterator[tuple[float, float]]:
        """When somebody speaks, (start, end) in seconds of the scene."""
        seconds = self.end - self.start
        for sound in self.speech.phonemes or self.speech.words:
            if sound.start < seconds:
                yield sound.start, min(sound.end, seconds)


def lay_out(works: Sequence[WorkFolder]) -> tuple[Scene, ...]:
    """The scenes in order, each where the one before ends."""
    scenes: list[Scene] = []
    first = 0
    for work in works:
        scenes.append(Scene(work, work.load_speech(), work.load_face(), first))
        first += scenes[-1].face.frames
    return tuple(scenes)


def transparent_paths(scenes: Sequence[Scene], kind: str) -> list[Path]:
    """The segments of all scenes without their backdrops, in order."""
    segments = [(scene.work, segment) for scene in scenes for segment in segments_of(scene.face.frames)]
    return [work.transparent_paths(segment)[kind] for work, segment in segments]


def sound_of(scenes: Sequence[Scene], scratch: Path, wanted: int | None = None) -> tuple[int, Iterator[np.ndarray]]:
    """The rate, the highest of the scenes where no other is ``wanted``, and the speech of the whole video, float32 [n]
    block by block.

    ``scratch``: a folder for scenes of which the rate is another; each is resampled once.
    """
    rate = wanted or max(scene.speech.rate for scene in scenes)
    return rate, (block for scene in scenes for block in _exactly(scene, rate, scratch, len(scenes) > 1))


def _exactly(scene: Scene, rate: int, scratch: Path, faded: bool) -> Iterator[np.ndarray]:
    """As many samples as the scene's frames last, counted from the beginning of the video."""
    wanted = round(scene.end * rate) - round(scene.start * rate)
    samples = scene.speech.samples
    if scene.speech.rate != rate:
        path = scratch / f"{scene.first}-{rate}.f32"
        if not path.exists():
            resample(samples, scene.speech.rate, rate, path)
        samples = np.memmap(path, np.float32, "r")
    heard = samples[:wanted]
    fade = min(len(heard) // 2, round(_FADE_SECONDS * rate)) if faded else 0
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    yield heard[:fade] * ramp
    yield heard[fade : len(heard) - fade]
    yield heard[len(heard) - fade :] * ramp[::-1]
    for begin in range(len(heard), wanted, _SILENCE):
        yield np.zeros(min(_SILENCE, wanted - begin), np.float32)


def captions_of(scenes: Sequence[Scene]) -> tuple[Caption, ...]:
    """Captions of the whole video; none is still shown when the next scene begins."""
    from dataclasses import replace

    from avatar.compose import caption_cues

    return tuple(
        replace(cue, start=cue.start + scene.start, end=min(cue.end + scene.start, scene.end))
        for scene in scenes
        for cue in caption_cues(scene.speech.words)
        if cue.start + scene.start < scene.end
    )
