"""The least that a frame can cost: each pixel of a person read once with its neighbours, and the frame encoded.

A face that moves is a picture read in other places, and a video is frames that were encoded; whatever draws a talking
photo in pixels does at least that. Both are measured with the size, the encoder and the frames of the render beside.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import getloadavg, wait4
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from torch.nn import functional

from avatar.core.errors import EngineError
from avatar.core.media import exact_rate, probe
from avatar.core.program import ffmpeg_binary
from avatar.core.types import Size
from orchestrator.bench.commands import floor_command

__all__ = ["Floor", "encoding", "measure_floor", "remap_uint8", "sample_float32"]

_ROUNDS = 40
_FRAMES = 250
_SWAY = 6.0  # pixels by which the picture is moved


@dataclass(frozen=True)
class Floor:
    """Processor seconds a frame of one thread: one bilinear sample of four channels in float32 by torch, the same in
    bytes by OpenCV, and the encoder alone. ``load``: average of the machine before."""

    sample_float32: float
    remap_uint8: float
    encoding: float
    load: float


def measure_floor(video: Path, encode: Sequence[str]) -> Floor:
    """The floor of the finished ``video``, whose pictures the command ``encode`` encoded."""
    load, media = getloadavg()[0], probe(video)
    if media.size is None or media.fps is None:
        raise EngineError(f"{video.name} has no pictures.")
    return Floor(sample_float32(media.size), remap_uint8(media.size), encoding(video, encode), load)


def sample_float32(size: Size, rounds: int = _ROUNDS) -> float:
    """Processor seconds of one ``grid_sample`` of a picture float32 [1, 4, h, w] over the whole frame, the median of
    ``rounds``."""
    x, y = _places(size)
    picture = torch.rand(1, 4, size.height, size.width, generator=torch.Generator().manual_seed(0))
    scaled = np.stack([2 * x / (size.width - 1) - 1, 2 * y / (size.height - 1) - 1], axis=-1)
    grid = torch.from_numpy(scaled)[None]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            return _median(lambda: functional.grid_sample(picture, grid, align_corners=True), rounds)
    finally:
        torch.set_num_threads(threads)


def remap_uint8(size: Size, rounds: int = _ROUNDS) -> float:
    """Processor seconds of one ``cv2.remap`` of a picture uint8 [h, w, 4] over the whole frame, the median of
    ``rounds``."""
    x, y = _places(size)
    picture = np.random.default_rng(0).integers(0, 256, (size.height, size.width, 4), np.uint8)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        return _median(lambda: cv2.remap(picture, x, y, cv2.INTER_LINEAR), rounds)
    finally:
        cv2.setNumThreads(threads)


def encoding(video: Path, encode: Sequence[str], frames: int = _FRAMES) -> float:
    """Processor seconds a frame that the encoder of the command ``encode`` takes for the first ``frames`` of ``video``
    where they come as it wants them, yuv420p."""
    media = probe(video)
    if media.size is None or media.fps is None:
        raise EngineError(f"{video.name} has no pictures.")
    size, rate = f"{media.size.width}x{media.size.height}", exact_rate(media.fps)
    with tempfile.TemporaryDirectory(prefix="govorun-bench-") as name:
        raw = Path(name) / "frames.yuv"
        _run([ffmpeg_binary(), "-loglevel", "error", "-i", str(video), "-frames:v", str(frames), "-f", "rawvideo",
              "-pix_fmt", "yuv420p", str(raw)])  # fmt: skip
        count = raw.stat().st_size // (media.size.width * media.size.height * 3 // 2)
        return _run(floor_command(encode, raw, size, rate, Path(name) / "floor.mp4")) / count


def _run(command: Sequence[str]) -> float:
    """Processor seconds of ``command``; EngineError where it failed."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read().decode("utf-8", "replace")
    _, status, usage = wait4(process.pid, 0)
    process.returncode = status
    process.stderr.close()
    if status:
        raise EngineError(f"ffmpeg failed: {said.strip()[-300:]}")
    return usage.ru_utime + usage.ru_stime


def _places(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel is read from, x and y float32 [h, w]: a smooth sway that stays within the picture."""
    y, x = np.mgrid[: size.height, : size.width].astype(np.float32)
    moved_x = x + np.float32(_SWAY) * np.sin(y / 40, dtype=np.float32)
    moved_y = y + np.float32(_SWAY) * np.sin(x / 40, dtype=np.float32)
    return moved_x.clip(0, size.width - 1), moved_y.clip(0, size.height - 1)


def _median(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        started = time.thread_time()
        work()
        spent.append(time.thread_time() - started)
    return median(spent)
