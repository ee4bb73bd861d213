"""Light and colour of a scene as one vector that can be blended, so that the drift can move it.

A tone has six colours — top, middle, low (sky from zenith to horizon, or a surface from far to near light), light (sun,
lamps), accent and shade — and scalars. Outdoor tones are times of day; colour tones are made from a colour name.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["COLOURS", "INDOOR", "OUTDOOR", "SHAPES", "Look", "Tone", "look_from_vector"]

SHAPES = 12
_SCALARS = ("glow", "stars", "clouds", "haze", "ambient")


@dataclass(frozen=True)
class Tone:
    """A named tone: ``phrase`` for captions, ``vector`` [23]: six colours 0..1 and the scalars."""

    phrase: str
    vector: np.ndarray


@dataclass(frozen=True)
class Look:
    """What a scene is drawn with: colours float32 [3] in 0..1, scalars 0..1, ``shape`` [12] of about unit deviation."""

    top: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    light: np.ndarray
    accent: np.ndarray
    shade: np.ndarray
    glow: float
    stars: float
    clouds: float
    haze: float
    ambient: float
    shape: np.ndarray

    def lit(self, red: int, green: int, blue: int, sun: float = 0.4) -> np.ndarray:
        """A material (0..255) in this light: sky light, and ``sun`` of the direct light."""
        material = np.array([red, green, blue], np.float32) / 255.0
        sky = (self.middle + self.low + self.top * 0.5) / 2.5
        white = 0.5 + 0.5 * sky / max(float(sky.max()), 1e-3)
        direct = 0.25 + 0.75 * self.light / max(float(self.light.max()), 1e-3)
        shine = white * (1.0 - 0.55 * sun) + direct * (0.8 * sun)
        return np.clip(material * shine * self.ambient, 0.0, 1.0).astype(np.float32)


def look_from_vector(vector: np.ndarray) -> Look:
    """The look of a vector [23 + 12]: a tone (blended), then the shape."""
    colours = np.clip(vector[:18], 0.0, 1.0).reshape(6, 3).astype(np.float32)
    scalars: dict[str, float] = {name: float(np.clip(vector[18 + i], 0.0, 1.0)) for i, name in enumerate(_SCALARS)}
    shape = np.clip(vector[23 : 23 + SHAPES], -2.5, 2.5).astype(np.float32)
    top, middle, low, light, accent, shade = colours
    return Look(top, middle, low, light, accent, shade, shape=shape, **scalars)


def _tone(phrase: str, colours: str, **scalars: float) -> Tone:
    values = [int(word[i : i + 2], 16) / 255.0 for word in colours.split() for i in (0, 2, 4)]
    return Tone(phrase, np.array([*values, *(scalars[name] for name in _SCALARS)], np.float32))


OUTDOOR: dict[str, Tone] = {
    tone.phrase: tone
    for tone in (
        _tone(
            "noon, bright blue sky",
            "2f72c2 72aee0 c9e4f0 fff8e6 ffffff 8b9db4",
            glow=0.35,
            stars=0.0,
            clouds=0.42,
            haze=0.35,
            ambient=1.0,
        ),
        _tone(
            "golden sunset",
            "5a679a e29a72 ffcf86 ffd896 ff9a58 7a5468",
            glow=1.0,
            stars=0.0,
            clouds=0.45,
            haze=0.55,
            ambient=0.72,
        ),
        _tone(
            "pink sunset",
            "50508e c9799a ffb9a4 ffcfae ff7f9e 6a4a74",
            glow=0.9,
            stars=0.0,
            clouds=0.5,
            haze=0.5,
            ambient=0.66,
        ),
        _tone(
            "dusk, twilight",
            "1a2550 5a5a92 d88f8a ffb898 b070a0 303258",
            glow=0.55,
            stars=0.25,
            clouds=0.4,
            haze=0.5,
            ambient=0.42,
        ),
        _tone(
            "night, moonlight",
            "050a1c 0f1f42 27426e cfdcff 5f86c8 0a1122",
            glow=0.4,
            stars=1.0,
            clouds=0.3,
            haze=0.35,
            ambient=0.24,
        ),
        _tone(
            "dawn, sunrise morning",
            "7e9cc8 e6bcb8 ffe2bc ffeccc ffb6a0 94889c",
            glow=0.75,
            stars=0.0,
            clouds=0.35,
            haze=0.75,
            ambient=0.82,
        ),
        _tone(
            "overcast, grey misty day",
            "98a2ae b4bcc4 cfd3d6 eceff0 c2cad2 7c868f",
            glow=0.05,
            stars=0.0,
            clouds=0.8,
            haze=0.85,
            ambient=0.72,
        ),
        _tone(
            "storm, dark dramatic clouds",
            "28303c 55616e a3aeb2 dfe6e6 7f8f9c 20262f",
            glow=0.15,
            stars=0.0,
            clouds=1.0,
            haze=0.5,
            ambient=0.45,
        ),
    )
}

INDOOR: dict[str, Tone] = {
    tone.phrase: tone
    for tone in (
        _tone(
            "bright daylight",
            "d9e2e8 e8ecec f6f3ea ffffff 6fa58c 8d949a",
            glow=0.6,
            stars=0.0,
            clouds=0.2,
            haze=0.3,
            ambient=1.0,
        ),
        _tone(
            "warm evening lamp light",
            "6b4a34 b98250 e8b878 ffd79a c96a3c 3a2820",
            glow=1.0,
            stars=0.0,
            clouds=0.2,
            haze=0.4,
            ambient=0.74,
        ),
        _tone(
            "dark night, blue light",
            "0c1428 1d3156 3f6596 a8ccff 3d8bd0 080d18",
            glow=0.7,
            stars=0.6,
            clouds=0.2,
            haze=0.3,
            ambient=0.42,
        ),
        _tone(
            "cool modern, grey",
            "a9b4bf c4ccd3 dfe4e8 f4f8fb 4f86b0 5f6a74",
            glow=0.45,
            stars=0.0,
            clouds=0.2,
            haze=0.3,
            ambient=0.88,
        ),
    )
}


def _coloured(phrase: str, base: str, accent: str, depth: float = 1.0) -> Tone:
    """A colour tone from a base and an accent: deep shade, dark top, the base, its bright forms."""
    colour = np.array([int(base[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255.0
    second = np.array([int(accent[i : i + 2], 16) for i in (0, 2, 4)], np.float32) / 255.0
    shade, top = colour * 0.13 * depth, colour * 0.42 * depth
    low = colour + (1.0 - colour) * 0.38
    light = colour + (1.0 - colour) * 0.76
    vector = np.concatenate([top, colour, low, light, second, shade, [0.6, 0.3, 0.4, 0.4, 0.8]])
    return Tone(phrase, vector.astype(np.float32))


COLOURS: dict[str, Tone] = {
    tone.phrase: tone
    for tone in (
        _coloured("teal turquoise", "1fa3a0", "3f6fd0"),
        _coloured("deep blue", "2b5fc4", "35b6d6"),
        _coloured("purple violet", "7a45c0", "e05aa8"),
        _coloured("pink rose", "e06a98", "f6b27a"),
        _coloured("red crimson", "c22f38", "f08a3c"),
        _coloured("orange amber", "e8863a", "d84a68"),
        _coloured("golden yellow", "dfae4a", "e87848"),
        _coloured("green emerald", "2f9560", "a8c850"),
        _coloured("grey charcoal", "7b838c", "6f9cc0"),
        _coloured("white cream", "d8d2c6", "e0b89a", 1.5),
        _coloured("brown sepia", "94694a", "d8a060"),
        _coloured("black, very dark", "2c313a", "4a6c98", 0.6),
    )
}
