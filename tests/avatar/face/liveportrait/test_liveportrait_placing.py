"""LivePortrait's turned crop in the framed photo: in its place, seamless, with its matte."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from avatar.core.types import Portrait, Size
from avatar.face.framing import frame_person
from avatar.face.liveportrait.crop import IBUG_68, crop_matrix, cropped, inverse, pasted
from avatar.face.liveportrait.placing import place
from avatar.face.photo import detect_faces
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.geometry import corner_grid
from avatar.face.renderer.landmarks import points_68
from avatar.face.renderer.placing import Placing
from tests.portraits import PORTRAITS, draw_portrait

SIZES = (Size(512, 512), Size(288, 224), Size(200, 360))


@pytest.fixture(scope="module", params=["woman", "tilted"])
def portrait(request: pytest.FixtureRequest) -> Portrait:
    """A person on a photo with room around the face, upright or tilted."""
    pixels = draw_portrait(replace(PORTRAITS[request.param], size=(700, 640), scale=0.7))
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    distance = np.hypot((columns - 350) / 160, (rows - 360) / 300)
    alpha = np.clip((1.05 - distance) / 0.1, 0, 1).astype(np.float32)
    return Portrait(pixels, detect_faces(pixels)[0] - np.float32([0.5, 0.5, 0]), alpha, pixels, "0")


def matrix_of(portrait: Portrait) -> np.ndarray:
    return crop_matrix(points_68(portrait.landmarks), IBUG_68)


def square_of(portrait: Portrait) -> torch.Tensor:
    """The crop as if LivePortrait drew it unchanged: [1, 3, 512, 512]."""
    return torch.from_numpy(cropped(portrait.pixels, matrix_of(portrait))).permute(2, 0, 1)[None].float() / 255


def motion(x: float = 0.0, y: float = 0.0) -> Motion:
    """Everything comes from a place ``x`` to the right and ``y`` below, in units of half the crop's side."""
    return Motion((corner_grid((2, 16, 16)) + torch.tensor([x, y, 0.0]))[None], torch.ones(1, 1, 16, 16))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_does_not_move_is_the_photo(portrait: Portrait, size: Size, keep: bool) -> None:
    placing = place(portrait, matrix_of(portrait), size, keep, False, "cpu")
    frame = placing.draw(square_of(portrait), motion())
    assert frame.shape == (1, 4, size.height, size.width)
    assert (frame[:, :3] <= frame[:, 3:] + 1e-6).all()
    difference = (frame - placing.photo).abs()
    assert float(difference[:, 3].max()) < 1e-3
    assert float(difference.mean()) < 0.006


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nothing_changes_outside_the_face(portrait: Portrait, size: Size) -> None:
    placing = place(portrait, matrix_of(portrait), size, True, False, "cpu")
    assert isinstance(placing, Placing)
    noise = torch.rand(1, 3, 512, 512, generator=torch.Generator().manual_seed(1))
    frame = placing.draw(noise, motion(0.2))
    covered = torch.zeros(size.height, size.width)
    x0, y0, x1, y1 = placing.box
    covered[y0:y1, x0:x1] = placing.fade[0, 0]
    assert (frame - placing.photo)[:, :, covered == 0].abs().max() == 0 or not (covered == 0).any()
    assert float((frame - placing.photo)[:, :3, covered == 1].abs().mean()) > 0.1


def test_the_edge_shows_no_seam(portrait: Portrait) -> None:
    """A crop that is brighter throughout rises over the border and not at one pixel."""
    placing = place(portrait, matrix_of(portrait), Size(700, 640), True, False, "cpu")
    brighter = (placing.draw(torch.ones(1, 3, 512, 512), motion()) - placing.photo)[0, 0]
    steps = [torch.diff(placing.fade[0, 0], dim=axis).abs().max() for axis in (0, 1)]
    assert float(max(steps)) < 0.12  # of full: the border is 16 pixels of the crop wide
    assert float(brighter.max()) > 0.1


def test_the_crop_is_drawn_where_it_was_seen(portrait: Portrait) -> None:
    size, matrix = Size(512, 512), matrix_of(portrait)
    placing, square = place(portrait, matrix, size, True, False, "cpu"), square_of(portrait)
    nose = np.array([*portrait.landmarks[4, :2], 1.0])
    x, y = (matrix @ nose)[:2].round().astype(int)
    marked = square.clone()
    marked[:, :, y - 4 : y + 5, x - 4 : x + 5] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    rise = placing.draw(marked, motion())[0, 1] - placing.draw(square, motion())[0, 1]
    rows, columns = np.nonzero((rise > 0.5 * rise.max()).numpy())
    framing = frame_person(portrait, size, True)
    wanted = nose[:2] * framing.scale + (framing.dx, framing.dy)
    assert [columns.mean(), rows.mean()] == pytest.approx(wanted, abs=1.0)


@pytest.mark.parametrize(("x", "y"), [(-0.1, 0.0), (0.0, 0.08)])
def test_the_matte_moves_with_the_head_along_the_turned_axes(portrait: Portrait, x: float, y: float) -> None:
    placing = place(portrait, matrix_of(portrait), Size(700, 640), False, False, "cpu")
    assert isinstance(placing, Placing) and placing.matte is not None
    middle = placing.corner + placing.axes.sum(axis=1) / 2
    rows, columns = (torch.arange(n, dtype=torch.float32) for n in placing.matte.shape[-2:])
    away = (columns + placing.origin[0] - middle[0]) ** 2 + (rows[:, None] + placing.origin[1] - middle[1]) ** 2
    spot = replace(placing, matte=torch.exp(-0.5 * away / 15**2).expand(1, 4, -1, -1))
    centres = []
    for given in (motion(), motion(x, y)):
        alpha = spot._moved_matte(given)[0, 3]
        rows, columns = (torch.arange(n, dtype=torch.float32) for n in alpha.shape)
        centres.append([float((alpha * at).sum() / alpha.sum()) for at in (columns, rows[:, None])])
    shift = np.subtract(*centres)  # what comes from the right goes to the left
    assert shift == pytest.approx(placing.axes @ [x / 2, y / 2], abs=0.5)


def test_the_original_pastes_at_the_photos_own_size(portrait: Portrait) -> None:
    matrix = matrix_of(portrait)
    size = Size(portrait.pixels.shape[1], portrait.pixels.shape[0])
    placing = place(portrait, matrix, size, True, True, "cpu")
    square = 0.5 * square_of(portrait)
    levels = (square[0].permute(1, 2, 0) * 255).byte().numpy()
    whole = replace(portrait, pixels=pasted(portrait.pixels, levels, inverse(matrix)))
    frame = placing.draw(square, motion())
    assert torch.equal(frame, place(whole, matrix, size, True, True, "cpu").photo)


@pytest.mark.parametrize("keep", [True, False])
def test_the_original_keeps_the_matte_where_it_is(portrait: Portrait, keep: bool) -> None:
    placing = place(portrait, matrix_of(portrait), SIZES[1], keep, True, "cpu")
    frames = placing.draw(square_of(portrait).expand(2, -1, -1, -1), motion(0.1))
    assert frames.shape == (2, 4, SIZES[1].height, SIZES[1].width)
    assert torch.equal(frames[:, 3], placing.photo[:, 3].expand(2, -1, -1))
    assert (frames[:, :3] <= frames[:, 3:] + 1e-6).all()


def test_a_face_outside_the_frame_leaves_the_photo(portrait: Portrait) -> None:
    away = np.array([[1.0, 0, 9000], [0, 1.0, 9000], [0, 0, 1]])
    placing = place(portrait, away, SIZES[0], True, False, "cpu")
    assert torch.equal(placing.draw(torch.rand(1, 3, 512, 512), motion()), placing.photo)
