"""The sound of a finished video: speech as it was spoken, or with music and the sound of films under it, as loud as was
asked.

Music lies ``music_volume`` dB under the speech while somebody speaks, both measured, and comes up in pauses; so does
the sound of a film behind (:mod:`orchestrator.video.behind`) within its scene, at ``backdrop_sound`` dB. The whole is
then measured by ffmpeg's ebur128 and gets one gain; where that would raise a true peak too far, a limiter holds it,
and the gain is found again. Everything is mixed block by block each time that it is read: an hour of video and three
hours of music need no more memory, and no room on the disk but for the speech at 48 kHz.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from avatar.core.loudness import Loudness, measured
from avatar.core.media import read_audio
from avatar.core.progress import Progress
from orchestrator.video.behind import Behind, FilmSound, film_sounds
from orchestrator.video.outputs import check_bytes
from orchestrator.video.timeline import Scene, sound_of

__all__ = ["CEILING_DBTP", "WITH_MUSIC_LUFS", "Soundtrack", "heard_in", "soundtrack_of"]

WITH_MUSIC_LUFS = -16.0
"""The loudness of a video with music, or the sound of a film, for which none was asked."""
CEILING_DBTP = -1.0
_BEFORE_AAC_DBTP = -1.6  # AAC swings over what it was given
_RATE = 48_000
_PIECE = 1 << 16  # frames that are mixed at a time
_KEPT_S = 60.0  # a shorter piece of music is decoded once
_MOST_GAIN_DB = 30.0
_TURNS = 6
_LEAST_SLOPE = 0.25  # LU that a decibel into the limiter brings
_NEAR_LU = 0.05
_ALIKE = np.float32(np.sqrt(0.5))
"""A channel of mono sound in stereo: ffmpeg's own law, which keeps its loudness."""
_Sound = Generator[np.ndarray, None, None]
_Blocks = Callable[[], _Sound]


@dataclass(frozen=True)
class Soundtrack:
    """``blocks()``: the sound from its beginning, float32 [n] where there is one channel, else [n, channels], at
    ``rate`` Hz. ``facts``: what the sidecar says of how it was mixed; none where the speech is left as it is."""

    rate: int
    channels: int
    blocks: _Blocks
    facts: Mapping[str, Any] = field(default_factory=dict)


def soundtrack_of(scenes: Sequence[Scene], scratch: Path, progress: Progress) -> Soundtrack:
    """What is heard in the video of ``scenes``; the first one says with which music and how loud, each one whether the
    film behind is heard.

    ``scratch``: a folder that outlives the soundtrack. Raises AudioError where the music or a film's sound cannot be
    read, DiskFull.
    """
    request, films = scenes[0].work.request, film_sounds(scenes, _RATE)
    if request.music is None and request.loudness is None and not any(films):
        rate = max(scene.speech.rate for scene in scenes)
        return Soundtrack(rate, 1, lambda: (block for block in sound_of(scenes, scratch)[1]))
    check_bytes(scratch, 4 * round(scenes[-1].end * _RATE))
    listening = progress.part(0.0, 0.4)
    blocks: _Blocks = partial(_speech, scenes, scratch)
    speech = _measured(blocks, scenes, listening.part(0.0, 0.5))
    facts: dict[str, Any] = {"speech_lufs": speech.lufs}
    usual = WITH_MUSIC_LUFS if speech.lufs is None else speech.lufs
    if any(films):
        heard, facts["films"] = _levelled(films, usual, listening.part(0.5, 0.75))
        blocks = partial(_with_films, blocks, scenes, heard)
    if request.music is not None:
        music = _Music(request.music, scenes[-1].end, listening.part(0.75, 1.0))
        gain = _gain(music.loudness, usual + request.music_volume)
        facts["music"] = music.facts(gain)
        blocks = partial(_with_music, blocks, scenes, music, _ratio(gain))
    return _at_loudness(blocks, request.loudness, scenes, facts, progress.part(0.4, 1.0))


def heard_in(video: Path, progress: Progress, seconds: float) -> dict[str, Any]:
    """Loudness and true peak of a finished file, as the sidecar says them."""
    with closing(_told(read_audio(video, _RATE, 2), seconds, progress)) as sound:
        found = measured(sound, _RATE)
    return {"lufs": found.lufs, "true_peak_dbtp": found.peak if np.isfinite(found.peak) else None}


class _Music:
    """A piece as it is used in a video of ``seconds``: trimmed, or looped where it is shorter."""

    def __init__(self, path: Path, seconds: float, progress: Progress) -> None:
        self._path = path
        self._frames = round(seconds * _RATE)
        with closing(_told(self._decoded(), seconds, progress)) as once:
            self.loudness = measured(once, _RATE)
        short = self.loudness.frames < min(self._frames, _KEPT_S * _RATE)
        self._kept = np.concatenate(list(self._decoded())) if short else None

    def blocks(self) -> _Sound:
        """The piece from its beginning, float32 [n, 2], at least as long as the video."""
        from avatar.compose.bed import LOOP_S, looped

        length = self.loudness.frames
        if length >= self._frames:
            return self._decoded()
        return looped(self._once_more, min(round(LOOP_S * _RATE), length // 4))

    def facts(self, gain_db: float) -> dict[str, Any]:
        """What the sidecar says of it."""
        loops = self.loudness.frames < self._frames
        return {
            "file": self._path.name,
            "lufs": self.loudness.lufs,
            "gain_db": round(gain_db, 2),
            **({"loop_seconds": round(self.loudness.frames / _RATE, 3)} if loops else {}),
        }

    def _once_more(self) -> _Sound:
        return self._decoded() if self._kept is None else (kept for kept in (self._kept,))

    def _decoded(self) -> _Sound:
        left = self._frames
        with closing(read_audio(self._path, _RATE, 2)) as blocks:
            for block in blocks:
                yield block[:left]
                left -= len(block)
                if left <= 0:
                    return


def _speech(scenes: Sequence[Scene], scratch: Path) -> _Sound:
    """The speech in stereo, both channels alike, [n, 2] piece by piece."""
    for block in sound_of(scenes, scratch, _RATE)[1]:
        for start in range(0, len(block), _PIECE):
            yield np.repeat(block[start : start + _PIECE, None] * _ALIKE, 2, axis=1)


_Levelled = tuple[FilmSound, float] | None


def _levelled(
    films: Sequence[FilmSound | None], speech_lufs: float, progress: Progress
) -> tuple[list[_Levelled], list[dict[str, Any]]]:
    """The films' sounds with the factors that bring them under the speech, and what the sidecar says of them."""
    heard: list[_Levelled] = []
    facts: list[dict[str, Any]] = []
    for number, film in enumerate(films):
        if film is None:
            heard.append(None)
            continue
        found = film.measured(progress.part(number / len(films), (number + 1) / len(films)))
        gain = _gain(found, speech_lufs + film.level)
        heard.append((film, _ratio(gain)))
        facts.append(film.facts(found, gain, number))
    return heard, facts


def _with_films(sound: _Blocks, scenes: Sequence[Scene], films: Sequence[_Levelled]) -> _Sound:
    from avatar.compose.bed import LIFT_DB

    with closing(Behind(scenes, films, LIFT_DB, _RATE)) as behind:
        for block in sound():
            yield block + behind.take(len(block))


def _with_music(sound: _Blocks, scenes: Sequence[Scene], music: _Music, gain: float) -> _Sound:
    from avatar.compose.bed import LIFT_DB, Bed, Ducking

    lift = min(LIFT_DB, -scenes[0].work.request.music_volume)  # never above the speech
    with closing(music.blocks()) as blocks:
        bed = Bed(blocks, gain, Ducking(_spoken(scenes), lift), scenes[-1].end, _RATE)
        for block in sound():
            yield block + bed.take(len(block))


def _spoken(scenes: Sequence[Scene]) -> Iterator[tuple[float, float]]:
    """When somebody speaks, (start, end) in seconds of the video."""
    for scene in scenes:
        for start, end in scene.spoken():
            yield scene.start + start, scene.start + end


def _at_loudness(
    blocks: _Blocks, asked: float | None, scenes: Sequence[Scene], facts: dict[str, Any], progress: Progress
) -> Soundtrack:
    """``blocks`` at the loudness that is asked, without a true peak above the ceiling."""
    from avatar.compose.peaks import limited

    target = WITH_MUSIC_LUFS if asked is None else asked
    ceiling = _ratio(_BEFORE_AAC_DBTP)
    found = _measured(blocks, scenes, progress.part(0.0, 1 / _TURNS))
    gain = _gain(found, target)
    holds = found.peak + gain > _BEFORE_AAC_DBTP

    def at_gain() -> _Sound:
        if holds:
            return limited(blocks(), _RATE, _ratio(gain), ceiling)
        return (block * np.float32(_ratio(gain)) for block in blocks())

    was, slope = (found.lufs or target, 0.0), 1.0
    for turn in range(1, _TURNS if holds else 1):
        now = _measured(at_gain, scenes, progress.part(turn / _TURNS, (turn + 1) / _TURNS)).lufs
        if now is None or abs(target - now) <= _NEAR_LU:
            break
        slope = min(1.0, max(_LEAST_SLOPE, (now - was[0]) / (gain - was[1]))) if gain != was[1] else slope
        was = (now, gain)
        gain = min(gain + (target - now) / slope, _MOST_GAIN_DB)
    return Soundtrack(_RATE, 2, at_gain, {"target_lufs": target, "gain_db": round(gain, 2), "limited": holds, **facts})


def _measured(blocks: _Blocks, scenes: Sequence[Scene], progress: Progress) -> Loudness:
    with closing(_told(blocks(), scenes[-1].end, progress)) as sound:
        return measured(sound, _RATE)


def _told(blocks: Iterator[np.ndarray], seconds: float, progress: Progress) -> _Sound:
    """``blocks``, with the progress told through ``seconds`` of them."""
    frames = 0
    for block in blocks:
        frames += len(block)
        progress(min(1.0, frames / _RATE / seconds), "sound")
        yield block


def _gain(found: Loudness, target: float) -> float:
    """Decibels to ``target`` LUFS; none for silence."""
    return 0.0 if found.lufs is None else min(target - found.lufs, _MOST_GAIN_DB)


def _ratio(decibels: float) -> float:
    return float(10 ** (decibels / 20))
