"""The light of a place on the person: colour, side and strength."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from avatar.compose.relight import Relight, basis
from avatar.core.types import Size

_SIZE = Size(64, 48)


def light(colour: tuple[float, float, float] = (0.55, 0.55, 0.55), side: float = 0.0) -> np.ndarray:
    """An even surrounding of ``colour``, and ``side`` of it from the viewer's right."""
    found = np.zeros((3, 9), np.float32)
    found[:, 0] = np.array(colour) / 0.282095
    found[:, 3] = side * found[:, 0]
    return found


def normals() -> np.ndarray:
    """A surface that faces left at the left and right at the right."""
    x = np.tile(np.linspace(-0.9, 0.9, 16, dtype=np.float32), (12, 1))
    return np.stack([x, np.zeros_like(x), np.sqrt(1.0 - x * x)])


def lit(strength: float, told: np.ndarray) -> torch.Tensor:
    person = torch.full((1, 4, 48, 64), 0.5)
    person[:, 3] = 1.0
    return Relight(normals(), _SIZE, strength).over(person, told[None])[0]


def test_even_usual_light_changes_nothing() -> None:
    assert torch.allclose(lit(1.0, light())[:3], torch.tensor(0.5), atol=2e-3)


def test_the_side_of_the_light_is_the_brighter_one() -> None:
    shown = lit(1.0, light(side=0.5))
    assert float(shown[:3, :, -8:].mean()) > 1.15 * float(shown[:3, :, :8].mean())


def test_colour_and_dark_are_taken_on_by_strength() -> None:
    full, half = (lit(strength, light((0.2, 0.05, 0.02)))[:3].mean(dim=(1, 2)) for strength in (1.0, 0.4))
    assert full[0] > 1.3 * full[2]
    assert full.mean() < half.mean() < 0.5


@pytest.mark.parametrize(("brightness", "factor"), [(0.6, 0.924), (1.5, 1.065), (0.01, 0.674), (40.0, 1.146)])
def test_a_place_darkens_and_brightens_by_so_much_and_no_more(brightness: float, factor: float) -> None:
    """A third of the exponent of its brightness, within bounds."""
    factors = Relight(normals(), _SIZE, 1.0).factors(brightness * light())
    assert factors == pytest.approx(np.full_like(factors, factor), abs=0.002)


@pytest.mark.parametrize(("blue", "share"), [(0.8, 0.939), (1.25, 1.065), (1e-3, 0.681)])
def test_a_colour_is_taken_on_in_part(blue: float, share: float) -> None:
    factors = Relight(normals(), _SIZE, 1.0).factors(light((0.55, 0.55, 0.55 * blue)))
    assert factors[2] / factors[0] == pytest.approx(np.full((12, 16), share), abs=0.002)


def test_shade_keeps_the_hue_of_the_light() -> None:
    sun = Relight(normals(), _SIZE, 1.0).factors(light((0.6, 0.3, 0.1), side=1.6))
    hue = sun[0] / sun[2]
    assert hue.min() > 1.3
    assert hue.max() < 1.15 * hue.min()
    assert sun[:, :, 0].mean() > 0.5 * sun[:, :, -1].mean()


def test_colour_never_passes_alpha() -> None:
    person = torch.full((1, 4, 48, 64), 0.3)
    shown = Relight(normals(), _SIZE, 1.0).over(person, light((3.0, 3.0, 3.0))[None])[0]
    assert float((shown[:3] - shown[3:]).max()) <= 0.0
    assert float(person[0, 0, 0, 0]) == pytest.approx(0.3)


def test_an_even_surrounding_gives_every_surface_the_same() -> None:
    directions = np.random.default_rng(0).standard_normal((3, 40))
    directions /= np.linalg.norm(directions, axis=0)
    assert np.allclose(light((1.0, 1.0, 1.0)) @ basis(directions), 1.0, atol=1e-5)


def test_the_basis_is_orthonormal_over_the_sphere() -> None:
    draw = np.random.default_rng(1).standard_normal((3, 200_000))
    made = basis(draw / np.linalg.norm(draw, axis=0)).astype(np.float64)
    assert np.allclose(4.0 * np.pi * made @ made.T / made.shape[1], np.eye(9), atol=0.03)
