"""Where the person stands in square, landscape and portrait frames."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.core.types import Portrait, Size
from avatar.face.framing import frame_person

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


_PHOTOS = {
    "usual": _portrait(512, 640, 80, (256, 220), (60, 450)),
    "cut on both sides": _portrait(512, 512, 60, (250, 130), (0, 512)),
    "cut at the right": _portrait(600, 500, 70, (400, 180), (250, 600)),
    "close": _portrait(226, 226, 70, (113, 100), (0, 226)),
    "full body": _portrait(800, 1600, 40, (400, 200), (250, 550)),
    "wide": _portrait(1600, 500, 60, (1200, 180), (1050, 1350)),
}


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
    assert 0.05 < share <= (0.501 if size.height > size.width or name == "close" else 0.421)


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
