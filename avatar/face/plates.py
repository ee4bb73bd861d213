"""The plates of a mouth: crowns, gums and tongue, rendered once under several lights and shipped as small pictures.

Light adds up: any weights of the lights give the same mouth in another light. ``data/mouth/plates.json`` says how they
were made and by which licence; ``workshop/mouth_plates.py`` makes them again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

__all__ = ["MM_PER_IOD", "Lamp", "Plate", "arch", "drop", "lamps", "plate", "states"]

MM_PER_IOD = 90.0  # the outer eye corners of an adult
_FOLDER = Path(__file__).parent / "data/mouth"
_MIRRORED = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Lamp:
    """A light of the plates. ``direction`` [3]: to it from the face, canonical axes (x right, y down, z into the head);
    None for a dome of even light. ``irradiance``: what it gives a surface that faces it."""

    name: str
    direction: np.ndarray | None
    irradiance: float


@dataclass(frozen=True)
class Plate:
    """``light`` [n, h, w, 3]: linear, a picture a lamp, not premultiplied. ``alpha`` [h, w]. ``per_mm``: pixels.
    ``origin`` [2]: pixel (x, y) of the point that the plate hangs on. ``yaw``: degrees, that of the head."""

    light: np.ndarray
    alpha: np.ndarray
    per_mm: float
    origin: np.ndarray
    yaw: float


@lru_cache(maxsize=1)
def _manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_FOLDER / "plates.json").read_text())
    return found


def states(part: str) -> tuple[str, ...]:
    """States of ``part``: openings of the jaw for "upper" and "lower", places of the tongue for "tongue"."""
    manifest = _manifest()
    return tuple(manifest["tongues"]) if part == "tongue" else tuple(str(jaw) for jaw in manifest["jaws"])


def drop(state: str) -> float:
    """How far the lower incisors are down in ``state``, IOD."""
    return float(_manifest()["drops_mm"][state]) / MM_PER_IOD


def arch(part: str) -> tuple[float, float]:
    """Half width and length (mm) of the ellipse that the teeth of ``part`` follow; the tongue's is the lower one."""
    half, length = _manifest()["arches_mm"]["lower" if part == "tongue" else part]
    return float(half), float(length)


def lamps() -> tuple[Lamp, ...]:
    """The lights, in the order of :attr:`Plate.light`."""
    made = []
    for name, light in _manifest()["lights"].items():
        way = light["direction"]
        unit = None if way is None else np.array([way[0], -way[1], -way[2]]) / np.linalg.norm(way)
        made.append(Lamp(name, unit, float(light["irradiance"])))
    return tuple(made)


@lru_cache(maxsize=32)
def plate(part: str, state: str, yaw: float) -> Plate:
    """The plate whose turn is nearest to ``yaw`` degrees (nose to the viewer's right); negative turns are mirrored."""
    manifest = _manifest()
    turn = min(manifest["yaws"], key=lambda y: abs(y - abs(yaw)))
    with Image.open(_FOLDER / f"{part}-{state}-{turn:.0f}.webp") as image:
        sheet = np.asarray(image.convert("RGB"), np.float32) / 255
    names = list(manifest["lights"])
    *rows, alpha = np.split(sheet, len(names) + 1)
    scales = [manifest["lights"][name]["scale"] for name in names]
    light = np.stack([row**2.2 * scale for row, scale in zip(rows, scales, strict=True)])
    if yaw < 0 < turn:
        order = [names.index(_MIRRORED.get(name, name)) for name in names]
        light, alpha, turn = light[order][:, :, ::-1], alpha[:, ::-1], -turn
    height, width = alpha.shape[:2]
    per_mm = float(manifest["per_mm"])
    origin = np.array([(width - 1) / 2, (height - 1) / 2 + per_mm * manifest["rises_mm"][part]])
    seen = alpha[..., 1]
    if part == "lower":
        seen = seen * _without_inside(light.sum(axis=0).max(axis=-1), origin[1] + 0.5 * per_mm)
    return Plate(light, seen, per_mm, origin, float(turn))


def _without_inside(light: np.ndarray, edge: float) -> np.ndarray:
    """0 where the unlit inner side of the lower arch shows above the edges of its front teeth, at row ``edge`` of
    ``light`` [h, w]: a mouth is dark there by its own cavity. 1 elsewhere."""
    bright = np.clip((light / np.percentile(light, 99) - 0.04) / 0.08, 0.0, 1.0)
    above = np.arange(len(light)) < edge
    kept: np.ndarray = np.where(above[:, None], bright, 1.0)
    return kept
