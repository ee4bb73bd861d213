"""Two renders against each other, frame by frame."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.core.errors import OptionError
from avatar.core.media import VideoWriter
from avatar.core.types import Size
from orchestrator.bench.compare import compare, main


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    rough = np.random.default_rng(1).integers(0, 256, (6, 12, 16, 3), np.uint8)
    return [cv2.resize(frame, (96, 64), interpolation=cv2.INTER_CUBIC) for frame in rough]


def test_the_same_frames_are_the_same(frames: list[np.ndarray]) -> None:
    found = compare(frames, frames)
    assert (found.frames, found.same, found.largest_difference, found.mean_difference) == (6, 6, 0, 0.0)
    assert found.mean_ssim == found.least_ssim == pytest.approx(1.0)
    assert found.sharpness_before == found.sharpness_after > 0.0


def test_one_changed_byte_is_found_with_its_frame(frames: list[np.ndarray]) -> None:
    other = [frame.copy() for frame in frames]
    value = int(other[4][10, 20, 1])
    other[4][10, 20, 1] = value + 60 if value < 128 else value - 60
    found = compare(frames, other)
    assert (found.same, found.largest_difference, found.largest_at, found.least_at) == (5, 60, 4, 4)
    assert found.mean_difference == pytest.approx(60 / (6 * 64 * 96 * 3))
    assert found.least_ssim < found.mean_ssim < 1.0


def test_a_blurred_video_is_less_sharp_and_less_alike(frames: list[np.ndarray]) -> None:
    found = compare(frames, [cv2.GaussianBlur(frame, (0, 0), 3.0) for frame in frames])
    assert found.sharpness_after < 0.6 * found.sharpness_before and found.mean_ssim < 0.98


def test_one_frame_in_some_is_looked_at(frames: list[np.ndarray]) -> None:
    other = [frame if number != 3 else 255 - frame for number, frame in enumerate(frames)]
    assert compare(frames, other, 2).same == 3
    found = compare(frames, other, 3)
    assert (found.frames, found.same, found.least_at) == (2, 1, 3)


def test_videos_of_other_lengths_and_sizes_are_refused(frames: list[np.ndarray]) -> None:
    with pytest.raises(OptionError, match="ends after 5 frames"):
        compare(frames, frames[:5])
    with pytest.raises(OptionError, match="96x64 and 64x96"):
        compare(frames, [frame.transpose(1, 0, 2) for frame in frames])
    with pytest.raises(OptionError, match="no frames"):
        compare([], [])


def test_files_are_compared_by_a_command(
    frames: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, crf in (("a.mp4", 18), ("b.mp4", 40)):
        with VideoWriter(tmp_path / name, Size(96, 64), 25, crf=crf) as writer:
            writer.write(np.stack(frames))
    assert main([str(tmp_path / "a.mp4"), str(tmp_path / "b.mp4"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["frames"] == 6 and found["least_ssim"] < 0.999 and found["largest_difference"] > 5
    assert main([str(tmp_path / "a.mp4"), str(tmp_path / "a.mp4")]) == 0
    assert "6 of them the same to the byte" in capsys.readouterr().out
    assert main([str(tmp_path / "a.mp4"), str(tmp_path / "c.mp4")]) != 0
