"""What is behind the person: clean, in line with the surroundings, and nothing changed where nobody stands."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar.face.background import background_behind, person_before

_PERSON = (230, 40, 160)


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A person of one colour before stripes and a horizon: the photo, the alpha, and the place without the person."""
    place = np.zeros((240, 320, 3), np.uint8)
    place[:] = (60, 120, 70)
    place[:, ::16] = (30, 60, 35)
    place[120:] = place[120:] // 2
    alpha = np.zeros((240, 320), np.float32)
    cv2.circle(alpha, (160, 110), 50, (1.0,), -1)
    cv2.rectangle(alpha, (90, 170), (230, 239), (1.0,), -1)
    alpha = cv2.GaussianBlur(alpha, (0, 0), 1.5)
    photo = place + alpha[..., None] * (np.array(_PERSON) - place)
    return photo.round().astype(np.uint8), alpha, place


def test_nothing_of_the_person_is_left_behind(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    photo, alpha, place = scene
    behind = background_behind(photo, alpha).astype(int)
    redder = behind[..., 0] - behind[..., 1]
    assert redder.max() < 10 < (photo.astype(int)[..., 0] - photo[..., 1]).max()
    far = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((15, 15))) == 0
    assert (behind[far] == place[far]).all()


def test_a_line_goes_on_behind_the_outline(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    photo, alpha, place = scene
    behind = background_behind(photo, alpha)
    side = slice(112, 122)  # a head's side meets the horizon nearly at a right angle
    assert np.abs(behind[116:118, side].astype(int) - behind[123:125, side]).max() > 25
    assert np.abs(behind[90:118, side].mean(axis=(0, 1)) - place[90:118, side].mean(axis=(0, 1))).max() < 12


def test_the_person_over_what_is_behind_is_the_photo(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    photo, alpha, _ = scene
    behind = background_behind(photo, alpha).astype(np.float32) / 255
    seen = photo.astype(np.float32) / 255
    person = person_before(seen, behind, alpha)
    assert (person[..., :3] <= person[..., 3:] + 1e-6).all()
    assert np.abs(person[..., :3] + (1 - person[..., 3:]) * behind - seen).max() < 1e-5
    assert person[:40, :40, 3].max() == 0


@pytest.mark.parametrize("everywhere", [0.0, 1.0])
def test_where_nobody_stands_or_nothing_else_the_photo_stays(
    scene: tuple[np.ndarray, np.ndarray, np.ndarray], everywhere: float
) -> None:
    photo, alpha, _ = scene
    assert (background_behind(photo, np.full_like(alpha, everywhere)) == photo).all()


def test_a_large_photo_is_filled_at_its_own_size(scene: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    photo, alpha, _ = scene
    large = cv2.resize(photo, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST)
    behind = background_behind(large, cv2.resize(alpha, None, fx=6, fy=6))
    assert behind.shape == large.shape
    assert (behind[:100, :100] == large[:100, :100]).all()
    assert (behind[..., 0].astype(int) - behind[..., 1]).max() < 10


def test_a_white_edge_of_the_photo_is_not_drawn_out_behind_a_head_near_it(
    scene: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    photo, alpha, _ = scene
    edged, near = photo[53:].copy(), alpha[53:]
    edged[:2] = 255
    behind = background_behind(edged, near)
    assert behind[4:].max() < 150
