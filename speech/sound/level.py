"""Loudness and clean edges of a piece of speech.

Loudness after ITU-R BS.1770-4: K-weighting, mean square of 400 ms blocks, absolute gate at -70 LUFS and a relative
gate 10 LU below the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

__all__ = ["TARGET_LUFS", "faded", "level_in_blocks", "levelled", "limited", "load_filters", "loudness", "loudness_of"]

TARGET_LUFS = -16.0
PEAK = 10 ** (-1.2 / 20)
_MOST_GAIN = 10 ** (30 / 20)


def loudness(samples: np.ndarray, rate: int) -> float:
    """Integrated loudness of mono ``samples`` in LUFS, -inf for silence."""
    block = min(len(samples), max(1, int(0.4 * rate)))
    if block == 0:
        return float("-inf")
    weighted = _KWeighting(rate)(samples)
    starts = np.arange(0, len(weighted) - block + 1, max(1, block // 4))
    sums = np.concatenate([[0.0], np.cumsum(weighted**2)])
    return _gated((sums[starts + block] - sums[starts]) / block)


def loudness_of(blocks: Iterable[np.ndarray], rate: int) -> float:
    """:func:`loudness` of a sound that comes in mono blocks; memory does not grow with its length but by 80 bytes a
    second."""
    weighting, step = _KWeighting(rate), max(1, int(0.1 * rate))
    rest, powers = np.zeros(0), []
    for block in blocks:
        rest = np.concatenate([rest, weighting(block) ** 2])
        whole = len(rest) // step * step
        powers.append(rest[:whole].reshape(-1, step).mean(axis=1))
        rest = rest[whole:]
    quarters = np.concatenate(powers) if powers else np.zeros(0)
    if len(quarters) < 4:
        return _gated(np.array([np.mean(np.concatenate([np.repeat(quarters, step), rest]))] if len(rest) else quarters))
    return _gated(np.convolve(quarters, np.full(4, 0.25), "valid"))


def _gated(power: np.ndarray) -> float:
    """Loudness of blocks of mean square ``power``, without what the two gates leave out."""
    loud = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        return float("-inf")
    gated = loud[loud >= loud.mean() * 0.1]
    return float(-0.691 + 10 * np.log10(gated.mean()))


class _KWeighting:
    """High shelf (+4 dB above 1.7 kHz) and high pass (38 Hz) of BS.1770, from their analogue prototypes; it goes on
    where the last block ended."""

    def __init__(self, rate: int) -> None:
        from scipy.signal import bilinear

        shelf_w, shelf_q, gain = 2 * np.pi * 1681.974, 0.7071752, 10 ** (3.99984 / 20)
        middle = gain**0.4996667741545416
        shelf = bilinear([gain, middle * shelf_w / shelf_q, shelf_w**2], [1.0, shelf_w / shelf_q, shelf_w**2], fs=rate)
        pass_w, pass_q = 2 * np.pi * 38.13547, 0.5003270
        high = bilinear([1.0, 0.0, 0.0], [1.0, pass_w / pass_q, pass_w**2], fs=rate)
        self._filters = (shelf, high)
        self._states = [np.zeros(2), np.zeros(2)]

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        from scipy.signal import lfilter

        sound = samples.astype(np.float64)
        for index, (top, bottom) in enumerate(self._filters):
            sound, self._states[index] = lfilter(top, bottom, sound, zi=self._states[index])
        return sound


def load_filters() -> None:
    """Load what sound is filtered with, before there are threads that do: scipy's modules load one another in circles,
    which breaks where two threads begin at different ends."""
    import scipy.ndimage
    import scipy.signal  # noqa: F401


def levelled(samples: np.ndarray, rate: int, target: float = TARGET_LUFS) -> np.ndarray:
    """``samples`` float32 [n] at ``target`` LUFS with peaks held under -1 dBFS by a gentle limiter; silence stays."""
    sound = samples.astype(np.float32)
    for _ in range(2):  # the limiter takes some loudness away, the second turn gives it back
        now = loudness(sound, rate)
        if not np.isfinite(now):
            break
        sound = limited(sound * _gain(now, target), rate)
    return sound


def level_in_blocks(
    blocks: Callable[[], Iterable[np.ndarray]], rate: int, target: float = TARGET_LUFS
) -> Iterator[np.ndarray]:
    """What :func:`levelled` does, for a sound of any length: ``blocks()`` starts it anew, mono float32 blocks in turn.

    The sound is read three times.
    """
    first = _gain(loudness_of(blocks(), rate), target)
    second = _gain(loudness_of(_limited_blocks(blocks(), first, rate), rate), target)
    yield from _limited_blocks(_limited_blocks(blocks(), first, rate), second, rate)


def _gain(loudness_lufs: float, target: float) -> float:
    return min(10 ** ((target - loudness_lufs) / 20), _MOST_GAIN) if np.isfinite(loudness_lufs) else 1.0


def _limited_blocks(blocks: Iterable[np.ndarray], gain: float, rate: int) -> Iterator[np.ndarray]:
    """:func:`limited` after ``gain``; the limiter sees 20 ms around each block."""
    margin = max(1, int(0.02 * rate))
    held, before = np.zeros(0, np.float32), 0
    for block in blocks:
        held = np.concatenate([held, block * np.float32(gain)])
        if len(held) > before + margin:
            yield limited(held, rate)[before : len(held) - margin]
            keep = min(len(held), 2 * margin)
            held, before = held[-keep:], keep - margin
    yield limited(held, rate)[before:]


def limited(samples: np.ndarray, rate: int) -> np.ndarray:
    """``samples`` float32 [n] turned down smoothly (5 ms) around every peak above -1.2 dBFS."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    reach = max(1, int(0.005 * rate)) * 2 + 1
    envelope = maximum_filter1d(np.abs(samples), reach)
    reduction = np.minimum(1.0, PEAK / np.maximum(envelope, 1e-9))
    smooth = uniform_filter1d(reduction, reach // 2, mode="nearest") if reach > 3 else reduction
    return np.clip(samples * smooth, -PEAK, PEAK).astype(np.float32)


def faded(samples: np.ndarray, rate: int, fade_in_s: float = 0.004, fade_out_s: float = 0.02) -> np.ndarray:
    """A copy of ``samples`` that starts and ends at zero without a click."""
    samples = samples.astype(np.float32, copy=True)
    rise, fall = (min(len(samples) // 2, int(seconds * rate)) for seconds in (fade_in_s, fade_out_s))
    if rise:
        samples[:rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise, dtype=np.float32)
    if fall:
        samples[-fall:] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(fall) + 1) / fall, dtype=np.float32)
    return samples
