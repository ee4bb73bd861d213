"""A folder of small captioned pictures, drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["COLOURS", "write_pictures"]

COLOURS = {"red": (200, 40, 50), "blue": (40, 70, 210), "green": (50, 180, 80), "violet": (150, 60, 200)}
_ENDINGS = ("jpg", "png", "webp")


def write_pictures(folder: Path, count: int = 12) -> list[Path]:
    """Write ``count`` pictures of bars in JPEG, PNG and WebP with a text file beside each; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for number in range(count):
        colour = list(COLOURS)[number % len(COLOURS)]
        picture = np.full((60, 100, 3), 20 + 5 * number, np.uint8)
        picture[:, 10 * (number % 9) : 10 * (number % 9) + 20] = COLOURS[colour]
        path = folder / f"{number:02d}.{_ENDINGS[number % 3]}"
        Image.fromarray(picture).save(path)
        path.with_suffix(".txt").write_text(f"a {colour} bar number {number}\n", encoding="utf-8")
        found.append(path)
    return found
