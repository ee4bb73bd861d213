"""The timeline of one speech under construction: finished pieces in, sound in a file, timing in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from pathlib import Path

import numpy as np

from avatar.core.types import Cue, Phoneme, Script, Speech, Word
from speech.sound.mapped import in_blocks
from speech.text.planning import SpokenWord

__all__ = ["Timeline"]

_LEAD_S = 0.25


@dataclass
class Timeline:
    """Pieces one after another; the sound goes to ``path``, which is removed when the block ends with an error."""

    path: Path
    rate: int = 0
    length: int = 0
    pieces: int = 0
    language: str = ""
    timing: str = ""
    phonemes: list[Phoneme] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    speakers: dict[tuple[str, ...], None] = field(default_factory=dict)

    def __enter__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("wb")

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if error[0] is not None:
            self.path.unlink(missing_ok=True)

    def add(self, piece: Speech, spoken: Sequence[SpokenWord]) -> None:
        """Append ``piece``; the first one sets the sample rate. ``spoken``: its words in the script."""
        if not self.pieces:
            self.rate, self.timing, self.language = piece.rate, piece.timing, piece.language
            self.silence(_LEAD_S)
        offset = self.length / self.rate
        self._write(_at_rate(piece.samples, piece.rate, self.rate))
        self.pieces += 1
        self.phonemes += [replace(p, start=p.start + offset, end=p.end + offset) for p in piece.phonemes]
        self.words += [replace(w, start=w.start + offset, end=w.end + offset) for w in piece.words]
        self.offsets += [(word.start, word.end) for word in spoken]
        self.notes |= dict.fromkeys(piece.notes)
        self.speakers |= dict.fromkeys(piece.speakers)

    def silence(self, seconds: float) -> None:
        """Append silence; a recording is left as it is."""
        if self.timing == "model":
            self._write(np.zeros(round(seconds * self.rate), np.float32))

    def samples(self) -> np.ndarray:
        """The sound, a read-only memory map."""
        return np.memmap(self.path, np.float32, "r", shape=(self.length,))

    def cues(self, script: Script) -> tuple[Cue, ...]:
        """Directions in time: ranges from the first word they touch to the last, events at the next word."""
        begins = np.array([begin for begin, _ in self.offsets])
        ends = np.array([end for _, end in self.offsets])
        cues = []
        for direction in script.directions:
            following = int(np.searchsorted(ends, direction.start, side="right"))
            start = self._start_of(following)
            if direction.name == "pause":
                cues.append(Cue(self._end_before(following), start, direction.name, direction.value))
            elif direction.end == direction.start:
                cues.append(Cue(start, start, direction.name, direction.value))
            else:
                last = int(np.searchsorted(begins, direction.end, side="left"))
                cues.append(Cue(start, max(start, self._end_before(last)), direction.name, direction.value))
        return tuple(sorted(cues, key=lambda cue: cue.start))

    def _write(self, samples: np.ndarray) -> None:
        for block in in_blocks(samples):
            self._file.write(np.ascontiguousarray(block, np.float32).data)
        self.length += len(samples)

    def _start_of(self, word: int) -> float:
        """When word number ``word`` begins; the end of the sound where there is no such word."""
        return self.words[word].start if word < len(self.words) else self.length / self.rate

    def _end_before(self, word: int) -> float:
        """When the word before number ``word`` ends; 0 before the first."""
        return self.words[word - 1].end if 0 < word <= len(self.words) else 0.0


def _at_rate(samples: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return resample_poly(samples, wanted // common, rate // common).astype(np.float32)
