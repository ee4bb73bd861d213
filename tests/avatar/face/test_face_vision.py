"""The face networks see what the mediapipe library sees with them: points, boxes and masks, held to its numbers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from avatar.core.errors import MissingEngine
from avatar.face.vision import FAR, NEAR, Detector, FaceMesh, Reach, Segmenter
from avatar.face.vision.detector import _merged
from avatar.face.vision.region import Region
from tests.judge.scenes import FACTS, clip, coarse, pictures

PICTURES = pictures()


@pytest.fixture(scope="module")
def facts() -> dict[str, np.ndarray]:
    """What the library saw; points in hundredths of a pixel."""
    with np.load(FACTS) as archive:
        return {name: archive[name].astype(np.float64) for name in archive.files}


@lru_cache(maxsize=1)
def mesh() -> FaceMesh:
    return FaceMesh(track=False, detection=0.3, presence=0.5)


def off(points: np.ndarray | None, fact: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """How far each point is from the ``fact``, in pixels of a picture of 512."""
    assert points is not None
    assert points.shape == (478, 3)
    return np.linalg.norm(points[:, :2] - fact[:, :2] / 100, axis=1) * 512 / max(shape[:2])


@pytest.mark.parametrize("name", PICTURES)
def test_the_points_of_a_still_picture_are_those_of_the_library(name: str, facts: dict[str, np.ndarray]) -> None:
    points = mesh().find(PICTURES[name])
    apart = off(points, facts[f"{name}/points"], PICTURES[name].shape)
    assert np.median(apart) <= 0.1
    assert apart.max() <= 0.5
    assert points is not None
    assert np.abs(points[:, 2] - facts[f"{name}/points"][:, 2] / 100).max() <= 0.5


def test_the_points_of_a_moving_picture_are_those_of_the_library(facts: dict[str, np.ndarray]) -> None:
    tracker = FaceMesh(track=True, detection=0.3, presence=0.3)
    frames = clip()
    apart = np.array(
        [off(tracker.find(frame), fact, frame.shape) for frame, fact in zip(frames, facts["clip"], strict=True)]
    )
    assert np.median(apart) <= 0.1
    assert apart.max() <= 0.5


def test_a_tracker_looks_where_the_face_was_and_finds_it_again(facts: dict[str, np.ndarray]) -> None:
    tracker = FaceMesh(track=True, detection=0.3, presence=0.3)
    frame, empty = clip()[0], np.full((320, 320, 3), 90, np.uint8)
    first, again = tracker.find(frame), tracker.find(frame)
    assert first is not None
    assert again is not None
    assert 0 < np.abs(first - again).max() < 8  # the second look is from the points, not from the detector's box
    assert tracker.find(empty) is None
    found = tracker.find(frame)
    assert found is not None
    assert (found == first).all()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize(("reach", "key"), [(NEAR, "near"), (FAR, "far")], ids=["near", "far"])
def test_the_boxes_are_those_of_the_library(name: str, reach: Reach, key: str, facts: dict[str, np.ndarray]) -> None:
    found = _detector(reach).detect(PICTURES[name])
    wanted = facts[f"{name}/{key}"]
    assert len(found) == len(wanted)
    for one, fact in zip(found, wanted, strict=True):
        size = np.abs(fact[2:4] - fact[:2]).max()
        assert np.abs([*(one.low - fact[:2]), *(one.high - fact[2:4])]).max() < 0.01 * size
        assert one.score == pytest.approx(fact[4], abs=0.01)
        inside = (one.points > one.low - 0.2 * size) & (one.points < one.high + 0.2 * size)
        assert inside.all()


@lru_cache(maxsize=2)
def _detector(reach: Reach) -> Detector:
    return Detector(reach)


@pytest.mark.parametrize("name", PICTURES)
def test_the_mask_is_that_of_the_library(name: str, facts: dict[str, np.ndarray]) -> None:
    mask = _segmenter().segment(PICTURES[name])
    assert mask.shape == PICTURES[name].shape[:2]
    assert mask.dtype == np.float32
    assert np.abs(coarse(mask) - facts[f"{name}/mask"] / 255).mean() <= 0.02


@lru_cache(maxsize=1)
def _segmenter() -> Segmenter:
    return Segmenter()


def test_nothing_is_found_where_nobody_is() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (200, 300, 3), np.uint8)
    assert mesh().find(noise) is None
    assert _detector(NEAR).detect(noise) == []


def test_the_same_picture_gives_the_same_points() -> None:
    one, other = (FaceMesh(False, 0.3, 0.5).find(PICTURES["woman"]) for _ in range(2))
    assert one is not None
    assert other is not None
    assert (one == other).all()


def test_boxes_that_overlap_are_one_face_averaged_by_their_scores() -> None:
    box = np.zeros((8, 2))
    box[1] = 1.0
    shifted, apart = box + np.array([0.2, 0.0]), box + np.array([5.0, 0.0])
    merged = _merged(np.stack([shifted, box, apart]), np.array([0.3, 0.9, 0.5]))
    assert [score for _, score in merged] == [0.9, 0.5]
    assert merged[0][0][0].tolist() == pytest.approx([0.2 * 0.3 / 1.2, 0.0])
    assert merged[1][0].tolist() == apart.tolist()


def test_a_turned_region_is_cut_upright_and_its_points_go_back() -> None:
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[40:60, 120:180] = 255  # a lying bar, 20 high and 60 wide, about (150, 50)
    region = Region(150, 50, 80, 80, np.pi / 2)
    part = region.crop(pixels, 80, 0.0, 0)
    rows, columns = np.nonzero(part[..., 0] > 0.5)
    assert (np.ptp(rows), np.ptp(columns)) == (59, 19)  # it stands now
    assert region.back(np.array([[0.5, 0.5], [0.5, 0.0]])).round(6).tolist() == [[150, 50], [190, 50]]
    assert region.crop(pixels, 80, -1.0, 0).min() == -1.0


def test_a_face_without_networks_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOVORUN_CACHE", str(tmp_path))
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    with pytest.raises(MissingEngine, match="`govorun models pull face`"):
        Segmenter()
