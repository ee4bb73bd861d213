"""Light and colour as vectors: how they are read, how a material is lit, and tones made from a colour."""

from __future__ import annotations

import numpy as np
import pytest

from motion.scenes.families import FAMILIES
from motion.scenes.tones import COLOURS, INDOOR, OUTDOOR, look_from_vector

NAMES = ("top", "middle", "low", "light", "accent", "shade")


def hexed(text: str) -> list[float]:
    return [int(word[i : i + 2], 16) / 255.0 for word in text.split() for i in (0, 2, 4)]


@pytest.mark.parametrize(
    ("tone", "colours", "scalars"),
    [
        (OUTDOOR["noon, bright blue sky"], "2f72c2 72aee0 c9e4f0 fff8e6 ffffff 8b9db4", (0.35, 0.0, 0.42, 0.35, 1.0)),
        (OUTDOOR["dusk, twilight"], "1a2550 5a5a92 d88f8a ffb898 b070a0 303258", (0.55, 0.25, 0.4, 0.5, 0.42)),
        (OUTDOOR["night, moonlight"], "050a1c 0f1f42 27426e cfdcff 5f86c8 0a1122", (0.4, 1.0, 0.3, 0.35, 0.24)),
        (INDOOR["dark night, blue light"], "0c1428 1d3156 3f6596 a8ccff 3d8bd0 080d18", (0.7, 0.6, 0.2, 0.3, 0.42)),
    ],
)
def test_a_tone_is_six_colours_and_five_numbers(tone: object, colours: str, scalars: tuple[float, ...]) -> None:
    assert np.allclose(tone.vector, [*hexed(colours), *scalars], atol=1e-6)  # type: ignore[attr-defined]


def test_all_tones_together_are_as_they_were_looked_at() -> None:
    for tones, count, wanted in (
        (OUTDOOR, 8, [39.5412, 46.8667, 4.15, 1.25, 4.22, 4.35, 5.03]),
        (INDOOR, 4, [22.1569, 20.6824, 2.75, 0.6, 0.8, 1.3, 3.04]),
        (COLOURS, 12, [50.3584, 55.2028, 7.2, 3.6, 4.8, 4.8, 9.6]),
    ):
        assert len(tones) == count and all(tone.phrase == phrase for phrase, tone in tones.items())
        rows = np.stack([tone.vector for tone in tones.values()]).astype(np.float64)
        found = [rows[:, :9].sum(), rows[:, 9:18].sum(), *rows[:, 18:].sum(axis=0)]
        assert np.allclose(found, wanted, atol=2e-4)


@pytest.mark.parametrize(
    ("phrase", "base", "accent", "depth"),
    [("teal turquoise", "1fa3a0", "3f6fd0", 1.0), ("white cream", "d8d2c6", "e0b89a", 1.5),
     ("black, very dark", "2c313a", "4a6c98", 0.6)],
)  # fmt: skip
def test_a_colour_makes_a_tone_of_its_shades(phrase: str, base: str, accent: str, depth: float) -> None:
    colour = np.array(hexed(base))
    bright = [colour + (1.0 - colour) * share for share in (0.38, 0.76)]
    wanted = [colour * 0.42 * depth, colour, *bright, np.array(hexed(accent)), colour * 0.13 * depth]
    assert np.allclose(COLOURS[phrase].vector, [*np.concatenate(wanted), 0.6, 0.3, 0.4, 0.4, 0.8], atol=1e-6)


def test_a_vector_is_read_within_its_limits() -> None:
    vector = np.linspace(-0.5, 1.5, 35)
    vector[23:] = np.linspace(-4.0, 4.0, 12)
    look = look_from_vector(vector)
    for k, name in enumerate(NAMES):
        colour = getattr(look, name)
        assert colour.dtype == np.float32 and np.allclose(colour, np.clip(vector[3 * k : 3 * k + 3], 0.0, 1.0))
    scalars = (look.glow, look.stars, look.clouds, look.haze, look.ambient)
    assert np.allclose(scalars, np.clip(vector[18:23], 0.0, 1.0))
    assert np.allclose(look.shape, np.clip(np.linspace(-4.0, 4.0, 12), -2.5, 2.5)) and len(look.shape) == 12


@pytest.mark.parametrize("sun", [None, 0.0, 0.4, 1.0])
def test_a_material_is_lit_by_sky_and_sun(sun: float | None) -> None:
    look = look_from_vector(np.concatenate([OUTDOOR["golden sunset"].vector, np.zeros(12)]))
    share = 0.4 if sun is None else sun
    sky = (look.middle + look.low + look.top * 0.5) / 2.5
    white, direct = 0.5 + 0.5 * sky / sky.max(), 0.25 + 0.75 * look.light / look.light.max()
    wanted = np.array([200, 100, 50]) / 255.0 * (white * (1.0 - 0.55 * share) + direct * 0.8 * share) * 0.72
    found = look.lit(200, 100, 50) if sun is None else look.lit(200, 100, 50, sun)
    assert found.dtype == np.float32 and np.allclose(found, np.clip(wanted, 0.0, 1.0), atol=1e-6)
    dark = look_from_vector(np.concatenate([np.zeros(22), [1.0], np.zeros(12)]))
    assert np.allclose(dark.lit(255, 255, 255, 0.0), 0.5) and np.allclose(dark.lit(255, 255, 255, 1.0), 0.425)


def test_families_have_the_tones_that_suit_them() -> None:
    counts = {
        name: len(FAMILIES[name].tones)
        for name in ("underwater", "aurora", "nebula", "neon street", "rain on a window")
    }
    assert counts == {"underwater": 4, "aurora": 6, "nebula": 8, "neon street": 8, "rain on a window": 7}
    for family in FAMILIES.values():
        assert family.captions[0] == family.name and family.usual in family.tones and len(family.captions) >= 3
    usual = {
        name: FAMILIES[name].usual for name in ("ocean", "mountains", "desert dunes", "office", "brick wall", "curtain")
    }
    assert usual == {
        "ocean": "dusk, twilight", "mountains": "noon, bright blue sky", "desert dunes": "golden sunset",
        "office": "bright daylight", "brick wall": "warm evening lamp light", "curtain": "red crimson",
    }  # fmt: skip
