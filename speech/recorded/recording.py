"""A recording made ready: looked through, mixed to mono, freed from its offset, levelled. Nothing of it lies in memory.

A file is decoded three times: to learn what is in it, at 16 kHz for the aligner, and at 48 kHz for the listener.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from avatar.core import media
from avatar.core.errors import AudioError
from avatar.core.progress import Progress
from avatar.core.reasons import Message
from speech.recorded.alignment import FEATURE_RATE
from speech.recorded.liveliness import LIVELY, NOISY, STEADY_S, liveliness
from speech.sound.level import level_in_blocks
from speech.sound.mapped import in_blocks, stored

__all__ = ["SOUND_RATE", "Recording", "clock", "read_recording"]

SOUND_RATE = 48_000
_SHORTEST_S, _LONGEST_S = 0.2, 3 * 3600.0
_SILENT = 10 ** (-55 / 20)
_CANCELLED = 0.05
_STREAM = 0x7FFF0000  # a size from here on was not known when the header was written
_ONE_SIDED = 10 ** (-30 / 10)
_OFFSET = 0.02
_CLIPPED = 0.004
_PEAK_BINS = 1 << 16  # up to twice full scale, as fine as samples of 16 bits: a quiet peak is no flat top
_MISSING_S, _MISSING_WAV_S = 2.0, 0.05


@dataclass(frozen=True)
class Recording:
    """``heard``: mono float32 [n] at 16 kHz; ``sound``: the same, levelled, at 48 kHz; both may be memory maps.
    ``notes``: what was found wrong with the file and could be mended or lived with."""

    heard: np.ndarray
    sound: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass
class _Survey:
    """Sums over the two channels of a sound at its own ``rate``."""

    rate: int
    count: int = 0
    sums: np.ndarray = field(default_factory=lambda: np.zeros(2))
    products: np.ndarray = field(default_factory=lambda: np.zeros((2, 2)))
    peaks: np.ndarray = field(default_factory=lambda: np.zeros(_PEAK_BINS, np.int64))

    def add(self, block: np.ndarray) -> None:
        wide = block.astype(np.float64)
        self.count += len(block)
        self.sums += wide.sum(axis=0)
        self.products += wide.T @ wide
        levels = np.minimum(np.abs(block).max(axis=1) * (_PEAK_BINS / 2), _PEAK_BINS - 1).astype(np.int64)
        self.peaks += np.bincount(levels, minlength=_PEAK_BINS)

    @property
    def seconds(self) -> float:
        return self.count / self.rate

    @property
    def offset(self) -> np.ndarray:
        """Mean of each channel [2]."""
        return self.sums / max(1, self.count)

    @property
    def covariance(self) -> np.ndarray:
        """[2, 2] of the channels."""
        return self.products / max(1, self.count) - np.outer(self.offset, self.offset)

    @property
    def clipped(self) -> float:
        """Share of the samples within 2 % of the highest level."""
        top = int(np.flatnonzero(self.peaks)[-1])
        return float(self.peaks[int(top * 0.98) :].sum() / self.count)


def read_recording(path: Path, folder: Path, trim: bool, progress: Progress) -> Recording:
    """Read the recording ``path``; ``trim`` cuts silence at both ends.

    ``folder`` holds what does not fit into memory, under no name. AudioError where the file holds no speech that can
    be used.
    """
    media_file = _probed(path)
    survey = _surveyed(path, media_file, progress.part(0.0, 0.25))
    _check(survey, path.name)
    mix, notes = _mix(survey)
    notes += _shortcomings(survey, media_file, promised_seconds(path))

    def mono(rate: int, part: Progress) -> Iterator[np.ndarray]:
        done = 0
        for block in media.read_audio(path, rate, 2):
            done += len(block)
            part(done / rate / survey.seconds, f"reading the recording, {clock(done / rate)}")
            yield ((block - survey.offset) @ mix).astype(np.float32)

    heard = stored(mono(FEATURE_RATE, progress.part(0.25, 0.5)), folder)
    notes += _heard_notes(heard, path.name, progress.part(0.5, 0.6))
    raw = stored(mono(SOUND_RATE, progress.part(0.6, 0.8)), folder)
    first, last = _kept(heard) if trim else (0.0, len(heard) / FEATURE_RATE)
    raw, heard = _between(raw, first, last, SOUND_RATE), _between(heard, first, last, FEATURE_RATE)
    sound = stored(_levelled(raw, progress.part(0.8, 1.0)), folder)
    return Recording(heard, sound, tuple(notes))


def clock(seconds: float) -> str:
    """``seconds`` as people read it: 0:07, 12:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _probed(path: Path) -> media.Media:
    if not path.is_file():
        raise AudioError(f"There is no file {path}.")
    try:
        return media.probe(path)
    except media.MediaError as error:
        raise AudioError(Message("audio_no_media", name=path.name, why=str(error))) from error


def _surveyed(path: Path, media_file: media.Media, progress: Progress) -> _Survey:
    survey = _Survey(media_file.audio_rate or SOUND_RATE)  # resampling would round the flat tops of a clipped sound
    for block in media.read_audio(path, survey.rate, 2):
        survey.add(block)
        expected = max(media_file.seconds, survey.seconds)
        progress(survey.seconds / expected, f"listening to the recording, {clock(survey.seconds)}")
        if survey.seconds > _LONGEST_S:
            raise AudioError(Message("audio_too_long", name=path.name, hours=round(_LONGEST_S / 3600)))
    return survey


def _check(survey: _Survey, name: str) -> None:
    if survey.seconds < _SHORTEST_S:
        raise AudioError(Message("audio_too_short", name=name, seconds=_SHORTEST_S))
    top = int(np.flatnonzero(survey.peaks)[-1]) * 2 / _PEAK_BINS
    if survey.covariance.diagonal().max() < (_SILENT / 10) ** 2 or top < _SILENT:
        raise AudioError(Message("audio_silent", name=name))


def _mix(survey: _Survey) -> tuple[np.ndarray, list[str]]:
    """Weights [2] of the channels. Where their sum would cancel them, or one is empty, the louder one stands alone."""
    powers = survey.covariance.diagonal()
    both = np.full(2, 0.5)
    louder = np.eye(2)[int(powers.argmax())]
    side = ("left", "right")[int(powers.argmax())]
    if powers.min() < _ONE_SIDED * powers.max():
        return louder, []
    if both @ survey.covariance @ both < _CANCELLED * powers.max():
        return louder, [Message("one_channel", side=side)]
    return both, []


def _shortcomings(survey: _Survey, media_file: media.Media, promised: float) -> list[str]:
    """``promised``: seconds that the header of a WAV file names, 0 where it names none."""
    notes: list[str] = []
    if np.abs(survey.offset).max() > _OFFSET:
        notes.append(Message("offset_removed"))
    if survey.clipped > _CLIPPED:
        notes.append(Message("audio_clipped"))
    if media_file.audio_rate is not None and media_file.audio_rate < FEATURE_RATE:
        notes.append(Message("audio_low_rate", hertz=media_file.audio_rate))
    missing = media_file.seconds - survey.seconds > max(_MISSING_S, 0.02 * media_file.seconds)
    if missing or promised - survey.seconds > _MISSING_WAV_S:
        length = max(promised, media_file.seconds)
        notes.append(Message("audio_cut_off", promised=clock(length), held=clock(survey.seconds)))
    return notes


def promised_seconds(path: Path) -> float:
    """Length of the sound by the header of a WAV file; 0 where it is none, or was written as a stream."""
    with path.open("rb") as file:
        if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WAVE":
            return 0.0
        bytes_a_second = 0
        while len(head := file.read(8)) == 8:
            kind, size = head[:4], int.from_bytes(head[4:], "little")
            if kind == b"data":
                return size / bytes_a_second if bytes_a_second and size < _STREAM else 0.0
            chunk = file.read(size + size % 2)
            bytes_a_second = int.from_bytes(chunk[8:12], "little") if kind == b"fmt " else bytes_a_second
    return 0.0


def _heard_notes(heard: np.ndarray, name: str, progress: Progress) -> list[str]:
    """What liveliness tells; AudioError where no part of the sound changes as speech does."""
    values = list(liveliness(heard, progress))
    if max(values) < LIVELY:
        raise AudioError(Message("audio_without_speech", name=name))
    steady = [place for place, value in enumerate(values) if 0 < value < LIVELY]
    if steady:
        return [Message("noise_at", at=clock(steady[0] * STEADY_S))]
    if np.median([value for value in values if value > 0]) < NOISY:
        return [Message("audio_noisy")]
    return []


def _kept(heard: np.ndarray) -> tuple[float, float]:
    """Seconds between which there is sound, a fifth of a second around it."""
    loudest = [float(np.abs(block).max()) for block in in_blocks(heard, FEATURE_RATE // 100)]
    loud = np.flatnonzero(np.array(loudest) > 0.02 * np.percentile(loudest, 99))
    return max(0.0, loud[0] / 100 - 0.2), min(len(heard) / FEATURE_RATE, (loud[-1] + 1) / 100 + 0.2)


def _between(samples: np.ndarray, first: float, last: float, rate: int) -> np.ndarray:
    return samples[round(first * rate) : round(last * rate)]


def _levelled(raw: np.ndarray, progress: Progress) -> Iterator[np.ndarray]:
    blocks: Callable[[], Iterator[np.ndarray]] = lambda: in_blocks(raw)  # noqa: E731
    done = 0
    for block in level_in_blocks(blocks, SOUND_RATE):
        done += len(block)
        progress(done / max(1, len(raw)), "levelling the recording")
        yield block
