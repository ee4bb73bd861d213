"""True peaks of a sound, and a limiter that holds them: what lies between samples counts, four times oversampled."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import resample_poly

__all__ = ["limited", "true_peaks"]

_OVER = 4
_MARGIN_S, _REACH_S = 0.02, 0.005


def true_peaks(samples: np.ndarray) -> np.ndarray:
    """The largest absolute value of any channel from each frame to the next, [n], of ``samples`` [n, channels]."""
    between = np.abs(resample_poly(samples, _OVER, 1, axis=0))
    return np.asarray(between.reshape(len(samples), -1).max(axis=1))


def limited(blocks: Iterable[np.ndarray], rate: int, gain: float, ceiling: float) -> Generator[np.ndarray, None, None]:
    """``blocks`` float32 [n, channels] times ``gain``, turned down smoothly (5 ms) around what is above ``ceiling``.

    As many frames come out as go in; the limiter sees 20 ms around each block.
    """
    margin, held, before = max(1, int(_MARGIN_S * rate)), None, 0
    for block in blocks:
        loud = block * np.float32(gain)
        held = loud if held is None else np.concatenate([held, loud])
        if len(held) > before + margin:
            yield _held_down(held, rate, ceiling)[before : len(held) - margin]
            keep = min(len(held), 2 * margin)
            held, before = held[len(held) - keep :], keep - margin
    if held is not None:
        yield _held_down(held, rate, ceiling)[before:]


def _held_down(samples: np.ndarray, rate: int, ceiling: float) -> np.ndarray:
    peaks = true_peaks(samples)
    if peaks.max(initial=0.0) <= ceiling:
        return samples
    reach = max(1, int(_REACH_S * rate)) * 2 + 1
    reduction = np.minimum(1.0, ceiling / np.maximum(maximum_filter1d(peaks, reach), 1e-9))
    smooth = uniform_filter1d(reduction, reach // 2, mode="nearest")
    return (samples * smooth[:, None]).astype(np.float32)
