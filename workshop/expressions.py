"""How a face unit changes the light on skin: the head at rest and in each unit, from the front, one layer a light.

    /path/to/workshop/python -m workshop.expressions out/units        draws them (about 40 s a unit on two cores)
    python -m workshop.ratios out/units avatar/face/data              packs them for the product

Beside the pictures are the ways that the points of the skin go, so that a picture can be taken back to the shape at
rest before it is divided by it: what is left is light alone (Liu, Shan and Zhang, "Expressive expression mapping with
ratio images", 2001).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from workshop.head import Head, Light, add_lights, add_part, clear, look, material, read_head, render, skin

__all__ = ["UNITS", "main"]

_WIDTH, _SIZE, _SAMPLES = 0.22, (256, 300), 24
_LIGHTS = (
    Light("front", (0.0, 0.15, 1.0), 0.9),
    Light("left", (-0.85, 0.25, 0.55), 0.6),
    Light("right", (0.85, 0.25, 0.55), 0.6),
    Light("top", (0.0, 0.90, 0.50), 0.7),
    Light("dome", None, strength=0.6),
)


def _both(name: str, amount: float = 1.0) -> dict[str, float]:
    return {f"{name}Left": amount, f"{name}Right": amount}


UNITS: dict[str, dict[str, float]] = {
    "rest": {},
    "shut": _both("eyeBlink"),
    "smile": _both("mouthSmile"),
    "cheek": _both("cheekSquint"),
    "frown": _both("mouthFrown"),
    "brows_together": _both("browDown"),
    "brows_inner": {"browInnerUp": 1.0},
    "brows": _both("browOuterUp") | {"browInnerUp": 0.8},
    "squint": _both("eyeSquint"),
    "sneer": _both("noseSneer"),
    "press": _both("mouthPress") | {"mouthShrugLower": 0.6},
}


def main(folder: Path) -> None:
    """Draw every unit that ``folder`` lacks."""
    folder.mkdir(parents=True, exist_ok=True)
    rest = read_head()
    for name, amounts in UNITS.items():
        path = folder / f"{name}.npz"
        if not path.exists():
            np.savez_compressed(path, **_drawn(rest.with_units(amounts), rest))
            sys.stdout.write(f"{path}\n")


def _drawn(head: Head, rest: Head) -> dict[str, np.ndarray]:
    """Pictures float32 [h, w, 4] by light, ``points`` [n, 3] of the skin at rest and ``moved`` [n, 3] in pixels, depth
    in the same unit."""
    eyes = rest.points("helper-l-eye", "helper-r-eye")
    middle = (0.0, float(eyes[:, 1].min()), float(eyes[:, 2].mean()) - 0.035)
    clear()
    add_part(head, ["body"], skin(), above=0.45)
    add_part(head, ["helper-l-eye", "helper-r-eye"], material("eye", (0.8, 0.78, 0.75), 0.4))
    add_lights(middle, _LIGHTS)
    look(middle, _WIDTH * _SIZE[1] / _SIZE[0])
    layers = render(*_SIZE, samples=_SAMPLES)
    at = lambda one: _pixels(one.points("body"), middle)  # noqa: E731
    return {**layers, "points": at(rest), "moved": at(head)}


def _pixels(points: np.ndarray, middle: tuple[float, float, float]) -> np.ndarray:
    """Metres to pixels of the picture, the depth into it in the same unit."""
    unit = _SIZE[0] / _WIDTH
    x, z = points[:, 0] - middle[0], points[:, 2] - middle[2]
    return np.stack([_SIZE[0] / 2 + unit * x - 0.5, _SIZE[1] / 2 - unit * z - 0.5, unit * points[:, 1]], axis=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
