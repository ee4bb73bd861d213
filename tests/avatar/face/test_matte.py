"""The cut-out: the person whole, the background gone, no rim of it on the hair, at every size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar.face.matte import matte
from avatar.face.photo import detect_faces


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    import skimage

    pixels: np.ndarray = skimage.data.astronaut()
    return pixels


@pytest.fixture(scope="module")
def landmarks(astronaut: np.ndarray) -> np.ndarray:
    return detect_faces(astronaut)[0]


@pytest.fixture(scope="module")
def cut(astronaut: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return matte(astronaut, landmarks)


def test_shapes_and_ranges(cut: tuple[np.ndarray, np.ndarray]) -> None:
    alpha, foreground = cut
    assert (alpha.shape, alpha.dtype) == ((512, 512), np.float32)
    assert (foreground.shape, foreground.dtype) == ((512, 512, 3), np.uint8)
    assert alpha.min() >= 0
    assert alpha.max() <= 1


def test_the_person_is_whole_and_the_rest_is_gone(cut: tuple[np.ndarray, np.ndarray], landmarks: np.ndarray) -> None:
    alpha, _ = cut
    centre = landmarks[:, :2].mean(axis=0)
    outline = centre + 0.92 * (landmarks[:, :2] - centre)  # at the jaw's very edge skin and background mix
    face = cv2.fillConvexPoly(np.zeros((512, 512), np.uint8), cv2.convexHull(outline.astype(np.int32)), (1,))
    assert (alpha[face > 0] == 1).all()
    assert alpha[300:440, 120:250].mean() > 0.98  # the suit
    assert alpha[20:250, 330:].max() < 0.1  # the model of the shuttle
    assert alpha[20:200, :80].max() < 0.1  # the flag
    assert alpha[:10].max() < 0.1


def test_nothing_floats_apart_from_the_person(cut: tuple[np.ndarray, np.ndarray]) -> None:
    _, _, statistics, _ = cv2.connectedComponentsWithStats((cut[0] > 0.2).astype(np.uint8))
    areas = sorted(statistics[1:, cv2.CC_STAT_AREA])
    assert areas[-1] > 80_000
    assert sum(areas[:-1]) < 30


def test_the_outline_is_soft_but_narrow(cut: tuple[np.ndarray, np.ndarray]) -> None:
    partial = (cut[0] > 0.05) & (cut[0] < 0.95)
    assert 0.005 < partial.mean() < 0.06
    assert partial[10:130, 150:310].sum() > 400  # hair


def test_inside_the_person_the_colours_are_those_of_the_photo(
    cut: tuple[np.ndarray, np.ndarray], astronaut: np.ndarray
) -> None:
    alpha, foreground = cut
    difference = np.abs(foreground.astype(int) - astronaut)[alpha > 0.999]
    assert difference.max() <= 3


def test_a_wall_in_the_hair_does_not_come_along(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    """The same person before a green wall: hardly any green is left on what is more than a breath of hair."""
    alpha, foreground = matte(astronaut, landmarks)
    green = np.array([20, 220, 40])
    before = (foreground * alpha[..., None] + green * (1 - alpha[..., None])).astype(np.uint8)
    again, colour = matte(before, landmarks)
    rim = (again > 0.3) & (again < 0.97)
    rim[200:] = False
    excess = colour[rim].astype(int)
    assert np.percentile(excess[:, 1] - excess[:, [0, 2]].max(1), 90) < 60
    assert np.abs(again - alpha)[:200].mean() < 0.03


def test_the_same_photo_gives_the_same_matte(
    cut: tuple[np.ndarray, np.ndarray], astronaut: np.ndarray, landmarks: np.ndarray
) -> None:
    alpha, foreground = matte(astronaut, landmarks)
    assert (alpha == cut[0]).all()
    assert (foreground == cut[1]).all()


def test_a_large_photo_has_the_matte_of_a_small_one(
    cut: tuple[np.ndarray, np.ndarray], astronaut: np.ndarray, landmarks: np.ndarray
) -> None:
    large = cv2.resize(astronaut, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    alpha, foreground = matte(large, landmarks * 3)
    assert alpha.shape == (1536, 1536)
    assert foreground.shape == (1536, 1536, 3)
    assert np.abs(cv2.resize(alpha, (512, 512), interpolation=cv2.INTER_AREA) - cut[0]).mean() < 0.02


def test_the_transparency_of_the_photo_is_believed(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    hint = np.zeros((512, 512), np.float32)
    hint[:, 100:400] = 1
    assert (matte(astronaut, landmarks, hint)[0] == hint).all()


def test_an_opaque_alpha_says_nothing(
    cut: tuple[np.ndarray, np.ndarray], astronaut: np.ndarray, landmarks: np.ndarray
) -> None:
    assert (matte(astronaut, landmarks, np.ones((512, 512), np.float32))[0] == cut[0]).all()


def test_a_photo_that_is_all_face_is_all_person(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    face = astronaut[75:175, 185:265].copy()
    alpha, _ = matte(face, landmarks - np.array([185, 75, 0], np.float32))
    assert alpha.mean() > 0.9


def test_soft_edges_of_a_transparent_photo_keep_their_colour(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    y, x = np.mgrid[:512, :512]
    hint = np.clip((230 - np.hypot(x - 225, (y - 220) / 1.3)) / 20, 0, 1).astype(np.float32)
    grey = np.array([217, 219, 222])
    laid_on_grey = np.round(astronaut * hint[..., None] + grey * (1 - hint[..., None])).astype(np.uint8)
    _, foreground = matte(laid_on_grey, landmarks, hint)
    edge = (hint > 0.3) & (hint < 0.7)
    error = np.abs(foreground[edge].astype(float) - astronaut[edge]).mean()
    assert error < 0.5 * np.abs(laid_on_grey[edge].astype(float) - astronaut[edge]).mean()


def test_another_person_is_left_out(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    pair = np.hstack([astronaut[:, 60:400], astronaut[:, 60:400]])
    mine = landmarks - np.array([60, 0, 0], np.float32)
    left, top = mine[:, :2].min(0)
    other = (left + 340, top, *np.ptp(mine[:, :2], axis=0))
    both, alone = matte(pair, mine)[0], matte(pair, mine, None, [other])[0]
    assert both[350:, 420:640].mean() > 0.3
    assert alone[:, 420:].max() < 0.05
    assert alone[250:450, 100:250].mean() > 0.97


def test_hardly_anything_of_a_neighbour_hangs_on(astronaut: np.ndarray, landmarks: np.ndarray) -> None:
    """Somebody is cut by somebody else, close beside: nearly nothing of the other remains at the edge."""
    pair = np.hstack([astronaut[:, 140:290], astronaut[:, 150:400]])
    mine, theirs = (landmarks - np.array([left, 0, 0], np.float32) for left in (140, 0))
    box = (*theirs[:, :2].min(0), *np.ptp(theirs[:, :2], axis=0))
    alpha = matte(pair, mine, None, [box])[0]
    assert alpha[:, 150:].sum() < 280
    assert alpha[:, :150].sum() > 67_000
