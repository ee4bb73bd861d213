"""Coefficients along the video, and the windows of them that the mapping network reads.

A coefficient vector has 70 values: expression 0:64, angles 64:67 (pitch, yaw, roll in radians), translation 67:70; with
the whole photo three more follow, the scale and place of the 224 px alignment. Rows are frames at 25 a second.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "ANGLE",
    "CROP",
    "EXPRESSION",
    "NATIVE_FPS",
    "POSE",
    "degrees_along",
    "driving",
    "native_positions",
    "sampled_at",
    "windows",
]

NATIVE_FPS = 25
EXPRESSION, ANGLE, POSE, CROP = slice(0, 64), slice(64, 67), slice(64, 70), slice(70, 73)
_RADIUS = 13


def native_positions(frames: int, fps: float) -> np.ndarray:
    """Where the ``frames`` frames of a video at ``fps`` lie among the native ones: float64 [n]."""
    return np.arange(frames) * (NATIVE_FPS / fps)


def driving(
    generated: np.ndarray, source: np.ndarray, whole: bool, expression_scale: float = 1.0, still: bool = False
) -> np.ndarray:
    """Coefficients [t, 70 or 73] that drive the face.

    ``generated`` [t, 70] from the audio networks, ``source`` [73] of the photo. ``whole``: the crop follows, and stays
    that of the photo. ``still``: pose and crop stay those of the photo.
    """
    width = 73 if whole else 70
    result = np.tile(np.asarray(source[:width], np.float32), (len(generated), 1))
    result[:, :70] = generated
    result[:, EXPRESSION] *= np.float32(expression_scale)
    if still:
        result[:, 64:] = source[64:width]
    return result


def windows(coefficients: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Windows float32 [n, c, 27] of ``coefficients`` [t, c] about ``positions`` [n] (native frames, may be fractions).

    Neighbours in a window are one native frame apart whatever the video's rate; before the first and after the last
    frame the coefficients stay as they are there.
    """
    taps = np.asarray(positions, np.float64)[:, None] + np.arange(-_RADIUS, _RADIUS + 1)
    return np.ascontiguousarray(np.moveaxis(sampled_at(coefficients, taps), 1, 2))


def sampled_at(rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """``rows`` [t, ...] at fractional ``positions`` [...], linear between rows, held beyond the ends: float32."""
    last = len(rows) - 1
    clamped = np.clip(positions, 0, last)
    below = np.minimum(clamped.astype(int), max(last - 1, 0))
    share = (clamped - below).astype(np.float32).reshape(*clamped.shape, *(1,) * (rows.ndim - 1))
    low = np.asarray(rows[below], np.float32)
    result: np.ndarray = low + share * (np.asarray(rows[np.minimum(below + 1, last)], np.float32) - low)
    return result


def degrees_along(values: tuple[float, ...], frames: int, compat: bool) -> np.ndarray:
    """Degrees [frames] that go evenly through ``values``, each stretch equally long, from the first to the last.

    The original (``compat``) steps by travel / (frames - 1) over half-open stretches and so stops short of the last.
    """
    if len(values) == 1:
        return np.full(frames, values[0], np.float64)
    if not compat:
        return np.interp(np.linspace(0, len(values) - 1, frames), np.arange(len(values)), values)
    step = float(np.abs(np.diff(values)).sum()) / max(frames - 1, 1)
    parts = [np.arange(a, b, step * np.sign(b - a)) for a, b in zip(values, values[1:], strict=False) if a != b]
    ramp = np.concatenate(parts)[:frames] if parts else np.array(values[:1])
    return np.pad(ramp.astype(np.float64), (0, frames - len(ramp)), mode="edge")
