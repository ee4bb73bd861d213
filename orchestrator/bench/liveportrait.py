"""Speed of LivePortrait's networks: ``python -m orchestrator.bench.liveportrait``.

On a processor: processor time of a frame by network, one frame at a time and in a batch, as the networks were trained
and as the engine draws, in one run. On CUDA: frames a second by batch and precision, and where the time goes. Speed
does not depend on what the weights are.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from avatar.core.places import cache_folder
from avatar.core.weights import locate
from avatar.face.liveportrait.checkpoint import WEIGHTS, Painter, load_motion_networks, load_painter
from avatar.face.liveportrait.retargeting import stitched
from avatar.face.renderer.warping import EncodedPortrait
from orchestrator.bench.sadtalker import cost, rate
from orchestrator.console import show

__all__ = ["main"]

_BATCHES = (1, 4, 16)
_BATCH = 4  # on a processor


def _keypoints(frames: int, device: str) -> torch.Tensor:
    return torch.rand(frames, 21, 3, generator=torch.Generator().manual_seed(frames)).to(device) - 0.5


def _portrait(device: str) -> torch.Tensor:
    return torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0)).to(device)


def _parts(painter: Painter, encoded: EncodedPortrait, batch: int, device: str) -> dict[str, Callable[[], object]]:
    """What is done for every batch, by name."""
    source, driving = _keypoints(1, device), _keypoints(batch, device)
    motion = painter.motion(encoded, source, driving)
    features = painter.warping.features(encoded, motion)
    return {
        "dense motion": partial(painter.motion, encoded, source, driving),
        "warp": partial(painter.warping.features, encoded, motion),
        "picture": partial(painter.decoder, features),
    }


def _on_processor(folder: Path, rounds: int) -> None:
    networks, portrait = load_motion_networks(folder), _portrait("cpu")
    show(f"one thread, least of {rounds} rounds, processor seconds")
    show(f"  motion extractor, a picture  {cost(lambda: networks.extractor(portrait), rounds):8.3f}")
    shift = partial(stitched, networks.stitching, _keypoints(1, "cpu"), _keypoints(100, "cpu"))
    show(f"  stitching, a frame of 100    {1e6 * cost(shift, rounds) / 100:8.1f} microseconds")
    for folded in (False, True):
        painter = load_painter(folder, folded=folded)
        show("as the engine draws" if folded else "as trained")
        show(f"  features of the portrait     {cost(partial(painter.encode, portrait), rounds):8.3f}")
        encoded = painter.encode(portrait)
        for batch in (1, _BATCH):
            costs = {name: cost(do, rounds) / batch for name, do in _parts(painter, encoded, batch, "cpu").items()}
            words = ", ".join(f"{name} {seconds:.3f}" for name, seconds in costs.items())
            show(f"  a frame in batches of {batch}      {sum(costs.values()):8.3f}  ({words})")


def _on_cuda(folder: Path, device: str) -> None:
    show(f"{torch.cuda.get_device_name(device)}, frames a second")
    for half in (False, True):
        painter = load_painter(folder, device, half)
        encoded = painter.encode(_portrait(device))
        for batch in _BATCHES:
            parts = _parts(painter, encoded, batch, device)
            rates = {name: batch * rate(do) for name, do in parts.items()}
            whole = 1 / sum(1 / frames for frames in rates.values())
            words = ", ".join(f"{name} {1000 / frames:.2f} ms" for name, frames in rates.items())
            show(f"  {'half' if half else 'single'} precision, batch {batch:2d}   {whole:7.1f}  ({words})")


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="orchestrator.bench.liveportrait", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--weights", type=Path, help="folder of the weights; by default what was pulled")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    folder = chosen.weights or locate(WEIGHTS, cache_folder())
    with torch.inference_mode():
        if chosen.device == "cpu":
            torch.set_num_threads(1)
            _on_processor(folder, chosen.rounds)
        else:
            _on_cuda(folder, chosen.device)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
