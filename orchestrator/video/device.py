"""Where torch computes, and with how many threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avatar.core.errors import MissingEngine, OptionError

__all__ = ["has_gpu", "resolve_device", "single_threaded"]


def has_gpu() -> bool:
    """Whether a driver of NVIDIA is loaded, which is told without torch."""
    return any(path for pattern in ("nvidia[0-9]*", "dxg") for path in Path("/dev").glob(pattern))


def resolve_device(name: str) -> str:
    """``auto`` is the GPU where there is one; MissingEngine for a GPU that was asked for and is not there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cpu":
        return name
    if name == "cuda" or (name.startswith("cuda:") and name[5:].isdigit()):
        index = int(name[5:] or 0) if ":" in name else 0
        if not torch.cuda.is_available() or index >= torch.cuda.device_count():
            raise MissingEngine(
                f"Device {name} is not here: say auto or cpu, or install a CUDA build of torch and a driver."
            )
        return name
    raise OptionError(f"Unknown device {name!r}: choose auto, cpu, cuda or cuda:N.")


@contextmanager
def single_threaded() -> Iterator[None]:
    """One thread of torch and of OpenCV for the block: faster on busy cores, and sums are added in the same order
    everywhere."""
    import cv2
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
