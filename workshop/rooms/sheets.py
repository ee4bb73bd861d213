"""Contact sheets: a render at noon, under clouds, at sunset and at night, to look for faults."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from workshop.rooms.packing import GAMMA, kind, levels

__all__ = ["HOURS", "gallery", "sheet", "tone"]

_OFF = (0.0, 0.0, 0.0)
HOURS: dict[str, dict[str, tuple[float, float, float]]] = {
    "noon": {
        "sky": (1, 1, 1),
        "sun_high": (1, 0.97, 0.92),
        "lamps": (0.3, 0.3, 0.3),
        "screens": (0.8, 0.8, 0.8),
        "practical": (0.15, 0.12, 0.09),
        "strip": (0.4, 0.4, 0.4),
    },
    "clouds": {
        "sky": (1.1, 1.2, 1.3),
        "lamps": (0.6, 0.58, 0.55),
        "screens": (0.9, 0.9, 0.9),
        "practical": (0.4, 0.32, 0.24),
        "strip": (0.5, 0.55, 0.6),
    },
    "sunset": {
        "sky": (0.5, 0.36, 0.4),
        "sun_low": (1.3, 0.62, 0.26),
        "lamps": (0.12, 0.1, 0.08),
        "practical": (1.0, 0.7, 0.42),
        "screens": (0.6, 0.6, 0.6),
        "strip": (1.0, 0.5, 0.3),
        "outside": (0.4, 0.4, 0.4),
    },
    "night": {
        "sky": (0.012, 0.02, 0.045),
        "practical": (1.5, 1.0, 0.58),
        "lamps": (0.1, 0.08, 0.06),
        "screens": (0.5, 0.6, 0.8),
        "strip": (0.4, 0.6, 1.2),
        "outside": (0.9, 0.9, 0.9),
    },
}


def sheet(raw: Path) -> Path:
    """Write the four hours of ``raw`` beside it as PNG."""
    with np.load(raw) as archive:
        found = {key: archive[key] for key in archive}
    layers = {
        name: found[f"layer.{name}"].astype(np.float32) * levels(found, name) for name in found["groups"].tolist()
    }
    hours = [_mixed(layers, gains) for gains in HOURS.values()]
    large = [np.asarray(picture.resize((640, 366), Image.Resampling.LANCZOS)) for picture in hours]
    path = raw.with_suffix(".png")
    Image.fromarray(np.vstack((np.hstack(large[:2]), np.hstack(large[2:])))).save(path)
    return path


def gallery(plates: Path, path: Path, hours: tuple[str, ...] = ("noon", "sunset", "night"), columns: int = 9) -> Path:
    """Write one picture of all that is packed in ``plates``: each room at each of ``hours``, side by side."""
    rooms = [_decoded(manifest.parent) for manifest in sorted(plates.glob("*/manifest.json"))]
    small = [
        _mixed(layers, HOURS[hour]).resize((176, 100), Image.Resampling.LANCZOS) for layers in rooms for hour in hours
    ]
    rows = [
        np.hstack([np.asarray(picture) for picture in small[k : k + columns]]) for k in range(0, len(small), columns)
    ]
    rows[-1] = np.pad(rows[-1], ((0, 0), (0, rows[0].shape[1] - rows[-1].shape[1]), (0, 0)), constant_values=255)
    Image.fromarray(np.vstack(rows)).save(path, quality=80)
    return path


def _decoded(folder: Path) -> dict[str, np.ndarray]:
    """The linear light of each group of a packed room, at a quarter of its size."""
    layers = {}
    for group in json.loads((folder / "manifest.json").read_text())["groups"]:
        with Image.open(folder / group["file"]) as picture:
            plate = np.asarray(picture.convert("RGB").reduce(2), np.float32) / 255
        layers[group["name"]] = plate**GAMMA * group["scale"]
    return layers


def _mixed(layers: dict[str, np.ndarray], gains: dict[str, tuple[float, float, float]]) -> Image.Image:
    return Image.fromarray(tone(sum(layers[g] * np.array(gains.get(kind(g), _OFF)) for g in layers)))


def tone(linear: np.ndarray, middle: float = 0.2) -> np.ndarray:
    """Linear light [H, W, 3] to 8-bit sRGB, exposed half-way to ``middle``; filmic curve of Narkowicz 2015."""
    grey = np.exp(np.log(linear @ [0.2126, 0.7152, 0.0722] + 1e-3).mean())
    x = linear * (middle / grey) ** 0.7
    y = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return (np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055) * 255).round().astype(np.uint8)
