"""Frames as luma and chroma: BT.709 in the limited range, as ffmpeg makes it."""

from __future__ import annotations

import subprocess

import cv2
import numpy as np
import pytest

from avatar.compose.planes import Planes
from avatar.core.program import ffmpeg_binary
from avatar.core.types import Size

LUMA = np.array([0.2126, 0.7152, 0.0722])


def smooth(size: Size, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (size.height, size.width, 3), np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 3.0).astype(float)
    return (128 + 6.0 * (soft - soft.mean())).clip(0, 255).astype(np.uint8)


def of_ffmpeg(frame: np.ndarray) -> np.ndarray:
    size = f"{frame.shape[1]}x{frame.shape[0]}"
    turned = "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+bicubic,format=yuv420p"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-i", "pipe:0"]
    command = [ffmpeg_binary(), "-v", "error", *source, "-vf", turned, "-f", "rawvideo", "pipe:1"]
    done = subprocess.run(command, input=frame.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, frame.shape[1])


@pytest.mark.parametrize("size", [Size(64, 48), Size(512, 512), Size(334, 202), Size(1280, 720)], ids=str)
def test_planes_are_those_of_ffmpeg(size: Size) -> None:
    frame = smooth(size)
    off = Planes(size).of(frame).astype(int) - of_ffmpeg(frame)
    luma, chroma = off[: size.height], off[size.height :]
    assert np.abs(luma).max() <= 1 and abs(luma.mean()) < 0.05
    assert np.abs(chroma).max() <= 3 and abs(chroma.mean()) < 0.05
    assert (np.abs(chroma) > 1).mean() < 0.02


def test_chroma_is_the_mean_of_four_and_luma_of_one() -> None:
    size = Size(64, 260)
    frame = np.random.default_rng(1).integers(0, 256, (size.height, size.width, 3), np.uint8)
    found = Planes(size).of(frame).astype(float)
    luma = frame @ LUMA
    np.testing.assert_allclose(found[: size.height], 16 + luma * 219 / 255, atol=0.7)
    four = frame.reshape(size.height // 2, 2, size.width // 2, 2, 3).mean(axis=(1, 3))
    blue, red = ((four[..., at] - four @ LUMA) / (2 - 2 * LUMA[at]) * 224 / 255 + 128 for at in (2, 0))
    chroma = found[size.height :].reshape(2, size.height // 2, size.width // 2)
    np.testing.assert_allclose(chroma, np.stack([blue, red]), atol=1.2)


def test_greys_have_no_colour_and_their_whole_range() -> None:
    planes = Planes(Size(4, 2))
    for level in range(256):
        found = planes.of(np.full((2, 4, 3), level, np.uint8))
        assert set(found[2:].ravel()) == {128}
        assert np.abs(found[:2] - (16 + level * 219 / 255)).max() <= 0.6
