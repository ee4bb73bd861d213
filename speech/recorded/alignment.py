"""Two recordings of the same words brought into step: spectral features and dynamic time warping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from speech.sound.mapped import let_go

__all__ = ["FEATURE_HZ", "FEATURE_RATE", "features", "follow", "log_mel", "speech_frames"]

FEATURE_RATE = 16_000
FEATURE_HZ = 100
_WINDOW, _FFT, _BANDS, _CEPSTRA = 400, 512, 32, 13
_BLOCK = 4_000
_DIAGONAL, _UP, _LEFT = 0, 1, 2
_LEFT_OUT, _JUMP, _JUMP_BEFORE = 0.8, 150, 450
_STRAY = 0.12
"""Cost of a step that leaves the diagonal, in units of the feature distance: time is bent where it pays only."""


def features(samples: np.ndarray) -> np.ndarray:
    """[frames, 27] of mono ``samples`` at 16 kHz, 100 frames a second: cepstra, their slopes, and loudness.

    Means and spreads are taken out over the speech alone, so that the voice and the room matter less.
    """
    from scipy.fft import dct

    mel = log_mel(samples)
    speech = speech_frames(samples)
    if speech.sum() < 10:
        speech = np.ones(len(mel), bool)
    cepstra = dct(mel, norm="ortho", axis=1)[:, 1 : _CEPSTRA + 1]
    slope = np.gradient(_smoothed(cepstra), axis=0) if len(cepstra) > 1 else np.zeros_like(cepstra)
    bent = [_standard(part, speech) for part in (cepstra, slope)]
    loudness = np.where(speech, 0.5, -1.5)[:, None] + 0.5 * np.clip(_standard(mel.mean(axis=1)[:, None], speech), -2, 2)
    stacked = np.concatenate([bent[0], 0.6 * bent[1], 2.0 * loudness], axis=1)
    return (stacked / np.sqrt(stacked.shape[1])).astype(np.float32)


def speech_frames(samples: np.ndarray) -> np.ndarray:
    """[frames] bool: where mono ``samples`` at 16 kHz are loud enough to be speech (30 dB under the loud parts, and
    clear of the noise floor)."""
    energy = 10 * np.log10(np.concatenate([np.mean(f**2, axis=1) for f in _frames(samples)]) + 1e-10)
    loud, floor = np.percentile(energy, 95), np.percentile(energy, 5)
    return energy > max(loud - 32.0, min(floor + 6.0, loud - 12.0))


def _frames(samples: np.ndarray) -> Iterator[np.ndarray]:
    """Yield windows [k, w] centred on k/100 s, ``_BLOCK`` at a time; zeros beyond the ends."""
    hop = FEATURE_RATE // FEATURE_HZ
    count = max(1, len(samples) // hop)
    for first in range(0, count, _BLOCK):
        last = min(count, first + _BLOCK)
        begin, end = first * hop - _WINDOW // 2, (last - 1) * hop - _WINDOW // 2 + _WINDOW
        part = np.asarray(samples[max(0, begin) : end], np.float32)
        part = np.pad(part, (max(0, -begin), max(0, end - len(samples))))
        let_go(samples)
        yield np.lib.stride_tricks.sliding_window_view(part, _WINDOW)[::hop]


def log_mel(samples: np.ndarray) -> np.ndarray:
    """[frames, 32] natural logarithm of the power in mel bands of mono ``samples`` at 16 kHz, 100 frames a second."""
    window = np.hanning(_WINDOW).astype(np.float32)
    parts = []
    for frames in _frames(np.append(samples[:1], samples[1:] - 0.95 * samples[:-1])):
        power = np.abs(np.fft.rfft(frames * window, _FFT, axis=1)) ** 2
        parts.append(np.log(power @ _mel_bands().T + 1e-7))
    return np.concatenate(parts)


@lru_cache(maxsize=1)
def _mel_bands() -> np.ndarray:
    """[bands, bins] triangles from 80 to 7,600 Hz, evenly spaced on the mel scale."""
    lowest, highest = 2595 * np.log10(1 + np.array([80.0, 7_600.0]) / 700)
    mels = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1) * FEATURE_RATE / _FFT
    rise = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    fall = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.clip(np.minimum(rise, fall), 0.0, None)


def _smoothed(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    return (padded[:-2] + padded[1:-1] + padded[2:]) / 3


def _standard(values: np.ndarray, speech: np.ndarray) -> np.ndarray:
    return (values - values[speech].mean(axis=0)) / (values[speech].std(axis=0) + 1e-3)


def follow(
    reference: np.ndarray, recording: np.ndarray, skip: float, starts: Sequence[int] = (0,)
) -> tuple[np.ndarray, np.ndarray]:
    """For each frame of ``reference`` [n, f] the place in ``recording`` [m, f] that sounds like it, float [n], never
    decreasing, and the distance there [n]; nan and inf where the recording leaves it out.

    ``starts``: the frames of the reference where sentences begin, 0 first. What the recording says before, between
    and after them costs ``skip`` a frame. To jump over it costs ``_JUMP`` frames more, after the last nothing: of two
    places that sound alike the earlier one is meant. A sentence left out costs ``_LEFT_OUT`` times ``skip`` a frame.
    """
    path = _path(reference.astype(np.float32), recording.astype(np.float32), skip, list(starts))
    counts = np.bincount(path[:, 0], minlength=len(reference))
    apart = np.linalg.norm(reference[path[:, 0]] - recording[path[:, 1]], axis=1)
    distances = np.bincount(path[:, 0], apart, len(reference))
    last = np.full(len(reference), -1.0)
    np.maximum.at(last, path[:, 0], path[:, 1])
    places = np.where(np.isin(np.arange(len(reference)), starts), last,
                      np.bincount(path[:, 0], path[:, 1], len(reference)) / np.maximum(counts, 1))  # fmt: skip
    kept = counts > 0
    return np.where(kept, places, np.nan), np.where(kept, distances / np.maximum(counts, 1), np.inf)


def _path(a: np.ndarray, b: np.ndarray, skip: float, starts: list[int]) -> np.ndarray:
    """The cheapest path [steps, 2] through ``a`` and ``b``."""
    steps = np.empty((len(a), len(b)), np.uint8)
    squares, column = (b**2).sum(axis=1), np.arange(len(b) + 1)
    before = skip * (column + np.minimum(_JUMP, column * (_JUMP / _JUMP_BEFORE)))
    sentences = _Sentences(starts, len(a), skip)
    for i in range(len(a)):
        before = sentences.entered(i, before)
        distance = np.sqrt(np.maximum(squares - 2 * (b @ a[i]) + a[i] @ a[i], 0.0))
        diagonal = before[:-1] + distance
        up = before[1:] + distance + _STRAY if i else np.full(len(b), np.inf)
        best = np.minimum(diagonal, up)
        row = sentences.jumped(i, best) if i in sentences.before else _strayed(best, distance)
        steps[i] = np.where(row < best - 1e-6, _LEFT, np.where(diagonal <= up, _DIAGONAL, _UP))
        before = np.concatenate([[np.inf], row])
    ended = sentences.entered(len(a), before)[1:]
    return _traced(steps, int(np.argmin(ended - skip * column[:-1])), sentences)


def _strayed(best: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """The costs of a row whose columns may be reached from the left as well."""
    along = np.cumsum(distance + _STRAY)
    return np.minimum.accumulate(best - along) + along


class _Sentences:
    """Where a path may leave out a sentence of the reference, or jump over columns: ``before[i]`` is the sentence start
    before start i, ``left_out[i]`` tells for which columns leaving it out was cheaper, ``origins[i]`` from which
    column a jump in row i comes."""

    def __init__(self, starts: list[int], end: int, skip: float) -> None:
        self.before = dict(zip([*starts[1:], end], starts, strict=True))
        self.left_out: dict[int, np.ndarray] = {}
        self.origins: dict[int, np.ndarray] = {}
        self._skip = skip
        self._entry: dict[int, np.ndarray] = {}

    def entered(self, row: int, costs: np.ndarray) -> np.ndarray:
        """The costs of coming to ``row`` from the sentence before it, or from before that sentence."""
        start = self.before.get(row)
        if start is not None:
            without = self._entry[start] + _LEFT_OUT * self._skip * (row - start)
            self.left_out[row] = without < costs
            costs = np.minimum(costs, without)
        self._entry[row] = costs
        return costs

    def jumped(self, row: int, costs: np.ndarray) -> np.ndarray:
        """The costs of a first row of a sentence, where columns may be jumped over."""
        column = np.arange(len(costs))
        level = costs - self._skip * column
        lowest = np.minimum.accumulate(level)
        self.origins[row] = np.maximum.accumulate(np.where(level <= lowest, column, 0))
        return np.minimum(costs, lowest + self._skip * (column + _JUMP))

    def row_before(self, row: int, column: int) -> int:
        """The row of the path before it came to ``row``, having used ``column`` of the one before."""
        while row in self.left_out and self.left_out[row][column + 1]:
            row = self.before[row]
        return row - 1

    def column_before(self, row: int, column: int) -> int:
        """The column from which a path came along ``row`` to ``column``."""
        return int(self.origins[row][column]) if row in self.origins else column - 1


def _traced(steps: np.ndarray, column: int, sentences: _Sentences) -> np.ndarray:
    i, j = sentences.row_before(len(steps), column), column
    path = []
    while i >= 0 and j >= 0:
        path.append((i, j))
        step = steps[i, j]
        if step == _LEFT:
            j = sentences.column_before(i, j)
        else:
            j -= step == _DIAGONAL
            i = sentences.row_before(i, j)
    return np.array(path[::-1], int).reshape(-1, 2)
