"""Loudness and pitch of speech over time, 100 values a second, computed in blocks: hours of sound are read once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from speech.sound.mapped import let_go

__all__ = ["TRACK_HZ", "energy_track", "pitch_track"]

TRACK_HZ = 100
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 420.0
_PERIODICITY = 0.52
_RANGE = (0.55, 1.9)
_BLOCK = 2_000


def energy_track(samples: np.ndarray, rate: int) -> np.ndarray:
    """RMS of ``samples`` float32 [n] around every 10 ms (25 ms windows), float32 [m]; loud speech is about 1.

    One is the 95th percentile of what is above a tenth of the loudest 1 %.
    """
    parts = [np.sqrt(np.mean(block**2, axis=1)) for block in _windows(samples, rate, 0.025)]
    energy = np.concatenate(parts) if parts else np.zeros(0)
    if not energy.any():
        return np.zeros(len(energy), np.float32)
    voiced = energy[energy > 0.1 * np.percentile(energy, 99)]
    loud = np.percentile(voiced, 95) if len(voiced) else energy.max()
    return np.clip(energy / loud, 0.0, 1.5).astype(np.float32)


def pitch_track(samples: np.ndarray, rate: int) -> np.ndarray:
    """Fundamental frequency of ``samples`` float32 [n] in Hz every 10 ms, float32 [m], 0 where unvoiced.

    The first high peak of the normalised autocorrelation of 40 ms windows, with parabolic interpolation.
    """
    step = max(1, rate // 8_000)
    parts = [_pitch(block, rate, step) for block in _windows(samples, rate, 0.040)]
    pitch = np.concatenate(parts) if parts else np.zeros(0)
    return _without_jumps(pitch).astype(np.float32)


def _windows(samples: np.ndarray, rate: int, seconds: float) -> Iterator[np.ndarray]:
    """Yield [k, w] windows centred on k/100 s, ``_BLOCK`` at a time; zeros beyond the ends."""
    count = -(-len(samples) * TRACK_HZ // rate)
    width = int(seconds * rate)
    for first in range(0, count, _BLOCK):
        last = min(count, first + _BLOCK)
        centres = (np.arange(first, last) * rate) // TRACK_HZ
        begin, end = centres[0] - width // 2, centres[-1] - width // 2 + width
        part = np.asarray(samples[max(0, begin) : max(0, min(len(samples), end))], np.float32)
        part = np.pad(part, (max(0, -begin), max(0, end - len(samples))))
        let_go(samples)
        yield np.lib.stride_tricks.sliding_window_view(part, width)[centres - width // 2 - begin]


def _pitch(windows: np.ndarray, rate: int, step: int) -> np.ndarray:
    from scipy.signal import butter, sosfilt

    low = sosfilt(butter(4, 1_000.0, fs=rate, output="sos"), windows, axis=1)[:, ::step]
    low = low - low.mean(axis=1, keepdims=True)
    rate_low = rate / step
    shortest, longest = int(rate_low / _HIGHEST_HZ), int(rate_low / _LOWEST_HZ) + 2
    correlation = _normalised_autocorrelation(low, longest + 1)
    loud = np.sqrt(np.mean(windows**2, axis=1)) > 1e-3
    return np.where(loud, _first_peak(correlation, shortest, longest, rate_low), 0.0)


def _normalised_autocorrelation(windows: np.ndarray, lags: int) -> np.ndarray:
    """[k, lags]: correlation of each window with itself shifted, divided by the energies of the overlapping parts."""
    width = windows.shape[1]
    spectrum = np.fft.rfft(windows, 2 * width, axis=1)
    raw = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, :lags]
    sums = np.concatenate([np.zeros((len(windows), 1)), np.cumsum(windows**2, axis=1)], axis=1)
    lag = np.arange(lags)
    head, tail = sums[:, width - lag], sums[:, -1:] - sums[:, lag]
    return raw / np.maximum(np.sqrt(head * tail), 1e-9)


def _first_peak(correlation: np.ndarray, shortest: int, longest: int, rate: float) -> np.ndarray:
    part = correlation[:, shortest - 1 : longest + 1]
    middle = part[:, 1:-1]
    peak = (middle > part[:, :-2]) & (middle >= part[:, 2:])
    best = np.where(peak, middle, 0.0).max(axis=1, keepdims=True)
    good = peak & (middle >= np.maximum(0.88 * best, _PERIODICITY))
    index = good.argmax(axis=1)
    rows = np.arange(len(part))
    a, b, c = part[rows, index], part[rows, index + 1], part[rows, index + 2]
    bend = a - 2 * b + c
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (a - c) / np.where(bend == 0, 1, bend), 0.0)
    return np.where(good.any(axis=1), rate / (index + shortest + np.clip(shift, -0.5, 0.5)), 0.0)


def _without_jumps(pitch: np.ndarray) -> np.ndarray:
    """Median of five neighbours for voiced values; what is far from the speaker's middle pitch, and voiced runs shorter
    than 30 ms, are taken for errors."""
    voiced = pitch > 0
    if len(pitch) < 5 or not voiced.any():
        return pitch
    middle = np.median(pitch[voiced])
    voiced &= (pitch > _RANGE[0] * middle) & (pitch < _RANGE[1] * middle)
    pitch = np.where(voiced, pitch, 0.0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], voiced.astype(np.int8), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < 3:
            pitch[begin:end] = 0.0
        elif end - begin >= 5:
            run = np.pad(pitch[begin:end], 2, mode="edge")
            pitch[begin:end] = np.median(np.lib.stride_tricks.sliding_window_view(run, 5), axis=1)
    return pitch
