"""Alpha and the person's colours, where the truth is known because the picture was blended here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar.face.alpha import closed_form_alpha
from avatar.face.foreground import foreground_colours
from avatar.face.matte import _affordable

HEIGHT, WIDTH = 90, 120


def soft_disc(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Alpha of a disc whose rim is several pixels wide."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(x - width / 2, y - height / 2) / min(height, width)
    return np.clip((0.36 - distance) / 0.1, 0, 1)


def layers(height: int = HEIGHT, width: int = WIDTH) -> tuple[np.ndarray, np.ndarray]:
    """Colours of person and background in 0..1, both changing slowly over the picture."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    person = np.stack([0.8 - 0.2 * x / width, 0.4 + 0.1 * y / height, np.full_like(x, 0.3)], axis=-1)
    behind = np.stack([0.1 + 0.1 * y / height, 0.5 + 0.2 * x / width, np.full_like(x, 0.8)], axis=-1)
    return person, behind


def blended(alpha: np.ndarray) -> np.ndarray:
    person, behind = layers(*alpha.shape)
    return np.round(255 * (alpha[..., None] * person + (1 - alpha[..., None]) * behind)).astype(np.uint8)


def trimap_of(alpha: np.ndarray, reach: int = 5) -> np.ndarray:
    kernel = np.ones((reach, reach), np.uint8)
    trimap = np.full(alpha.shape, 0.5)
    trimap[cv2.erode((alpha >= 1).astype(np.uint8), kernel) > 0] = 1.0
    trimap[cv2.erode((alpha <= 0).astype(np.uint8), kernel) > 0] = 0.0
    return trimap


def test_alpha_of_a_blended_picture_is_found_again() -> None:
    alpha = soft_disc()
    found = closed_form_alpha(blended(alpha), trimap_of(alpha))
    assert np.abs(found - alpha).max() < 0.06
    assert np.abs(found - alpha).mean() < 0.004


def test_what_is_sure_stays_and_a_band_reaches_over_the_edge() -> None:
    alpha = soft_disc()[:, 40:]  # the disc is cut by the left edge
    trimap = trimap_of(alpha)
    found = closed_form_alpha(blended(alpha), trimap)
    assert (found[trimap != 0.5] == trimap[trimap != 0.5]).all()
    assert (trimap[:, 0] == 0.5).any()
    assert np.abs(found - alpha).max() < 0.1


def test_one_unsure_pixel_takes_after_its_colour() -> None:
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, 10:] = 200
    trimap = (pixels[..., 0] > 0).astype(np.float64)
    trimap[10, 12] = 0.5
    assert closed_form_alpha(pixels, trimap)[10, 12] == pytest.approx(1.0, abs=1e-3)
    trimap[10, 12], trimap[10, 7] = 1.0, 0.5
    assert closed_form_alpha(pixels, trimap)[10, 7] == pytest.approx(0.0, abs=1e-3)


def test_a_picture_that_is_mostly_unsure_is_solved_smaller() -> None:
    alpha = soft_disc(500, 560)
    trimap = np.full(alpha.shape, 0.5)
    trimap[:20] = 0.0
    trimap[230:270, 260:300] = 1.0
    assert (trimap == 0.5).sum() > 200_000
    found = _affordable(blended(alpha), trimap)
    assert found.shape == alpha.shape
    assert (found[:20] == 0).all()
    assert 0 <= found.min() <= found.max() <= 1
    assert np.abs(found - alpha).mean() < 0.05


def test_the_persons_colours_come_without_the_background() -> None:
    alpha = soft_disc()
    person, _ = layers()
    picture = (blended(alpha) / 255).astype(np.float32)
    found = foreground_colours(picture, alpha.astype(np.float32))
    rim = (alpha > 0.1) & (alpha < 0.95)
    assert found.dtype == np.float32
    assert np.abs(found - person)[rim].mean() < 0.03
    assert np.abs(found - person)[rim].mean() < 0.2 * np.abs(picture - person)[rim].mean()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_colours_of_a_picture_with_nobody_or_nothing_else_in_it(value: float) -> None:
    picture = (blended(soft_disc()) / 255).astype(np.float32)
    found = foreground_colours(picture, np.full((HEIGHT, WIDTH), value, np.float32))
    assert np.isfinite(found).all()
    if value:
        assert np.abs(found - picture).max() < 1e-4
