"""How a face's units change the light on its skin: ratio images of a real shape, carried over by landmarks.

Shape alone leaves a smile flat: folds, cheeks and brows are seen by their shade. The plates (``data/expressions.npz``)
tell by how much each unit brightens or dims a head's skin under each of a few lights; they are mixed by the photo's own
light, brought to its landmarks and multiplied onto its skin (Liu, Shan and Zhang, "Expressive expression mapping with
ratio images", 2001). ``python -m workshop.expressions`` and ``workshop.ratios`` make the plates.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import RBFInterpolator, RegularGridInterpolator

from avatar.core.errors import MissingEngine
from avatar.face.canonical import FACE_OVAL, Canonical

__all__ = ["LIGHTS", "UNITS", "Plates", "grid_points", "lid_light", "light_of", "plates", "ratios_for", "unit_weights"]

UNITS = ("smile", "cheek", "frown", "brows_together", "brows_inner", "brows", "squint", "press")
LIGHTS = ("front", "left", "right", "top", "dome")
LID_E, LID_HEIGHT = np.linspace(-1.3, 1.3, 27), np.linspace(-0.4, 1.3, 35)
_COLUMNS, _ROWS = np.linspace(-0.95, 0.95, 116), np.linspace(-0.75, 1.35, 128)
_FILE = Path(__file__).parent / "data" / "expressions.npz"
_GAMMA = 2.2
# The coefficient of the rig that goes with each unit, and how much of it gives the unit's whole light (IOD, or the
# rig's share); twice what gives its whole shape where the bare head's folds are deeper than most people's.
_WHOLE = {"smile": 0.095, "cheek": 0.090, "frown": 0.045, "brows_together": 0.045, "brows_inner": 0.050, "brows": 0.070,
          "squint": 0.024, "press_upper": 0.25}  # fmt: skip
_MOST, _DEEPEST = 1.3, 0.12
_LID_DEPTH = 0.6  # of the lid's shade: the bare head's brow stands out more than most people's
_MATCHED = (1, 4, 6, 9, 10, 13, 14, 17, 50, 61, 98, 101, 105, 107, 108, 118, 123, 145, 151, 152, 159, 168, 187, 200,
            205, 206, 280, 291, 327, 330, 334, 336, 337, 347, 352, 374, 386, 411, 425, 426, 33, 133, 263, 362, 70, 300,
            55, 285, 46, 276, *FACE_OVAL[::3])  # fmt: skip


@dataclass(frozen=True)
class Plates:
    """``units`` float32 [units, lights, rows, columns]: natural logarithms of factors of sRGB values, over
    ``grid_points``; ``lid`` [lights, heights, along]: those of a shut lid against the skin around it; ``landmarks``
    [468, 3]: of the head they were drawn from, canonical."""

    units: np.ndarray
    lid: np.ndarray
    landmarks: np.ndarray


def grid_points() -> np.ndarray:
    """Canonical x and y [rows, columns, 2] of a plate's points."""
    return np.stack(np.meshgrid(_COLUMNS, _ROWS), axis=-1)


@functools.cache
def plates() -> Plates:
    """The shipped plates; MissingEngine where the file is missing or is not the one of its manifest."""
    try:
        content = _FILE.read_bytes()
        manifest = json.loads(_FILE.with_suffix(".json").read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingEngine(f"{_FILE.name} of the face animator is missing: reinstall govorun.") from error
    if hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        raise MissingEngine(f"{_FILE.name} of the face animator is damaged: reinstall govorun.")
    with np.load(_FILE, allow_pickle=False) as archive:
        step = float(archive["most"]) / 127 / _GAMMA
        return Plates(archive["plates"] * np.float32(step), archive["lid"] * np.float32(step),
                      archive["landmarks"].astype(np.float64))  # fmt: skip


def light_of(face: Canonical, luminance: np.ndarray, origin: tuple[float, float]) -> np.ndarray:
    """Shares [lights] of the plates' lights in the photo's own, by the brightness of both cheeks."""
    left, right = (_brightness(face, luminance, origin, ids) for ids in ((50, 101, 118), (280, 330, 347)))
    aside = float(np.clip((right - left) / max(right + left, 1e-3), -0.5, 0.5))
    share = np.array([0.35, 0.12 + max(-aside, 0.0), 0.12 + max(aside, 0.0), 0.22, 0.19])
    return share / share.sum()


def _brightness(face: Canonical, luminance: np.ndarray, origin: tuple[float, float], ids: tuple[int, ...]) -> float:
    radius, found = max(1, round(0.05 * face.iod)), []
    for index in ids:
        x, y = np.round(face.landmarks[index, :2] - np.asarray(origin)).astype(int)
        found.append(luminance[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1].reshape(-1))
    seen = np.concatenate(found)
    return float(np.median(seen)) if len(seen) else 0.5


def ratios_for(face: Canonical, q: np.ndarray, light: np.ndarray) -> np.ndarray:
    """Logarithms float32 [units, h, w] at canonical points ``q`` [h, w, 3] of ``face`` lit by ``light`` [lights]."""
    made = plates()
    ids = list(_MATCHED)
    fit = RBFInterpolator(face.points[ids, :2], made.landmarks[ids, :2] - face.points[ids, :2], smoothing=1e-3)
    flat = q[..., :2].reshape(-1, 2)
    at = flat + fit(flat)
    mixed = np.tensordot(made.units, light, axes=(1, 0))
    table = RegularGridInterpolator((_ROWS, _COLUMNS), np.moveaxis(mixed, 0, -1), bounds_error=False, fill_value=0.0)
    found = np.moveaxis(table(at[:, ::-1]).reshape(*q.shape[:2], -1), -1, 0)
    return np.asarray(_DEEPEST * np.tanh(found / _DEEPEST), np.float32)


def lid_light(e: np.ndarray, height: np.ndarray, light: np.ndarray) -> np.ndarray:
    """How a shut lid takes ``light`` [lights], as factors of the even tone around it: ``e`` along the eye (-1 and 1 at
    its corners), ``height`` 0 at the crease .. 1 at the lashes."""
    mixed = np.tensordot(plates().lid, light, axes=(0, 0))
    table = RegularGridInterpolator((LID_HEIGHT, LID_E), mixed)
    at = np.stack([np.clip(height, LID_HEIGHT[0], LID_HEIGHT[-1]), np.clip(e, LID_E[0], LID_E[-1])], axis=-1)
    return np.exp(_LID_DEPTH * table(at))


def unit_weights(coefficients: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """How much of each unit [n, units] the rig's ``coefficients`` [n, k] of ``names`` show, 0..1.3."""
    columns = [coefficients[:, names.index(name)] / whole for name, whole in _WHOLE.items()]
    return np.clip(np.stack(columns, axis=1), 0.0, _MOST).astype(np.float32)
