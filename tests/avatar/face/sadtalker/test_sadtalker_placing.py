"""The drawn square in the framed photo: in its place, with its matte, seamless."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from avatar.core.types import Portrait, Size
from avatar.face.framing import frame_person
from avatar.face.photo import detect_faces
from avatar.face.renderer.dense_motion import Motion
from avatar.face.renderer.geometry import corner_grid
from avatar.face.renderer.landmarks import FACEMESH_68, points_68
from avatar.face.sadtalker.options import SadTalkerOptions
from avatar.face.sadtalker.picture import picture_of
from avatar.face.sadtalker.placing import Placing, place
from tests.portraits import PORTRAITS, draw_portrait

_SIZE = Size(288, 224)
_MODES = ("crop", "extcrop", "resize", "full", "extfull")


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    """A person whose photo has a red rim of the old background at the border of the matte."""
    pixels = draw_portrait(PORTRAITS["woman"])
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    distance = np.hypot((columns - 256) / 170, (rows - 300) / 260)
    alpha = np.clip((1.05 - distance) / 0.1, 0, 1).astype(np.float32)
    soft = (alpha > 0) & (alpha < 1)
    rimmed = pixels.copy()
    rimmed[soft] = (255, 0, 0)
    return Portrait(rimmed, detect_faces(pixels)[0] - [0.5, 0.5, 0], alpha, pixels, "0")


def _placed(portrait: Portrait, preprocess: str, keep: bool, compat: bool = False) -> tuple[Placing, torch.Tensor]:
    """The placing and what the generator sees [1, 3, 256, 256]."""
    options = SadTalkerOptions(preprocess=preprocess, compat=compat)
    picture = picture_of(portrait, points_68(portrait.landmarks), options)
    square = torch.from_numpy(picture.face.astype(np.float32) / 255).permute(2, 0, 1)[None]
    return place(picture, _SIZE, keep, options, "cpu"), square


def _motion(x: float = 0.0, y: float = 0.0) -> Motion:
    """Everything comes from a place ``x`` to the right and ``y`` below, in units of half the square's side."""
    grid = corner_grid((2, 16, 16))
    return Motion((grid + torch.tensor([x, y, 0.0]))[None], torch.ones(1, 1, 16, 16))


@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("preprocess", _MODES)
def test_what_does_not_move_is_the_photo(portrait: Portrait, preprocess: str, keep: bool) -> None:
    placing, square = _placed(portrait, preprocess, keep)
    frame = placing.draw(square, _motion())
    assert frame.shape == (1, 4, _SIZE.height, _SIZE.width)
    assert (frame[:, :3] <= frame[:, 3:] + 1e-6).all()
    difference = (frame - placing.photo).abs()
    assert float(difference[:, 3].max()) < 1e-3
    assert float(difference.mean()) < 0.01
    assert placing.fade.max() == 1


def test_the_square_is_drawn_where_it_was_seen(portrait: Portrait) -> None:
    placing, square = _placed(portrait, "full", True)
    points = picture_of(portrait, points_68(portrait.landmarks), SadTalkerOptions()).points
    x, y = points[30].round().astype(int)
    marked = square.clone()
    marked[:, :, y - 3 : y + 4, x - 3 : x + 4] = torch.tensor([0.0, 1.0, 0.0])[:, None, None]
    rise = placing.draw(marked, _motion())[0, 1] - placing.draw(square, _motion())[0, 1]
    rows, columns = np.nonzero((rise > 0.5 * rise.max()).numpy())
    framing = frame_person(portrait, _SIZE, True)
    nose = portrait.landmarks[FACEMESH_68[30], :2] * framing.scale + (framing.dx, framing.dy)
    assert [columns.mean(), rows.mean()] == pytest.approx(nose, abs=1.0)


@pytest.mark.parametrize("size", [Size(256, 192), Size(128, 224)], ids=str)
def test_a_crop_fills_the_shorter_side(portrait: Portrait, size: Size) -> None:
    options = SadTalkerOptions(preprocess="crop")
    picture = picture_of(portrait, points_68(portrait.landmarks), options)
    placing = place(picture, size, True, options, "cpu")
    x, y, width, height = placing.square
    assert width == pytest.approx(height) == pytest.approx(min(size.width, size.height))
    assert [x + width / 2, y + height / 2] == pytest.approx([(size.width - 1) / 2, (size.height - 1) / 2], abs=10)


def test_the_matte_moves_with_the_head(portrait: Portrait) -> None:
    placing, square = _placed(portrait, "resize", False)
    still, moved = (placing.draw(square, _motion(x))[0, 3] for x in (0.0, -0.1))
    row = int(placing.square[1] + 0.35 * placing.square[3])
    edges = [np.nonzero(alpha[row].numpy() > 0.5)[0][[0, -1]] for alpha in (still, moved)]
    shift = 0.1 * placing.square[2] / 2
    assert edges[1] - edges[0] == pytest.approx([shift, shift], abs=1.5)


def test_no_rim_of_the_old_background_moves_along(portrait: Portrait) -> None:
    placing, square = _placed(portrait, "resize", False)
    assert placing.matte is not None
    bare = replace(placing, matte=placing.matte * torch.tensor([0.0, 0.0, 0.0, 1.0])[:, None, None])
    shifted, motion = torch.roll(square, 8, dims=3), _motion(-8 / 128)

    def red(frame: torch.Tensor) -> float:
        soft = (frame[3] > 0.3) & (frame[3] < 0.7)
        colour = frame[:3, soft] / frame[3, soft]
        return float((colour[0] - colour[1]).mean())

    assert red(placing.draw(shifted, motion)[0]) < 0.2 < 0.5 < red(bare.draw(shifted, motion)[0])


def test_the_square_fades_into_the_photo(portrait: Portrait) -> None:
    placing, square = _placed(portrait, "full", True)
    white = placing.draw(torch.ones_like(square), _motion())[0, 0]
    steps = torch.diff(white - placing.photo[0, 0], dim=1).abs()
    x0, y0, x1, y1 = placing.box
    assert float(white[(y0 + y1) // 2, (x0 + x1) // 2]) == 1.0
    assert torch.equal(white[:, : x0 - 1], placing.photo[0, 0][:, : x0 - 1])
    assert float(steps[:, x0 - 2 : x0 + 2].max()) < 0.15


def test_the_original_clones_instead(portrait: Portrait) -> None:
    placing, square = _placed(portrait, "full", True, compat=True)
    dark = placing.draw(0.5 * square, _motion())
    x0, y0, x1, y1 = placing.box
    inside = (slice(None), slice(0, 3), slice(y0 + 4, y1 - 4), slice(x0 + 4, x1 - 4))
    plain = (0.5 * placing.photo[inside] - placing.photo[inside]).abs().mean()
    assert float((dark[inside] - placing.photo[inside]).abs().mean()) < 0.6 * float(plain)


def test_the_original_shows_its_square_squeezed(portrait: Portrait) -> None:
    points = points_68(portrait.landmarks)
    wide = Portrait(portrait.pixels[:, 40:400], portrait.landmarks - [40, 0, 0], portrait.alpha[:, 40:400],
                    portrait.foreground[:, 40:400], "0")  # fmt: skip
    squeezed = picture_of(wide, points - (40, 0), SadTalkerOptions(preprocess="resize", compat=True))
    true = picture_of(wide, points - (40, 0), SadTalkerOptions(preprocess="resize"))
    assert squeezed.shown.pixels.shape == (256, 256, 3)
    assert true.shown.pixels.shape == wide.pixels.shape
    across = [np.ptp(p.points[:, 0]) / np.ptp(p.points[:, 1]) for p in (squeezed, true)]
    assert across[0] / across[1] == pytest.approx(512 / 360, rel=0.01)
    assert np.abs(squeezed.shown.landmarks[4, :2] - squeezed.points[30]).max() < 0.01
