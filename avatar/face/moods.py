"""Moods of a script to coefficients of the face, frame by frame."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar.core.types import Speech

__all__ = ["emotion_tracks"]

# What each mood asks of the rig at full intensity (coefficients of avatar.face.rig, IOD; "lids": closure of the upper
# ones), by the action units that tell it (Ekman and Friesen, Facial Action Coding System): happy 6+12, sad 1+4+15,
# angry 4+5+7+23, surprised 1+2+5+26.
_MOODS: dict[str, dict[str, float]] = {
    "neutral": {},
    "happy": {"smile": 0.062, "cheek": 0.040, "squint": 0.012, "brows": 0.006},
    "sad": {"brows_inner": 0.080, "brows_together": 0.010, "frown": 0.052, "brows": -0.008, "squint": 0.004,
            "lids": 0.20},
    "angry": {"brows_together": 0.052, "brows": -0.034, "squint": 0.020, "lids": -0.10, "frown": 0.016,
              "press_upper": 0.20, "press_lower": 0.20},
    "surprised": {"brows": 0.066, "brows_inner": 0.010, "lids": -0.13, "jaw": 0.050},
}  # fmt: skip


def emotion_tracks(speech: Speech, base: str, fps: float, frames: int) -> dict[str, np.ndarray]:
    """Rig coefficients of the mood: ``base`` ("happy" or "happy:0.5") for the whole video, changed by the script's
    directions over about a third of a second. Each value is float32 [frames]."""
    name, _, level = base.partition(":")
    weights = {mood: np.zeros(frames) for mood in _MOODS}
    weights[name][:] = _intensity(level)
    cues = [cue for cue in speech.cues if cue.name in _MOODS]
    shown = np.arange(frames) / fps
    for i, cue in enumerate(cues):
        end = cue.end if cue.end > cue.start else (cues[i + 1].start if i + 1 < len(cues) else frames / fps + 1)
        during = (shown >= cue.start - 0.15) & (shown < end)
        for mood, weight in weights.items():
            weight[during] = _intensity(cue.value) if mood == cue.name else 0.0
    result: dict[str, np.ndarray] = {}
    for mood, weight in weights.items():
        soft = gaussian_filter1d(weight, 0.14 * fps, mode="nearest")
        for coefficient, amount in _MOODS[mood].items():
            result[coefficient] = result.get(coefficient, np.zeros(frames)) + amount * soft
    return {key: np.asarray(track, np.float32) for key, track in result.items()}


def _intensity(text: str) -> float:
    try:
        return float(np.clip(float(text), 0.0, 1.5))
    except ValueError:
        return 1.0
