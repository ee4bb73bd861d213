"""Speed of SadTalker's generator: ``python -m orchestrator.bench.sadtalker``.

On a processor: processor time of a frame as the networks were trained (the portrait encoded for every frame, norms not
folded, one frame at a time) and as the engine draws it, in one run, and where the time goes. On CUDA: frames a second
by batch and precision. Speed does not depend on what the weights are.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from avatar.core.places import cache_folder
from avatar.core.weights import locate
from avatar.face.sadtalker.checkpoint import SIZES, load_render_networks
from orchestrator.console import show

__all__ = ["cost", "main", "rate"]

_BATCHES = (1, 4, 16)
_SECONDS = 4.0  # of each measurement on CUDA


def _keypoints(frames: int, device: str) -> torch.Tensor:
    return torch.rand(frames, 15, 3, generator=torch.Generator().manual_seed(frames)).to(device) - 0.5


def _portrait(size: int, device: str) -> torch.Tensor:
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)).to(device)


def cost(work: Callable[[], object], rounds: int) -> float:
    """Least processor time of ``work`` in seconds."""
    costs = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        costs.append(time.process_time() - started)
    return min(costs)


def _as_trained(folder: Path, size: int, rounds: int) -> float:
    """Processor time in seconds of a frame that nothing was done for."""
    generator = load_render_networks(folder, size, folded=False).generator
    portrait, source, driving = _portrait(size, "cpu"), _keypoints(1, "cpu"), _keypoints(1, "cpu") + 0.05
    return cost(lambda: generator.drive(generator.encode(portrait), source, driving), rounds)


def _on_processor(folder: Path, size: int, rounds: int) -> None:
    portrait, source, driving = _portrait(size, "cpu"), _keypoints(1, "cpu"), _keypoints(1, "cpu") + 0.05
    before = _as_trained(folder, size, rounds)
    generator = load_render_networks(folder, size).generator
    encoding = cost(lambda: generator.encode(portrait), rounds)
    encoded = generator.encode(portrait)
    moving = cost(lambda: generator.motion(encoded, source, driving), rounds)
    motion = generator.motion(encoded, source, driving)
    drawing = cost(lambda: generator.draw(encoded, motion), rounds)
    show(f"\n{size} px, one thread, least of {rounds} rounds, processor time")
    show(f"  as trained, uncached     {before:7.2f} s a frame")
    show(f"  as the engine draws      {moving + drawing:7.2f} s a frame, {before / (moving + drawing):.2f} times less")
    show(f"    dense motion           {moving:7.2f} s")
    show(f"    warp and picture       {drawing:7.2f} s")
    show(f"  portrait, once           {encoding:7.2f} s")


def _on_cuda(folder: Path, size: int, device: str) -> None:
    show(f"\n{size} px, {torch.cuda.get_device_name(device)}, frames a second")
    for half in (False, True):
        generator = load_render_networks(folder, size, device=device, half=half).generator
        encoded, source = generator.encode(_portrait(size, device)), _keypoints(1, device)
        for batch in _BATCHES:
            frames = batch * rate(partial(generator.drive, encoded, source, _keypoints(batch, device)))
            show(f"  {'half' if half else 'single'} precision, batch {batch:2d}   {frames:7.1f}")


def rate(work: Callable[[], object]) -> float:
    """How often ``work`` is done in a second."""
    work()
    torch.cuda.synchronize()
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < _SECONDS:
        work()
        torch.cuda.synchronize()
        count += 1
    return count / (time.perf_counter() - started)


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="orchestrator.bench.sadtalker", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--weights", type=Path, help="folder of the weights; by default what was pulled")
    parser.add_argument("--size", type=int, choices=SIZES, default=SIZES[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    folder = chosen.weights or locate("sadtalker", cache_folder())
    with torch.inference_mode():
        if chosen.device == "cpu":
            torch.set_num_threads(1)
            _on_processor(folder, chosen.size, chosen.rounds)
        else:
            _on_cuda(folder, chosen.size, chosen.device)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
