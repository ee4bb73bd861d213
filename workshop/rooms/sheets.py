"""Contact sheets: a render at noon, under clouds, at sunset and at night, to look for faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from workshop.rooms.packing import kind, levels

__all__ = ["HOURS", "sheet", "tone"]

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
    hours = [tone(sum(layers[g] * np.array(gains.get(kind(g), _OFF)) for g in layers)) for gains in HOURS.values()]
    large = [np.asarray(Image.fromarray(picture).resize((640, 366), Image.Resampling.LANCZOS)) for picture in hours]
    path = raw.with_suffix(".png")
    Image.fromarray(np.vstack((np.hstack(large[:2]), np.hstack(large[2:])))).save(path)
    return path


def tone(linear: np.ndarray, middle: float = 0.2) -> np.ndarray:
    """Linear light [H, W, 3] to 8-bit sRGB, exposed half-way to ``middle``; filmic curve of Narkowicz 2015."""
    grey = np.exp(np.log(linear @ [0.2126, 0.7152, 0.0722] + 1e-3).mean())
    x = linear * (middle / grey) ** 0.7
    y = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return (np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055) * 255).round().astype(np.uint8)
