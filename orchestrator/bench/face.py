"""Processor time of a face frame on one core: ``python -m orchestrator.bench.face --photo me.jpg``.

The photo is framed so that the outer eye corners lie 110 pixels apart in a 512x512 picture. Printed are milliseconds of
processor time a frame for the face alone, and with the blending over a backdrop; encoding is not in it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Sized
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from avatar.compose.segment import composed_frames
from avatar.core.progress import silent
from avatar.core.types import FacePlan, Phoneme, Portrait, Size, Speech
from avatar.face import FaceOptions
from avatar.face.engines.embedded import Embedded
from avatar.face.portrait import prepare
from motion import gesture
from orchestrator.console import show

__all__ = ["main"]

_SIZE, _EYES, _FRAMES = Size(512, 512), 110.0, 200


class _Plain:
    """A backdrop that costs nothing."""

    def __init__(self) -> None:
        self._picture = torch.rand(3, _SIZE.height, _SIZE.width, generator=torch.Generator().manual_seed(0))
        self._bytes = np.ascontiguousarray((255.0 * self._picture).round().byte().permute(1, 2, 0).numpy())

    def frame(self, index: int) -> torch.Tensor:
        """The one picture."""
        return self._picture

    def byte_frame(self, index: int) -> np.ndarray:
        """The one picture in bytes."""
        return self._bytes


def _speech() -> Speech:
    letters = "hɛloʊaɪmtɔkɪŋtəju" * 4
    phones = tuple(Phoneme(0.1 * i, 0.1 * i + 0.1, letter) for i, letter in enumerate(letters))
    seconds = _FRAMES / 25
    return Speech(np.zeros(int(seconds * 16000), np.float32), 16000, "en", phones, energy=np.ones(900, np.float32))


def _plan(portrait: Portrait) -> FacePlan:
    speech = _speech()
    gestures = gesture(speech, 25.0, _FRAMES, "calm", 0)
    plan = Embedded().plan(portrait, speech, gestures, FaceOptions(_SIZE, 25.0), silent())
    scale, dx, dy, *sides = plan.constants["place"]
    factor = _EYES / (portrait.iod * scale)
    middle = (_SIZE.width - 1) / 2
    place = np.array([scale * factor, middle + (dx - middle) * factor, middle + (dy - middle) * factor, *sides])
    return replace(plan, constants={"place": place})


def _cost(frames: Callable[[], Iterable[Sized]]) -> float:
    """Milliseconds of processor time a frame, after one warm round."""
    for _ in frames():
        pass
    started = time.process_time()
    count = sum(len(batch) for batch in frames())
    return (time.process_time() - started) / count * 1000


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="orchestrator.bench.face", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--photo", type=Path, required=True)
    photo = parser.parse_args(arguments).photo
    torch.set_num_threads(1)
    started = time.perf_counter()
    portrait = prepare(photo, silent())
    prepared = time.perf_counter() - started
    plan = _plan(portrait)
    started = time.perf_counter()
    clip = Embedded().open(plan, portrait, "cpu")
    opened = time.perf_counter() - started
    face = _cost(lambda: clip.frames(0, _FRAMES))
    both = _cost(lambda: composed_frames(clip, _Plain(), 0, _FRAMES, _SIZE, 25.0))
    show(f"\nface at {_SIZE}, {_EYES:.0f} px between the eyes, one core")
    show(f"  photo prepared in {prepared:.2f} s, opened for drawing in {opened:.2f} s")
    show(f"  face frame           {face:6.1f} ms of processor time")
    show(f"  face and blending    {both:6.1f} ms of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
