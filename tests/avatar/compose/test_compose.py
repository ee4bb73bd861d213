"""Blending and segments: the arithmetic of layers, one stream to a file, the same frames from any process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import avg_pool2d

from avatar.compose import Caption, compose_segment, poster
from avatar.compose.blend import _kept, _kept_together, blend, blend_lit, to_bytes
from avatar.compose.segment import composed_frames
from avatar.core.errors import Cancelled
from avatar.core.media import probe, read_frames
from avatar.core.progress import Progress, silent
from avatar.core.types import Size

SIZE = Size(64, 48)


class Disc:
    """A grey disc whose brightness says which frame it is."""

    def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
        y, x = torch.meshgrid(torch.arange(SIZE.height), torch.arange(SIZE.width), indexing="ij")
        alpha = (((x - 32) ** 2 + (y - 24) ** 2) < 400).float()
        for first in range(start, stop, 4):
            levels = torch.arange(first, min(first + 4, stop)) / 100 + 0.2
            colour = alpha[None, None] * levels[:, None, None, None].expand(-1, 3, -1, -1)
            yield torch.cat([colour, alpha.expand(len(levels), 1, -1, -1)], 1)


class Blue:
    def frame(self, index: int) -> torch.Tensor:
        return torch.tensor([0.0, 0.0, 0.8])[:, None, None].expand(3, SIZE.height, SIZE.width)


def test_blend_lays_the_face_over_the_backdrop() -> None:
    face = torch.tensor([0.3, 0.2, 0.1, 0.5])[None, :, None, None].expand(1, 4, 2, 2)
    backdrop = torch.tensor([1.0, 0.0, 0.5])[None, :, None, None].expand(1, 3, 2, 2)
    torch.testing.assert_close(blend(face, backdrop)[0, :, 0, 0], torch.tensor([0.8, 0.2, 0.35]))


def test_light_touches_the_outline_only() -> None:
    (face,) = list(Disc().frames(0, 1))
    face = torch.nn.functional.interpolate(face, scale_factor=6)
    white = torch.ones(1, 3, *face.shape[-2:])
    gain = (blend_lit(face, white) - blend(face, white))[0, 0]
    assert gain.min() >= -1e-5
    assert gain[144, 192] < 1e-4
    assert 0.02 < gain[144, 192 - 114] < 0.25
    assert gain[5, 5].abs() < 1e-5


def test_no_person_no_change_of_the_backdrop() -> None:
    backdrop = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(blend_lit(torch.zeros(1, 4, 48, 64), backdrop), backdrop)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (288, 512), (333, 517), (720, 1280)])
def test_the_light_round_an_outline_is_the_same_picture_by_picture_and_together(height: int, width: int) -> None:
    noise = torch.rand(2, 1, height, width, generator=torch.Generator().manual_seed(4))
    alpha = avg_pool2d(noise, 25, 1, 12)
    small = (round(height / (min(height, width) / 64)), round(width / (min(height, width) / 64)))
    together, one_by_one = _kept_together(alpha, small), _kept(alpha)
    assert one_by_one.shape == together.shape
    assert float((one_by_one - together).abs().max()) < 1 / 255


def test_bytes_are_rounded_and_clipped() -> None:
    values = torch.tensor([-0.001, 0.0, 0.4999 / 255, 0.5001 / 255, 1.0, 1.3])
    assert to_bytes(values.expand(1, 3, 1, 6))[0, 0, :, 0].tolist() == [0, 0, 0, 1, 255, 255]


def test_segment_holds_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "segment.mp4"
    compose_segment(Disc(), Blue(), 3, 13, SIZE, 25.0, (), path, silent())
    assert probe(path).size == SIZE
    frames = list(read_frames(path))
    assert len(frames) == 10
    for offset, frame in enumerate(frames):
        assert abs(int(frame[24, 32, 0]) - 255 * (0.2 + (3 + offset) / 100)) <= 4
        assert frame[2, 2, 2] > 180
        assert frame[2, 2, 0] < 20
    assert [p.name for p in tmp_path.iterdir()] == ["segment.mp4"]


def test_segment_is_the_same_file_again(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        compose_segment(Disc(), Blue(), 0, 9, SIZE, 25.0, (Caption(0, 1, ("Hello",)),), tmp_path / name, silent())
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_frames_do_not_depend_on_where_a_segment_starts() -> None:
    captions = (Caption(0.1, 0.3, ("Hello",)),)
    whole = np.concatenate(list(composed_frames(Disc(), Blue(), 0, 12, SIZE, 25.0, captions)))
    halves = [*composed_frames(Disc(), Blue(), 0, 5, SIZE, 25.0, captions),
              *composed_frames(Disc(), Blue(), 5, 12, SIZE, 25.0, captions)]  # fmt: skip
    assert (whole == np.concatenate(halves)).all()


def test_without_a_backdrop_the_face_fills_the_picture() -> None:
    (frames,) = list(composed_frames(Disc(), None, 0, 2, SIZE, 25.0))
    assert frames[0, 2, 2].tolist() == [0, 0, 0]
    assert frames[0, 24, 32].tolist() == [51, 51, 51]


def test_progress_ends_at_one(tmp_path: Path) -> None:
    seen: list[float] = []
    progress = Progress(lambda fraction, message: seen.append(fraction))
    compose_segment(Disc(), Blue(), 0, 9, SIZE, 25.0, (), tmp_path / "a.mp4", progress)
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_cancelling_leaves_no_file(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        compose_segment(Disc(), Blue(), 0, 50, SIZE, 25.0, (), tmp_path / "a.mp4", Progress(stop))
    assert list(tmp_path.iterdir()) == []


def test_a_face_that_gives_too_few_frames_is_an_error(tmp_path: Path) -> None:
    class Short(Disc):
        def frames(self, start: int, stop: int) -> Iterator[torch.Tensor]:
            yield from super().frames(start, stop - 2)

    with pytest.raises(ValueError, match="8 frames instead of 10"):
        compose_segment(Short(), Blue(), 0, 10, SIZE, 25.0, (), tmp_path / "a.mp4", silent())
    assert list(tmp_path.iterdir()) == []


def test_a_face_of_another_size_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="face frames must be"):
        compose_segment(Disc(), Blue(), 0, 4, Size(32, 32), 25.0, (), tmp_path / "a.mp4", silent())


def test_poster_is_a_picture_of_the_video(tmp_path: Path) -> None:
    poster(Disc(), Blue(), 40, SIZE, tmp_path / "poster.png")
    (frame,) = list(read_frames(tmp_path / "poster.png"))
    assert frame.shape == (48, 64, 3)
    assert abs(int(frame[24, 32, 0]) - 255 * 0.32) <= 1
