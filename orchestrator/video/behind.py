"""The sound of the films behind the speaker, scene by scene, as their pictures run.

It begins where the picture does, is looped at the picture on which the film begins again, and the end of the film turns
into its beginning as the pictures do. Under speech it is turned down like music, and it fades at both ends of a scene.
The film is decoded as it is heard; what is kept in memory is the loop of one scene, where that is short.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.errors import AudioError
from avatar.core.loudness import Loudness, measured
from avatar.core.media import read_audio
from avatar.core.progress import Progress
from orchestrator.video.timeline import Scene

__all__ = ["FADES_S", "Behind", "FilmSound", "film_sounds"]

FADES_S = (0.3, 0.6)
"""At the beginning and at the end of a scene."""
_KEPT_S = 30.0  # a shorter loop is decoded once
_CUT_S = 0.004  # of fading where the picture is cut back to its beginning
_SILENCE = 1 << 16  # frames handed over at a time
_Sound = Generator[np.ndarray, None, None]


class FilmSound:
    """What is heard of the film behind ``scene``, in stereo at ``rate`` Hz, before anything is turned down."""

    def __init__(self, scene: Scene, rate: int) -> None:
        shown = scene.work.load_backdrop().settings
        self.scene = scene
        self.rate = rate
        self.frames = round(scene.end * rate) - round(scene.start * rate)
        self.level = scene.work.request.backdrop_level or 0.0
        self._path = Path(scene.work.request.backdrop[1:])
        self._from = float(shown["from"])
        self._period = int(shown["frames"]) / float(shown["rate"])
        self._fade = round(int(shown["faded"]) / float(shown["rate"]) * rate)

    def measured(self, progress: Progress) -> Loudness:
        """Of what is heard of it before it repeats itself; AudioError where it cannot be decoded."""
        wanted = min(self.frames, self._bound(1))
        with closing(self.blocks()) as blocks:
            return measured(_first(blocks, wanted, progress), self.rate)

    def blocks(self) -> _Sound:
        """Its sound from the beginning of the scene, float32 [n, 2], without an end."""
        from avatar.compose.bed import looped

        # A loop of the sound has the beginning that the pictures only show as what their end turns into.
        with closing(looped(partial(next, self._rounds()), self._fade)) as whole:
            left = self._fade
            for block in whole:
                yield block[left:]
                left = max(0, left - len(block))

    def facts(self, found: Loudness, gain_db: float, number: int) -> dict[str, Any]:
        """What the sidecar says of it."""
        loops = self._bound(1) < self.frames
        return {
            "scene": number + 1,
            "file": self._path.name,
            "lufs": found.lufs,
            "gain_db": round(gain_db, 2),
            **({"loop_seconds": round(self._period, 3)} if loops else {}),
        }

    def _bound(self, number: int) -> int:
        """The frame of the sound on which the film begins again for the ``number``-th time."""
        return round(number * self._period * self.rate)

    def _rounds(self) -> Iterator[Iterator[np.ndarray]]:
        """The film again and again, each time to the frame on which the next one has to begin."""
        longest = math.ceil(self._period * self.rate) + self._fade + 1
        repeats = self._bound(1) < self.frames and longest <= _KEPT_S * self.rate
        whole = np.concatenate(list(self._decoded(longest))) if repeats else None
        for number in count():
            length = self._bound(number + 1) - self._bound(number) + self._fade
            sound = self._decoded(length) if whole is None else iter((whole[:length],))
            yield sound if self._fade else self._softened(sound, length)

    def _softened(self, sound: Iterator[np.ndarray], length: int) -> Iterator[np.ndarray]:
        """``sound`` without a click where it is cut back to its beginning."""
        ramp, done = max(1, min(round(_CUT_S * self.rate), length // 2)), 0
        for block in sound:
            place = done + np.arange(len(block))
            gain = np.minimum(np.minimum(place, length - 1 - place) / ramp, 1.0).astype(np.float32)
            yield block * gain[:, None]
            done += len(block)

    def _decoded(self, frames: int) -> Iterator[np.ndarray]:
        """So many frames of the film's sound from where its picture begins; silence after its end."""
        left = frames
        try:
            with closing(read_audio(self._path, self.rate, 2, self._from)) as blocks:
                for block in blocks:
                    yield block[:left]
                    left -= len(block)
                    if left <= 0:
                        return
        except AudioError as error:
            if getattr(error.message, "reason", "") != "audio_without_sound":  # none: it ended before
                raise
        while left > 0:
            yield np.zeros((min(left, _SILENCE), 2), np.float32)
            left -= _SILENCE


class Behind:
    """The sound of all scenes' films, one after another: each under a gain of its own, ducked and faded.

    ``sounds``: for each scene its film's sound with the factor of its amplitude; None where nothing is heard of one.
    ``lift_db``: how far each comes up in pauses, never above the speech. :meth:`take` goes through it once.
    """

    def __init__(
        self, scenes: Sequence[Scene], sounds: Sequence[tuple[FilmSound, float] | None], lift_db: float, rate: int
    ) -> None:
        self._parts = zip(scenes, sounds, strict=True)
        self._lift_db, self._rate = lift_db, rate
        self._left = 0
        self._bed: Any = None
        self._blocks: _Sound | None = None

    def take(self, frames: int) -> np.ndarray:
        """The next ``frames`` of it, float32 [frames, 2]."""
        taken = np.zeros((frames, 2), np.float32)
        filled = 0
        while filled < frames and (self._left or self._begin_next()):
            part = min(frames - filled, self._left)
            if self._bed is not None:
                taken[filled : filled + part] = self._bed.take(part)
            self._left -= part
            filled += part
        return taken

    def close(self) -> None:
        """End what still decodes."""
        if self._blocks is not None:
            self._blocks.close()

    def _begin_next(self) -> bool:
        from avatar.compose.bed import Bed, Ducking

        self.close()
        scene, sound = next(self._parts, (None, None))
        if scene is None:
            return False
        self._left = round(scene.end * self._rate) - round(scene.start * self._rate)
        self._bed = self._blocks = None
        if sound is not None:
            film, gain = sound
            self._blocks = film.blocks()
            ducking = Ducking(scene.spoken(), min(self._lift_db, -film.level))
            seconds = self._left / self._rate
            self._bed = Bed(self._blocks, gain, ducking, seconds, self._rate, FADES_S)
        return True


def film_sounds(scenes: Sequence[Scene], rate: int) -> list[FilmSound | None]:
    """For each scene the sound of its film, None where that is off."""
    return [None if scene.work.request.backdrop_level is None else FilmSound(scene, rate) for scene in scenes]


def _first(blocks: Iterator[np.ndarray], wanted: int, progress: Progress) -> Iterator[np.ndarray]:
    left = wanted
    for block in blocks:
        yield block[:left]
        left -= len(block)
        progress(min(1.0, 1.0 - left / wanted), "sound")
        if left <= 0:
            return
