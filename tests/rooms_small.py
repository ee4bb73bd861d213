"""Rooms of a few pixels, drawn by arithmetic: what tests of the rooms look at, whatever rooms are shipped."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

__all__ = ["DAYLIGHT", "write_manifest", "write_room"]

DAYLIGHT = ("sky", "sun_high", "sun_low", "lamps", "screens", "practical")
_WIDTH, _HEIGHT = 160, 90
_SIDES = {"sky": (0, 3, -0.5), "sun_high": (1, 3, -0.6), "sun_low": (0, 3, 0.7), "lamps": (0, 1, 0.6)}


def write_room(folder: Path, place: str, seed: int = 1, kinds: tuple[str, ...] = DAYLIGHT) -> Path:
    """A room of ``place`` in ``folder``: every group lights another part of a wall with a pattern."""
    room = write_manifest(folder, place, seed, kinds)
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float32) / _HEIGHT
    wall = 0.5 + 0.2 * np.sin(9.0 * x + seed) * np.cos(7.0 * y)
    for number, kind in enumerate(kinds):
        spot = np.exp(-((x - 0.25 - 0.25 * number) ** 2 + (y - 0.5) ** 2) / 0.15)
        light = (wall * (0.15 + spot))[..., None] * np.array([1.0, 0.9, 0.8], np.float32)
        cv2.imwrite(str(room / f"{kind}.webp"), np.round(255.0 * np.clip(light, 0.0, 1.0) ** (1 / 2.2))[..., ::-1])
    cv2.imwrite(str(room / "depth.webp"), np.round(255.0 * y).astype(np.uint8))
    return room


def write_manifest(folder: Path, place: str, seed: int = 1, kinds: tuple[str, ...] = DAYLIGHT) -> Path:
    """The folder of a room with a manifest alone: enough to be understood by."""
    room = folder / f"{place}-{seed}"
    room.mkdir(parents=True)
    title = place.replace("-", " ")
    told = {
        "format": 1, "place": place, "seed": seed, "title": {"en": title, "ru": title}, "words": {"en": [], "ru": []},
        "width": _WIDTH, "height": _HEIGHT, "groups": [_group(kind) for kind in kinds],
        "depth": {"file": "depth.webp", "near_m": 2.0, "far_m": 8.0}, "seat": {"u": 0.5, "v": 0.5},
        "camera": {"lens_mm": 35, "sensor_mm": 36, "height_m": 1.3}, "licence": "CC0-1.0", "digest": "", "rendered": {},
    }  # fmt: skip
    (room / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return room


def _group(kind: str) -> dict[str, object]:
    light = [1.0] + [0.0] * 8
    if kind in _SIDES:
        _, at, amount = _SIDES[kind]
        light[at] = amount
    return {"name": kind, "kind": kind, "file": f"{kind}.webp", "scale": 0.5, "irradiance": [light, light, light]}
