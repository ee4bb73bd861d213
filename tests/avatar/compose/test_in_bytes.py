"""Pictures composed in bytes: what floats give, give or take a rounding, and not a pixel touched without need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from avatar.compose import compose_segment
from avatar.compose.captions import Caption
from avatar.compose.graphics import Graphics, Overlays
from avatar.compose.placement import Placement
from avatar.compose.relight import Relight
from avatar.compose.segment import composed_frames
from avatar.core.layers import behind_person, parse_layers
from avatar.core.layout import panel_of, parse_layout
from avatar.core.media import read_frames
from avatar.core.progress import silent
from avatar.core.types import Size

SIZE = Size(320, 192)
SIZES = (SIZE, Size(128, 128), Size(334, 202))


class Person:
    """A soft oval that goes a little to the right with every frame, bright at the left, premultiplied."""

    def __init__(self, size: Size = SIZE, solid: float = 1.0) -> None:
        self.size, self.solid = size, solid

    def frame(self, index: int) -> np.ndarray:
        width, height = self.size.width, self.size.height
        alpha = np.zeros((height, width), np.float32)
        middle = (width // 3 + 3 * index, height * 3 // 4)
        cv2.ellipse(alpha, middle, (width // 4, height * 3 // 5), 0.0, 0.0, 360.0, self.solid, -1)
        alpha = cv2.GaussianBlur(alpha, (0, 0), 1.5)
        colour = np.linspace(0.95, 0.25, width, dtype=np.float32)[None, :, None] * np.array([0.9, 0.7, 0.6], np.float32)
        return np.concatenate([colour * alpha[..., None], alpha[..., None]], axis=-1)

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        for first in range(start, stop, 4):
            pictures = [self.frame(index) for index in range(first, min(first + 4, stop))]
            yield torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)


class InBytes(Person):
    def byte_frames(self, start: int, stop: int) -> Iterator[np.ndarray]:
        for first in range(start, stop, 4):
            pictures = [self.frame(index) for index in range(first, min(first + 4, stop))]
            yield np.rint(255.0 * np.stack(pictures)).astype(np.uint8)


class Place:
    """A coloured pattern that moves, with light from the right that grows."""

    def __init__(self, size: Size = SIZE) -> None:
        self.size = size

    def frame(self, index: int) -> torch.Tensor:
        y, x = np.mgrid[: self.size.height, : self.size.width].astype(np.float32)
        planes = [0.5 + 0.5 * np.sin(x / 17 + k + 0.1 * index) * np.cos(y / 23 - k) for k in range(3)]
        return torch.from_numpy(np.stack(planes).astype(np.float32))

    def light(self, index: int) -> np.ndarray:
        found = np.zeros((3, 9), np.float32)
        found[:, 0] = np.array([0.7, 0.45, 0.3]) / 0.282095
        found[:, 3] = 0.04 * (index + 4) * found[:, 0]
        return found


class PlaceInBytes(Place):
    def byte_frame(self, index: int) -> np.ndarray:
        return np.ascontiguousarray(np.rint(255.0 * self.frame(index).numpy()).astype(np.uint8).transpose(1, 2, 0))


def relight(size: Size) -> Relight:
    x = np.tile(np.linspace(-0.9, 0.9, 24, dtype=np.float32), (16, 1))
    return Relight(np.stack([x, np.zeros_like(x), np.sqrt(1.0 - x * x)]), size, 0.8)


def drawn(face: Person | None, place: Place | None, size: Size = SIZE, **looks: object) -> np.ndarray:
    return np.concatenate(list(composed_frames(face, place, 2, 9, size, 25.0, **looks)))  # type: ignore[arg-type]


def distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("solid", [1.0, 0.6])
@pytest.mark.parametrize("lit", [False, True])
def test_bytes_give_the_pictures_of_floats(size: Size, solid: float, lit: bool) -> None:
    looks = {"relight": relight(size)} if lit else {}
    floats = drawn(Person(size, solid), Place(size), size, **looks)
    off = distance(drawn(InBytes(size, solid), PlaceInBytes(size), size, **looks), floats)
    assert floats.std() > 30
    assert off.max() <= 3
    assert (off > 1).mean() < 0.02
    assert off.mean() < 0.3


def test_a_backdrop_without_bytes_and_none_are_drawn_too() -> None:
    given = drawn(InBytes(), PlaceInBytes())
    assert np.array_equal(drawn(InBytes(), Place()), given)
    assert distance(drawn(InBytes(), None), drawn(Person(), None)).max() <= 1
    assert np.array_equal(drawn(None, Place()), np.stack([PlaceInBytes().byte_frame(index) for index in range(2, 9)]))


def test_only_what_is_mixed_is_reckoned_with() -> None:
    (persons,) = InBytes().byte_frames(4, 5)
    frame, place = drawn(InBytes(), PlaceInBytes())[2], PlaceInBytes().byte_frame(4)
    alone = persons[0, ..., 3] == 0
    assert alone.mean() > 0.3 and np.array_equal(frame[alone], place[alone])
    deep = cv2.erode((persons[0, ..., 3] == 255).astype(np.uint8), np.ones((41, 41))).astype(bool)
    assert deep.mean() > 0.05 and np.array_equal(frame[deep], persons[0, ..., :3][deep])


def test_a_backdrop_that_is_asked_again_is_as_it_was() -> None:
    class Held(PlaceInBytes):
        def __init__(self) -> None:
            super().__init__()
            self.held = super().byte_frame(0)

        def byte_frame(self, index: int) -> np.ndarray:
            return self.held

    place = Held()
    whole = drawn(InBytes(), place)
    assert np.array_equal(place.held, PlaceInBytes().byte_frame(0))
    assert np.array_equal(whole, drawn(InBytes(), place))


def test_bytes_do_not_depend_on_where_a_segment_starts() -> None:
    looks = {"captions": (Caption(0.1, 0.3, ("Hello",)),), "relight": relight(SIZE)}
    parts = ((0, 5), (5, 6), (6, 12))
    pieces = [
        np.concatenate(list(composed_frames(InBytes(), PlaceInBytes(), *part, SIZE, 25.0, **looks)))  # type: ignore[arg-type]
        for part in parts
    ]
    whole = list(composed_frames(InBytes(), PlaceInBytes(), 0, 12, SIZE, 25.0, **looks))  # type: ignore[arg-type]
    assert np.array_equal(np.concatenate(whole), np.concatenate(pieces))


def test_what_lies_behind_the_person_is_covered_in_bytes_too() -> None:
    layers = parse_layers("heading,person")
    words = Graphics(heading="WONDERFUL THINGS")
    over = Overlays(words, parse_layout("full"), SIZE, 25.0, False, behind_person(layers))
    looks = {"overlays": over, "layers": layers}
    (floats,) = composed_frames(Person(), Place(), 30, 31, SIZE, 25.0, **looks)  # type: ignore[arg-type]
    (given,) = composed_frames(InBytes(), PlaceInBytes(), 30, 31, SIZE, 25.0, **looks)  # type: ignore[arg-type]
    (bare,) = composed_frames(InBytes(), PlaceInBytes(), 30, 31, SIZE, 25.0)
    assert distance(given, floats).max() <= 3
    assert (distance(given, bare) > 60).any()


@pytest.mark.parametrize("layout", ["circle:top-right", "left"])
def test_a_panel_is_laid_with_the_person_of_bytes(layout: str) -> None:
    chosen = parse_layout(layout)
    placement = Placement(chosen, panel_of(chosen, SIZE), SIZE)
    panel = placement.panel.size
    floats = drawn(Person(panel), Place(), placement=placement)
    assert distance(drawn(InBytes(panel), PlaceInBytes(), placement=placement), floats).max() <= 2


def test_transparent_frames_are_of_exact_persons(tmp_path: Path) -> None:
    def zipped(face: Person) -> bytes:
        path = tmp_path / f"{type(face).__name__}.zip"
        kinds = {"png": path}
        compose_segment(face, Place(), 0, 5, SIZE, 25.0, (), tmp_path / "a.mp4", silent(), transparent=kinds)
        return path.read_bytes()

    assert zipped(InBytes()) == zipped(Person())


def test_a_segment_of_bytes_shows_its_frames(tmp_path: Path) -> None:
    compose_segment(InBytes(), PlaceInBytes(), 2, 9, SIZE, 25.0, (), tmp_path / "a.mp4", silent())
    shown, wanted = list(read_frames(tmp_path / "a.mp4")), drawn(InBytes(), PlaceInBytes())
    assert len(shown) == len(wanted) == 7
    for frame, picture in zip(shown, wanted, strict=True):
        assert distance(frame, picture).mean() < 4


def test_bytes_of_another_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"face frames must be uint8 \[b, 192, 320, 4\]"):
        drawn(InBytes(Size(128, 128)), PlaceInBytes())
