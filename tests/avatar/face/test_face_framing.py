"""Where the person stands in square, landscape and portrait frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.core.types import Portrait, Size
from avatar.face.canvas import framed_background, framed_layers, framed_picture
from avatar.face.framing import Framing, frame_closely, frame_person, framing_notes

_SIZES = [Size(512, 512), Size(1280, 720), Size(720, 1280), Size(1920, 1080), Size(256, 128)]


def _portrait(width: int, height: int, iod: float, face: tuple[float, float], body: tuple[float, float]) -> Portrait:
    """A photo with a face at ``face`` and a body as wide as the span ``body`` down to the bottom."""
    angle = np.linspace(0, 2 * np.pi, 478)
    points = np.stack([face[0] + 0.8 * iod * np.cos(angle), face[1] + 1.1 * iod * np.sin(angle), 0 * angle], axis=1)
    points[33], points[263] = (face[0] - iod / 2, face[1], 0), (face[0] + iod / 2, face[1], 0)
    alpha = np.zeros((height, width), np.float32)
    y, x = np.mgrid[:height, :width]
    alpha[np.hypot(x - face[0], (y - face[1]) / 1.3) < 1.1 * iod] = 1
    alpha[(y > face[1] + iod) & (x >= body[0]) & (x < body[1])] = 1
    pixels = np.zeros((height, width, 3), np.uint8)
    return Portrait(pixels, points.astype(np.float32), alpha, pixels, "0")


def _cut_above(portrait: Portrait, row: int) -> Portrait:
    """The photo without what lies above ``row``."""
    return replace(
        portrait,
        pixels=portrait.pixels[row:],
        foreground=portrait.pixels[row:],
        alpha=portrait.alpha[row:],
        landmarks=portrait.landmarks - np.array([0, row, 0], np.float32),
    )


_PHOTOS = {
    "usual": _portrait(512, 640, 80, (256, 220), (60, 450)),
    "cut on both sides": _portrait(512, 512, 60, (250, 130), (0, 512)),
    "cut at the right": _portrait(600, 500, 70, (400, 180), (250, 600)),
    "close": _portrait(226, 226, 70, (113, 100), (0, 226)),
    "full body": _portrait(800, 1600, 40, (400, 200), (250, 550)),
    "wide": _portrait(1600, 500, 60, (1200, 180), (1050, 1350)),
}
_PHOTOS["cut above"] = _cut_above(_PHOTOS["usual"], 125)
_PHOTOS["cut above, close"] = _cut_above(_PHOTOS["close"], 15)


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("name", _PHOTOS)
@pytest.mark.parametrize("keep", [False, True])
def test_the_face_is_in_the_frame_at_a_sensible_size(name: str, size: Size, keep: bool) -> None:
    portrait = _PHOTOS[name]
    framing = frame_person(portrait, size, keep)
    points = framing.apply(portrait.landmarks)
    assert points[:, 0].min() >= -2 and points[:, 0].max() <= size.width + 2
    assert points[:, 1].min() >= -2 and points[:, 1].max() <= size.height + 2
    share = framing.scale * portrait.iod / min(size.width, size.height)
    assert 0.05 < share <= (0.501 if size.height > size.width or "close" in name else 0.421)


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("name", _PHOTOS)
def test_a_cut_out_person_never_floats(name: str, size: Size) -> None:
    portrait = _PHOTOS[name]
    framing = frame_person(portrait, size, keep_background=False)
    assert framing.dy + portrait.pixels.shape[0] * framing.scale >= size.height - 1


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("name", _PHOTOS)
def test_cut_sides_lie_outside_the_frame_or_fade(name: str, size: Size) -> None:
    portrait = _PHOTOS[name]
    framing = frame_person(portrait, size, keep_background=False)
    right = framing.dx + portrait.pixels.shape[1] * framing.scale
    if portrait.alpha[:, 0].any() and "left" not in framing.feathered:
        assert framing.dx <= 1
    if portrait.alpha[:, -1].any() and "right" not in framing.feathered:
        assert right >= size.width - 1


@pytest.mark.parametrize("size", _SIZES[:4], ids=str)
def test_a_kept_background_covers_the_frame_where_it_can(size: Size) -> None:
    portrait = _PHOTOS["usual"]
    framing = frame_person(portrait, size, keep_background=True)
    height, width = portrait.alpha.shape
    assert framing.dx <= 0 and framing.dy <= 0
    assert framing.dx + width * framing.scale >= size.width - 1e-6
    assert framing.dy + height * framing.scale >= size.height - 1e-6


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("name", ["cut above", "cut above, close"])
def test_a_head_cut_above_is_cut_by_the_frame_or_fades_and_that_is_said(name: str, size: Size) -> None:
    portrait = _PHOTOS[name]
    framing = frame_person(portrait, size, keep_background=False)
    notes = [note.reason for note in framing_notes(portrait, framing, size, False)]  # type: ignore[attr-defined]
    assert (framing.dy > 0) == ("top" in framing.feathered) == ("head_fades" in notes)
    if size.height <= size.width:
        assert framing.dy < 0


def test_only_a_frame_that_is_too_high_lets_a_head_fade() -> None:
    assert "top" in frame_person(_PHOTOS["cut above, close"], Size(720, 1280), False).feathered
    assert "top" not in frame_person(_PHOTOS["cut above"], Size(720, 1280), False).feathered


def test_a_head_cut_at_a_side_stays_at_that_side() -> None:
    portrait = _PHOTOS["cut at the right"]
    beyond = replace(
        portrait, alpha=portrait.alpha[:, :440], pixels=portrait.pixels[:, :440], foreground=portrait.pixels[:, :440]
    )
    framing = frame_person(beyond, Size(1280, 720), keep_background=False)
    assert framing.feathered == ()
    assert framing.dx + 440 * framing.scale >= 1280


def test_a_photo_that_cannot_fill_the_frame_lies_in_its_middle_and_that_is_said() -> None:
    portrait, size = _PHOTOS["close"], Size(1280, 720)
    framing = frame_person(portrait, size, keep_background=True)
    assert framing.scale == pytest.approx(720 / 226)
    assert framing.dx == pytest.approx((1280 - 720) / 2)
    (note,) = framing_notes(portrait, framing, size, True)
    assert "does not fill a picture of 1280x720" in note
    assert framing_notes(portrait, frame_person(portrait, Size(512, 512), True), Size(512, 512), True) == ()


def test_a_framing_goes_through_a_plan() -> None:
    framing = Framing(1.5, -3.0, 2.0, ("left", "top"))
    assert Framing.of(framing.numbers) == framing


def test_a_close_view_holds_cut_sides_outside_as_far_as_the_photo_reaches() -> None:
    portrait = _PHOTOS["cut at the right"]
    framing = frame_closely(portrait, Size(256, 256), False, (590.0, 180.0), 1.5)
    assert framing.dx + 600 * 1.5 == pytest.approx(256)
    both = frame_closely(_PHOTOS["cut on both sides"], Size(1280, 720), False, (256.0, 200.0), 1.0)
    assert both.feathered == ("left", "right")


@pytest.mark.parametrize("size", _SIZES, ids=str)
@pytest.mark.parametrize("name", _PHOTOS)
def test_a_person_in_place_stands_where_the_whole_photo_shows_them_and_fades_where_it_ends(
    name: str, size: Size
) -> None:
    portrait = _PHOTOS[name]
    whole, cut = frame_person(portrait, size, True), frame_person(portrait, size, False, in_place=True)
    assert replace(cut, feathered=()) == whole
    height, width = portrait.alpha.shape
    ends = {"left": whole.dx, "top": whole.dy, "right": size.width - whole.dx - width * whole.scale,
            "bottom": size.height - whole.dy - height * whole.scale}  # fmt: skip
    edges = {"left": portrait.alpha[:, 0], "right": portrait.alpha[:, -1], "top": portrait.alpha[0],
             "bottom": portrait.alpha[-1]}  # fmt: skip
    assert set(cut.feathered) == {side for side in ends if ends[side] > 1e-6 and edges[side].mean() > 0.02}


def test_shoulders_that_end_above_the_lower_edge_of_the_frame_fade() -> None:
    portrait, size = _PHOTOS["close"], Size(128, 320)
    framing = frame_person(portrait, size, False, in_place=True)
    assert "bottom" in framing.feathered
    picture, origin = framed_picture(portrait, framing, size, False)
    column = picture[round(-origin[1]) :, picture.shape[1] // 2, 3]
    end = round(framing.dy + 226 * framing.scale)
    assert column[end - 40] > 0.99
    assert np.abs(np.diff(column)).max() < 0.2
    assert column[end + 1 :].max() < 0.01


def test_the_background_is_the_one_of_a_kept_photo() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (500, 600, 3), np.uint8)
    portrait, size = replace(_PHOTOS["cut at the right"], pixels=photo), Size(256, 160)
    plate = framed_layers(portrait, frame_person(portrait, size, True), size)[1]
    assert np.abs(framed_background(portrait, size) / 255.0 - plate).max() < 0.5 / 255 + 1e-6
