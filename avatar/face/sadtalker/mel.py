"""Sound → windows of a mel spectrogram, one a video frame at 25 frames a second (the front end of Wav2Lip).

Slaney's mel scale and area norm (Auditory Toolbox, 1998): linear below 1000 Hz, logarithmic above.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.signal import lfilter
from scipy.signal.windows import hann

__all__ = ["BANDS", "FPS", "SAMPLE_RATE", "WIDTH", "frame_count", "mel_spectrogram", "mel_windows", "window_indices"]

SAMPLE_RATE, FPS = 16000, 25
BANDS, WIDTH = 80, 16
_FFT, _HOP = 800, 200
_RATE = SAMPLE_RATE // _HOP  # spectra a second
_LOWEST, _HIGHEST = 55.0, 7600.0
_EMPHASIS = 0.97
_FLOOR, _REFERENCE, _RANGE, _LIMIT = 1e-5, 20.0, 100.0, 4.0
_AT_A_TIME = 1024


def frame_count(samples: int) -> int:
    """Whole video frames in ``samples`` samples at 16 kHz."""
    return samples * FPS // SAMPLE_RATE


def mel_windows(samples: np.ndarray) -> np.ndarray:
    """Windows [t, 1, 80, 16] for the whole frames of ``samples`` [n], mono at 16 kHz in -1..1."""
    frames = frame_count(len(samples))
    if not frames:
        return np.empty((0, 1, BANDS, WIDTH), np.float32)
    spectrogram = mel_spectrogram(samples[: frames * SAMPLE_RATE // FPS])
    return spectrogram[window_indices(frames, len(spectrogram))].transpose(0, 2, 1)[:, None]


def window_indices(frames: int, spectra: int) -> np.ndarray:
    """Rows [t, 16] of a spectrogram with ``spectra`` rows that each video frame looks at; clamped at both ends."""
    starts = [math.trunc(_RATE * (frame - 2) / FPS) for frame in range(frames)]
    return np.clip(np.array(starts, int).reshape(-1, 1) + np.arange(WIDTH), 0, spectra - 1)


def mel_spectrogram(samples: np.ndarray) -> np.ndarray:
    """Levels [m, 80] in -4..4 (float32), 80 a second, of ``samples`` [n], mono at 16 kHz in -1..1."""
    emphasised = lfilter([1.0, -_EMPHASIS], [1.0], samples.astype(np.float64))
    padded = np.pad(emphasised, _FFT // 2)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    window, filters = hann(_FFT, sym=False), _filters()
    parts = [pieces[i : i + _AT_A_TIME] for i in range(0, len(pieces), _AT_A_TIME)]
    power = np.concatenate([np.abs(np.fft.rfft(part * window)) @ filters.T for part in parts])
    decibels = 20 * np.log10(np.maximum(_FLOOR, power)) - _REFERENCE
    scaled = 2 * _LIMIT * (decibels + _RANGE) / _RANGE - _LIMIT
    return np.clip(scaled, -_LIMIT, _LIMIT).astype(np.float32)


def _filters() -> np.ndarray:
    """Triangles [80, 401] of equal area between neighbouring mel bands."""
    edges = _mel_to_hertz(np.linspace(_hertz_to_mel(_LOWEST), _hertz_to_mel(_HIGHEST), BANDS + 2))
    bins = np.linspace(0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    low, middle, high = (edges[i : i + BANDS, None] for i in range(3))
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)


_KNEE = 1000.0
_LINEAR = 200.0 / 3
_LOGARITHMIC = math.log(6.4) / 27


def _hertz_to_mel(hertz: float) -> float:
    if hertz < _KNEE:
        return hertz / _LINEAR
    return _KNEE / _LINEAR + math.log(hertz / _KNEE) / _LOGARITHMIC


def _mel_to_hertz(mels: np.ndarray) -> np.ndarray:
    knee = _KNEE / _LINEAR
    return np.where(mels < knee, mels * _LINEAR, _KNEE * np.exp((np.maximum(mels, knee) - knee) * _LOGARITHMIC))
